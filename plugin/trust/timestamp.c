/* RFC 3161. */
#include "trust/timestamp.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <time.h>

#define NOT_READ "timestamp cannot be read"

DEFINE_AUTO(ts_resp, TS_RESP *, TS_RESP_free);
DEFINE_AUTO(ts_ctx, TS_VERIFY_CTX *, TS_VERIFY_CTX_free);
DEFINE_AUTO(signers, STACK_OF(X509) *, sk_X509_free);

static bool
is_granted(TS_RESP *resp)
{
	long status = ASN1_INTEGER_get(
	    TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(resp)));

	return status == TS_STATUS_GRANTED ||
	       status == TS_STATUS_GRANTED_WITH_MODS;
}

static bool
has_good_hash(TS_TST_INFO *info)
{
	const ASN1_OBJECT *o = NULL;
	X509_ALGOR *algorithm =
	    TS_MSG_IMPRINT_get_algo(TS_TST_INFO_get_msg_imprint(info));
	int nid;

	X509_ALGOR_get0(&o, NULL, NULL, algorithm);
	nid = OBJ_obj2nid(o);
	return nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512;
}

static bool
read_time(TS_TST_INFO *info, when *ret)
{
	const ASN1_GENERALIZEDTIME *t = TS_TST_INFO_get_time(info);
	struct tm tm;

	if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1)
		return false;
	*ret = (when)timegm(&tm);
	return true;
}

/* Everything but the authority.  Nothing else may stand behind it. */
static TS_RESP *
parse(struct slice der, when *time, struct err *e)
{
	const unsigned char *at = der.ptr;
	AUTO(ts_resp) TS_RESP *resp = NULL;
	TS_TST_INFO *info;

	if (der.len <= TIMESTAMP_MAX)
		resp = d2i_TS_RESP(NULL, &at, (long)der.len);
	if (resp == NULL || at != der.ptr + der.len) {
		(void)err_set(e, ERR_TIMESTAMP, NOT_READ);
		return NULL;
	}
	info = TS_RESP_get_tst_info(resp);
	if (!is_granted(resp) || TS_RESP_get_token(resp) == NULL ||
	    info == NULL || !read_time(info, time)) {
		(void)err_set(e, ERR_TIMESTAMP, NOT_READ);
		return NULL;
	}
	if (!has_good_hash(info)) {
		(void)err_set(e, ERR_TIMESTAMP,
		    "timestamp is over a hash that is not accepted");
		return NULL;
	}
	return TAKE(resp);
}

/* The anchor; where every certificate issued the one before it, the first is as
 * good as that, and is where a path ends. */
static X509_STORE *
make_store(const struct trust_authority *tsa, when t)
{
	X509_STORE *store = X509_STORE_new();
	size_t anchor = tsa->linked ? 0 : tsa->chain.n - 1;
	X509_VERIFY_PARAM *param;

	if (store == NULL ||
	    X509_STORE_add_cert(store,
		certificate_x509(tsa->chain.items[anchor])) != 1) {
		X509_STORE_free(store);
		return NULL;
	}
	param = X509_STORE_get0_param(store);
	X509_VERIFY_PARAM_set_time(param, (time_t)t);
	(void)X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	return store;
}

/* All but the anchor, for TS_VERIFY_CTX to own. */
static STACK_OF(X509) * make_middle(const struct trust_authority *tsa)
{
	STACK_OF(X509) *middle = sk_X509_new_null();

	for (size_t i = 0; middle != NULL && i + 1 < tsa->chain.n; i++) {
		X509 *x = certificate_x509(tsa->chain.items[i]);

		if (X509_up_ref(x) == 1 && sk_X509_push(middle, x) == 0)
			X509_free(x);
	}
	return middle;
}

static TS_VERIFY_CTX *
make_ctx(const struct trust_authority *tsa, struct slice message, when t)
{
	TS_VERIFY_CTX *ctx = TS_VERIFY_CTX_new();
	X509_STORE *store = make_store(tsa, t);

	if (ctx == NULL || store == NULL) {
		TS_VERIFY_CTX_free(ctx);
		X509_STORE_free(store);
		return NULL;
	}
	(void)TS_VERIFY_CTX_set_flags(ctx,
	    TS_VFY_VERSION | TS_VFY_SIGNATURE | TS_VFY_DATA);
	(void)TS_VERIFY_CTX_set_store(ctx, store);
	(void)TS_VERIFY_CTS_set_certs(ctx, make_middle(tsa));
	(void)TS_VERIFY_CTX_set_data(ctx,
	    BIO_new_mem_buf(message.ptr, (int)message.len));
	return ctx;
}

/* Who made the signature that was verified, whatever else lies beside it. */
static bool
signed_by_authority(TS_RESP *resp, const struct trust_authority *tsa)
{
	STACK_OF(X509) *middle = make_middle(tsa);
	AUTO(signers)
	STACK_OF(X509) *who =
	    PKCS7_get0_signers(TS_RESP_get_token(resp), middle, 0);
	X509 *first = certificate_x509(tsa->chain.items[0]);
	X509 *signer = sk_X509_num(who) == 1 ? sk_X509_value(who, 0) : NULL;
	bool good = signer != NULL &&
		    (X509_get_extension_flags(signer) & EXFLAG_CA) == 0;

	if (good && (X509_get_extension_flags(first) & EXFLAG_CA) == 0)
		good = X509_cmp(first, signer) == 0;
	sk_X509_pop_free(middle, X509_free);
	return good;
}

static bool
all_valid_at(const struct trust_authority *tsa, when t)
{
	for (size_t i = 0; i < tsa->chain.n; i++)
		if (!certificate_valid_at(tsa->chain.items[i], t))
			return false;
	return true;
}

static bool
is_by(TS_RESP *resp, const struct trust_authority *tsa, struct slice message,
    when t)
{
	AUTO(ts_ctx) TS_VERIFY_CTX *ctx = make_ctx(tsa, message, t);

	return ctx != NULL && TS_RESP_verify_response(ctx, resp) == 1 &&
	       signed_by_authority(resp, tsa) && all_valid_at(tsa, t);
}

int
timestamp_verify(const struct trust_authorities *tsas, struct slice der,
    struct slice message, when *ret, size_t *who, struct err *e)
{
	AUTO(ts_resp) TS_RESP *resp = parse(der, ret, e);
	bool in_window = false;

	ERR_clear_error();
	if (resp == NULL)
		return -1;
	for (size_t i = 0; i < tsas->n; i++) {
		bool good;

		if (!window_has(&tsas->items[i].window, *ret))
			continue;
		in_window = true;
		good = is_by(resp, &tsas->items[i], message, *ret);
		ERR_clear_error();
		*who = i;
		if (good)
			return 0;
	}
	return err_set(e, ERR_TIMESTAMP,
	    in_window ? "timestamp is not a trusted authority's for this "
			"signature"
		      : "no timestamp authority is trusted at the time of the "
			"timestamp");
}
