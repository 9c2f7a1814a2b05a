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

DEFINE_AUTO(x509, X509 *, X509_free);

/* The certificate as the log saw it: without the list. */
static int
make_tbs(const struct certificate *c, int at, struct buf *ret)
{
	AUTO(x509) X509 *copy = X509_dup(certificate_x509(c));
	unsigned char *der = NULL;
	int len, r;

	if (copy == NULL)
		return -1;
	X509_EXTENSION_free(X509_delete_ext(copy, at));
	len = i2d_re_X509_tbs(copy, &der);
	r = len <= 0 ? -1 : buf_append(ret, der, (size_t)len);
	OPENSSL_free(der);
	return r;
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
	    !read_list(c, at, &list, &owner) || make_tbs(c, at, &tbs) < 0)
		r = err_set(e, ERR_CERTIFICATE,
		    "certificate's SCTs cannot be read");
	else
		r = search(list, issuer, buf_slice(&tbs), ctlogs, e);
	ASN1_OCTET_STRING_free(owner);
	ERR_clear_error();
	return r;
}
