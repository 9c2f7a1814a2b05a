/*
 * Any bytes as a certificate: its names and extensions, its SCTs, and whether
 * the public-good instance issued it.  A subject that is taken is one text.
 */
#include <stdlib.h>
#include <string.h>

#include "trust/builtin.h"
#include "trust/chain.h"
#include "trust/identity.h"
#include "trust/sct.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct trust_root *root;
	AUTO(certificate) struct certificate *c = NULL;
	AUTO(identity) struct identity id = { 0 };
	struct chain_issuer issuer = { { 0 } };
	when from, to;
	struct err e;

	if (root == NULL && trust_root_parse(trust_builtin(), &root, &e) < 0)
		abort();
	if (certificate_from_der(slice_of(data, size), &c, &e) < 0)
		return 0;
	certificate_window(c, &from, &to);
	if (identity_read(c, &id, &e) == 0 && strlen(id.subject) == 0)
		abort();
	if (certificate_check_signs_code(c, &e) < 0 ||
	    chain_verify(c, NULL, &root->cas, from, &issuer, &e) < 0)
		e.code = ERR_NONE;
	if (sct_verify(c, &issuer, &root->ctlogs, &e) == 0 &&
	    issuer.key_hash[0] == 0)
		abort();
	return 0;
}
