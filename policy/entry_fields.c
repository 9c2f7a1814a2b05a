/* Fields of attestor entries that several kinds of document have. */
#include "policy/entry_fields.h"

#include <string.h>

#include "base/mem.h"
#include "image/reference.h"
#include "policy/fields.h"

int
entry_read_pem(const struct yaml_node *node, const char *name,
    const char *block, char **ret, struct diag *d)
{
	AUTO(str) char *begin = str_printf("-----BEGIN %s-----", block);
	const char *text = NULL;

	if (field_text_read(node, name, &text, d) < 0)
		return -1;
	if (strstr(text, begin) == NULL)
		return diag_add(d, node->pos, "%s must be PEM text (\"%s\")",
		    name, begin);
	free(*ret);
	*ret = mem_strdup(text);
	return 0;
}

int
entry_repository(const struct yaml_node *node, char **ret, struct diag *d)
{
	AUTO(reference) struct reference *ref = NULL;
	const char *text = NULL, *last;
	struct err e = { 0 };

	if (field_text_read(node, "repository", &text, d) < 0)
		return -1;
	if (reference_parse(slice_str(text), &ref, &e) < 0)
		return diag_add(d, node->pos, "repository: %s", e.msg);
	last = strrchr(text, '/');
	if (strpbrk(last == NULL ? text : last, ":@") != NULL)
		return diag_add(d, node->pos,
		    "repository must have neither tag nor digest");
	free(*ret);
	*ret = mem_strdup(ref->name);
	return 0;
}

int
entry_read_repository(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_entry *entry = ((struct entry_draft *)obj)->entry;

	return entry_repository(node, &entry->repository, d);
}

int
entry_read_annotations(const struct yaml_node *node, void *obj, struct diag *d)
{
	return field_map_read(node, "annotations",
	    &((struct entry_draft *)obj)->entry->annotations, d);
}

static void
remark_on_text(const struct yaml_node *node, const char *name,
    enum policy_how how, const char *text, struct diag *d)
{
	if (how == POLICY_REGEXP_PART && !regexp_is_anchored(text))
		diag_warn(d, node->pos,
		    "%s matches a part of the text too: begin it with ^ and "
		    "end it with $",
		    name);
	if (how == POLICY_WILDCARD && strpbrk(text, "*?") != NULL)
		diag_warn(d, node->pos,
		    "%s has a wildcard, which takes '/' and everything else",
		    name);
}

int
entry_add_text(struct policy_texts *list, const struct yaml_node *node,
    const char *name, enum policy_how how, struct diag *d)
{
	const char *text = NULL;
	struct err e = { 0 };

	if (field_text_read(node, name, &text, d) < 0)
		return -1;
	if (strstr(text, "{{") != NULL && how != POLICY_REGEXP)
		return diag_add(d, node->pos,
		    "%s has a variable, which is not known at pull time", name);
	if (policy_texts_add(list, how, text, &e) < 0)
		return diag_add(d, node->pos, "%s: %s", name, e.msg);
	remark_on_text(node, name, how, text, d);
	return 0;
}

/* How a plain text is meant, and how an expression. */
static enum policy_how
plainly(const struct entry_draft *draft)
{
	return draft->dialect == POLICY_KYVERNO && !draft->exact
		   ? POLICY_WILDCARD
		   : POLICY_EXACTLY;
}

static enum policy_how
by_expression(const struct entry_draft *draft)
{
	return draft->dialect == POLICY_OURS ? POLICY_REGEXP
					     : POLICY_REGEXP_PART;
}

/* A keyless signer while it is read. */
struct keyless_draft {
	struct policy_keyless *keyless;
	struct policy_identity *identity;
	struct entry_draft *entry;
};

#define DEFINE_IDENTITY_READER(reader, list, name, how)                        \
	static int reader(const struct yaml_node *node, void *obj,             \
	    struct diag *d)                                                    \
	{                                                                      \
		struct keyless_draft *k = obj;                                 \
		return entry_add_text(&k->identity->list, node, name,          \
		    how(k->entry), d);                                         \
	}                                                                      \
	struct reader##_needs_semicolon

DEFINE_IDENTITY_READER(read_issuer, issuers, "issuer", plainly);
DEFINE_IDENTITY_READER(read_issuer_regexp, issuers, "issuerRegExp",
    by_expression);
DEFINE_IDENTITY_READER(read_subject, subjects, "subject", plainly);
DEFINE_IDENTITY_READER(read_subject_regexp, subjects, "subjectRegExp",
    by_expression);

static int
read_roots(const struct yaml_node *node, void *obj, struct diag *d)
{
	return entry_read_pem(node, "roots", "CERTIFICATE",
	    &((struct keyless_draft *)obj)->keyless->roots, d);
}

/* By the names that cosign has for Fulcio's extensions, or by OID. */
static bool
is_extension(const char *name)
{
	static const char *const known[] = { "oidcIssuer",
		"githubWorkflowTrigger", "githubWorkflowSha",
		"githubWorkflowName", "githubWorkflowRepository",
		"githubWorkflowRef", "buildSignerURI", "buildSignerDigest",
		"runnerEnvironment", "sourceRepositoryURI",
		"sourceRepositoryDigest", "sourceRepositoryRef",
		"sourceRepositoryIdentifier", "sourceRepositoryOwnerURI",
		"sourceRepositoryOwnerIdentifier", "buildConfigURI",
		"buildConfigDigest", "buildTrigger", "runInvocationURI",
		"sourceRepositoryVisibilityAtSigning", "deploymentEnvironment",
		"tokenSubject" };

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (strcmp(known[i], name) == 0)
			return true;
	return str_starts(name, "1.") &&
	       name[strspn(name, "0123456789.")] == '\0' &&
	       !str_ends(name, ".");
}

static int
read_extensions(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct keyless_draft *k = obj;
	int bad = field_map_read(node, "additionalExtensions",
	    &k->keyless->extensions, d);

	for (size_t i = 0; bad == 0 && i < node->n; i++)
		if (!is_extension(node->keys[i]->value))
			bad = diag_add(d, node->keys[i]->pos,
			    "\"%.100s\" is no extension of a certificate: a "
			    "name such as githubWorkflowRef, or an OID",
			    node->keys[i]->value);
	return bad;
}

/* These stand inside of keys and keyless in Kyverno. */
static int
read_inner_rekor(const struct yaml_node *node, void *obj, struct diag *d)
{
	return entry_read_rekor(node, ((struct keyless_draft *)obj)->entry, d);
}

static int
read_inner_ctlog(const struct yaml_node *node, void *obj, struct diag *d)
{
	return entry_read_ctlog(node, ((struct keyless_draft *)obj)->entry, d);
}

/* Whoever may sign must be named, twice: by whom, and by whose word. */
static int
check_identity(const struct yaml_node *node, const struct keyless_draft *k,
    struct diag *d)
{
	const struct policy_identity *id = k->identity;

	if (k->entry->dialect != POLICY_OURS) {
		if (id->issuers.n == 0 || id->subjects.n == 0)
			diag_warn(d, node->pos,
			    "keyless without %s takes the signature of any",
			    id->subjects.n == 0 ? "subject" : "issuer");
		return 0;
	}
	if (id->issuers.n == 1 && id->subjects.n == 1)
		return 0;
	return diag_add(d, node->pos,
	    "keyless needs one of issuer and issuerRegExp, and one of subject "
	    "and subjectRegExp");
}

static const struct yaml_field keyless_fields[] = {
	{ "issuer", read_issuer, false },
	{ "subject", read_subject, false },
	{ "roots", read_roots, false },
	{ "additionalExtensions", read_extensions, false },
	{ "issuerRegExp", read_issuer_regexp, false },
	{ "subjectRegExp", read_subject_regexp, false },
	{ "rekor", read_inner_rekor, false },
	{ "ctlog", read_inner_ctlog, false },
};
#define OLD_FIELDS   4 /* that Kyverno's older form has */
#define INNER_FIELDS 2 /* that only Kyverno has inside of keyless */

static struct keyless_draft
begin_keyless(struct entry_draft *draft)
{
	struct policy_keyless *keyless = &draft->entry->keyless;

	keyless->items = mem_calloc(1, sizeof(*keyless->items));
	keyless->n = 1;
	keyless->wild_extensions = plainly(draft) == POLICY_WILDCARD;
	draft->entry->kind = POLICY_ENTRY_KEYLESS;
	return (struct keyless_draft){ keyless, keyless->items, draft };
}

int
entry_read_keyless(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct entry_draft *draft = obj;
	struct keyless_draft k = begin_keyless(draft);
	size_t n = COUNT_OF(keyless_fields);

	if (draft->dialect == POLICY_OURS)
		n -= INNER_FIELDS;
	if (yaml_read_mapping(node, "keyless", keyless_fields, n, &k, d) < 0)
		return -1;
	return check_identity(node, &k, d);
}

int
entry_read_old_keyless(const struct yaml_node *item, struct entry_draft *draft,
    struct diag *d)
{
	struct keyless_draft k = begin_keyless(draft);
	int bad = 0;

	for (size_t i = 0; i < OLD_FIELDS; i++) {
		const struct yaml_field *field = &keyless_fields[i];
		const struct yaml_node *node = yaml_get(item, field->key);

		if (node != NULL)
			bad |= field->read(node, &k, d);
	}
	return bad < 0 ? bad : check_identity(item, &k, d);
}

/* Certificates while they are read. */
static int
read_cert(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct entry_draft *draft = obj;

	return entry_read_pem(node, "cert", "CERTIFICATE",
	    &draft->entry->certificates.cert, d);
}

static int
read_chain(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct entry_draft *draft = obj;

	return entry_read_pem(node, "certChain", "CERTIFICATE",
	    &draft->entry->certificates.chain, d);
}

int
entry_read_certificates(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "cert", read_cert, false },
		{ "certChain", read_chain, false },
		{ "rekor", entry_read_rekor, false },
		{ "ctlog", entry_read_ctlog, false },
	};
	struct entry_draft *draft = obj;
	struct policy_certificates *c = &draft->entry->certificates;
	bool inner = draft->dialect == POLICY_KYVERNO;

	draft->entry->kind = POLICY_ENTRY_CERTIFICATES;
	if (yaml_read_mapping(node, "certificates", fields,
		COUNT_OF(fields) - (inner ? 0 : 2), obj, d) < 0)
		return -1;
	if (c->cert == NULL && c->chain == NULL)
		return diag_add(d, node->pos,
		    "certificates needs cert, certChain or both");
	return 0;
}

static int
read_ignore_tlog(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct entry_draft *draft = obj;

	if (yaml_read_bool(node, &draft->entry->log.ignore_tlog, d) < 0)
		return -1;
	if (draft->entry->log.ignore_tlog && draft->dialect != POLICY_OURS)
		diag_warn(d, node->pos,
		    "the transparency log is not required: nothing shows when "
		    "a signature was made");
	return 0;
}

static int
read_url(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_log *log = &((struct entry_draft *)obj)->entry->log;
	const char *text = NULL;

	if (field_text_read(node, "url", &text, d) < 0)
		return -1;
	if (!str_starts(text, "https://") && !str_starts(text, "http://"))
		return diag_add(d, node->pos,
		    "url must begin with https:// or http://");
	free(log->rekor_url);
	log->rekor_url = mem_strdup(text);
	return 0;
}

static int
read_rekor_keys(const struct yaml_node *node, void *obj, struct diag *d)
{
	return entry_read_pem(node, "pubkey", "PUBLIC KEY",
	    &((struct entry_draft *)obj)->entry->log.rekor_keys, d);
}

int
entry_read_rekor(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "ignoreTlog", read_ignore_tlog, false },
		{ "url", read_url, false },
		{ "pubkey", read_rekor_keys, false },
	};

	return yaml_read_mapping(node, "rekor", fields, COUNT_OF(fields), obj,
	    d);
}

static int
read_ignore_sct(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct entry_draft *draft = obj;

	if (yaml_read_bool(node, &draft->entry->log.ignore_sct, d) < 0)
		return -1;
	if (draft->entry->log.ignore_sct && draft->dialect != POLICY_OURS)
		diag_warn(d, node->pos,
		    "certificates need not be in a certificate transparency "
		    "log");
	return 0;
}

static int
read_ctlog_keys(const struct yaml_node *node, void *obj, struct diag *d)
{
	return entry_read_pem(node, "pubkey", "PUBLIC KEY",
	    &((struct entry_draft *)obj)->entry->log.ctlog_keys, d);
}

static int
read_tsa_chain(const struct yaml_node *node, void *obj, struct diag *d)
{
	return entry_read_pem(node, "tsaCertChain", "CERTIFICATE",
	    &((struct entry_draft *)obj)->entry->log.tsa_chain, d);
}

int
entry_read_ctlog(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "ignoreSCT", read_ignore_sct, false },
		{ "pubkey", read_ctlog_keys, false },
		{ "tsaCertChain", read_tsa_chain, false },
		{ "url", read_url, false },
	};

	return yaml_read_mapping(node, "ctlog", fields, COUNT_OF(fields), obj,
	    d);
}

bool
entry_is_kms(const char *uri)
{
	static const char *const schemes[] = { "awskms://", "gcpkms://",
		"azurekms://", "hashivault://" };

	for (size_t i = 0; i < COUNT_OF(schemes); i++)
		if (str_starts(uri, schemes[i]) &&
		    strlen(uri) > strlen(schemes[i]))
			return true;
	return false;
}

/* Another log than the public one is known by its key, not by its address. */
static bool
names_unknown_log(const struct policy_entry *entry)
{
	const struct policy_log *log = &entry->log;

	return log->rekor_url != NULL && !log->ignore_tlog &&
	       log->rekor_keys == NULL && log->rekor_files.n == 0 &&
	       entry->trusted_root == NULL &&
	       !str_starts(log->rekor_url, "https://rekor.sigstore.dev");
}

void
entry_remark(const struct policy_entry *entry, struct diag *d)
{
	const char *unsupported = policy_entry_unsupported(entry);

	if (unsupported != NULL)
		diag_warn(d, entry->pos, "%s: no pull can satisfy this entry",
		    unsupported);
	if (names_unknown_log(entry))
		diag_note(d, entry->pos,
		    "the log at %.100s is not asked: its key must be in the "
		    "trusted root or in rekor.pubkey",
		    entry->log.rekor_url);
}
