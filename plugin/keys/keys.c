/* Where public keys come from: a policy's own text, or a file. */
#include "keys/keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#define BEGIN     "-----BEGIN "
#define DASHES    "-----"
#define OUR_LABEL "PUBLIC KEY"

/* What people put where a public key belongs, and what to tell them. */
static const struct {
	const char *label;
	const char *advice;
} mistakes[] = {
	{ "CERTIFICATE", "a certificate is no public key" },
	{ "RSA PUBLIC KEY",
	    "a PKCS#1 key: convert it with openssl rsa -RSAPublicKey_in -pubout" },
	{ "ENCRYPTED SIGSTORE PRIVATE KEY",
	    "a private key; use the .pub file beside it" },
	{ "ENCRYPTED COSIGN PRIVATE KEY",
	    "a private key; use the .pub file beside it" },
	{ "PRIVATE KEY", "a private key; a policy needs the public one" },
	{ "EC PRIVATE KEY", "a private key; a policy needs the public one" },
	{ "RSA PRIVATE KEY", "a private key; a policy needs the public one" },
	{ "ENCRYPTED PRIVATE KEY",
	    "a private key; a policy needs the public one" },
	{ "OPENSSH PRIVATE KEY",
	    "a private key; a policy needs the public one" },
};

static int
check_label(const char *label, struct err *e)
{
	if (strcmp(label, OUR_LABEL) == 0)
		return 0;
	for (size_t i = 0; i < COUNT_OF(mistakes); i++)
		if (strcmp(label, mistakes[i].label) == 0)
			return err_set(e, ERR_CONFIG, "this is %s",
			    mistakes[i].advice);
	return err_set(e, ERR_CONFIG,
	    "PEM block \"%.40s\" where \"%s\" is expected", label, OUR_LABEL);
}

/* The block that begins at *at; *at moves behind it. */
static int
read_block(const char **at, struct slice *ret, struct err *e)
{
	const char *begin = *at, *label = begin + strlen(BEGIN);
	const char *label_end = strstr(label, DASHES);
	AUTO(str) char *name = NULL;
	AUTO(str) char *end_line = NULL;
	const char *end;

	if (label_end == NULL)
		return err_set(e, ERR_CONFIG, "PEM block without an end");
	name = mem_strndup(label, (size_t)(label_end - label));
	if (check_label(name, e) < 0)
		return -1;
	end_line = str_printf("-----END %s-----", name);
	end = strstr(label_end, end_line);
	if (end == NULL)
		return err_set(e, ERR_CONFIG, "PEM block without an end");
	end += strlen(end_line);
	*ret = slice_of(begin, (size_t)(end - begin));
	*at = end;
	return 0;
}

static void
add(struct key_list *list, struct key *key)
{
	list->items =
	    mem_grow(list->items, list->n, &list->cap, sizeof(*list->items));
	list->items[list->n++] = key;
}

int
keys_from_pem(const char *pem, struct key_list *ret, struct err *e)
{
	AUTO(key_list) struct key_list found = { 0 };
	const char *at = pem;
	struct slice block;
	struct key *key;

	while ((at = strstr(at, BEGIN)) != NULL) {
		if (found.n == KEYS_MAX)
			return err_set(e, ERR_CONFIG, "more than %d keys",
			    KEYS_MAX);
		if (read_block(&at, &block, e) < 0 ||
		    key_from_pem(block, &key, e) < 0)
			return -1;
		add(&found, key);
	}
	if (found.n == 0)
		return err_set(e, ERR_CONFIG,
		    "no PEM public key: -----BEGIN PUBLIC KEY----- is missing");
	for (size_t i = 0; i < found.n; i++)
		add(ret, found.items[i]);
	found.n = 0;
	return 0;
}

int
keys_from_file(const char *path, struct key_list *ret, struct err *e)
{
	AUTO(buf) struct buf text = buf_with_max(KEYS_FILE_MAX);

	if (file_read(path, KEYS_FILE_MAX, &text, e) < 0)
		return -1;
	if (slice_has_nul(buf_slice(&text)))
		return err_set(e, ERR_CONFIG, "%s is no PEM file", path);
	if (keys_from_pem(buf_text(&text), ret, e) < 0)
		return err_wrap(e, "%s", path);
	return 0;
}

void
key_list_clear(struct key_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		key_free(list->items[i]);
	free(list->items);
	*list = (struct key_list){ 0 };
}
