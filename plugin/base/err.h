#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>

/*
 * Everything that can go wrong, listed once.
 *
 * The name is an interface: it stands in the decision log and in JSON output,
 * so it never changes.  The kind says what may be done about it:
 *
 *   REFUSED   the evidence is bad; trying again cannot help
 *   UNSURE    we could not find out; the pull may be tried again
 *   BROKEN    we are at fault: configuration, a library, the system
 *
 * All three stop the pull.  Only UNSURE is softened by failurePolicy: Ignore.
 */
/* clang-format off */
#define ERR_CODES(X)                                                           \
	X(ERR_MALFORMED,        REFUSED, "malformed")                          \
	X(ERR_LIMIT,            REFUSED, "limit-exceeded")                     \
	X(ERR_DIGEST_MISMATCH,  REFUSED, "digest-mismatch")                    \
	X(ERR_BAD_REFERENCE,    REFUSED, "bad-reference")                      \
	X(ERR_NOT_ALLOWED,      REFUSED, "image-not-allowed")                  \
	X(ERR_NO_POLICY,        REFUSED, "no-policy")                          \
	X(ERR_DENIED,           REFUSED, "digest-denied")                      \
	X(ERR_NO_DIGEST,        REFUSED, "no-repository-digest")               \
	X(ERR_CHECKPOINT,       REFUSED, "checkpoint")                         \
	X(ERR_NO_SIGNATURES,    REFUSED, "no-signatures")                      \
	X(ERR_NO_MATCH,         REFUSED, "no-matching-signatures")             \
	X(ERR_BAD_SIGNATURE,    REFUSED, "invalid-signature")                  \
	X(ERR_OTHER_IMAGE,      REFUSED, "signed-for-another-image")           \
	X(ERR_WRONG_TYPE,       REFUSED, "wrong-type")                         \
	X(ERR_ANNOTATION,       REFUSED, "annotation-mismatch")                \
	X(ERR_CERTIFICATE,      REFUSED, "certificate-invalid")                \
	X(ERR_IDENTITY,         REFUSED, "identity-mismatch")                  \
	X(ERR_TLOG,             REFUSED, "transparency-log")                   \
	X(ERR_TIMESTAMP,        REFUSED, "timestamp-invalid")                  \
	X(ERR_UNSUPPORTED,      REFUSED, "unsupported")                        \
	X(ERR_REGISTRY,         UNSURE,  "registry-unavailable")               \
	X(ERR_UNAUTHORIZED,     UNSURE,  "unauthorized")                       \
	X(ERR_NOT_FOUND,        UNSURE,  "not-found")                          \
	X(ERR_TIMEOUT,          UNSURE,  "timeout")                            \
	X(ERR_CANCELED,         UNSURE,  "canceled")                           \
	X(ERR_CONFIG,           BROKEN,  "configuration")                      \
	X(ERR_CRYPTO,           BROKEN,  "crypto-library")                     \
	X(ERR_SYSTEM,           BROKEN,  "system")                             \
	X(ERR_INTERNAL,         BROKEN,  "internal")
/* clang-format on */

enum err_code {
	ERR_NONE,
#define ERR_ENUM(code, kind, name) code,
	ERR_CODES(ERR_ENUM)
#undef ERR_ENUM
	    ERR_CODE_COUNT
};

/* Zero is no kind: an error that nobody filled in is not soft. */
enum err_kind { ERR_KIND_NONE, ERR_REFUSED, ERR_UNSURE, ERR_BROKEN };

#define ERR_MSG_MAX 512

/* Where a failing function says why.  On the caller's stack, never allocated. */
struct err {
	enum err_code code;
	char msg[ERR_MSG_MAX];
};

/*
 * Record a failure.  Always returns -1, so that one can `return err_set(...)`.
 * A message that is too long is cut.  Messages may quote strangers; who prints
 * them escapes them (base/log.h, base/str.h).
 */
int err_set(struct err *e, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Put "what we were doing: " in front of the message.  Always returns -1. */
int err_wrap(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* As err_set, with ": " and the text of the errno value behind the message. */
int err_errno(struct err *e, int errnum, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The stable name ("no-signatures"); "none" for ERR_NONE. */
const char *err_name(enum err_code code);

enum err_kind err_kind_of(enum err_code code);

#endif
