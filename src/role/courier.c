/* role/courier.c - DNS and outgoing connections; opens no file: a large body comes as a descriptor
 * that reads, and a Unix socket connected by the parent. */
#include "role/role.h"

#include "courier/courier.h"
#include "resolver/resolver.h"
#include "role/counted.h"
#include "role/reach.h"
#include "sandbox/sandbox.h"

/* A socket that is not there may be there later. */
static WAITS int reach(struct span path, int *fd)
{
	int r = reach_ask(path, fd); /* WAITS */

	return r == ERR_NOT_FOUND ? err(ERR_NET, "%s", err_str(r)) : r;
}

/* The resolver's files (root hints, trust anchor) and our interfaces' addresses are read here. */
static int prepare(struct role_inputs *inputs, struct settings *set)
{
	int r = resolver_init(set);
	return r < 0 ? r : courier_open(set, reach);
}

static int confine(const struct settings *set, int uid)
{
	struct sandbox_profile profile = { .role = "courier",
		                           .may = SANDBOX_CONNECT | SANDBOX_BIND };
	role_open_crypto();
	return role_confine(&profile, uid);
}

static WAITS int start(const struct role_inputs *inputs)
{
	courier_serve();
	counted_serve_courier();
	return 0;
}

static int reload(UNUSED const struct role_inputs *inputs)
{
	courier_reload();
	return 0;
}

static WAITS void stop(void)
{
	courier_close();
	resolver_fini();
}

const struct role_ops role_courier = {
	.prepare = prepare,
	.confine = confine,
	.start = start,
	.reload = reload,
	.stop = stop,
};
