/* Who has to have signed. */
#include "policy/attestor.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/glob.h"

int
policy_texts_add(struct policy_texts *list, enum policy_how how,
    const char *text, struct err *e)
{
	struct regexp *re = NULL;

	if ((how == POLICY_REGEXP || how == POLICY_REGEXP_PART) &&
	    regexp_new(text, how == POLICY_REGEXP, &re, e) < 0)
		return -1;
	list->items =
	    mem_grow(list->items, list->n, &list->cap, sizeof(*list->items));
	list->items[list->n++] =
	    (struct policy_text){ how, mem_strdup(text), re };
	return 0;
}

bool
policy_text_holds(const struct policy_text *want, const char *text)
{
	switch (want->how) {
	case POLICY_EXACTLY:
		return strcmp(want->text, text) == 0;
	case POLICY_WILDCARD:
		return wildcard_match(want->text, text);
	case POLICY_REGEXP:
	case POLICY_REGEXP_PART:
		return regexp_matches(want->re, text);
	}
	abort();
}

void
policy_texts_clear(struct policy_texts *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->items[i].text);
		regexp_free(list->items[i].re);
	}
	free(list->items);
	*list = (struct policy_texts){ 0 };
}

static void
keyless_clear(struct policy_keyless *k)
{
	for (size_t i = 0; i < k->n; i++) {
		policy_texts_clear(&k->items[i].issuers);
		policy_texts_clear(&k->items[i].subjects);
	}
	free(k->items);
	free(k->roots);
	free(k->roots_file);
	str_map_clear(&k->extensions);
}

static void
log_clear(struct policy_log *log)
{
	free(log->rekor_url);
	free(log->rekor_keys);
	free(log->ctlog_keys);
	free(log->tsa_chain);
	str_list_clear(&log->rekor_files);
}

static void
entry_clear(struct policy_entry *entry)
{
	free(entry->name);
	free(entry->keys.pem);
	free(entry->keys.file);
	free(entry->keys.kms);
	str_list_clear(&entry->keys.fingerprints);
	keyless_clear(&entry->keyless);
	free(entry->certificates.cert);
	free(entry->certificates.chain);
	if (entry->nested != NULL)
		policy_attestor_clear(entry->nested);
	free(entry->nested);
	log_clear(&entry->log);
	free(entry->trusted_root);
	str_map_clear(&entry->annotations);
	free(entry->identity.name);
	free(entry->identity.signed_prefix);
	str_list_clear(&entry->predicates);
	str_list_clear(&entry->demands);
	free(entry->repository);
}

/* As deep as its document is (YAML_DEPTH_MAX). */
void
policy_attestor_clear(struct policy_attestor *a)
{
	for (size_t i = 0; i < a->nentries; i++)
		entry_clear(&a->entries[i]);
	free(a->entries);
	free(a->name);
	*a = (struct policy_attestor){ 0 };
}

void
policy_attestors_clear(struct policy_attestors *list)
{
	for (size_t i = 0; i < list->n; i++)
		policy_attestor_clear(&list->items[i]);
	free(list->items);
	*list = (struct policy_attestors){ 0 };
}

const struct policy_attestor *
policy_attestor_real(const struct policy_attestor *a)
{
	assert(a->meant == NULL || a->meant->meant == NULL);
	return a->meant == NULL ? a : a->meant;
}

int
policy_leaves_add_entry(struct policy_leaves *leaves,
    struct policy_entry *entry, struct diag *d)
{
	if (entry->kind == POLICY_ENTRY_NESTED)
		return policy_leaves_add(leaves, entry->nested, d);
	if (leaves->n == POLICY_LEAVES_MAX)
		return diag_add(d, entry->pos,
		    "more than %d entries, those of the attestors it means "
		    "counted in",
		    POLICY_LEAVES_MAX);
	leaves->items = mem_grow(leaves->items, leaves->n, &leaves->cap,
	    sizeof(struct policy_entry *));
	leaves->items[leaves->n++] = entry;
	return 0;
}

int
policy_leaves_add(struct policy_leaves *leaves, const struct policy_attestor *a,
    struct diag *d)
{
	const struct policy_attestor *real = policy_attestor_real(a);

	for (size_t i = 0; i < real->nentries; i++)
		if (policy_leaves_add_entry(leaves, &real->entries[i], d) < 0)
			return -1;
	return 0;
}

void
policy_leaves_clear(struct policy_leaves *leaves)
{
	free(leaves->items);
	*leaves = (struct policy_leaves){ 0 };
}

bool
policy_entry_has_place(const struct policy_entry *entry)
{
	return entry->kind == POLICY_ENTRY_KEYS ||
	       entry->kind == POLICY_ENTRY_KEYLESS ||
	       entry->kind == POLICY_ENTRY_CERTIFICATES;
}

const char *
policy_entry_unsupported(const struct policy_entry *entry)
{
	switch (entry->kind) {
	case POLICY_ENTRY_KEYS:
		return entry->keys.kms == NULL
			   ? NULL
			   : "keys cannot be fetched from a KMS yet";
	case POLICY_ENTRY_KEYLESS:
	case POLICY_ENTRY_CERTIFICATES:
	case POLICY_ENTRY_NONE:
	case POLICY_ENTRY_NESTED:
	case POLICY_ENTRY_PASS:
	case POLICY_ENTRY_FAIL:
		return NULL;
	}
	abort();
}

static bool
share_a_key(const struct policy_keys *a, const struct policy_keys *b)
{
	for (size_t i = 0; i < a->fingerprints.n; i++)
		if (str_list_has(&b->fingerprints, a->fingerprints.items[i]))
			return true;
	return a->kms != NULL && str_equal_null(a->kms, b->kms);
}

static bool
same_texts(const struct policy_texts *a, const struct policy_texts *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++)
		if (a->items[i].how != b->items[i].how ||
		    strcmp(a->items[i].text, b->items[i].text) != 0)
			return false;
	return a->n == b->n;
}

static bool
share_an_identity(const struct policy_keyless *a,
    const struct policy_keyless *b)
{
	for (size_t i = 0; i < a->n; i++)
		for (size_t k = 0; k < b->n; k++)
			if (same_texts(&a->items[i].issuers,
				&b->items[k].issuers) &&
			    same_texts(&a->items[i].subjects,
				&b->items[k].subjects))
				return true;
	return a->n == 0 || b->n == 0;
}

bool
policy_entries_overlap(const struct policy_entry *a,
    const struct policy_entry *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == POLICY_ENTRY_KEYS)
		return share_a_key(&a->keys, &b->keys);
	if (a->kind == POLICY_ENTRY_KEYLESS)
		return share_an_identity(&a->keyless, &b->keyless);
	return a->kind == POLICY_ENTRY_CERTIFICATES &&
	       str_equal_null(a->certificates.cert, b->certificates.cert) &&
	       str_equal_null(a->certificates.chain, b->certificates.chain);
}
