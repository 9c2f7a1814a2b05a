/* trusted_root.json. */
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/mem.h"
#include "trust/hash.h"
#include "trust/root_private.h"

#define ITEMS_MAX 100

static const char *const media_types[] = {
	"application/vnd.dev.sigstore.trustedroot+json;version=0.1",
	"application/vnd.dev.sigstore.trustedroot+json;version=0.2",
	"application/vnd.dev.sigstore.trustedroot.v0.2+json",
};

static int
read_bytes(const struct json *j, const char *name, struct buf *ret,
    struct err *e)
{
	const char *text = json_get_text(j, name);

	if (text == NULL || text[0] == '\0')
		return err_set(e, ERR_MALFORMED, "%s is missing", name);
	if (base64_decode(slice_str(text), ret, e) < 0)
		return err_wrap(e, "%s", name);
	return 0;
}

static int
read_chain(const struct json *j, struct certificates *ret, struct err *e)
{
	const struct json *list = json_get(j, "certificates");
	size_t n = json_count(list);

	if (!json_is_array(list) || n == 0 || n > CERTIFICATES_MAX)
		return err_set(e, ERR_MALFORMED,
		    "certChain has %zu certificates: 1 to %d are accepted", n,
		    CERTIFICATES_MAX);
	for (size_t i = 0; i < n; i++) {
		AUTO(buf) struct buf der = buf_with_max(CERTIFICATE_MAX);
		struct certificate *c = NULL;

		if (read_bytes(json_at(list, i), "rawBytes", &der, e) < 0 ||
		    certificate_from_der(buf_slice(&der), &c, e) < 0)
			return err_wrap(e, "certChain[%zu]", i);
		certificates_own(ret, c);
	}
	return 0;
}

static int
read_authority(const struct json *j, struct trust_authorities *list,
    struct err *e)
{
	struct trust_authority *a = trust_authorities_add(list);

	if (read_chain(json_get(j, "certChain"), &a->chain, e) < 0)
		return -1;
	return window_read(json_get(j, "validFor"), &a->window, e);
}

/* "https://log2025-1.rekor.sigstore.dev/x" is log2025-1.rekor.sigstore.dev. */
static char *
host_of(const char *url)
{
	const char *host = url == NULL ? NULL : strstr(url, "://");

	if (host == NULL)
		return NULL;
	host += strlen("://");
	return mem_strndup(host, strcspn(host, ":/?#"));
}

/* Old logs have an RSA key without what says that it is one. */
static int
read_key(const struct json *j, struct slice der, struct key **ret,
    struct err *e)
{
	const char *details = json_get_text(j, "keyDetails");

	if (details != NULL && strcmp(details, "PKCS1_RSA_PKCS1V5") == 0)
		return key_from_pkcs1(der, ret, e);
	return key_from_der(der, ret, e);
}

static int
read_log(const struct json *j, struct trust_logs *list, struct err *e)
{
	const struct json *key = json_get(j, "publicKey");
	AUTO(buf) struct buf der = buf_with_max(CERTIFICATE_MAX);
	AUTO(buf) struct buf id = buf_with_max(CERTIFICATE_MAX);
	struct trust_log *log = trust_logs_add(list);
	const char *hash = json_get_text(j, "hashAlgorithm");

	if (hash != NULL && strcmp(hash, "SHA2_256") != 0)
		return err_set(e, ERR_UNSUPPORTED,
		    "hashAlgorithm %.40s is not supported", hash);
	if (read_bytes(key, "rawBytes", &der, e) < 0 ||
	    read_key(key, buf_slice(&der), &log->key, e) < 0 ||
	    window_read(json_get(key, "validFor"), &log->window, e) < 0)
		return err_wrap(e, "publicKey");
	if (read_bytes(json_get(j, "logId"), "keyId", &id, e) < 0)
		return err_wrap(e, "logId");
	if (id.len != sizeof(log->id))
		return err_set(e, ERR_MALFORMED,
		    "logId.keyId has %zu bytes, not %zu", id.len,
		    sizeof(log->id));
	memcpy(log->id, id.ptr, sizeof(log->id));
	log->origin = host_of(json_get_text(j, "baseUrl"));
	return 0;
}

/* A section, which may be missing. */
#define DEFINE_SECTION(reader, one, type)                                      \
	static int reader(const struct json *root, const char *name,           \
	    struct type *ret, struct err *e)                                   \
	{                                                                      \
		const struct json *list = json_get(root, name);                \
		size_t n = json_count(list);                                   \
                                                                               \
		if (list == NULL || json_is_null(list))                        \
			return 0;                                              \
		if (!json_is_array(list) || n > ITEMS_MAX)                     \
			return err_set(e, ERR_MALFORMED,                       \
			    "%s must be a list of at most %d", name,           \
			    ITEMS_MAX);                                        \
		for (size_t i = 0; i < n; i++)                                 \
			if (one(json_at(list, i), ret, e) < 0)                 \
				return err_wrap(e, "%s[%zu]", name, i);        \
		return 0;                                                      \
	}                                                                      \
	struct reader##_needs_semicolon

DEFINE_SECTION(read_authorities, read_authority, trust_authorities);
DEFINE_SECTION(read_logs, read_log, trust_logs);

static int
check_type(const struct json *root, struct err *e)
{
	const char *type = json_get_text(root, "mediaType");

	for (size_t i = 0; type != NULL && i < COUNT_OF(media_types); i++)
		if (strcmp(media_types[i], type) == 0)
			return 0;
	return err_set(e, ERR_MALFORMED,
	    "mediaType \"%.100s\" is no trusted root of version 0.1 or 0.2",
	    type == NULL ? "" : type);
}

int
trust_root_parse(struct slice text, struct trust_root **ret, struct err *e)
{
	AUTO(trust_root) struct trust_root *r = trust_root_new();
	AUTO(json) struct json *root = NULL;

	if (text.len > TRUST_ROOT_MAX)
		return err_set(e, ERR_LIMIT,
		    "trusted root is larger than %u MiB", TRUST_ROOT_MAX >> 20);
	if (json_parse(text, &root, e) < 0 || check_type(root, e) < 0 ||
	    read_authorities(root, "certificateAuthorities", &r->cas, e) < 0 ||
	    read_authorities(root, "timestampAuthorities", &r->tsas, e) < 0 ||
	    read_logs(root, "tlogs", &r->tlogs, e) < 0 ||
	    read_logs(root, "ctlogs", &r->ctlogs, e) < 0)
		return err_wrap(e, "trusted root");
	trust_root_finish(r);
	*ret = TAKE(r);
	return 0;
}
