/* How a signature becomes a proof. */
#include "signature/verify.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "signature/entry_body.h"
#include "signature/format.h"
#include "signature/proof_private.h"
#include "trust/chain.h"
#include "trust/identity.h"
#include "trust/sct.h"
#include "trust/timestamp.h"

#define TIMES_MAX (SEALED_ENTRIES_MAX + SEALED_TIMESTAMPS_MAX + 1)

/* A verification under way, and what it has established. */
struct verification {
	const struct sealed *s;
	const struct demand *d;
	const struct subject *about;
	const struct key *key;                 /* that has to have signed */
	const struct certificate *certificate; /* that has the key; or NULL */
	when times[TIMES_MAX]; /* at which it was certainly there */
	size_t ntimes;
	const struct trust_log *log; /* that has it; NULL: none was shown */
	const struct trust_log *untimed[SEALED_ENTRIES_MAX];
	size_t nuntimed; /* logs that have it and do not say since when */
	bool stamped;
};

static int
take_certificate(struct verification *v, const struct certificate *c,
    struct err *e)
{
	v->certificate = c;
	v->key = certificate_key(c);
	if (v->key == NULL)
		return err_set(e, ERR_CERTIFICATE,
		    "certificate's key is of a kind that is not accepted");
	return 0;
}

/* Whose signature it has to be. */
static int
find_signer(struct verification *v, struct err *e)
{
	const struct sealed *s = v->s;

	if (v->d->kind == DEMAND_KEY) {
		v->key = v->d->key;
		if (s->certificate != NULL && s->format == &format_bundle)
			return err_set(e, ERR_BAD_SIGNATURE,
			    "bundle was signed with a certificate, not with a "
			    "key");
		return 0;
	}
	if (v->d->certificate != NULL)
		return take_certificate(v, v->d->certificate, e);
	if (s->certificate == NULL)
		return err_set(e, ERR_BAD_SIGNATURE,
		    "signed with a key, not with a certificate");
	return take_certificate(v, s->certificate, e);
}

static int
check_signature(const struct verification *v, struct err *e)
{
	const struct sealed *s = v->s;
	const struct subject *about = v->about;

	if (!s->detached)
		return key_verify(v->key, buf_slice(&s->message),
		    buf_slice(&s->signature), e);
	if (!about->is_artifact)
		return err_set(e, ERR_UNSUPPORTED,
		    "bundle with a messageSignature is no image signature");
	if (about->has_bytes)
		return key_verify(v->key, about->bytes,
		    buf_slice(&s->signature), e);
	return key_verify_sha256(v->key, about->sha256,
	    buf_slice(&s->signature), e);
}

/* The logged certificate is the one that came with the signature. */
static const struct certificate *
logged_certificate(const struct verification *v)
{
	return v->d->kind == DEMAND_KEY || v->s->certificate == NULL
		   ? NULL
		   : v->certificate;
}

static int
check_promises(const struct sealed *s, const struct log_entry *entry,
    struct err *e)
{
	if (s->needs_promise && entry->promise.len == 0)
		return err_set(e, ERR_TLOG,
		    "bundle of version 0.1 has no signed entry timestamp "
		    "(SET)");
	if (s->needs_proof && !entry->has_proof)
		return err_set(e, ERR_TLOG, "bundle has no inclusion proof");
	return 0;
}

/* An entry of a log that nobody trusts shows nothing, and harms nothing. */
static int
check_entry(struct verification *v, const struct log_entry *entry,
    struct err *e)
{
	AUTO(entry_body) struct entry_body body = { 0 };
	struct log_seen seen;

	if (entry_body_read(entry, &body, e) < 0 ||
	    check_promises(v->s, entry, e) < 0)
		return -1;
	if (log_verify(&v->d->root->tlogs, entry, body.of_tiles, &seen, e) < 0)
		return e->code == ERR_NOT_FOUND ? 0 : -1;
	if (entry_body_check(&body, v->s, v->about, v->key,
		logged_certificate(v), e) < 0)
		return -1;
	v->log = seen.log;
	if (seen.timed)
		v->times[v->ntimes++] = seen.time;
	else
		v->untimed[v->nuntimed++] = seen.log;
	return 0;
}

static int
check_entries(struct verification *v, struct err *e)
{
	struct err unknown = { 0 };

	for (size_t i = 0; i < v->s->nentries; i++)
		if (check_entry(v, &v->s->entries[i], &unknown) < 0) {
			*e = unknown;
			return -1;
		}
	if (v->log != NULL || !v->d->tlog)
		return 0;
	if (v->s->nentries == 0)
		return err_set(e, ERR_TLOG,
		    "signature has no entry of a transparency log");
	return err_set(e, ERR_TLOG, "%s", unknown.msg);
}

/* A timestamp that is nobody's whom we trust shows nothing, and harms nothing;
 * why it does not count is kept for when there is nothing else. */
static int
check_timestamps(struct verification *v, struct err *e)
{
	const struct sealed *s = v->s;
	struct slice over =
	    s->envelope.len > 0 ? s->envelope : buf_slice(&s->signature);
	struct err first = { 0 }, now = { 0 };
	size_t who;

	for (size_t i = 0; i < s->ntimestamps; i++) {
		when t;

		if (timestamp_verify(&v->d->root->tsas,
			buf_slice(&s->timestamps[i]), over, &t, &who,
			&now) == 0) {
			v->times[v->ntimes++] = t;
			v->stamped = true;
		} else if (first.code == ERR_NONE) {
			first = now;
		}
	}
	if (v->stamped ||
	    (!v->d->timestamp && (v->ntimes > 0 || first.code == ERR_NONE)))
		return 0;
	if (first.code == ERR_NONE)
		return err_set(e, ERR_TIMESTAMP,
		    "signature has no timestamp of a trusted authority");
	if (v->d->kind == DEMAND_KEY && !v->d->timestamp)
		return 0;
	*e = first;
	return -1;
}

/* A log that gives no time was in service when others say it was signed. */
static int
check_log_windows(const struct verification *v, struct err *e)
{
	for (size_t i = 0; i < v->nuntimed; i++)
		for (size_t k = 0; k < v->ntimes; k++)
			if (!window_has(&v->untimed[i]->window, v->times[k]))
				return err_set(e, ERR_TLOG,
				    "transparency log's key was not in use at "
				    "the time of signing");
	return 0;
}

/* Something has to say when a certificate was used; of one's own CA, where no
 * log is asked for, it may be now. */
static int
find_time(struct verification *v, struct err *e)
{
	if (v->ntimes > 0)
		return 0;
	if (v->d->kind == DEMAND_CERTIFICATE && !v->d->tlog) {
		v->times[v->ntimes++] = v->about->now;
		return 0;
	}
	return err_set(e, ERR_TIMESTAMP,
	    "nothing trusted says when it was signed: neither a signed entry "
	    "timestamp (SET) nor a timestamp");
}

static int
check_certificate(struct verification *v, struct err *e)
{
	const struct certificates *extra =
	    v->d->kind == DEMAND_CERTIFICATE ? &v->s->chain : NULL;
	struct chain_issuer issuer;

	if (find_time(v, e) < 0 ||
	    certificate_check_signs_code(v->certificate, e) < 0)
		return -1;
	for (size_t i = 0; i < v->ntimes; i++)
		if (chain_verify(v->certificate, extra, &v->d->root->cas,
			v->times[i], &issuer, e) < 0)
			return -1;
	return v->d->sct
		   ? sct_verify(v->certificate, &issuer, &v->d->root->ctlogs, e)
		   : 0;
}

/* A key alone decides alone, unless more is asked. */
static int
check_circumstances(struct verification *v, struct err *e)
{
	const struct demand *d = v->d;

	if ((d->tlog || d->kind != DEMAND_KEY) && check_entries(v, e) < 0)
		return -1;
	if ((d->timestamp || d->tlog || d->kind != DEMAND_KEY) &&
	    check_timestamps(v, e) < 0)
		return -1;
	if (check_log_windows(v, e) < 0)
		return -1;
	return d->kind == DEMAND_KEY ? 0 : check_certificate(v, e);
}

static struct slice
content_of(const struct sealed *s)
{
	assert(s->content_at <= s->message.len);
	return slice_of(s->message.ptr + s->content_at,
	    s->message.len - s->content_at);
}

/* An artifact that was signed itself says nothing more. */
static int
read_statement(const struct verification *v, struct statement *ret,
    struct err *e)
{
	if (v->s->detached) {
		ret->kind = PROOF_SIGNATURE;
		return 0;
	}
	return v->s->format->read(content_of(v->s), v->about->digest, ret, e);
}

static struct proof *
make_proof(const struct verification *v, const struct statement *said,
    const struct identity *who)
{
	return proof_new(&(struct proof_init){
	    .kind = said->kind,
	    .format = v->s->format->name,
	    .demand = v->d->id,
	    .image_digest = v->about->digest,
	    .key = key_fingerprint(v->key),
	    .certificate = v->certificate == NULL
			       ? NULL
			       : certificate_fingerprint(v->certificate),
	    .subject = who->subject,
	    .issuer = who->issuer,
	    .extensions = &who->extensions,
	    .source = v->about->source,
	    .predicate_type = said->predicate_type,
	    .predicate = said->predicate,
	    .reference = said->reference,
	    .annotations = &said->annotations,
	    .time = v->ntimes > 0 ? v->times[0] : 0,
	    .log = v->log == NULL ? NULL : v->log->origin,
	    .logged = v->log != NULL,
	    .stamped = v->stamped,
	});
}

int
sealed_verify(const struct sealed *s, const struct demand *d,
    const struct subject *about, struct proof **ret, struct err *e)
{
	struct verification v = { .s = s, .d = d, .about = about };
	AUTO(statement) struct statement said = { 0 };
	AUTO(identity) struct identity who = { 0 };

	assert(d->kind != DEMAND_NONE && d->root != NULL);
	if (find_signer(&v, e) < 0 || check_signature(&v, e) < 0 ||
	    check_circumstances(&v, e) < 0)
		return -1;
	if (d->kind == DEMAND_KEYLESS &&
	    identity_read(v.certificate, &who, e) < 0)
		return -1;

	/* What was signed is not read before this line. */
	if (read_statement(&v, &said, e) < 0)
		return -1;
	*ret = make_proof(&v, &said, &who);
	return 0;
}
