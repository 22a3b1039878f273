/* role/auth.c - passwords, and who is who as the store tells it: no network, no files once it runs
 * but the one of homes that it was handed. */
#include "role/role.h"

#include "auth/check.h"
#include "auth/homes.h"
#include "auth/relay_logins.h"
#include "auth/signer.h"
#include "auth/srs_key.h"
#include "auth/tickets.h"
#include "auth/unsubscribe.h"
#include "base/event.h"
#include "directory/directory.h"
#include "role/counted.h"
#include "sandbox/sandbox.h"
#include "ticket/ticket.h"

static int prepare(struct role_inputs *inputs, UNUSED struct settings *set)
{
	int r = homes_open(inputs->homes_fd);

	if (r < 0)
		event_log(EVENT_internal_error, "what=%s reason=%s",
		          "where accounts were logged in is not kept over a restart", err_str(r));
	return 0;
}

static int confine(const struct settings *set, int uid)
{
	struct sandbox_profile profile = { .role = "auth" };
	role_open_crypto();
	return role_confine(&profile, uid);
}

static WAITS int start(const struct role_inputs *inputs)
{
	int r = ticket_key_set(inputs->ticket_key);
	if (r >= 0)
		r = auth_check_open();
	if (r >= 0)
		r = auth_scram_open(inputs->secret);
	if (r >= 0)
		r = srs_key_open(inputs->secret);
	if (r >= 0)
		r = relay_logins_load(inputs->credentials);
	if (r < 0)
		return r;
	directory_srs_open(srs_key_mac);
	directory_open(inputs->set);
	auth_signer_open();
	auth_serve();
	tickets_serve();
	unsubscribe_serve();
	directory_serve();
	relay_logins_serve();
	counted_serve_auth();
	return 0;
}

static int reload(const struct role_inputs *inputs)
{
	return relay_logins_load(inputs->credentials);
}

static WAITS void stop(void)
{
	auth_check_close();
	relay_logins_close();
	srs_key_close();
	auth_signer_close();
	directory_close();
}

const struct role_ops role_auth = {
	.prepare = prepare,
	.confine = confine,
	.start = start,
	.reload = reload,
	.stop = stop,
};
