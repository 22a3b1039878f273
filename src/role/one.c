/* role/one.c - every role in one process: for debugging and for tests; no sandbox. */
#include "inspect/inspect.h"
#include "role/role.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accounts/accounts.h"
#include "base/event.h"
#include "config/config_live.h"
#include "role/reach.h"
#include "role/reload.h"
#include "role/wish.h"
#include "rt/fibre.h"
#include "rt/loop.h"

static struct {
	struct server_inputs *server;
	struct role_inputs inputs;
	struct settings set;
	uv_signal_t signals[3];
	bool stopping;
} one;

static struct span octets(int fd)
{
	struct stat st;
	char *p = fstat(fd, &st) == 0 ? malloc((size_t)st.st_size + 1) : NULL;

	if (!p || pread(fd, p, (size_t)st.st_size, 0) != st.st_size) {
		free(p);
		return (struct span){ 0 };
	}
	return span_make(p, (size_t)st.st_size);
}

static void start(void *arg)
{
	loop_excuse(true);
	for (size_t i = N_ELEMS(role_stop_order); i-- > 0;) {
		if (!role_is_wanted(&one.set, role_stop_order[i]))
			continue;
		int r = role_ops(role_stop_order[i])->start(&one.inputs);
		if (r < 0) {
			fprintf(stderr, "postrider: the %s role cannot start: %s\n",
			        role_name(role_stop_order[i]), err_str(r));
			exit(1);
		}
	}
	loop_excuse(false);
	accounts_auth_came(); /* no link tells of it */
	event_log(EVENT_ready, "pid=%d", (int)getpid());
	printf("ready\n");
	fflush(stdout);
}

static void stop(void *arg)
{
	fibre_deadline_set(clock_add(loop_now_at(), role_stop_ms(&one.set, ROLE_STORE)));
	for (size_t i = 0; i < N_ELEMS(role_stop_order); i++)
		if (role_is_wanted(&one.set, role_stop_order[i]) &&
		    role_ops(role_stop_order[i])->stop)
			role_ops(role_stop_order[i])->stop();
	exit(0);
}

static void take_octets(int fd, struct span *out)
{
	if (out->n)
		explicit_bzero((char *)(uintptr_t)out->p, out->n);
	free((char *)(uintptr_t)out->p);
	*out = octets(fd);
}

static void take_files(const struct server_inputs *from)
{
	take_octets(from->key_fd, &one.inputs.key);
	take_octets(from->credentials_fd, &one.inputs.credentials);
	take_octets(from->certificate_fd, &one.inputs.certificate);
	take_octets(from->certificates_fd, &one.inputs.certificates);
}

/* The role closes its own. */
static void take_hashes(void)
{
	one.inputs.hashes_fd = fcntl(one.server->hashes_fd, F_DUPFD_CLOEXEC, 0);
}

/* What was read counts, but for what a role cannot use. */
static bool keep(struct reload *r)
{
	bool good = true;

	reload_keep(one.server, r);
	take_files(one.server);
	take_hashes();
	config_live_take(&one.set, one.server->set);
	role_log_rules(&one.set);
	for (size_t i = 0; i < N_ELEMS(role_stop_order); i++) {
		const struct role_ops *ops = role_ops(role_stop_order[i]);
		int e = ops->reload ? ops->reload(&one.inputs) : 0;
		if (e < 0)
			buf_printf(&r->text, "%s\n", err_str(e));
		good = good && e >= 0;
	}
	return good;
}

static bool reload(struct buf *text)
{
	struct reload r;
	bool good = reload_read(one.server, &r) >= 0;

	if (good) {
		take_files(&r.inputs);
		int e = role_edge.reload(&one.inputs);
		good = e >= 0;
		if (!good) {
			buf_reset(&r.text);
			buf_printf(&r.text, "%s\n", err_str(e));
			take_files(one.server);
		}
	}
	good = good && keep(&r);
	if (!good)
		reload_refuse(&r);
	buf_put(text, buf_span(&r.text));
	reload_drop(&r);
	return good;
}

static void hung_up(UNUSED uv_signal_t *handle, UNUSED int number)
{
	AUTO_BUF text = BUF(RELOAD_TEXT_MAX);

	if (!one.stopping)
		(void)reload(&text);
	loop_turn();
}

static void signalled(uv_signal_t *handle, int number)
{
	if (one.stopping)
		_exit(0); /* a second signal */
	if (fibre_spawn("stop", stop, NULL) < 0)
		exit(1);
	one.stopping = true;
	loop_turn();
}

static int watch(uv_signal_t *handle, uv_signal_cb fn, int number)
{
	if (uv_signal_init(loop_uv(), handle) < 0 || uv_signal_start(handle, fn, number) < 0)
		return err(ERR_BUG, "cannot watch signal %d", number);
	return 0;
}

int one_process_run(struct server_inputs *inputs)
{
	one.set = *inputs->set;
	one.inputs.set = &one.set;
	one.server = inputs;
	take_files(inputs);
	take_hashes();
	one.inputs.ticket_key = octets(inputs->ticket_key_fd);
	one.inputs.secret = octets(inputs->secret_fd);
	one.inputs.mirror = octets(inputs->mirror_fd);
	one.inputs.homes_fd = inputs->homes_fd;
	one.inputs.n_listeners = inputs->n_listeners;
	for (size_t i = 0; i < inputs->n_listeners; i++) {
		one.inputs.listeners[i].kind = inputs->listeners[i].kind;
		one.inputs.listeners[i].fd = inputs->listeners[i].fd;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGIO, SIG_IGN); /* somebody would like to write what is leased */
	role_log(&one.set, "all");
	int r = loop_init(one.set.log_blocked_loop);
	if (r >= 0)
		r = role_auth.prepare(&one.inputs, &one.set);
	reach_alone();
	wish_alone(reload);
	if (r >= 0)
		r = role_courier.prepare(&one.inputs, &one.set);
	if (r >= 0)
		r = role_edge.prepare(&one.inputs, &one.set);
	if (r >= 0 && role_is_wanted(&one.set, ROLE_MIRROR))
		r = role_mirror.prepare(&one.inputs, &one.set);
	if (r >= 0)
		r = inspect_prepare();
	if (r >= 0)
		r = watch(&one.signals[0], signalled, SIGTERM);
	if (r >= 0)
		r = watch(&one.signals[1], signalled, SIGINT);
	if (r >= 0)
		r = watch(&one.signals[2], hung_up, SIGHUP);
	if (r >= 0)
		r = fibre_spawn("start", start, NULL);
	if (r < 0) {
		fprintf(stderr, "postrider: %s\n", err_str(r));
		return 1;
	}
	return loop_run() < 0;
}
