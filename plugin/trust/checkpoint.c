/* Signed notes of logs. */
#include "trust/checkpoint.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/mem.h"

#define DASH           "\u2014 "
#define SIGNATURES_MAX 100
#define HINT_LEN       4

/* A note, taken apart; pieces of the text. */
struct note {
	struct slice signed_text; /* up to and with the last newline */
	struct slice signatures;
	struct slice origin, size, root; /* its first three lines */
};

static bool
take_line(struct slice *text, struct slice *ret)
{
	const uint8_t *end =
	    text->len == 0 ? NULL : memchr(text->ptr, '\n', text->len);

	if (end == NULL)
		return false;
	*ret = slice_of(text->ptr, (size_t)(end - text->ptr));
	*text = slice_of(end + 1, text->len - ret->len - 1);
	return true;
}

static bool
split(struct slice text, struct note *ret)
{
	const uint8_t *gap = memmem(text.ptr, text.len, "\n\n", 2);
	struct slice lines;

	if (gap == NULL)
		return false;
	ret->signed_text = slice_of(text.ptr, (size_t)(gap - text.ptr) + 1);
	ret->signatures =
	    slice_of(gap + 2, (size_t)(text.ptr + text.len - gap) - 2);
	lines = ret->signed_text;
	return take_line(&lines, &ret->origin) && ret->origin.len > 0 &&
	       take_line(&lines, &ret->size) && take_line(&lines, &ret->root);
}

/* Decimal digits, no zero before others. */
static bool
read_size(struct slice text, uint64_t *ret)
{
	*ret = 0;
	if (text.len == 0 || text.len > 18 ||
	    (text.len > 1 && text.ptr[0] == '0'))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		*ret = *ret * 10 + (uint64_t)(text.ptr[i] - '0');
	}
	return true;
}

static bool
read_root(struct slice text, uint8_t ret[SHA256_LEN])
{
	AUTO(buf) struct buf root = buf_with_max(SHA256_LEN + 3);
	struct err ignored;

	if (base64_decode(text, &root, &ignored) < 0 || root.len != SHA256_LEN)
		return false;
	memcpy(ret, root.ptr, SHA256_LEN);
	return true;
}

/* "— <name> <base64 of 4 bytes of the key's id and the signature>". */
static bool
split_signature(struct slice line, struct slice *name, struct buf *ret)
{
	size_t dash = strlen(DASH);
	const uint8_t *space;
	struct err ignored;

	if (line.len < dash || memcmp(line.ptr, DASH, dash) != 0)
		return false;
	line = slice_of(line.ptr + dash, line.len - dash);
	space = memrchr(line.ptr, ' ', line.len);
	if (space == NULL)
		return false;
	*name = slice_of(line.ptr, (size_t)(space - line.ptr));
	return base64_decode(slice_of(space + 1, line.len - name->len - 1), ret,
		   &ignored) == 0 &&
	       ret->len > HINT_LEN;
}

/* Does a line say that it is this log's?  Fills sig. */
static bool
claims_to_be(const struct note *note, struct slice line,
    const struct trust_log *log, bool named, struct buf *sig)
{
	struct slice name;

	return split_signature(line, &name, sig) &&
	       memcmp(sig->ptr, log->id, HINT_LEN) == 0 &&
	       (!named || slice_equal(name, note->origin));
}

/* The first line that says so decides: a signature by a known key that is wrong
 * spoils the note. */
static bool
is_signed(const struct note *note, const struct trust_log *log, bool named)
{
	struct slice rest = note->signatures, line;

	for (size_t i = 0; i < SIGNATURES_MAX && take_line(&rest, &line); i++) {
		AUTO(buf) struct buf sig = buf_with_max(CHECKPOINT_MAX);
		struct err ignored;

		if (claims_to_be(note, line, log, named, &sig))
			return key_verify(log->key, note->signed_text,
				   slice_of(sig.ptr + HINT_LEN,
				       sig.len - HINT_LEN),
				   &ignored) == 0;
	}
	return false;
}

int
checkpoint_verify(const char *note, const struct trust_log *log, bool named,
    struct checkpoint *ret, struct err *e)
{
	struct note n;

	if (strlen(note) > CHECKPOINT_MAX || !split(slice_str(note), &n) ||
	    !read_size(n.size, &ret->size) || !read_root(n.root, ret->root))
		return err_set(e, ERR_TLOG,
		    "transparency log's checkpoint cannot be read");
	if (named && log->origin != NULL && !slice_is(n.origin, log->origin))
		return err_set(e, ERR_TLOG,
		    "transparency log's checkpoint is of another log");
	if (!is_signed(&n, log, named))
		return err_set(e, ERR_TLOG,
		    "transparency log's checkpoint is not signed by the log");
	return 0;
}
