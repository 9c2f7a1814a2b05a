/* What policies ask of the verifier. */
#include "signature/demand.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"

static const char *
who(const struct demand *d)
{
	if (d->kind == DEMAND_KEY)
		return key_fingerprint(d->key);
	if (d->certificate != NULL)
		return certificate_fingerprint(d->certificate);
	return d->kind == DEMAND_KEYLESS ? "anybody" : "any certificate";
}

/* The root matters only where something of it is asked. */
static bool
asks_root(const struct demand *d)
{
	return d->kind != DEMAND_KEY || d->tlog || d->timestamp;
}

struct demand *
demand_new(const struct demand *init, const char *root_id)
{
	struct demand *d = MEM_NEW(struct demand);

	*d = *init;
	d->id = str_printf("%s%s%s%s%s%s", who(d), d->tlog ? ", logged" : "",
	    d->sct ? ", with SCT" : "", d->timestamp ? ", stamped" : "",
	    asks_root(d) ? ", root " : "", asks_root(d) ? root_id : "");
	return d;
}

void
demand_free(struct demand *d)
{
	if (d == NULL)
		return;
	free(d->id);
	key_free(d->key);
	certificate_free(d->certificate);
	trust_root_free(d->root);
	free(d);
}
