/* config/config_port.c - see config_port.h. */
#include "config/config_port.h"

#include "base/err.h"

int config_port(const struct settings_list *listen)
{
	uint64_t port;
	struct span at = listen->n ? span_str(listen->v[0]) : SPAN("");
	ptrdiff_t colon = span_find_last(at, ':');

	at = span_sub(at, (size_t)(colon + 1), at.n);
	return at.n && span_to_u64(at, 65535, &port) >= 0 ? (int)port : 0;
}
