/* What log entries record. */
#include "signature/entry_body.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "signature/fields.h"
#include "trust/hash.h"
#include "trust/pem.h"

#define FIELD_MAX (256u << 10)

/* An entry while it is compared. */
struct comparison {
	const struct json *spec;
	const struct sealed *sealed;
	const struct subject *about;
	const struct key *key;
	const struct certificate *by; /* NULL: a key alone */
	const char *difference;       /* the first one found */
};

static bool
differs(struct comparison *c, const char *what)
{
	if (c->difference == NULL)
		c->difference = what;
	return false;
}

static bool
decode(const char *text, struct buf *ret)
{
	struct err ignored;

	return text != NULL &&
	       base64_decode(slice_str(text), ret, &ignored) == 0;
}

/* The bytes that were signed. */
static bool
hash_is_of_message(const struct comparison *c, enum hash h, struct slice want)
{
	if (!c->sealed->detached)
		return hash_is(h, buf_slice(&c->sealed->message), want);
	if (c->about->has_bytes)
		return hash_is(h, c->about->bytes, want);
	return h == HASH_SHA256 &&
	       slice_equal(want,
		   slice_of(c->about->sha256, sizeof(c->about->sha256)));
}

/* {"algorithm": "sha256", "value": hexadecimal} */
static bool
same_hex(const struct json *j, struct slice bytes)
{
	enum hash h = hash_by_name(json_get_text(j, "algorithm"));
	const char *value = json_get_text(j, "value");
	uint8_t md[HASH_MAX];
	AUTO(str) char *text = NULL;

	if (h == HASH_NONE || value == NULL)
		return false;
	hash_of(h, bytes, md);
	text = hex_encode(slice_of(md, hash_len(h)));
	return strcmp(text, value) == 0;
}

static struct slice
payload_of(const struct sealed *s)
{
	return slice_of(s->message.ptr + s->content_at,
	    s->message.len - s->content_at);
}

static bool
same_signature(const struct comparison *c, const char *base64)
{
	AUTO(buf) struct buf sig = buf_with_max(FIELD_MAX);

	return decode(base64, &sig) &&
	       slice_equal(buf_slice(&sig), buf_slice(&c->sealed->signature));
}

static bool
same_certificate(const struct comparison *c, struct slice der)
{
	AUTO(certificate) struct certificate *other = NULL;
	struct err ignored;

	if (c->by != NULL)
		return slice_equal(certificate_der(c->by), der);
	if (certificate_from_der(der, &other, &ignored) < 0)
		return false;
	certificate_read_key(other);
	return certificate_key(other) != NULL &&
	       strcmp(key_fingerprint(certificate_key(other)),
		   key_fingerprint(c->key)) == 0;
}

static bool
same_key(const struct comparison *c, struct slice der)
{
	AUTO(key) struct key *other = NULL;
	struct err ignored;

	return c->by == NULL && key_from_der(der, &other, &ignored) == 0 &&
	       strcmp(key_fingerprint(other), key_fingerprint(c->key)) == 0;
}

/* Base64 of PEM: a certificate or a key. */
static bool
same_verifier(const struct comparison *c, const char *base64)
{
	AUTO(buf) struct buf pem = buf_with_max(FIELD_MAX);
	AUTO(pem_block) struct pem_block block = { 0 };
	struct slice at;
	struct err ignored;

	if (!decode(base64, &pem))
		return false;
	at = buf_slice(&pem);
	if (pem_next(&at, &block, &ignored) != 1)
		return false;
	if (strcmp(block.name, "CERTIFICATE") == 0)
		return same_certificate(c, block.der);
	return strcmp(block.name, "PUBLIC KEY") == 0 && same_key(c, block.der);
}

static bool
check_hashedrekord(struct comparison *c)
{
	const struct json *hash = json_get(json_get(c->spec, "data"), "hash");
	const struct json *sig = json_get(c->spec, "signature");
	enum hash h = hash_by_name(json_get_text(hash, "algorithm"));
	AUTO(str) char *hex = NULL;
	uint8_t md[HASH_MAX];
	const char *value = json_get_text(hash, "value");

	if (c->sealed->is_dsse || h == HASH_NONE || value == NULL)
		return differs(c, "kind");
	if (c->sealed->detached && !c->about->has_bytes) {
		if (h != HASH_SHA256)
			return differs(c, "hash");
		memcpy(md, c->about->sha256, SHA256_LEN);
	} else {
		hash_of(h,
		    c->sealed->detached ? c->about->bytes
					: buf_slice(&c->sealed->message),
		    md);
	}
	hex = hex_encode(slice_of(md, hash_len(h)));
	if (strcmp(hex, value) != 0)
		return differs(c, "hash");
	if (!same_signature(c, json_get_text(sig, "content")))
		return differs(c, "signature");
	return same_verifier(c,
		   json_get_text(json_get(sig, "publicKey"), "content")) ||
	       differs(c, "signer");
}

/* Where the envelope was stored as it was logged, its hash must be that. */
static bool
same_envelope(const struct comparison *c, const struct json *hash)
{
	return c->sealed->envelope.len == 0 ||
	       same_hex(hash, c->sealed->envelope);
}

static bool
check_dsse(struct comparison *c)
{
	const struct json *list = json_get(c->spec, "signatures");
	const struct json *one = json_at(list, 0);

	if (!c->sealed->is_dsse || json_count(list) != 1)
		return differs(c, "kind");
	if (!same_hex(json_get(c->spec, "payloadHash"),
		payload_of(c->sealed)) ||
	    !same_envelope(c, json_get(c->spec, "envelopeHash")))
		return differs(c, "hash");
	if (!same_signature(c, json_get_text(one, "signature")))
		return differs(c, "signature");
	return same_verifier(c, json_get_text(one, "verifier")) ||
	       differs(c, "signer");
}

/* sig is the base64 of a base64. */
static bool
same_intoto_signature(const struct comparison *c, const char *twice)
{
	AUTO(buf) struct buf once = buf_with_max(FIELD_MAX);

	return decode(twice, &once) && !slice_has_nul(buf_slice(&once)) &&
	       same_signature(c, buf_text(&once));
}

static bool
check_intoto(struct comparison *c)
{
	const struct json *content = json_get(c->spec, "content");
	const struct json *list =
	    json_get(json_get(content, "envelope"), "signatures");
	const struct json *one = json_at(list, 0);

	if (!c->sealed->is_dsse || json_count(list) != 1)
		return differs(c, "kind");
	if (!same_hex(json_get(content, "payloadHash"), payload_of(c->sealed)))
		return differs(c, "hash");
	if (!same_intoto_signature(c, json_get_text(one, "sig")))
		return differs(c, "signature");
	return same_verifier(c, json_get_text(one, "publicKey")) ||
	       differs(c, "signer");
}

/* The first form of it has the envelope's hash alone, so that is needed. */
static bool
check_intoto_first(struct comparison *c)
{
	const struct json *hash =
	    json_get(json_get(c->spec, "content"), "hash");

	if (!c->sealed->is_dsse || c->sealed->envelope.len == 0)
		return differs(c, "kind");
	if (!same_hex(hash, c->sealed->envelope))
		return differs(c, "hash");
	return same_verifier(c, json_get_text(c->spec, "publicKey")) ||
	       differs(c, "signer");
}

/* {"x509Certificate"|"publicKey": {"rawBytes": base64}} */
static bool
same_raw_verifier(const struct comparison *c, const struct json *verifier)
{
	AUTO(buf) struct buf der = buf_with_max(FIELD_MAX);
	const struct json *cert = json_get(verifier, "x509Certificate");
	const struct json *key = json_get(verifier, "publicKey");

	if ((cert == NULL) == (key == NULL) ||
	    !decode(json_get_text(cert != NULL ? cert : key, "rawBytes"), &der))
		return false;
	return cert != NULL ? same_certificate(c, buf_slice(&der))
			    : same_key(c, buf_slice(&der));
}

static bool
same_raw_hash(const struct comparison *c, const struct json *hash, bool payload)
{
	AUTO(buf) struct buf want = buf_with_max(HASH_MAX + 3);
	enum hash h = hash_by_name(json_get_text(hash, "algorithm"));

	if (h == HASH_NONE || !decode(json_get_text(hash, "digest"), &want))
		return false;
	return payload ? hash_is(h, payload_of(c->sealed), buf_slice(&want))
		       : hash_is_of_message(c, h, buf_slice(&want));
}

static bool
check_raw_signature(struct comparison *c, const struct json *sig)
{
	if (!same_signature(c, json_get_text(sig, "content")))
		return differs(c, "signature");
	return same_raw_verifier(c, json_get(sig, "verifier")) ||
	       differs(c, "signer");
}

/* Of DSSE too: the hash is that of its encoding. */
static bool
check_hashedrekord_2(struct comparison *c)
{
	const struct json *v = json_get(c->spec, "hashedRekordV002");

	if (!same_raw_hash(c, json_get(v, "data"), false))
		return differs(c, "hash");
	return check_raw_signature(c, json_get(v, "signature"));
}

static bool
check_dsse_2(struct comparison *c)
{
	const struct json *v = json_get(c->spec, "dsseV002");
	const struct json *list = json_get(v, "signatures");

	if (!c->sealed->is_dsse || json_count(list) != 1)
		return differs(c, "kind");
	if (!same_raw_hash(c, json_get(v, "payloadHash"), true))
		return differs(c, "hash");
	return check_raw_signature(c, json_at(list, 0));
}

static const struct entry_kind {
	const char *kind, *version;
	bool of_tiles;
	bool (*check)(struct comparison *c);
} kinds[] = {
	{ "hashedrekord", "0.0.1", false, check_hashedrekord },
	{ "dsse", "0.0.1", false, check_dsse },
	{ "intoto", "0.0.1", false, check_intoto_first },
	{ "intoto", "0.0.2", false, check_intoto },
	{ "hashedrekord", "0.0.2", true, check_hashedrekord_2 },
	{ "dsse", "0.0.2", true, check_dsse_2 },
};

/* What the body calls itself must be what the entry calls it. */
static const struct entry_kind *
kind_of(const struct log_entry *entry, const struct json *body)
{
	const char *kind = json_get_text(body, "kind");
	const char *version = json_get_text(body, "apiVersion");

	for (size_t i = 0;
	     kind != NULL && version != NULL && i < COUNT_OF(kinds); i++)
		if (strcmp(kinds[i].kind, kind) == 0 &&
		    strcmp(kinds[i].version, version) == 0 &&
		    (entry->kind == NULL || strcmp(entry->kind, kind) == 0) &&
		    (entry->version == NULL ||
			strcmp(entry->version, version) == 0))
			return &kinds[i];
	return NULL;
}

int
entry_body_read(const struct log_entry *entry, struct entry_body *ret,
    struct err *e)
{
	*ret = (struct entry_body){ 0 };
	if (json_parse(buf_slice(&entry->body), &ret->json, e) < 0)
		return err_set(e, ERR_TLOG,
		    "entry of the transparency log cannot be read");
	ret->kind = kind_of(entry, ret->json);
	if (ret->kind == NULL)
		return err_set(e, ERR_TLOG,
		    "entry of the transparency log is of a kind that is not "
		    "supported");
	ret->of_tiles = ret->kind->of_tiles;
	return 0;
}

void
entry_body_clear(struct entry_body *b)
{
	json_free(b->json);
	*b = (struct entry_body){ 0 };
}

int
entry_body_check(const struct entry_body *body, const struct sealed *s,
    const struct subject *about, const struct key *key,
    const struct certificate *by, struct err *e)
{
	struct comparison c = { .spec = json_get(body->json, "spec"),
		.sealed = s,
		.about = about,
		.key = key,
		.by = by };

	if (body->kind->check(&c))
		return 0;
	return err_set(e, ERR_TLOG,
	    "entry of the transparency log is for another %s",
	    strcmp(c.difference, "kind") == 0 ? "kind of signature"
					      : c.difference);
}
