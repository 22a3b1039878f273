/* config/config_endpoint.c - see config_endpoint.h. */
#include "config/config_endpoint.h"

#include "config/config_table.h"

bool config_is_socket_path(struct span path)
{
	bool good = path.n > 1 && path.n <= CONFIG_SOCKET_MAX && path.p[0] == '/';

	for (size_t i = 0; good && i < path.n; i++)
		good = (unsigned char)path.p[i] > ' ' && path.p[i] != 0x7f;
	return good;
}

int config_endpoint_parse(struct span text, struct config_endpoint *out)
{
	struct config_endpoint e = { .path = text };

	span_eat(&e.path, SPAN("unix:"));
	if (!config_is_socket_path(e.path)) {
		e.path = SPAN("");
		if (address_parse(text, 0, &e.address) < 0 || !address_port(&e.address))
			return err(ERR_SYNTAX,
			           "is neither the whole path of a Unix socket, such as "
			           "unix:/run/clamav/clamd.ctl, nor an address and port such as "
			           "127.0.0.1:3310");
	}
	*out = e;
	return 0;
}

int config_is_endpoint(struct span text)
{
	struct config_endpoint e;

	return config_endpoint_parse(text, &e);
}

struct span config_clamd(const struct settings *set)
{
	struct span text = span_str(set->defence_clamd);

	return span_eq(text, SPAN("off"))    ? SPAN("")
	       : span_eq(text, SPAN("auto")) ? SPAN(CONFIG_CLAMD_USUAL)
	                                     : text;
}

int config_is_clamd(struct span text)
{
	struct config_endpoint e;

	if (span_eq(text, SPAN("off")) || span_eq(text, SPAN("auto")))
		return 0;
	return config_endpoint_parse(text, &e) < 0
	               ? err(ERR_SYNTAX, "is none of auto, off, the whole path of "
	                                 "a Unix socket, such as "
	                                 "unix:/run/clamav/clamd.ctl, an address "
	                                 "and port such as 127.0.0.1:3310")
	               : 0;
}

static struct span without_http(struct span url)
{
	span_eat(&url, SPAN("http://"));
	if (url.n && url.p[url.n - 1] == '/')
		url.n--;
	return url;
}

struct span config_rspamd(const struct settings *set)
{
	return without_http(span_str(set->defence_rspamd));
}

int config_is_rspamd(struct span text)
{
	struct config_endpoint e;

	if (!text.n)
		return 0;
	return !span_starts(text, SPAN("http://")) ||
	                       config_endpoint_parse(without_http(text), &e) < 0
	               ? err(ERR_SYNTAX, "is neither http:// with an address and port, such as "
	                                 "http://127.0.0.1:11333, nor with the whole path of a "
	                                 "Unix socket, such as http://unix:/run/rspamd/http.sock")
	               : 0;
}
