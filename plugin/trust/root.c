/* The trusted root. */
#include "trust/root.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "trust/chain.h"
#include "trust/hash.h"
#include "trust/pem.h"
#include "trust/root_private.h"

struct trust_root *
trust_root_new(void)
{
	struct trust_root *r = MEM_NEW(struct trust_root);

	r->refs = 1;
	return r;
}

struct trust_root *
trust_root_ref(struct trust_root *r)
{
	(void)__atomic_add_fetch(&r->refs, 1, __ATOMIC_RELAXED);
	return r;
}

static void
authorities_clear(struct trust_authorities *list)
{
	for (size_t i = 0; i < list->n; i++) {
		chain_anchors_free(list->items[i].anchors);
		certificates_clear(&list->items[i].chain);
	}
	free(list->items);
	*list = (struct trust_authorities){ 0 };
}

static void
logs_clear(struct trust_logs *list)
{
	for (size_t i = 0; i < list->n; i++) {
		key_free(list->items[i].key);
		free(list->items[i].origin);
	}
	free(list->items);
	*list = (struct trust_logs){ 0 };
}

void
trust_root_free(struct trust_root *r)
{
	if (r == NULL || __atomic_sub_fetch(&r->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	authorities_clear(&r->cas);
	authorities_clear(&r->tsas);
	logs_clear(&r->tlogs);
	logs_clear(&r->ctlogs);
	free(r);
}

struct trust_authority *
trust_authorities_add(struct trust_authorities *list)
{
	struct trust_authority *a;

	list->items =
	    mem_grow(list->items, list->n, &list->cap, sizeof(*list->items));
	a = &list->items[list->n++];
	*a = (struct trust_authority){ .window = WINDOW_ALWAYS };
	return a;
}

struct trust_log *
trust_logs_add(struct trust_logs *list)
{
	struct trust_log *log;

	list->items =
	    mem_grow(list->items, list->n, &list->cap, sizeof(*list->items));
	log = &list->items[list->n++];
	*log = (struct trust_log){ .window = WINDOW_ALWAYS };
	return log;
}

const struct trust_log *
trust_logs_next(const struct trust_logs *logs, const uint8_t id[32], size_t *i)
{
	while (*i < logs->n) {
		const struct trust_log *log = &logs->items[(*i)++];

		if (memcmp(log->id, id, sizeof(log->id)) == 0)
			return log;
	}
	return NULL;
}

static void
copy_authorities(const struct trust_authorities *from,
    struct trust_authorities *to)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct trust_authority *a = &from->items[i];
		struct trust_authority *b = trust_authorities_add(to);

		b->window = a->window;
		for (size_t k = 0; k < a->chain.n; k++)
			certificates_own(&b->chain,
			    certificate_ref(a->chain.items[k]));
	}
}

void
trust_root_finish(struct trust_root *r)
{
	for (size_t i = 0; i < r->cas.n; i++) {
		struct trust_authority *ca = &r->cas.items[i];

		ca->anchors = chain_anchors_new(&ca->chain);
	}
	for (size_t i = 0; i < r->tsas.n; i++)
		r->tsas.items[i].linked =
		    chain_is_linked(&r->tsas.items[i].chain);
}

static void
copy_logs(const struct trust_logs *from, struct trust_logs *to)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct trust_log *a = &from->items[i];
		struct trust_log *b = trust_logs_add(to);

		*b = *a;
		b->key = key_ref(a->key);
		b->origin = mem_strdup_null(a->origin);
	}
}

/* A self-signed certificate ends a chain; the next begins a new one. */
static int
read_chains(const char *pem, struct trust_authorities *ret, struct err *e)
{
	AUTO(certificates) struct certificates all = { 0 };
	struct trust_authority *a = NULL;

	if (certificates_from_pem(pem, &all, e) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (a == NULL)
			a = trust_authorities_add(ret);
		certificates_own(&a->chain, certificate_ref(all.items[i]));
		if (certificate_is_self_signed(all.items[i]))
			a = NULL;
	}
	return 0;
}

static int
read_log_keys(const char *pem, struct trust_logs *ret, struct err *e)
{
	struct slice at = slice_str(pem);

	for (;;) {
		AUTO(pem_block) struct pem_block block = { 0 };
		struct key *key = NULL;
		struct trust_log *log;
		int r = pem_next(&at, &block, e);

		if (r < 0)
			return -1;
		if (r == 0)
			break;
		if (strcmp(block.name, "PUBLIC KEY") != 0)
			return err_set(e, ERR_MALFORMED,
			    "PEM block \"%.40s\" where \"PUBLIC KEY\" is "
			    "expected",
			    block.name);
		if (key_from_der(block.der, &key, e) < 0)
			return -1;
		log = trust_logs_add(ret);
		log->key = key;
		sha256(block.der, log->id);
	}
	if (ret->n == 0)
		return err_set(e, ERR_MALFORMED, "no PEM public key");
	return 0;
}

int
trust_root_derive(const struct trust_root *from,
    const struct trust_parts *parts, struct trust_root **ret, struct err *e)
{
	AUTO(trust_root) struct trust_root *r = trust_root_new();

	if (parts->roots == NULL)
		copy_authorities(&from->cas, &r->cas);
	else if (read_chains(parts->roots, &r->cas, e) < 0)
		return err_wrap(e, "roots");
	if (parts->tsa_chain == NULL)
		copy_authorities(&from->tsas, &r->tsas);
	else if (read_chains(parts->tsa_chain, &r->tsas, e) < 0)
		return err_wrap(e, "tsaCertChain");
	if (parts->rekor_keys == NULL)
		copy_logs(&from->tlogs, &r->tlogs);
	else if (read_log_keys(parts->rekor_keys, &r->tlogs, e) < 0)
		return err_wrap(e, "rekor.pubkey");
	if (parts->ctlog_keys == NULL)
		copy_logs(&from->ctlogs, &r->ctlogs);
	else if (read_log_keys(parts->ctlog_keys, &r->ctlogs, e) < 0)
		return err_wrap(e, "ctlog.pubkey");
	trust_root_finish(r);
	*ret = TAKE(r);
	return 0;
}
