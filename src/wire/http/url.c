/* wire/http/url.c - see url.h. */
#include "wire/http/url.h"

enum { HOST_MAX = 253, LABEL_MAX = 63 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_label_octet(char c)
{
	char lower = (char)(c | 0x20);

	return is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '-' || c == '_';
}

/* Of a name whose last label begins with a digit others make an address (0x7f.1, 2130706433); no
 * such top-level domain exists. */
static bool is_name(struct span host)
{
	struct span rest = host, label = { 0 };

	if (!host.n || host.n > HOST_MAX)
		return false;
	while (span_split(&rest, '.', &label)) {
		if (!label.n || label.n > LABEL_MAX || label.p[0] == '-')
			return false;
		for (size_t i = 0; i < label.n; i++)
			if (!is_label_octet(label.p[i]))
				return false;
	}
	return host.p[host.n - 1] != '.' && !is_digit(label.p[0]);
}

/* What RFC 3986 2 lets stand in a path or a query. */
static bool is_target(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] <= ' ' || text.p[i] >= 0x7f ||
		    span_find(SPAN("\"#<>\\^`{|}"), text.p[i]) >= 0)
			return false;
	return !text.n || text.p[0] == '/' || text.p[0] == '?';
}

static int parse_port(struct span text, struct http_url *out)
{
	uint64_t port;

	if (!text.n)
		return 0;
	if (!span_eat(&text, SPAN(":")) || span_to_u64(text, UINT16_MAX, &port) < 0 || !port)
		return err(ERR_SYNTAX, "the URL's port is none");
	out->port = (uint16_t)port;
	return 0;
}

/* "[2001:db8::1]" with what stands behind it. */
static int parse_brackets(struct span text, struct http_url *out)
{
	ptrdiff_t end = span_find(text, ']');

	if (end < 0)
		return err(ERR_SYNTAX, "the URL's host has no ]");
	out->host = span_sub(text, 1, (size_t)end - 1);
	if (ip_parse(out->host, &out->ip) < 0 || out->ip.n != 16)
		return err(ERR_SYNTAX, "the URL's host is no IPv6 address");
	return parse_port(span_sub(text, (size_t)end + 1, text.n), out);
}

static int parse_authority(struct span text, struct http_url *out)
{
	ptrdiff_t colon = span_find(text, ':');
	size_t n = colon < 0 ? text.n : (size_t)colon;

	if (span_find(text, '@') >= 0)
		return err(ERR_SYNTAX, "the URL has a user or a password in front of its host; an "
		                       "endpoint knows us by the signature");
	if (text.n && text.p[0] == '[')
		return parse_brackets(text, out);
	out->host = span_sub(text, 0, n);
	if (ip_parse(out->host, &out->ip) < 0 && !is_name(out->host))
		return err(ERR_SYNTAX,
		           "the URL's host is no name and no address (international names are "
		           "written in their xn-- form)");
	return parse_port(span_sub(text, n, text.n), out);
}

static size_t authority_end(struct span text)
{
	size_t n = 0;

	while (n < text.n && text.p[n] != '/' && text.p[n] != '?' && text.p[n] != '#' &&
	       text.p[n] != '\\')
		n++;
	return n;
}

int http_url_parse(struct span text, struct http_url *out)
{
	struct http_url got = { .port = 443 };
	struct span rest = text;

	if (text.n > HTTP_URL_MAX)
		return err(ERR_TOO_LONG, "the URL has more than %d octets", HTTP_URL_MAX);
	if (span_eat_nocase(&rest, SPAN("http://"))) {
		got.clear = true;
		got.port = 80;
	} else if (!span_eat_nocase(&rest, SPAN("https://"))) {
		return err(ERR_SYNTAX, "the URL does not begin with https://");
	}
	size_t n = authority_end(rest);
	got.target = span_sub(rest, n, rest.n);
	if (!is_target(got.target))
		return err(ERR_SYNTAX, "the URL has octets behind its host that may not stand "
		                       "there (a # ends none here; others are percent-encoded)");
	int r = parse_authority(span_sub(rest, 0, n), &got);
	if (r >= 0)
		*out = got;
	return r;
}
