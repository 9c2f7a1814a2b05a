#ifndef GATE_PRESENT_H
#define GATE_PRESENT_H

#include "base/auto.h"
#include "base/slice.h"
#include "base/str.h"

/*
 * What a runtime says of an image that it has, and the questions to which that
 * leads.  The image may be run if one of them is answered yes: each stands for
 * content with the same id, so none admits what another would not have.
 */
struct present {
	char *id; /* as the runtime writes it, "sha256:…" or bare */
	struct str_list tags;    /* "registry/app:1" */
	struct str_list digests; /* "registry/app@sha256:…" */
	bool checkpoint;         /* it says that the image holds one */
};

/* Into one that is empty. */
void present_copy(struct present *to, const struct present *from);
void present_clear(struct present *p);
DEFINE_AUTO_INPLACE(present, struct present, present_clear);

/* The id as a digest, "sha256:…", a new string; NULL if it is none. */
char *present_digest_of_id(const struct present *p);

#define PRESENT_QUESTIONS_MAX 64

/* The name that policies are asked about where the runtime knows none. */
#define PRESENT_NAMELESS "nameless.invalid/image"

struct present_question {
	char *image;  /* the name that policies are asked about */
	char *digest; /* what stands under it; NULL: no repository digest */
};

struct present_questions {
	struct present_question *items;
	size_t n;
	size_t cap;
	struct str_list digests; /* all that the image is known by */
};

/*
 * named is what the client calls the image.  A name asks about that name, with
 * the digests that the runtime pairs with its repository, and where it pairs
 * none, with each that the image is known by.  An image id, or a short name that
 * is none of docker.io's here, asks about each name that the runtime knows.  At
 * least one and at most PRESENT_QUESTIONS_MAX, always in the same order.
 */
void present_ask(const struct present *p, struct slice named,
    struct present_questions *ret);
void present_questions_clear(struct present_questions *q);
DEFINE_AUTO_INPLACE(present_questions, struct present_questions,
    present_questions_clear);

#endif
