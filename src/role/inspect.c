/* role/inspect.c - looks into what strangers have packed: no network, no files, and no more memory
 * than defence.memory.  To clamd it comes by a connection that the parent has made. */
#include "role/role.h"

#include "inspect/inspect.h"
#include "inspect/milter.h"
#include "inspect/rspamd.h"
#include "inspect/virus.h"
#include "role/counted.h"
#include "role/reach.h"
#include "sandbox/sandbox.h"

/* Of what a large message needed nothing is kept: glibc would learn to. */
enum { MAPPED_BYTES = 256 << 10 };

static int prepare(UNUSED struct role_inputs *inputs, UNUSED struct settings *set)
{
	role_keep_memory(MAPPED_BYTES);
	return inspect_prepare();
}

static int confine(const struct settings *set, int uid)
{
	struct sandbox_profile profile = { .role = "inspect", .memory_bytes = set->defence_memory };
	return role_confine(&profile, uid);
}

static void take_hashes(const struct role_inputs *inputs)
{
	if (inputs->hashes_fd >= 0)
		inspect_virus_lists(inputs->hashes_fd);
}

static WAITS int start(const struct role_inputs *inputs)
{
	take_hashes(inputs);
	counted_serve_inspect();
	milter_use(reach_ask);
	rspamd_use(reach_ask);
	inspect_serve(inputs->set, inputs->alone, reach_ask);
	return 0;
}

static int reload(const struct role_inputs *inputs)
{
	take_hashes(inputs);
	return 0;
}

const struct role_ops role_inspect = {
	.prepare = prepare,
	.confine = confine,
	.start = start,
	.reload = reload,
};
