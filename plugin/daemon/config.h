#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H

#include <stdbool.h>

#include "base/auto.h"
#include "base/diag.h"
#include "base/log.h"
#include "base/str.h"
#include "cri/server.h"
#include "daemon/endpoint.h"
#include "gate/gate.h"
#include "gate/store.h"
#include "registry/registry.h"

/*
 * config.yaml: every key optional, unknown ones are errors with their place.
 * The command line may override what it names.
 */
#define CONFIG_PATH           "/etc/pullgate/config.yaml"
#define CONFIG_LISTEN         "unix:///run/pullgate/cri.sock"
#define CONFIG_RUNTIME        "unix:///run/containerd/containerd.sock"
#define CONFIG_SIZE_MAX       (1u << 20)
#define CONFIG_DRAIN_MS       10000
#define CONFIG_DRAIN_MAX_MS   600000
#define CONFIG_REGISTRIES_MAX 1000

#define CONFIG_EVIDENCE_AGE_MAX_MS (30ll * 24 * 3600 * 1000)

#define CONFIG_CALLS            20000
#define CONFIG_CALLS_MAX        1000000
#define CONFIG_CONNECTIONS      500
#define CONFIG_CONNECTIONS_MAX  20000
#define CONFIG_HANDSHAKE_MS     10000
#define CONFIG_HANDSHAKE_MAX_MS 600000

struct config {
	char *listen;
	char *runtime;
	struct str_list policies;
	struct gate_settings gate;
	struct registry_host *registries;
	size_t nregistries;
	char *audit; /* file that gets every decision too; NULL: none */
	bool has_metrics;
	struct endpoint metrics; /* where metrics and health are offered */
	char *control; /* where other processes ask; NULL: nothing is said */
	char *trusted_root; /* a trusted_root.json; NULL: the built-in one */
	char *cache_dir;
	struct store_settings store; /* evidence that is kept */
	enum log_level log_level;
	uid_t socket_uid; /* of the socket's file; (uid_t)-1: as it comes */
	gid_t socket_gid;
	struct cri_limits limits;
	bool gate_pull, gate_create, hide_unverified;
	enum facts_unqualified unqualified;
	int64_t drain_ms; /* how long calls may go on after SIGTERM */
};

/* What holds where nothing is said. */
void config_defaults(struct config *c);

/* Read a file over the defaults in *c.  -1 with complaints in d. */
int config_load(const char *path, struct config *c, struct diag *d) MUST_CHECK;

/* Where other processes ask (daemon/control.h): what is configured, or beside the
 * socket for the kubelet; NULL if it is "none".  The caller frees it. */
char *config_control(const struct config *c);

void config_clear(struct config *c);
DEFINE_AUTO_INPLACE(config, struct config, config_clear);

#endif
