/* role/inspect.c - looks into what strangers have packed: no network, no files, and no more memory
 * than defence.memory. */
#include "role/role.h"

#include "inspect/inspect.h"
#include "sandbox/sandbox.h"

static int confine(const struct settings *set, int uid)
{
	struct sandbox_profile profile = { .role = "inspect", .memory_bytes = set->defence_memory };
	return role_confine(&profile, uid);
}

static WAITS int start(const struct role_inputs *inputs)
{
	inspect_serve(inputs->set, inputs->alone);
	return 0;
}

const struct role_ops role_inspect = {
	.confine = confine,
	.start = start,
};
