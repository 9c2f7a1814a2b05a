/* Is an entry in a log? */
#include "trust/log.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/str.h"
#include "trust/checkpoint.h"

void
log_entry_clear(struct log_entry *entry)
{
	free(entry->kind);
	free(entry->version);
	buf_clear(&entry->body);
	buf_clear(&entry->promise);
	free(entry->path);
	free(entry->checkpoint);
	*entry = (struct log_entry){ 0 };
}

/* The four members in RFC 8785's form: sorted, without spaces. */
static char *
promised_text(const struct log_entry *entry)
{
	AUTO(str) char *body = base64_encode(buf_slice(&entry->body));
	AUTO(str)
	char *id = hex_encode(slice_of(entry->log_id, sizeof(entry->log_id)));

	return str_printf("{\"body\":\"%s\",\"integratedTime\":%lld,"
			  "\"logID\":\"%s\",\"logIndex\":%lld}",
	    body, (long long)entry->integrated_time, id,
	    (long long)entry->index);
}

static int
verify_promise(const struct log_entry *entry, const struct trust_log *log,
    struct log_seen *ret, struct err *e)
{
	AUTO(str) char *text = promised_text(entry);
	struct err ignored;

	if (entry->integrated_time <= 0)
		return err_set(e, ERR_TLOG,
		    "transparency log's entry has a promise and no time");
	if (key_verify(log->key, slice_str(text), buf_slice(&entry->promise),
		&ignored) < 0)
		return err_set(e, ERR_TLOG,
		    "signed entry timestamp (SET) is not the transparency "
		    "log's for this entry");
	if (!window_has(&log->window, entry->integrated_time))
		return err_set(e, ERR_TLOG,
		    "transparency log's key was not in use when it signed");
	ret->promised = ret->timed = true;
	ret->time = entry->integrated_time;
	return 0;
}

static int
verify_proof(const struct log_entry *entry, const struct trust_log *log,
    bool of_tiles, struct log_seen *ret, struct err *e)
{
	struct checkpoint c;
	uint8_t leaf[SHA256_LEN];

	if (entry->checkpoint == NULL)
		return err_set(e, ERR_TLOG,
		    "inclusion proof has no checkpoint");
	if (checkpoint_verify(entry->checkpoint, log, of_tiles, &c, e) < 0)
		return -1;
	if (entry->proof_index < 0 || entry->proof_size <= 0 ||
	    (uint64_t)entry->proof_size != c.size ||
	    memcmp(entry->proof_root, c.root, sizeof(c.root)) != 0)
		return err_set(e, ERR_TLOG,
		    "inclusion proof is for another tree than its checkpoint");
	merkle_leaf(buf_slice(&entry->body), leaf);
	if (!merkle_includes(leaf, (uint64_t)entry->proof_index, c.size,
		(const uint8_t(*)[SHA256_LEN])entry->path, entry->npath,
		c.root))
		return err_set(e, ERR_TLOG,
		    "inclusion proof does not lead to the log's tree");
	ret->included = true;
	return 0;
}

static int
verify_with(const struct log_entry *entry, const struct trust_log *log,
    bool of_tiles, struct log_seen *ret, struct err *e)
{
	*ret = (struct log_seen){ .log = log };
	if (entry->promise.len > 0 && verify_promise(entry, log, ret, e) < 0)
		return -1;
	if (entry->has_proof && verify_proof(entry, log, of_tiles, ret, e) < 0)
		return -1;
	if (!ret->promised && !ret->included)
		return err_set(e, ERR_TLOG,
		    "entry of the transparency log has neither a promise "
		    "(SET) nor an inclusion proof");
	return 0;
}

int
log_verify(const struct trust_logs *logs, const struct log_entry *entry,
    bool of_tiles, struct log_seen *ret, struct err *e)
{
	const struct trust_log *log;
	size_t i = 0;

	(void)err_set(e, ERR_NOT_FOUND,
	    "transparency log of the entry is not trusted");
	if (of_tiles && entry->promise.len > 0)
		return err_set(e, ERR_TLOG,
		    "entry of Rekor v2 has a promise, which it never makes");
	while ((log = trust_logs_next(logs, entry->log_id, &i)) != NULL)
		if (verify_with(entry, log, of_tiles, ret, e) == 0)
			return 0;
	return -1;
}
