/* The text that names a server: a host is there without octets that would end a line, or it is
 * refused. */
#include "fuzz.h"

#include "component/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA mem = { 0 };
	struct route route;

	if (route_parse(span_make(data, size), &mem, &route) < 0)
		return 0;
	MUST(route.direct == (size == 0));
	MUST(route.direct || route.to.relay.n > 0);
	for (size_t i = 0; !route.to.lmtp && i < route.to.relay.n; i++)
		MUST((unsigned char)route.to.relay.p[i] > ' ');
	return 0;
}
