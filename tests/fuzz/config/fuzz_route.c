/* A line of delivery.routes: what is printed leads to the same place. */
#include "fuzz.h"

#include "config/config_route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_BUF out = BUF(64 << 10), again = BUF(64 << 10);
	struct config_route route, same;
	int r = config_route_parse(span_make(data, size), &route);

	MUST(r == 0 || r == ERR_SYNTAX || r == ERR_REFUSED);
	if (r < 0)
		return 0;
	MUST((route.host.n == 0 || config_route_is_socket(&route)) == (route.port == 0));
	buf_puts(&out, "* ");
	MUST(config_route_print(&route, &out) >= 0);
	MUST(config_route_parse(buf_span(&out), &same) == 0);
	buf_puts(&again, "* ");
	MUST(config_route_print(&same, &again) >= 0);
	MUST(span_eq(buf_span(&out), buf_span(&again)));
	MUST(same.action == route.action && same.port == route.port && same.tls == route.tls);
	MUST(span_eq_nocase(same.host, route.host) && span_eq(same.login, route.login));
	return 0;
}
