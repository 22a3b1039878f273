/* role/one.c - every role in one process: for debugging and for tests; no sandbox. */
#include "inspect/inspect.h"
#include "role/role.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accounts/accounts.h"
#include "base/event.h"
#include "role/reach.h"
#include "rt/fibre.h"
#include "rt/loop.h"

static struct {
	struct role_inputs inputs;
	struct settings set;
	uv_signal_t signals[2];
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

static void signalled(uv_signal_t *handle, int number)
{
	if (one.stopping)
		_exit(0); /* a second signal */
	if (fibre_spawn("stop", stop, NULL) < 0)
		exit(1);
	one.stopping = true;
	loop_turn();
}

static int watch(uv_signal_t *handle, int number)
{
	if (uv_signal_init(loop_uv(), handle) < 0 || uv_signal_start(handle, signalled, number) < 0)
		return err(ERR_BUG, "cannot watch signal %d", number);
	return 0;
}

int one_process_run(struct server_inputs *inputs)
{
	one.set = *inputs->set;
	one.inputs.set = &one.set;
	one.inputs.key = octets(inputs->key_fd);
	one.inputs.ticket_key = octets(inputs->ticket_key_fd);
	one.inputs.credentials = octets(inputs->credentials_fd);
	one.inputs.certificate = octets(inputs->certificate_fd);
	one.inputs.certificates = octets(inputs->certificates_fd);
	one.inputs.secret = octets(inputs->secret_fd);
	one.inputs.mirror = octets(inputs->mirror_fd);
	one.inputs.homes_fd = inputs->homes_fd;
	one.inputs.hashes_fd = inputs->hashes_fd;
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
	if (r >= 0)
		r = role_courier.prepare(&one.inputs, &one.set);
	if (r >= 0)
		r = role_edge.prepare(&one.inputs, &one.set);
	if (r >= 0 && role_is_wanted(&one.set, ROLE_MIRROR))
		r = role_mirror.prepare(&one.inputs, &one.set);
	if (r >= 0)
		r = inspect_prepare();
	if (r >= 0)
		r = watch(&one.signals[0], SIGTERM);
	if (r >= 0)
		r = watch(&one.signals[1], SIGINT);
	if (r >= 0)
		r = fibre_spawn("start", start, NULL);
	if (r < 0) {
		fprintf(stderr, "postrider: %s\n", err_str(r));
		return 1;
	}
	return loop_run() < 0;
}
