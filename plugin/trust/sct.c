/* Signed certificate timestamps. */
#include "trust/sct.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "trust/bytes.h"
#include "trust/der.h"

#define SCT_MAX       32
#define TBS_MAX       CERTIFICATE_MAX
#define HASH_SHA256_1 4 /* RFC 5246, 7.4.1.4.1 */
#define SIG_ECDSA_1   3
#define SIG_RSA_1     1

/* One of them, unread. */
struct sct {
	uint8_t log_id[32];
	uint64_t time_ms;
	struct slice extensions, signature;
	uint8_t hash, algorithm;
};

/* An Extension that is the list: its OID comes first. */
static bool
is_list(struct slice extension)
{
	static const uint8_t oid[] = { 0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01,
		0xd6, 0x79, 0x02, 0x04, 0x02 };
	struct der_value id;

	return der_take(&extension, &id) &&
	       slice_equal(id.whole, slice_of(oid, sizeof(oid)));
}

/* [3] of the certificate, without the list. */
static int
put_extensions(struct slice wrapped, struct buf *ret)
{
	AUTO(buf) struct buf kept = buf_with_max(TBS_MAX);
	AUTO(buf) struct buf list = buf_with_max(TBS_MAX);
	struct der_value all, one;
	int bad = 0;

	if (!der_take(&wrapped, &all) || wrapped.len > 0)
		return -1;
	while (bad == 0 && all.content.len > 0) {
		if (!der_take(&all.content, &one))
			return -1;
		if (!is_list(one.content))
			bad = buf_append(&kept, one.whole.ptr, one.whole.len);
	}
	if (bad < 0 || der_put(&list, DER_SEQUENCE, buf_slice(&kept)) < 0)
		return -1;
	return der_put(ret, DER_EXTENSIONS, buf_slice(&list));
}

/* The certificate as the log saw it: without the list. */
static int
make_tbs(const struct certificate *c, struct buf *ret)
{
	AUTO(buf) struct buf content = buf_with_max(TBS_MAX);
	struct slice whole = certificate_der(c);
	struct der_value certificate, tbs, field;
	int bad = 0;

	if (!der_take(&whole, &certificate) ||
	    !der_take(&certificate.content, &tbs))
		return -1;
	while (bad == 0 && tbs.content.len > 0) {
		if (!der_take(&tbs.content, &field))
			return -1;
		bad = field.tag == DER_EXTENSIONS
			  ? put_extensions(field.content, &content)
			  : buf_append(&content, field.whole.ptr,
				field.whole.len);
	}
	return bad < 0 ? -1 : der_put(ret, DER_SEQUENCE, buf_slice(&content));
}

/* RFC 6962, 3.2: digitally-signed struct of a precert entry. */
static int
make_signed(const struct sct *sct, const struct chain_issuer *issuer,
    struct slice tbs, struct buf *ret)
{
	uint8_t head[2 + 8 + 2], lengths[3], more[2];

	head[0] = head[1] = 0;
	put_be(head + 2, 8, sct->time_ms);
	put_be(head + 10, 2, 1);
	put_be(lengths, 3, tbs.len);
	put_be(more, 2, sct->extensions.len);
	return buf_append(ret, head, sizeof(head)) |
	       buf_append(ret, issuer->key_hash, sizeof(issuer->key_hash)) |
	       buf_append(ret, lengths, sizeof(lengths)) |
	       buf_append(ret, tbs.ptr, tbs.len) |
	       buf_append(ret, more, sizeof(more)) |
	       buf_append(ret, sct->extensions.ptr, sct->extensions.len);
}

static bool
parse(struct slice bytes, struct sct *ret)
{
	struct slice id;
	uint64_t version, hash, algorithm;

	if (!take_be(&bytes, 1, &version) || version != 0 ||
	    !take_bytes(&bytes, 32, &id) ||
	    !take_be(&bytes, 8, &ret->time_ms) ||
	    !take_vector(&bytes, 2, &ret->extensions) ||
	    !take_be(&bytes, 1, &hash) || !take_be(&bytes, 1, &algorithm) ||
	    !take_vector(&bytes, 2, &ret->signature) || bytes.len > 0)
		return false;
	memcpy(ret->log_id, id.ptr, sizeof(ret->log_id));
	ret->hash = (uint8_t)hash;
	ret->algorithm = (uint8_t)algorithm;
	return true;
}

static bool
is_good(const struct sct *sct, const struct chain_issuer *issuer,
    struct slice tbs, const struct trust_logs *ctlogs, bool *known)
{
	AUTO(buf) struct buf text = buf_with_max(2 * TBS_MAX);
	const struct trust_log *log;
	struct err ignored;
	size_t i = 0;

	if (sct->hash != HASH_SHA256_1 ||
	    (sct->algorithm != SIG_ECDSA_1 && sct->algorithm != SIG_RSA_1) ||
	    sct->time_ms > INT64_MAX / 2 ||
	    make_signed(sct, issuer, tbs, &text) < 0)
		return false;
	while ((log = trust_logs_next(ctlogs, sct->log_id, &i)) != NULL) {
		*known = true;
		if (window_has(&log->window, (when)(sct->time_ms / 1000)) &&
		    key_verify(log->key, buf_slice(&text), sct->signature,
			&ignored) == 0)
			return true;
	}
	return false;
}

/* The list's bytes: an OCTET STRING in the extension's own. */
static bool
read_list(const struct certificate *c, int at, struct slice *ret,
    ASN1_OCTET_STRING **owner)
{
	const ASN1_OCTET_STRING *value =
	    X509_EXTENSION_get_data(X509_get_ext(certificate_x509(c), at));
	const unsigned char *begin = ASN1_STRING_get0_data(value), *p = begin;
	struct slice all;

	*owner = d2i_ASN1_OCTET_STRING(NULL, &p, ASN1_STRING_length(value));
	if (*owner == NULL || p - begin != ASN1_STRING_length(value))
		return false;
	all = slice_of(ASN1_STRING_get0_data(*owner),
	    (size_t)ASN1_STRING_length(*owner));
	return take_vector(&all, 2, ret) && all.len == 0;
}

static int
search(struct slice list, const struct chain_issuer *issuer, struct slice tbs,
    const struct trust_logs *ctlogs, struct err *e)
{
	struct slice one;
	struct sct sct;
	bool known = false;

	for (size_t n = 0; list.len > 0; n++) {
		if (n == SCT_MAX || !take_vector(&list, 2, &one) ||
		    !parse(one, &sct))
			return err_set(e, ERR_CERTIFICATE,
			    "certificate's SCTs cannot be read");
		if (is_good(&sct, issuer, tbs, ctlogs, &known))
			return 0;
	}
	return err_set(e, ERR_CERTIFICATE,
	    known ? "certificate's SCT is not signed by the trusted "
		    "certificate transparency log"
		  : "certificate has no SCT of a trusted certificate "
		    "transparency log");
}

int
sct_verify(const struct certificate *c, const struct chain_issuer *issuer,
    const struct trust_logs *ctlogs, struct err *e)
{
	AUTO(buf) struct buf tbs = buf_with_max(TBS_MAX);
	X509 *x = certificate_x509(c);
	int at = X509_get_ext_by_NID(x, NID_ct_precert_scts, -1);
	ASN1_OCTET_STRING *owner = NULL;
	struct slice list = { NULL, 0 };
	int r;

	if (at < 0)
		return err_set(e, ERR_CERTIFICATE,
		    "certificate has no SCT: it is in no certificate "
		    "transparency log");
	if (X509_get_ext_by_NID(x, NID_ct_precert_scts, at) >= 0 ||
	    !read_list(c, at, &list, &owner) || make_tbs(c, &tbs) < 0)
		r = err_set(e, ERR_CERTIFICATE,
		    "certificate's SCTs cannot be read");
	else
		r = search(list, issuer, buf_slice(&tbs), ctlogs, e);
	ASN1_OCTET_STRING_free(owner);
	ERR_clear_error();
	return r;
}
