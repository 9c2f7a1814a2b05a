/* Who answers on a socket, and does it refuse? */
#include "node/probe.h"

#include <string.h>

#include "base/str.h"
#include "cri/client.h"
#include "gate/gate.h"

#define REFUSAL "SignatureValidationFailed: image \"" GATE_CANARY "\": "

int
probe_runtime(const char *address, char **name, char **version, struct err *e)
{
	AUTO(cri_client) struct cri_client *client = NULL;

	if (cri_client_open(address, &client, e) < 0)
		return -1;
	return cri_client_version(client, name, version, e);
}

int
probe_canary(const char *address, struct err *e)
{
	AUTO(cri_client) struct cri_client *client = NULL;
	AUTO(cri_outcome) struct cri_outcome said = { 0 };

	if (cri_client_open(address, &client, e) < 0)
		return -1;
	cri_client_pull(client, GATE_CANARY, &said);
	if (said.code == CRI_CODE_UNKNOWN && str_starts(said.text, REFUSAL) &&
	    strstr(said.text, GATE_NOWHERE " (RFC 2606)") != NULL)
		return 0;
	if (said.code == CRI_CODE_OK)
		return err_set(e, ERR_DENIED, GATE_CANARY " was pulled");
	return err_set(e, ERR_DENIED,
	    "it was not pullgate that refused " GATE_CANARY ": code %d, %.200s",
	    said.code, said.text);
}
