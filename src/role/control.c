/* role/control.c - the operator's door: its socket, and what calls.def permits; nothing else. */
#include "role/role.h"

#include "admind/admind.h"
#include "controld/certificates.h"
#include "controld/controld.h"
#include "controld/dkim_watch.h"
#include "httpd/session.h"
#include "intake/defend.h"
#include "role/wish.h"
#include "sandbox/sandbox.h"

enum { PAGE_MAX = 4 << 20 };

static struct {
	struct controld_server server;
	struct httpd_server metrics, admin;
	struct listener *listeners[ROLE_LISTENERS_MAX];
	size_t n_listeners;
} control;

static WAITS int serve_metrics(struct httpd_request *q)
{
	AUTO_BUF page = BUF(PAGE_MAX);
	int r = controld_metrics_page(control.server.set, &q->mem, &page); /* WAITS */

	return r < 0 ? httpd_problem_of(q, r) /* WAITS */
	             : httpd_answer(q, 200, "text/plain; version=0.0.4; charset=utf-8", SPAN(""),
	                            buf_span(&page)); /* WAITS */
}

static const struct httpd_route routes[] = { { HTTP_GET, "/metrics", serve_metrics, 0, NULL } };

static int confine(const struct settings *set, int uid)
{
	struct sandbox_profile profile = { .role = "control", .may = SANDBOX_ACCEPT };
	return role_confine(&profile, uid);
}

static int open_listener(int fd, enum boot_listener kind, struct listener **out)
{
	if (kind == BOOT_LISTEN_METRICS)
		return listener_open(fd, httpd_accept, &control.metrics, out);
	if (kind == BOOT_LISTEN_ADMIN)
		return listener_open(fd, httpd_accept, &control.admin, out);
	return listener_open(fd, controld_accept, &control.server, out);
}

static int open_doors(const struct role_inputs *inputs)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < inputs->n_listeners; i++) {
		if (inputs->listeners[i].kind < BOOT_LISTEN_CONTROL)
			continue; /* the edge role's: all are in one process */
		r = open_listener(inputs->listeners[i].fd, inputs->listeners[i].kind,
		                  &control.listeners[control.n_listeners]);
		control.n_listeners += r >= 0;
	}
	return r < 0 || control.n_listeners ? r : err(ERR_CONFIG, "the control role has no socket");
}

static WAITS int start(const struct role_inputs *inputs)
{
	int r = dkim_watch_start();

	if (r >= 0)
		r = certificates_start(inputs->set, wish_certificates);
	if (r < 0)
		return r;
	intake_judge_set(intake_defend, NULL);
	control.server = (struct controld_server){ inputs->set, wish_reload };
	control.metrics = (struct httpd_server){
		.kind = HTTPD_OWN, .set = inputs->set, .routes = routes, .n_routes = N_ELEMS(routes)
	};
	control.admin = admind_server(inputs->set);
	return open_doors(inputs);
}

/* A message that is being handed in may still be answered. */
static WAITS void stop(void)
{
	while (control.n_listeners)
		listener_close(control.listeners[--control.n_listeners]);
	stream_cancel_parked();
	dkim_watch_stop();
	certificates_stop();
	controld_finish();
}

const struct role_ops role_control = {
	.confine = confine,
	.start = start,
	.stop = stop,
};
