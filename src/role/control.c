/* role/control.c - the operator's door: its socket, and what calls.def permits; nothing else. */
#include "role/role.h"

#include "controld/controld.h"
#include "controld/dkim_watch.h"
#include "intake/defend.h"
#include "sandbox/sandbox.h"

static struct {
	struct controld_server server;
	struct listener *listener;
} control;

static int confine(const struct settings *set, int uid)
{
	struct sandbox_profile profile = { .role = "control", .may = SANDBOX_ACCEPT };
	return role_confine(&profile, uid);
}

static WAITS int start(const struct role_inputs *inputs)
{
	int r = dkim_watch_start();

	if (r < 0)
		return r;
	intake_judge_set(intake_defend, NULL);
	control.server.set = inputs->set;
	for (size_t i = 0; i < inputs->n_listeners; i++)
		if (inputs->listeners[i].kind == BOOT_LISTEN_CONTROL)
			return listener_open(inputs->listeners[i].fd, controld_accept,
			                     &control.server, &control.listener);
	return err(ERR_CONFIG, "the control role has no socket");
}

/* A message that is being handed in may still be answered. */
static WAITS void stop(void)
{
	if (control.listener)
		listener_close(TAKE(control.listener));
	dkim_watch_stop();
	controld_finish();
}

const struct role_ops role_control = {
	.confine = confine,
	.start = start,
	.stop = stop,
};
