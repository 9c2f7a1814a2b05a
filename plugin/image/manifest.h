#ifndef IMAGE_MANIFEST_H
#define IMAGE_MANIFEST_H

#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/slice.h"
#include "base/str.h"

/* Media types: OCI image specification 1.1 and Docker schema 2. */
#define MEDIA_OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define MEDIA_OCI_INDEX    "application/vnd.oci.image.index.v1+json"
#define MEDIA_DOCKER_MANIFEST                                                  \
	"application/vnd.docker.distribution.manifest.v2+json"
#define MEDIA_DOCKER_LIST                                                      \
	"application/vnd.docker.distribution.manifest.list.v2+json"
#define MEDIA_OCI_EMPTY "application/vnd.oci.empty.v1+json"

#define MANIFEST_SIZE_MAX   (4u << 20)
#define MANIFEST_LAYERS_MAX 1000
#define INDEX_ENTRIES_MAX   1000
#define ANNOTATIONS_MAX     256 /* of one object */

struct descriptor {
	char *media_type;
	char *digest; /* valid (image/digest.h) */
	char *sha256; /* the same by SHA-256, if that is another; or NULL */
	uint64_t size;
	char *artifact_type; /* may be NULL */
	struct str_map annotations;
};

void descriptor_copy(struct descriptor *to, const struct descriptor *from);
void descriptor_clear(struct descriptor *d);
DEFINE_AUTO_INPLACE(descriptor, struct descriptor, descriptor_clear);

struct descriptor_list {
	struct descriptor *items;
	size_t n;
	size_t cap;
};

void descriptor_list_clear(struct descriptor_list *list);
DEFINE_AUTO_INPLACE(descriptor_list, struct descriptor_list,
    descriptor_list_clear);

/* An image manifest or an index; which of the two, media_type says. */
struct manifest {
	char *media_type;
	char *artifact_type;       /* may be NULL */
	struct descriptor config;  /* manifest only; digest NULL if absent */
	struct descriptor subject; /* digest NULL if absent */
	struct descriptor_list layers;    /* manifest only */
	struct descriptor_list manifests; /* index only */
	struct str_map annotations;
};

/*
 * Parse a manifest or index whose digest was checked.  content_type is what the
 * registry said (NULL if nothing) and must agree with the document's own
 * mediaType where both are there; a document with both "layers" and "manifests"
 * is refused (GHSA-qq97-vm5h-rrhg), as are more than the limits above, and keys
 * that another reader takes for known ones ("Annotations").
 */
int manifest_parse(struct slice bytes, const char *content_type,
    struct manifest **ret, struct err *e) MUST_CHECK;

void manifest_free(struct manifest *m);
DEFINE_AUTO(manifest, struct manifest *, manifest_free);

#endif
