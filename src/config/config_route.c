/* config/config_route.c - see config_route.h. */
#include "config/config_route.h"

#include "config/config_endpoint.h"
#include "config/config_table.h"
#include "rt/stream/stream.h"

enum {
	PORT_SMTP = 25,         /* RFC 5321 4.5.4.2 */
	PORT_LMTP = 24,         /* RFC 2033; registered as private mail */
	PORT_SUBMISSIONS = 465, /* RFC 8314 7.3 */
	LOGIN_MAX = 64,
};

static const char *const actions[] = {
	[ROUTE_DIRECT] = "direct",   [ROUTE_RELAY] = "relay", [ROUTE_LMTP] = "lmtp",
	[ROUTE_DISCARD] = "discard", [ROUTE_HOLD] = "hold",
};

static const char *const tls_words[] = {
	[ROUTE_TLS_OPPORTUNISTIC] = "opportunistic",
	[ROUTE_TLS_NONE] = "none",
	[ROUTE_TLS_REQUIRED] = "required",
	[ROUTE_TLS_IMPLICIT] = "implicit",
};

static int word_in(const char *const *words, size_t n, struct span word)
{
	for (size_t i = 0; i < n; i++)
		if (span_eq_nocase(word, span_str(words[i])))
			return (int)i;
	return -1;
}

/* The next word of the line; false at its end. */
static bool next_word(struct span *line, struct span *word)
{
	*line = span_trim(*line);
	for (size_t i = 0; i <= line->n; i++)
		if (i == line->n || line->p[i] == ' ' || line->p[i] == '\t') {
			*word = span_sub(*line, 0, i);
			*line = span_sub(*line, i, line->n);
			break;
		}
	return word->n > 0 && line->p;
}

static int check_pattern(struct span pattern)
{
	ptrdiff_t at = span_find_last(pattern, '@');
	struct span domain = at >= 0 ? span_sub(pattern, (size_t)at + 1, pattern.n) : pattern;

	if (at < 0)
		span_eat(&domain, SPAN("."));
	if (at == 0 || config_is_host(domain) < 0)
		return err(ERR_SYNTAX,
		           "has a pattern %.*s; it must be *, user@example.org, example.org or "
		           ".example.org (international names in their xn-- form)",
		           SPAN_ARG(pattern));
	return 0;
}

static int parse_pattern(struct span word, struct config_route *r)
{
	bool from = span_eat_nocase(&word, SPAN("from="));
	struct span *place = from ? &r->from : &r->to;

	if (!from)
		span_eat_nocase(&word, SPAN("to="));
	if (place->n)
		return err(ERR_SYNTAX,
		           "has two patterns for one side: %.*s is the second, or is no action "
		           "(direct, relay, lmtp, discard, hold)",
		           SPAN_ARG(word));
	*place = word;
	if (span_eq(word, SPAN("*")) || (from && span_eq(word, SPAN("<>"))))
		return 0;
	return check_pattern(word);
}

/* Without a port. */
static bool is_address(struct span host)
{
	struct address a;

	return address_parse(host, PORT_SMTP, &a) >= 0 &&
	       span_find_last(host, ':') <= span_find_last(host, ']');
}

/* "unix:PATH"; "unix:24" is a host of that name. */
static bool eat_unix(struct span *word)
{
	struct span rest = *word;
	uint64_t port;

	if (!span_eat(&rest, SPAN("unix:")) || span_to_u64(rest, UINT16_MAX, &port) >= 0)
		return false;
	*word = rest;
	return true;
}

/* What stands behind unix:.  Blanks end words, so a path has none. */
static int parse_socket(struct span path, struct config_route *r)
{
	if (!config_is_socket_path(path))
		return err(ERR_SYNTAX,
		           "has %.*s behind unix:, where the whole path of a socket is needed, "
		           "such as unix:/run/dovecot/lmtp; at most %d octets",
		           SPAN_ARG(path), CONFIG_SOCKET_MAX);
	if (r->action != ROUTE_LMTP)
		return err(ERR_SYNTAX, "leads to a Unix socket by %s; that is for lmtp",
		           actions[r->action]);
	r->host = path;
	return 0;
}

/* HOST, HOST:PORT, 192.0.2.1:PORT, [2001:db8::1]:PORT. */
static int parse_host(struct span word, struct config_route *r)
{
	ptrdiff_t bracket = span_find_last(word, ']'), colon = span_find_last(word, ':');
	struct span host = word;
	uint64_t port = 0;

	if (eat_unix(&word))
		return parse_socket(word, r);
	if (colon > bracket) {
		host = span_sub(word, 0, (size_t)colon);
		if (span_to_u64(span_sub(word, (size_t)colon + 1, word.n), UINT16_MAX, &port) < 0 ||
		    !port)
			return err(ERR_SYNTAX, "has no port from 1 to 65535 in %.*s",
			           SPAN_ARG(word));
	}
	if (config_is_host(host) < 0 && !is_address(host))
		return err(ERR_SYNTAX,
		           "has %.*s where a host is needed, such as mx.example.net, "
		           "192.0.2.1:587, [2001:db8::1]:25 or, for lmtp, unix:/run/dovecot/lmtp",
		           SPAN_ARG(word));
	if (span_eat(&host, SPAN("[")))
		host.n--;
	r->host = host;
	r->port = (uint16_t)port;
	return 0;
}

/* The name of a row of server.credentials: no control octets, nor the row's separator. */
static bool is_login(struct span word)
{
	bool good = word.n > 0 && word.n <= LOGIN_MAX;

	for (size_t i = 0; good && i < word.n; i++)
		good = (unsigned char)word.p[i] > ' ' && word.p[i] != 0x7f && word.p[i] != ':';
	return good;
}

/* *tls is set when the line says it. */
static int parse_option(struct span word, struct config_route *r, bool *tls)
{
	struct span whole = word;
	int i;

	if (span_eat_nocase(&word, SPAN("tls="))) {
		i = word_in(tls_words, N_ELEMS(tls_words), word);
		if (i < 0)
			return err(ERR_SYNTAX,
			           "has tls=%.*s; it is none, opportunistic, required "
			           "or implicit",
			           SPAN_ARG(word));
		r->tls = (enum config_route_tls)i;
		*tls = true;
		return 0;
	}
	if (span_eat_nocase(&word, SPAN("login="))) {
		if (!is_login(word))
			return err(ERR_SYNTAX,
			           "has %.*s; a row of server.credentials is named there",
			           SPAN_ARG(whole));
		r->login = word;
		return 0;
	}
	return err(ERR_SYNTAX, "ends with %.*s, which is neither tls=... nor login=...",
	           SPAN_ARG(whole));
}

static bool is_loopback(struct span host)
{
	struct address a;

	return host.p[0] == '/' || span_eq_nocase(host, SPAN("localhost")) ||
	       span_eq(host, SPAN("::1")) ||
	       (address_parse(host, PORT_SMTP, &a) >= 0 && address_is_loopback(&a));
}

bool config_route_is_socket(const struct config_route *route)
{
	return route->host.n && route->host.p[0] == '/';
}

/* What was not said, and what cannot be. */
static int finish(struct config_route *r, bool tls)
{
	if (config_route_is_socket(r)) {
		if (tls && r->tls != ROUTE_TLS_NONE)
			return err(ERR_SYNTAX, "has tls= for a Unix socket, which needs none");
		r->tls = ROUTE_TLS_NONE;
		return 0;
	}
	if (!tls && r->port == PORT_SUBMISSIONS)
		r->tls = ROUTE_TLS_IMPLICIT;
	else if (!tls && r->login.n && !is_loopback(r->host))
		r->tls = ROUTE_TLS_REQUIRED;
	if (!r->port)
		r->port = r->action == ROUTE_LMTP        ? PORT_LMTP
		          : r->tls == ROUTE_TLS_IMPLICIT ? PORT_SUBMISSIONS
		                                         : PORT_SMTP;
	if (r->login.n && r->tls != ROUTE_TLS_REQUIRED && r->tls != ROUTE_TLS_IMPLICIT &&
	    !is_loopback(r->host))
		return err(ERR_REFUSED, "would send a password without TLS; with login= say "
		                        "tls=required or tls=implicit");
	return 0;
}

int config_route_parse(struct span line, struct config_route *out)
{
	struct config_route r = { 0 };
	struct span word;
	bool tls = false;
	int i = -1, e;

	while (next_word(&line, &word) && (i = word_in(actions, N_ELEMS(actions), word)) < 0)
		if ((e = parse_pattern(word, &r)) < 0)
			return e;
	if (i < 0 || (!r.from.n && !r.to.n))
		return err(ERR_SYNTAX, "is no route such as \"* relay smtp.example.net:587 "
		                       "login=main\"; what is done is direct, relay, lmtp, discard "
		                       "or hold");
	r.action = (enum config_route_action)i;
	if (r.action == ROUTE_RELAY || r.action == ROUTE_LMTP) {
		if (!next_word(&line, &word))
			return err(ERR_SYNTAX, "names no host behind %s", actions[i]);
		if ((e = parse_host(word, &r)) < 0)
			return e;
	}
	while (next_word(&line, &word)) {
		if (!r.host.n)
			return err(ERR_SYNTAX, "has %.*s behind %s, which takes nothing more",
			           SPAN_ARG(word), actions[i]);
		if ((e = parse_option(word, &r, &tls)) < 0)
			return e;
	}
	e = r.host.n ? finish(&r, tls) : 0;
	if (e == 0)
		*out = r;
	return e;
}

static struct span local_of(struct span address)
{
	ptrdiff_t at = span_find_last(address, '@');

	return span_sub(address, 0, at < 0 ? 0 : (size_t)at);
}

static struct span domain_of(struct span address)
{
	return span_sub(address, (size_t)(span_find_last(address, '@') + 1), address.n);
}

static bool fits(struct span pattern, struct span address, struct span domain)
{
	if (!pattern.n || span_eq(pattern, SPAN("*")))
		return true;
	if (span_eq(pattern, SPAN("<>")))
		return !address.n;
	if (span_find(pattern, '@') >= 0)
		return span_eq_nocase(local_of(pattern), local_of(address)) &&
		       span_eq_nocase(domain_of(pattern), domain);
	if (pattern.p[0] == '.')
		return domain.n > pattern.n && span_ends_nocase(domain, pattern);
	return span_eq_nocase(pattern, domain);
}

int config_routes(const struct settings_list *lines, struct arena *mem, struct config_route **out)
{
	struct config_route *routes = arena_array(mem, struct config_route, lines->n + 1);
	int r = routes ? 0 : ERR_NO_MEMORY;

	for (size_t i = 0; r >= 0 && i < lines->n; i++)
		r = config_route_parse(span_str(lines->v[i]), &routes[i]);
	if (r >= 0)
		*out = routes;
	return r;
}

int config_route_find(const struct config_route *routes, size_t n, struct span return_path,
                      struct span address, struct span domain, struct config_route *out)
{
	for (size_t i = 0; i < n; i++)
		if (fits(routes[i].from, return_path, domain_of(return_path)) &&
		    fits(routes[i].to, address, domain)) {
			*out = routes[i];
			return (int)i;
		}
	*out = (struct config_route){ .action = ROUTE_DIRECT };
	return -1;
}

int config_route_print(const struct config_route *r, struct buf *out)
{
	bool v6 = span_find(r->host, ':') >= 0;

	buf_puts(out, actions[r->action]);
	if (config_route_is_socket(r))
		buf_printf(out, " unix:%.*s tls=%s", SPAN_ARG(r->host), tls_words[r->tls]);
	else if (r->host.n)
		buf_printf(out, " %s%.*s%s:%u tls=%s", v6 ? "[" : "", SPAN_ARG(r->host),
		           v6 ? "]" : "", r->port, tls_words[r->tls]);
	if (r->login.n)
		buf_printf(out, " login=%.*s", SPAN_ARG(r->login));
	return out->err;
}
