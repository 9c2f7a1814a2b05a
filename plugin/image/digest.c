/* Digests as the OCI image specification writes them. */
#include "image/digest.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

/* The algorithms the specification registers; nothing else can be checked. */
static const struct algorithm {
	const char *prefix;
	size_t hex_len;
	const EVP_MD *(*md)(void);
} algorithms[] = {
	{ "sha256:", 64, EVP_sha256 },
	{ "sha512:", 128, EVP_sha512 },
};

static const struct algorithm *
algorithm_of(const char *text)
{
	for (size_t i = 0; i < COUNT_OF(algorithms); i++)
		if (strncmp(text, algorithms[i].prefix,
			strlen(algorithms[i].prefix)) == 0)
			return &algorithms[i];
	return NULL;
}

bool
digest_is_valid(const char *text)
{
	const struct algorithm *a = algorithm_of(text);
	const char *hex;

	if (a == NULL)
		return false;
	hex = text + strlen(a->prefix);
	return strlen(hex) == a->hex_len &&
	       strspn(hex, "0123456789abcdef") == a->hex_len;
}

const char *
digest_hex(const char *text)
{
	return strchr(text, ':') + 1;
}

/* "algorithm:hex" of the bytes; an unfilled text if the library fails, which
 * equals no digest. */
static void
compute(const struct algorithm *a, struct slice bytes,
    char ret[DIGEST_TEXT_MAX])
{
	uint8_t md[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	char *at;

	ret[0] = '\0';
	if (EVP_Digest(bytes.ptr, bytes.len, md, &len, a->md(), NULL) != 1 ||
	    len * 2 != a->hex_len)
		return;
	at = ret + snprintf(ret, DIGEST_TEXT_MAX, "%s", a->prefix);
	for (unsigned i = 0; i < len; i++)
		at += snprintf(at, 3, "%02x", md[i]);
}

void
digest_of(struct slice bytes, char ret[DIGEST_TEXT_MAX])
{
	compute(&algorithms[0], bytes, ret);
}

int
digest_check(struct slice bytes, const char *want, struct err *e)
{
	char got[DIGEST_TEXT_MAX];

	if (!digest_is_valid(want))
		return err_set(e, ERR_MALFORMED, "no valid digest: %.160s",
		    want);
	compute(algorithm_of(want), bytes, got);
	if (strcmp(got, want) != 0)
		return err_set(e, ERR_DIGEST_MISMATCH,
		    "digest mismatch: content is %s, not %s",
		    got[0] == '\0' ? "unknown" : got, want);
	return 0;
}
