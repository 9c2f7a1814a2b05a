#ifndef TRUST_ROOT_H
#define TRUST_ROOT_H

#include "base/auto.h"
#include "base/err.h"
#include "base/slice.h"
#include "trust/certificate.h"
#include "trust/key.h"
#include "trust/window.h"

/*
 * Whom to believe: certificate authorities, logs and timestamp authorities,
 * each in its window of time (sigstore/protobuf-specs, TrustedRoot).
 * Immutable once made, and reference-counted.
 */
#define TRUST_ROOT_MAX (1u << 20) /* bytes of a trusted_root.json */

/* A chain: the last certificate is believed, those before lead to it. */
struct trust_authority {
	struct certificates chain;
	struct window window;
	struct chain_anchors *anchors; /* made once, of a CA (trust/chain.h) */
	bool linked; /* of a timestamp authority: chain_is_linked() */
};

/* A transparency log, or a certificate transparency log. */
struct trust_log {
	struct key *key;
	uint8_t id[32]; /* as entries and SCTs name it */
	char *origin;   /* the host of its address; NULL: not known */
	struct window window;
};

struct trust_authorities {
	struct trust_authority *items;
	size_t n;
	size_t cap;
};

struct trust_logs {
	struct trust_log *items;
	size_t n;
	size_t cap;
};

struct trust_root {
	struct trust_authorities cas;  /* Fulcio, or CAs of one's own */
	struct trust_authorities tsas; /* RFC 3161 */
	struct trust_logs tlogs;       /* Rekor */
	struct trust_logs ctlogs;
	int refs; /* by trust_root_ref/free only */
};

/* trusted_root.json of version 0.1 or 0.2.  Never quotes keys. */
int trust_root_parse(struct slice text, struct trust_root **ret,
    struct err *e) MUST_CHECK;

/*
 * Another root from this one: what is not NULL, PEM text, stands in the place
 * of its part, valid at all times.  roots has chains of CAs (a self-signed
 * certificate ends one), tsa_chain one chain.
 */
struct trust_parts {
	const char *roots;
	const char *rekor_keys;
	const char *ctlog_keys;
	const char *tsa_chain;
};

int trust_root_derive(const struct trust_root *from,
    const struct trust_parts *parts, struct trust_root **ret,
    struct err *e) MUST_CHECK;

/* An empty one: believes nobody. */
struct trust_root *trust_root_new(void) __attribute__((returns_nonnull));

/* The log of this id whose window has t; of several any that verifies counts,
 * so they are walked: start with *i = 0.  NULL at the end. */
const struct trust_log *trust_logs_next(const struct trust_logs *logs,
    const uint8_t id[32], size_t *i);

struct trust_root *trust_root_ref(struct trust_root *r);
void trust_root_free(struct trust_root *r);
DEFINE_AUTO(trust_root, struct trust_root *, trust_root_free);

#endif
