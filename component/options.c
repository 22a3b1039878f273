/* component/options.c - the options of postrider_client_set, one row each. */
#include "component/options.h"

#include "base/clock.h"
#include "base/os.h"
#include "component/mail/file.h"
#include "component/net/dns.h"
#include "component/net/link.h"
#include "wire/smtp/client/client.h"
#include "wire/smtp/domain.h"

enum { SHOWN_MAX = 200, PORT_DNS = 53, PARALLEL_MAX = 1000, TIME_MAX_MS = 7 * 24 * 3600 * 1000 };

void options_init(struct options *o)
{
	*o = (struct options){
		.ipv6 = true,
		.sts = true,
		.port = 25,
		.sts_port = 443,
		.parallel = 20,
		.connect_ms = 30 * 1000,
		.greeting_ms = 5 * 60 * 1000,
		.command_ms = 5 * 60 * 1000,
		.data_ms = 10 * 60 * 1000,
		.all_ms = 60 * 60 * 1000,
	};
}

static void wipe_token(struct options *o)
{
	if (o->token)
		os_wipe((char *)o->token, strlen(o->token));
	o->token = NULL;
}

void options_fini(struct options *o)
{
	wipe_token(o);
	arena_fini(&o->mem);
}

static int set_text(struct options *o, const char **field, struct span value)
{
	const char *text = arena_str(&o->mem, value);

	if (!text)
		return err(ERR_NO_MEMORY, "no memory for an option");
	*field = text;
	return 0;
}

static int set_name(struct options *o, struct span value)
{
	struct smtp_literal literal;

	if (smtp_domain_check(value, NULL) < 0 && smtp_literal_parse(value, &literal) < 0)
		return err(ERR_SYNTAX, "name: %.*s is no domain and no [address]", SPAN_ARG(value));
	return set_text(o, &o->name, value);
}

static int set_number(const char *option, struct span value, uint64_t max, uint64_t *out)
{
	if (span_to_u64(value, max, out) < 0 || !*out)
		return err(ERR_SYNTAX, "%s: %.*s is no number from 1 to %ju", option,
		           SPAN_ARG(value), (uintmax_t)max);
	return 0;
}

/* "192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353" */
static int set_dns(struct options *o, struct span value)
{
	ptrdiff_t colon = span_find_last(value, ':');
	struct span host = value, port = { 0 };
	uint64_t number = PORT_DNS;
	struct ip ip;

	if (value.n && value.p[0] == '[') {
		ptrdiff_t end = span_find(value, ']');
		host = span_sub(value, 1, end < 1 ? 0 : (size_t)end - 1);
		port = span_sub(value, (size_t)(end < 0 ? 0 : end + 1), SIZE_MAX);
		if (port.n && !span_eat(&port, SPAN(":")))
			host.n = 0;
	} else if (colon >= 0 && colon == span_find(value, ':')) {
		host = span_sub(value, 0, (size_t)colon);
		port = span_sub(value, (size_t)colon + 1, SIZE_MAX);
	}
	if (ip_parse(host, &ip) < 0 || (port.n && set_number("dns", port, UINT16_MAX, &number) < 0))
		return err(ERR_SYNTAX,
		           "dns: %.*s is no address, such as 192.0.2.53 or 127.0.0.1:5353",
		           SPAN_ARG(value));
	o->dns = ip;
	o->dns_port = (uint16_t)number;
	return 0;
}

static bool take_word(struct span *rest, struct span *word)
{
	*rest = span_trim(*rest);
	return span_split(rest, ' ', word);
}

static bool take_number(struct span *rest, uint64_t max)
{
	struct span word;
	uint64_t number;

	return take_word(rest, &word) && span_to_u64(word, max, &number) >= 0;
}

/* RFC 4034 5.3: "example.test. IN DS 60485 5 1 2BB183...", with a TTL or without, the digest in
 * one piece or more. */
static bool is_ds(struct span rest)
{
	struct span word = { 0 };
	uint64_t ttl;
	size_t n = 0;

	if (!take_word(&rest, &word) || !word.n)
		return false;
	while (take_word(&rest, &word) && !span_eq_nocase(word, SPAN("DS")))
		if (!span_eq_nocase(word, SPAN("IN")) && span_to_u64(word, UINT32_MAX, &ttl) < 0)
			return false;
	if (!take_number(&rest, UINT16_MAX) || !take_number(&rest, UINT8_MAX) ||
	    !take_number(&rest, UINT8_MAX))
		return false;
	for (; take_word(&rest, &word); n += word.n)
		for (size_t i = 0; i < word.n; i++)
			if (!memchr("0123456789abcdefABCDEF", word.p[i], 22))
				return false;
	return n && n % 2 == 0;
}

static int set_anchor(struct options *o, struct span value)
{
	if (!is_ds(value))
		return err(ERR_SYNTAX,
		           "anchor: %.*s is no DS record, such as example.test. IN DS 60485 8 2 "
		           "2BB183AF...",
		           SPAN_ARG(span_sub(value, 0, SHOWN_MAX)));
	if (o->n_anchors == OPTIONS_ANCHORS_MAX)
		return err(ERR_LIMIT, "anchor: more than %d", OPTIONS_ANCHORS_MAX);
	int r = set_text(o, &o->anchors[o->n_anchors], value);
	if (r == 0)
		o->n_anchors++;
	return r;
}

static int set_a_port(const char *option, struct span value, uint16_t *out)
{
	uint64_t number;
	int r = set_number(option, value, UINT16_MAX, &number);

	if (r == 0)
		*out = (uint16_t)number;
	return r;
}

static int set_port(struct options *o, struct span value)
{
	return set_a_port("port", value, &o->port);
}

static int set_sts_port(struct options *o, struct span value)
{
	return set_a_port("mta-sts-port", value, &o->sts_port);
}

static int set_parallel(struct options *o, struct span value)
{
	uint64_t number;
	int r = set_number("parallel", value, PARALLEL_MAX, &number);

	if (r == 0)
		o->parallel = (unsigned)number;
	return r;
}

static int check_roots(const char *path)
{
	struct file_stamp stamp;
	int fd = file_open(path, true, &stamp);

	if (fd < 0)
		return fd;
	file_close(fd);
	return link_tls_check_roots(path);
}

static int set_roots(struct options *o, struct span value)
{
	const char *path = arena_str(&o->mem, value);
	int r = path ? check_roots(path) : err(ERR_NO_MEMORY, "no memory for an option");

	if (r < 0)
		return err(r, "roots: %s", err_str(r));
	o->roots = path;
	return 0;
}

/* RFC 6750 2.1. */
static int set_token(struct options *o, struct span value)
{
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] <= ' ' || value.p[i] >= 0x7f)
			return err(ERR_SYNTAX, "token: it holds what no token can");
	if (!value.n || value.n > SMTP_CLIENT_TOKEN_MAX)
		return err(ERR_LIMIT, "token: it has no, or more than %d octets",
		           SMTP_CLIENT_TOKEN_MAX);
	wipe_token(o);
	return set_text(o, &o->token, value);
}

static int set_bool(const char *option, struct span value, bool *out)
{
	bool yes = span_eq(value, SPAN("yes"));

	if (!yes && !span_eq(value, SPAN("no")))
		return err(ERR_SYNTAX, "%s: %.*s is neither yes nor no", option, SPAN_ARG(value));
	*out = yes;
	return 0;
}

static int set_dnssec(struct options *o, struct span value)
{
	bool yes;
	int r = set_bool("dnssec", value, &yes);

	if (r >= 0 && yes && !resolve_validates())
		return err(ERR_SYNTAX,
		           "dnssec: on this system the library cannot validate answers");
	if (r >= 0)
		o->dnssec = yes;
	return r;
}

static int set_time(const char *option, struct span value, int64_t *out)
{
	int64_t ms;

	if (clock_parse_length(value, &ms) < 0 || ms <= 0 || ms > TIME_MAX_MS)
		return err(ERR_SYNTAX, "%s: %.*s is no time, such as 30s or 5m", option,
		           SPAN_ARG(value));
	*out = ms;
	return 0;
}

int options_set(struct options *o, struct span option, struct span value)
{
	const struct {
		const char *name;
		int (*set)(struct options *o, struct span value);
		bool *yes;
		int64_t *ms;
	} rows[] = {
		{ "name", set_name },
		{ "dns", set_dns },
		{ "anchor", set_anchor },
		{ "port", set_port },
		{ "mta-sts-port", set_sts_port },
		{ "roots", set_roots },
		{ "parallel", set_parallel },
		{ "token", set_token },
		{ "dnssec", set_dnssec },
		{ "mta-sts", .yes = &o->sts },
		{ "private", .yes = &o->private_addresses },
		{ "ipv6", .yes = &o->ipv6 },
		{ "connect-time", .ms = &o->connect_ms },
		{ "greeting-time", .ms = &o->greeting_ms },
		{ "command-time", .ms = &o->command_ms },
		{ "data-time", .ms = &o->data_ms },
		{ "time", .ms = &o->all_ms },
	};

	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] < ' ' || value.p[i] == 0x7f)
			return err(ERR_SYNTAX, "%.*s: the value holds a control character",
			           SPAN_ARG(span_sub(option, 0, SHOWN_MAX)));
	for (size_t i = 0; i < N_ELEMS(rows); i++) {
		if (!span_eq(option, span_str(rows[i].name)))
			continue;
		if (rows[i].set)
			return rows[i].set(o, value);
		if (rows[i].yes)
			return set_bool(rows[i].name, value, rows[i].yes);
		return set_time(rows[i].name, value, rows[i].ms);
	}
	return err(ERR_UNKNOWN, "there is no option %.*s", SPAN_ARG(option));
}
