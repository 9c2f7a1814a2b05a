#ifndef IMAGE_REFERENCE_H
#define IMAGE_REFERENCE_H

#include <stdbool.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/slice.h"

/*
 * An image reference, normalised as containerd does (distribution/reference,
 * ParseDockerRef): docker.io and library/ filled in, the tag "latest" where
 * neither tag nor digest stands, and with a digest the tag is only a label.
 * The strings are owned by the struct and never change.
 */
#define REFERENCE_LEN_MAX 4096

struct reference {
	char *registry;    /* "docker.io", "registry.example.com:5000" */
	bool has_registry; /* it was written, and not filled in */
	char *repository;  /* "library/nginx" */
	char *name;        /* registry/repository */
	char *tag;         /* NULL if none was given and a digest was */
	char *digest;      /* NULL if none was given */
	char *text; /* normalised: name@digest if there is one, else name:tag */
};

/*
 * Parse what a pod, a CRI request or a command line says.  ERR_BAD_REFERENCE
 * for anything containerd would not take, for NULs and for other than UTF-8.
 */
int reference_parse(struct slice text, struct reference **ret,
    struct err *e) MUST_CHECK;

/* The same repository at this digest, a new reference. */
struct reference *reference_at(const struct reference *ref, const char *digest)
    __attribute__((returns_nonnull));

/* name@digest, a new string; the caller frees it. */
char *reference_pin(const struct reference *ref, const char *digest);

void reference_free(struct reference *ref);
DEFINE_AUTO(reference, struct reference *, reference_free);

#endif
