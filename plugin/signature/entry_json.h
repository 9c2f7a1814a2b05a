#ifndef SIGNATURE_ENTRY_JSON_H
#define SIGNATURE_ENTRY_JSON_H

#include "base/json.h"
#include "trust/log.h"

/* Log entries as they are written down.  ret->body and ret->promise are empty
 * buffers with their limits.  Private to signature/. */

/* Of a bundle: sigstore_rekor.proto, TransparencyLogEntry. */
int entry_read(const struct json *j, struct log_entry *ret,
    struct err *e) MUST_CHECK;

/* Of cosign's older form: the annotation dev.sigstore.cosign/bundle. */
int entry_read_annotation(const char *text, struct log_entry *ret,
    struct err *e) MUST_CHECK;

#endif
