/* queue/state/returns.c - see returns.h. */
#include "queue/state/returns.h"

bool returns_wanted(struct span login, bool by_http)
{
	return login.n && by_http;
}

WAITS int returns_path(struct span sender, uint64_t message, struct arena *mem, struct span *out)
{
	const struct directory_return_args a = { sender, message };
	struct directory_return_reply got;
	int r = directory_return(&a, mem, &got); /* WAITS */

	if (r >= 0)
		*out = got.address;
	return r;
}
