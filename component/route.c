/* component/route.c - see route.h. */
#include "component/route.h"

#include <stdlib.h>

#include "base/os.h"
#include "base/percent.h"
#include "wire/smtp/domain.h"

enum {
	PORT_SMTP = 25,
	PORT_LMTP = 24,
	PORT_SUBMISSION = 587,
	PORT_SUBMISSIONS = 465,
	PORT_HTTPS = 443
};

enum scheme { SCHEME_HOST, SCHEME_SMTP, SCHEME_SMTPS, SCHEME_LMTP, SCHEME_HTTPS };

static int refuse(const char *why)
{
	return err(ERR_SYNTAX,
	           "the server: %s; write host, host:587, smtp://user:password@host, "
	           "smtps://user:password@host, https://key@host, lmtp:/path or postrider:",
	           why);
}

static enum scheme take_scheme(struct span *text)
{
	if (span_eat_nocase(text, SPAN("smtp://")))
		return SCHEME_SMTP;
	if (span_eat_nocase(text, SPAN("smtps://")))
		return SCHEME_SMTPS;
	if (span_eat_nocase(text, SPAN("lmtp://")))
		return SCHEME_LMTP;
	if (span_eat_nocase(text, SPAN("https://")))
		return SCHEME_HTTPS;
	return SCHEME_HOST;
}

static int decode(struct span in, struct arena *mem, struct span *out)
{
	int r = percent_decode(in, mem, out);

	return r == ERR_SYNTAX ? refuse("a % in user or password is %25") : r;
}

/* "user:password@", "user@", or nothing. */
static int take_login(struct span *text, struct arena *mem, struct deliver_to *to)
{
	ptrdiff_t at = span_find_last(*text, '@');
	struct span login, user;
	int r;

	if (at < 0)
		return 0;
	login = span_sub(*text, 0, (size_t)at);
	*text = span_sub(*text, (size_t)at + 1, SIZE_MAX);
	if (!span_split(&login, ':', &user) || !user.n)
		return refuse("a user is missing before the @");
	r = decode(user, mem, &to->user);
	return r < 0 ? r : decode(login, mem, &to->password);
}

static bool is_host(struct span host)
{
	struct smtp_literal literal;
	struct ip ip;

	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		return ip_parse(span_sub(host, 1, host.n - 2), &ip) >= 0 ||
		       smtp_literal_parse(host, &literal) >= 0;
	return ip_parse(host, &ip) >= 0 || smtp_domain_check(host, NULL) >= 0;
}

/* "host", "host:587", "192.0.2.1", "[2001:db8::1]:587" */
static int take_host(struct span text, uint16_t port, struct deliver_to *to)
{
	struct span host = text, digits = { 0 };
	ptrdiff_t end = text.n && text.p[0] == '[' ? span_find(text, ']') : -1;
	ptrdiff_t colon = span_find_last(text, ':');
	uint64_t number = port;

	if (end > 0) {
		host = span_sub(text, 0, (size_t)end + 1);
		colon = (size_t)end + 1 < text.n && text.p[end + 1] == ':' ? end + 1 : -1;
		if (colon < 0 && (size_t)end + 1 < text.n)
			return refuse("what stands behind the ] is no port");
	} else if (colon != span_find(text, ':')) {
		colon = -1; /* a bare IPv6 address */
	}
	if (colon >= 0) {
		host = span_sub(text, 0, (size_t)colon);
		digits = span_sub(text, (size_t)colon + 1, SIZE_MAX);
		if (span_to_u64(digits, UINT16_MAX, &number) < 0 || !number)
			return refuse("what stands behind the : is no port");
	}
	if (!is_host(host))
		return refuse("that is no host");
	to->relay = host;
	to->port = (uint16_t)number;
	return 0;
}

/* In brackets without the IPv6: of SMTP's literals, as URLs have it. */
static int as_literal(struct deliver_to *to, struct arena *mem)
{
	struct span inner = span_sub(to->relay, 1, to->relay.n - 2);
	struct ip ip;

	if (to->relay.p[0] != '[' || ip_parse(inner, &ip) < 0)
		return 0;
	return arena_copy(mem, inner, &to->relay);
}

/* By its name alone: what DNS says of others proves nothing. */
static bool is_this_machine(struct span host)
{
	struct ip ip;

	return span_eq_nocase(host, SPAN("localhost")) ||
	       (ip_parse(host, &ip) >= 0 && ip_is_loopback(&ip));
}

static void set_tls(struct route *r, enum scheme scheme)
{
	r->unverified = is_this_machine(r->to.relay);
	r->to.tls = DELIVER_TLS_OPPORTUNISTIC;
	if (scheme == SCHEME_SMTPS || scheme == SCHEME_HTTPS)
		r->to.tls = DELIVER_TLS_IMPLICIT;
	else if (r->to.user.n && !r->unverified)
		r->to.tls = DELIVER_TLS_REQUIRED;
}

static uint16_t port_of(enum scheme scheme, bool logs_in)
{
	switch (scheme) {
	case SCHEME_SMTPS: return PORT_SUBMISSIONS;
	case SCHEME_LMTP: return PORT_LMTP;
	case SCHEME_HTTPS: return PORT_HTTPS;
	case SCHEME_SMTP: return logs_in ? PORT_SUBMISSION : PORT_SMTP;
	case SCHEME_HOST: break;
	}
	return PORT_SMTP;
}

static int tell(struct route *r, struct arena *mem)
{
	const struct deliver_to *to = &r->to;
	const char *what = to->lmtp ? "LMTP" : "SMTP";

	if (r->direct)
		r->told = SPAN("directly to the recipients' servers, since no server was named");
	else if (r->control)
		r->told = span_str(arena_printf(mem,
		                                "by the Postrider server of this machine, at %.*s",
		                                SPAN_ARG(to->relay)));
	else if (r->web)
		r->told = span_str(arena_printf(
		        mem, "by the Postrider server at https://%.*s:%u, as it was named",
		        SPAN_ARG(to->relay), to->port));
	else if (to->relay.p[0] == '/')
		r->told = span_str(arena_printf(mem, "by LMTP to the socket %.*s, as it was named",
		                                SPAN_ARG(to->relay)));
	else
		r->told = span_str(arena_printf(mem, "by %s to %.*s port %u%s, as it was named",
		                                what, SPAN_ARG(to->relay), to->port,
		                                to->user.n ? ", with a login" : ""));
	return r->told.p ? 0 : err(ERR_NO_MEMORY, "no memory for a route");
}

static int parse_path(struct span path, struct route *r)
{
	if (!path.n || path.p[0] != '/')
		return refuse("the path of a socket begins with /");
	r->to.relay = path;
	r->to.lmtp = true;
	r->to.tls = DELIVER_TLS_NONE;
	return 0;
}

/* The socket that stands beside the configuration, where that does not say otherwise. */
static int usual_control(struct arena *mem, struct span *out)
{
	const char *config = getenv("POSTRIDER_CONFIG");
	struct span path = span_str(config && *config ? config : "/etc/postrider/postrider.conf");
	struct span folder = span_sub(path, 0, (size_t)(span_find_last(path, '/') + 1));

	if (!folder.n || folder.p[0] != '/')
		return refuse("POSTRIDER_CONFIG is no path that begins with /");
	*out = span_str(arena_printf(mem, "%.*scontrol", SPAN_ARG(folder)));
	return out->p ? 0 : err(ERR_NO_MEMORY, "no memory for a route");
}

static int parse_control(struct span path, struct arena *mem, struct route *r)
{
	r->control = true;
	if (!path.n)
		return usual_control(mem, &r->to.relay);
	if (path.p[0] != '/')
		return refuse("the path of a socket begins with /");
	r->to.relay = path;
	return 0;
}

static int parse_host(struct span text, struct arena *mem, struct route *r)
{
	enum scheme scheme = take_scheme(&text);
	int e = 0;

	if (scheme != SCHEME_HOST && span_ends_nocase(text, SPAN("/")))
		text.n--;
	if (scheme == SCHEME_HOST && span_find_span(text, SPAN("://")) >= 0)
		return refuse("no such scheme");
	if (scheme != SCHEME_HOST)
		e = take_login(&text, mem, &r->to);
	r->to.lmtp = scheme == SCHEME_LMTP;
	r->web = scheme == SCHEME_HTTPS;
	if (e >= 0 && r->web && (!r->to.user.n || r->to.password.n))
		e = refuse("https:// needs a key and nothing else before the @ (postrider key new "
		           "makes one)");
	if (e >= 0)
		e = take_host(text, port_of(scheme, r->to.user.n > 0), &r->to);
	if (e >= 0)
		e = as_literal(&r->to, mem);
	if (e >= 0)
		set_tls(r, scheme);
	return e;
}

int route_parse(struct span server, struct arena *mem, struct route *out)
{
	struct route r = { .direct = !server.n };
	struct span text, path;
	int e = arena_copy(mem, server, &text);

	if (e < 0)
		return err(ERR_NO_MEMORY, "no memory for a route");
	path = text;
	if (span_eat_nocase(&path, SPAN("lmtp:")) && !span_starts(path, SPAN("//")))
		e = parse_path(path, &r);
	else if (span_eat_nocase(&path, SPAN("postrider:")))
		e = parse_control(path, mem, &r);
	else if (!r.direct)
		e = parse_host(text, mem, &r);
	if (e >= 0)
		e = tell(&r, mem);
	r.text = text;
	if (e >= 0)
		*out = r;
	else
		route_wipe(&r);
	return e;
}

static void wipe(struct span s)
{
	if (s.n)
		os_wipe((char *)s.p, s.n);
}

void route_wipe(struct route *r)
{
	wipe(r->text);
	wipe(r->to.user);
	wipe(r->to.password);
}
