/* Certification paths. */
#include "trust/chain.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

DEFINE_AUTO(store_ctx, X509_STORE_CTX *, X509_STORE_CTX_free);
DEFINE_AUTO(x509_stack, STACK_OF(X509) *, sk_X509_free);

struct chain_anchors {
	X509_STORE *store;
	bool linked; /* all of the chain is in it, not only the last */
};

/* May the certificate at this place of a chain have issued what is below it,
 * with as many CAs between?  What constrains names is left to the library. */
static bool
may_issue(X509 *x, size_t cas_below)
{
	long depth = X509_get_pathlen(x);

	return X509_check_ca(x) == 1 &&
	       (depth < 0 || (size_t)depth >= cas_below) &&
	       X509_get_ext_by_NID(x, NID_name_constraints, -1) < 0 &&
	       (X509_get_extension_flags(x) &
		   (EXFLAG_INVALID | EXFLAG_CRITICAL)) == 0;
}

bool
chain_is_linked(const struct certificates *chain)
{
	size_t cas = 0;

	for (size_t i = 0; i < chain->n; i++) {
		X509 *x = certificate_x509(chain->items[i]);
		X509 *above = i + 1 < chain->n
				  ? certificate_x509(chain->items[i + 1])
				  : NULL;

		if ((i > 0 || X509_check_ca(x) != 0) && !may_issue(x, cas))
			return false;
		cas += X509_check_ca(x) != 0;
		if (above != NULL &&
		    (X509_check_issued(above, x) != X509_V_OK ||
			X509_verify(x, X509_get0_pubkey(above)) != 1))
			return false;
	}
	return true;
}

/* The last is the anchor, whoever issued it. */
struct chain_anchors *
chain_anchors_new(const struct certificates *chain)
{
	struct chain_anchors *a = MEM_NEW(struct chain_anchors);
	size_t first;

	a->store = X509_STORE_new();
	a->linked = chain_is_linked(chain) &&
		    X509_check_ca(certificate_x509(chain->items[0])) != 0;
	ERR_clear_error();
	first = a->linked ? 0 : chain->n - 1;
	for (size_t i = first; i < chain->n; i++)
		if (a->store == NULL ||
		    X509_STORE_add_cert(a->store,
			certificate_x509(chain->items[i])) != 1)
			abort();
	return a;
}

void
chain_anchors_free(struct chain_anchors *a)
{
	if (a == NULL)
		return;
	X509_STORE_free(a->store);
	free(a);
}

static bool
push(STACK_OF(X509) * stack, const struct certificates *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (sk_X509_push(stack, certificate_x509(list->items[i])) == 0)
			return false;
	return true;
}

/* Where a CA's certificate says for what it issues, it is for code signers. */
static bool
issues_code_signers(STACK_OF(X509) * path)
{
	for (int i = 1; i < sk_X509_num(path); i++) {
		X509 *x = sk_X509_value(path, i);

		if ((X509_get_extension_flags(x) & EXFLAG_XKUSAGE) != 0 &&
		    (X509_get_extended_key_usage(x) &
			(XKU_CODE_SIGN | XKU_ANYEKU)) == 0)
			return false;
	}
	return true;
}

static bool
issuer_of(STACK_OF(X509) * path, struct chain_issuer *ret)
{
	unsigned char *der = NULL;
	int len;

	if (sk_X509_num(path) < 2)
		return false;
	len =
	    i2d_X509_PUBKEY(X509_get_X509_PUBKEY(sk_X509_value(path, 1)), &der);
	if (len > 0)
		sha256(slice_of(der, (size_t)len), ret->key_hash);
	OPENSSL_free(der);
	return len > 0;
}

static bool
all_valid_at(const struct certificates *chain, when t)
{
	for (size_t i = 0; i < chain->n; i++)
		if (!certificate_valid_at(chain->items[i], t))
			return false;
	return true;
}

/* NULL if the path is good, else what is wrong with it. */
static const char *
verify_under(const struct certificate *leaf, const struct certificates *extra,
    const struct trust_authority *ca, when t, struct chain_issuer *ret)
{
	AUTO(store_ctx) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	AUTO(x509_stack) STACK_OF(X509) *middle = sk_X509_new_null();
	X509_VERIFY_PARAM *param;
	STACK_OF(X509) * path;

	if (ca->anchors->linked && !all_valid_at(&ca->chain, t))
		return "a CA's certificate is not valid";
	if (ctx == NULL || middle == NULL ||
	    !push(middle, &ca->chain, ca->chain.n - 1) ||
	    (extra != NULL && !push(middle, extra, extra->n)) ||
	    X509_STORE_CTX_init(ctx, ca->anchors->store, certificate_x509(leaf),
		middle) != 1)
		return "the crypto library failed";
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_time(param, (time_t)t);
	X509_VERIFY_PARAM_set_depth(param, CERTIFICATES_MAX);
	if (X509_VERIFY_PARAM_set_flags(param,
		X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_X509_STRICT) != 1)
		return "the crypto library failed";
	if (X509_verify_cert(ctx) != 1)
		return X509_verify_cert_error_string(
		    X509_STORE_CTX_get_error(ctx));
	path = X509_STORE_CTX_get0_chain(ctx);
	if (!issues_code_signers(path))
		return "a CA on the way is not for code signing";
	return issuer_of(path, ret) ? NULL : "it is itself an authority";
}

int
chain_verify(const struct certificate *leaf, const struct certificates *extra,
    const struct trust_authorities *cas, when t, struct chain_issuer *ret,
    struct err *e)
{
	const char *why = "no certificate authority is trusted at the time of "
			  "signing";
	char at[WHEN_TEXT_MAX];

	for (size_t i = 0; i < cas->n; i++) {
		if (!window_has(&cas->items[i].window, t))
			continue;
		why = verify_under(leaf, extra, &cas->items[i], t, ret);
		ERR_clear_error();
		if (why == NULL)
			return 0;
	}
	when_text(t, at);
	return err_set(e, ERR_CERTIFICATE,
	    "certificate is not trusted at the time of signing, %s: %s", at,
	    why);
}
