/* HTTP for Prometheus and for probes. */
#include "daemon/monitor.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/metric.h"
#include "base/str.h"

/* Who scrapes is few and quick. */
#define CONNECTIONS_MAX 32
#define TIMEOUT_S       10
#define MEMORY_MAX      (16u << 10)
#define METRICS_MAX     (16u << 20)
#define CHECKS_TEXT_MAX 4096

struct monitor {
	struct monitor_settings settings;
	struct MHD_Daemon *daemon;
};

/* Takes the text over. */
static enum MHD_Result
answer(struct MHD_Connection *c, unsigned status, const char *type,
    struct buf *text)
{
	size_t len = text->len;
	struct MHD_Response *r = MHD_create_response_from_buffer(len,
	    buf_take(text), MHD_RESPMEM_MUST_FREE);
	enum MHD_Result done;

	if (r == NULL)
		return MHD_NO;
	(void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		(void)MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW,
		    "GET, HEAD");
	done = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return done;
}

static enum MHD_Result
answer_plain(struct MHD_Connection *c, unsigned status, const char *words)
{
	AUTO(buf) struct buf text = buf_with_max(CHECKS_TEXT_MAX);

	buf_print_cut(&text, "%s\n", words);
	return answer(c, status, "text/plain; charset=utf-8", &text);
}

static enum MHD_Result
answer_metrics(const struct monitor *m, struct MHD_Connection *c)
{
	AUTO(buf) struct buf text = buf_with_max(METRICS_MAX);

	if (m->settings.collect != NULL)
		m->settings.collect(m->settings.arg);
	if (metric_print(&text) < 0)
		return answer_plain(c, MHD_HTTP_INTERNAL_SERVER_ERROR,
		    "too many metrics");
	return answer(c, MHD_HTTP_OK,
	    "text/plain; version=0.0.4; charset=utf-8", &text);
}

/* As Kubernetes writes it: "[+]runtime ok", "[-]runtime failed: why". */
static size_t
run_checks(const struct monitor_check *checks, bool verbose, struct buf *text)
{
	size_t failed = 0;

	for (size_t i = 0; i < MONITOR_CHECKS_MAX && checks[i].name != NULL;
	     i++) {
		const char *problem = checks[i].problem(checks[i].arg);

		if (problem != NULL)
			buf_print_cut(text, "[-]%s failed: %s\n",
			    checks[i].name, problem);
		else if (verbose)
			buf_print_cut(text, "[+]%s ok\n", checks[i].name);
		failed += problem != NULL;
	}
	return failed;
}

static enum MHD_Result
answer_checks(const struct monitor *m, struct MHD_Connection *c, bool ready)
{
	AUTO(buf) struct buf text = buf_with_max(CHECKS_TEXT_MAX);
	bool verbose = MHD_lookup_connection_value_n(c, MHD_GET_ARGUMENT_KIND,
			   "verbose", strlen("verbose"), NULL, NULL) == MHD_YES;
	size_t failed = run_checks(m->settings.live, verbose, &text);

	if (ready)
		failed += run_checks(m->settings.ready, verbose, &text);
	if (failed == 0)
		buf_print_cut(&text, "ok\n");
	return answer(c,
	    failed == 0 ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE,
	    "text/plain; charset=utf-8", &text);
}

static enum MHD_Result
on_request(void *arg, struct MHD_Connection *c, const char *path,
    const char *method, const char *version, const char *upload,
    size_t *upload_len, void **state)
{
	const struct monitor *m = arg;

	(void)version;
	(void)upload;
	(void)upload_len;
	(void)state;
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return answer_plain(c, MHD_HTTP_METHOD_NOT_ALLOWED,
		    "GET or HEAD");
	if (strcmp(path, "/metrics") == 0)
		return answer_metrics(m, c);
	if (strcmp(path, "/healthz") == 0 || strcmp(path, "/livez") == 0)
		return answer_checks(m, c, false);
	if (strcmp(path, "/readyz") == 0)
		return answer_checks(m, c, true);
	return answer_plain(c, MHD_HTTP_NOT_FOUND,
	    "there are /metrics, /healthz and /readyz");
}

int
monitor_start(const struct monitor_settings *settings, struct monitor **ret,
    struct err *e)
{
	struct monitor *m;
	int fd;

	if (endpoint_listen(settings->endpoint, &fd, e) < 0)
		return -1;
	m = MEM_NEW(struct monitor);
	m->settings = *settings;
	m->daemon =
	    MHD_start_daemon(MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD, 0,
		NULL, NULL, on_request, m, MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_MAX,
		MHD_OPTION_END);
	if (m->daemon != NULL) {
		*ret = m;
		return 0;
	}
	fd_close(&fd);
	endpoint_remove(settings->endpoint);
	free(m);
	return err_set(e, ERR_CONFIG, "metrics: libmicrohttpd does not start");
}

void
monitor_stop(struct monitor *m)
{
	if (m == NULL)
		return;
	MHD_stop_daemon(m->daemon);
	endpoint_remove(m->settings.endpoint);
	free(m);
}
