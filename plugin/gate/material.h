#ifndef GATE_MATERIAL_H
#define GATE_MATERIAL_H

#include "base/err.h"
#include "trust/key.h"
#include "trust/root.h"

/* What commands name to verify with, from files. */

/* The built-in trusted root for NULL. */
int material_root(const char *path, struct trust_root **ret,
    struct err *e) MUST_CHECK;

/* The one public key of a PEM file. */
int material_key(const char *path, struct key **ret, struct err *e) MUST_CHECK;

#endif
