/* X.509 certificates. */
#include "trust/certificate.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "image/digest.h"
#include "trust/pem.h"

struct certificate {
	X509 *x;
	struct slice der; /* owned */
	struct key *key;
	char fingerprint[DIGEST_TEXT_MAX];
	when not_before, not_after;
	atomic_uint refs;
};

/* A time that cannot be read is no time in which it is valid. */
static bool
read_time(const ASN1_TIME *t, when *ret)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return false;
	*ret = (when)timegm(&tm);
	return true;
}

/* What OpenSSL reads it must write again byte by byte. */
static X509 *
read_x509(struct slice der)
{
	const unsigned char *at = der.ptr;
	unsigned char *again = NULL;
	X509 *x = d2i_X509(NULL, &at, (long)der.len);
	int len = x == NULL ? -1 : i2d_X509(x, &again);
	bool same = len >= 0 && (size_t)len == der.len &&
		    memcmp(again, der.ptr, der.len) == 0;

	OPENSSL_free(again);
	if (same)
		return x;
	X509_free(x);
	return NULL;
}

void
certificate_read_key(struct certificate *c)
{
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(c->x), &der);
	struct err ignored;

	if (len > 0 &&
	    key_from_der(slice_of(der, (size_t)len), &c->key, &ignored) < 0)
		c->key = NULL;
	OPENSSL_free(der);
}

int
certificate_from_der(struct slice der, struct certificate **ret, struct err *e)
{
	AUTO(certificate) struct certificate *c = NULL;
	X509 *x;

	if (der.len == 0 || der.len > CERTIFICATE_MAX)
		return err_set(e, ERR_MALFORMED,
		    "certificate of %zu bytes: 1 to %u are accepted", der.len,
		    CERTIFICATE_MAX);
	x = read_x509(der);
	ERR_clear_error();
	if (x == NULL)
		return err_set(e, ERR_MALFORMED, "no valid certificate");
	c = MEM_NEW(struct certificate);
	atomic_init(&c->refs, 1);
	c->x = x;
	c->der = slice_of(mem_strndup((const char *)der.ptr, der.len), der.len);
	digest_of(der, c->fingerprint);
	if (!read_time(X509_get0_notBefore(x), &c->not_before) ||
	    !read_time(X509_get0_notAfter(x), &c->not_after))
		return err_set(e, ERR_MALFORMED,
		    "certificate without valid times");
	/* Extensions are parsed and cached now, not by several threads later. */
	(void)X509_check_purpose(x, -1, 0);
	ERR_clear_error();
	*ret = TAKE(c);
	return 0;
}

const char *
certificate_fingerprint(const struct certificate *c)
{
	return c->fingerprint;
}

struct slice
certificate_der(const struct certificate *c)
{
	return c->der;
}

X509 *
certificate_x509(const struct certificate *c)
{
	return c->x;
}

const struct key *
certificate_key(const struct certificate *c)
{
	return c->key;
}

bool
certificate_valid_at(const struct certificate *c, when t)
{
	return c->not_before <= t && t <= c->not_after;
}

void
certificate_window(const struct certificate *c, when *not_before,
    when *not_after)
{
	*not_before = c->not_before;
	*not_after = c->not_after;
}

int
certificate_check_signs_code(const struct certificate *c, struct err *e)
{
	uint32_t flags = X509_get_extension_flags(c->x);

	if ((flags & EXFLAG_INVALID) != 0)
		return err_set(e, ERR_CERTIFICATE,
		    "certificate has extensions that cannot be read");
	if ((flags & EXFLAG_CA) != 0)
		return err_set(e, ERR_CERTIFICATE,
		    "certificate is a CA's, not a signer's");
	if ((flags & EXFLAG_KUSAGE) != 0 &&
	    (X509_get_key_usage(c->x) & KU_DIGITAL_SIGNATURE) == 0)
		return err_set(e, ERR_CERTIFICATE,
		    "certificate's key usage is not digitalSignature");
	if ((flags & EXFLAG_XKUSAGE) == 0 ||
	    (X509_get_extended_key_usage(c->x) & XKU_CODE_SIGN) == 0)
		return err_set(e, ERR_CERTIFICATE,
		    "certificate is not for code signing");
	return 0;
}

bool
certificate_is_self_signed(const struct certificate *c)
{
	return (X509_get_extension_flags(c->x) & EXFLAG_SI) != 0;
}

struct certificate *
certificate_ref(struct certificate *c)
{
	(void)atomic_fetch_add(&c->refs, 1);
	return c;
}

void
certificate_free(struct certificate *c)
{
	if (c == NULL || atomic_fetch_sub(&c->refs, 1) > 1)
		return;
	X509_free(c->x);
	key_free(c->key);
	free((void *)(uintptr_t)c->der.ptr);
	free(c);
}

void
certificates_own(struct certificates *list, struct certificate *c)
{
	list->items =
	    mem_grow(list->items, list->n, &list->cap, sizeof(*list->items));
	list->items[list->n++] = c;
}

static int
add_block(const struct pem_block *block, struct certificates *ret,
    struct err *e)
{
	struct certificate *c = NULL;

	if (strcmp(block->name, "CERTIFICATE") != 0)
		return err_set(e, ERR_MALFORMED,
		    "PEM block \"%.40s\" where \"CERTIFICATE\" is expected",
		    block->name);
	if (ret->n == CERTIFICATES_MAX)
		return err_set(e, ERR_LIMIT, "more than %d certificates",
		    CERTIFICATES_MAX);
	if (certificate_from_der(block->der, &c, e) < 0)
		return -1;
	certificates_own(ret, c);
	return 0;
}

int
certificates_from_pem(const char *pem, struct certificates *ret, struct err *e)
{
	struct slice at = slice_str(pem);

	for (;;) {
		AUTO(pem_block) struct pem_block block = { 0 };
		int r = pem_next(&at, &block, e);

		if (r < 0)
			return -1;
		if (r == 0)
			break;
		if (add_block(&block, ret, e) < 0)
			return -1;
	}
	if (ret->n == 0)
		return err_set(e, ERR_MALFORMED,
		    "no PEM certificate: -----BEGIN CERTIFICATE----- is "
		    "missing");
	return 0;
}

void
certificates_clear(struct certificates *list)
{
	for (size_t i = 0; i < list->n; i++)
		certificate_free(list->items[i]);
	free(list->items);
	*list = (struct certificates){ 0 };
}
