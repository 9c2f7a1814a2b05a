/* Log entries as they are written down. */
#include "signature/entry_json.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "signature/fields.h"

static int
read_hash(const struct json *object, const char *name, uint8_t ret[SHA256_LEN],
    struct err *e)
{
	AUTO(buf) struct buf bytes = buf_with_max(SHA256_LEN + 3);

	if (field_bytes(object, name, &bytes, e) < 0)
		return -1;
	if (bytes.len != SHA256_LEN)
		return err_set(e, ERR_MALFORMED, "%s has %zu bytes, not %d",
		    name, bytes.len, SHA256_LEN);
	memcpy(ret, bytes.ptr, SHA256_LEN);
	return 0;
}

static int
read_path(const struct json *proof, struct log_entry *ret, struct err *e)
{
	const struct json *hashes;
	size_t n;

	if (field_list(proof, "hashes", MERKLE_PATH_MAX, &hashes, &n, e) < 0)
		return -1;
	ret->path = mem_calloc(n, sizeof(*ret->path));
	ret->npath = n;
	for (size_t i = 0; i < n; i++) {
		AUTO(json) struct json *one = json_new_object();

		/* Items are read as members are. */
		json_set_text(one, "hashes", json_text(json_at(hashes, i)));
		if (read_hash(one, "hashes", ret->path[i], e) < 0)
			return -1;
	}
	return 0;
}

static int
read_proof(const struct json *proof, struct log_entry *ret, struct err *e)
{
	if (proof == NULL || json_is_null(proof))
		return 0;
	ret->has_proof = true;
	if (field_int64(proof, "logIndex", &ret->proof_index, e) < 0 ||
	    field_int64(proof, "treeSize", &ret->proof_size, e) < 0 ||
	    read_hash(proof, "rootHash", ret->proof_root, e) < 0 ||
	    read_path(proof, ret, e) < 0)
		return err_wrap(e, "inclusionProof");
	ret->checkpoint = mem_strdup_null(
	    json_get_text(json_get(proof, "checkpoint"), "envelope"));
	return 0;
}

static int
read_promise(const struct json *promise, struct log_entry *ret, struct err *e)
{
	if (promise == NULL || json_is_null(promise))
		return 0;
	return field_bytes(promise, "signedEntryTimestamp", &ret->promise, e);
}

int
entry_read(const struct json *j, struct log_entry *ret, struct err *e)
{
	const struct json *kind = json_get(j, "kindVersion");

	if (field_int64(j, "logIndex", &ret->index, e) < 0 ||
	    field_int64(j, "integratedTime", &ret->integrated_time, e) < 0 ||
	    read_hash(json_get(j, "logId"), "keyId", ret->log_id, e) < 0 ||
	    field_bytes(j, "canonicalizedBody", &ret->body, e) < 0 ||
	    read_promise(json_get(j, "inclusionPromise"), ret, e) < 0 ||
	    read_proof(json_get(j, "inclusionProof"), ret, e) < 0)
		return -1;
	ret->kind = mem_strdup_null(json_get_text(kind, "kind"));
	ret->version = mem_strdup_null(json_get_text(kind, "version"));
	if (ret->kind == NULL || ret->version == NULL)
		return err_set(e, ERR_MALFORMED, "kindVersion is missing");
	return 0;
}

static bool
read_hex(const char *text, uint8_t ret[SHA256_LEN])
{
	static const char digits[] = "0123456789abcdef";

	if (text == NULL || strlen(text) != 2 * SHA256_LEN ||
	    strspn(text, digits) != 2 * SHA256_LEN)
		return false;
	for (size_t i = 0; i < SHA256_LEN; i++) {
		size_t high = (size_t)(strchr(digits, text[2 * i]) - digits);
		size_t low = (size_t)(strchr(digits, text[2 * i + 1]) - digits);

		ret[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

int
entry_read_annotation(const char *text, struct log_entry *ret, struct err *e)
{
	AUTO(json) struct json *j = NULL;
	const struct json *payload;

	if (json_parse(slice_str(text), &j, e) < 0)
		return -1;
	payload = json_get(j, "Payload");
	if (field_bytes(j, "SignedEntryTimestamp", &ret->promise, e) < 0 ||
	    field_bytes(payload, "body", &ret->body, e) < 0 ||
	    field_int64(payload, "integratedTime", &ret->integrated_time, e) <
		0 ||
	    field_int64(payload, "logIndex", &ret->index, e) < 0)
		return -1;
	if (!read_hex(json_get_text(payload, "logID"), ret->log_id))
		return err_set(e, ERR_MALFORMED,
		    "logID is no hexadecimal hash");
	return 0;
}
