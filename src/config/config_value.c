/* config/config_value.c - one value: what a setting may be, and its text as a C value. */
#include "config/config_table.h"

#include <ctype.h>

#include "base/clock.h"
#include "config/config_network.h"
#include "config/config_rates.h"
#include "config/config_route.h"
#include "inspect/steps/steps.h"
#include "wire/dnslist/dnslist.h"
#include "wire/mtasts/mtasts.h"

enum {
	HOST_MAX_BYTES = 253, /* RFC 1035 2.3.4, without the final dot */
	LABEL_MAX_BYTES = 63,
	LINE_MAX_BYTES = 150, /* with what stands before it in a reply: RFC 5321 4.5.3.1.5 */
};

#define INT_MOST    INT64_C(1000000000)
#define BYTES_MOST  (INT64_C(1) << 40)
#define LENGTH_MOST (INT64_C(3650) * 86400 * 1000)

static bool is_label(struct span l)
{
	if (!l.n || l.n > LABEL_MAX_BYTES || l.p[0] == '-' || l.p[l.n - 1] == '-')
		return false;
	for (size_t i = 0; i < l.n; i++) {
		unsigned char c = (unsigned char)l.p[i];

		if (c >= 0x80 || (!isalnum(c) && c != '-'))
			return false;
	}
	return true;
}

/* RFC 1123 2.1. */
int config_is_host(struct span text)
{
	struct span rest = text, label;

	if (!text.n || text.n > HOST_MAX_BYTES || text.p[text.n - 1] == '.')
		return err(ERR_SYNTAX, "is no host name");
	while (span_split(&rest, '.', &label))
		if (!is_label(label))
			return err(ERR_SYNTAX, "is no host name (international names are "
			                       "written in their xn-- form)");
	return 0;
}

int config_is_host_or_empty(struct span text)
{
	return text.n ? config_is_host(text) : 0;
}

int config_is_listen(struct span text)
{
	struct address a;

	if (address_parse(text, 0, &a) < 0 || !a.in.sin_port)
		return err(ERR_SYNTAX, "is no address and port such as 0.0.0.0:25 or [::]:25");
	return 0;
}

/* RFC 2033 5: never on port 25. */
int config_is_lmtp_listen(struct span text)
{
	struct address a;
	int r = config_is_listen(text);

	if (r >= 0 && address_parse(text, 0, &a) >= 0 && address_port(&a) == 25)
		r = err(ERR_SYNTAX, "is port 25, which is for SMTP alone (RFC 2033 5); take 24");
	return r;
}

int config_is_server(struct span text)
{
	struct address a;

	if (text.n && (address_parse(text, 0, &a) < 0 || a.in.sin_port))
		return err(ERR_SYNTAX, "is no address such as 192.0.2.1 or [2001:db8::1]");
	return 0;
}

int config_is_dnslist(struct span text)
{
	struct dnslist list;

	return dnslist_parse(text, &list);
}

int config_is_rates(struct span text)
{
	struct config_rates all;

	return config_rates_parse(text, &all);
}

int config_is_rate(struct span text)
{
	struct config_rates all;
	int r = config_rates_parse(text, &all);

	return r >= 0 && all.n > 1 ? err(ERR_SYNTAX, "is more than one number") : r;
}

int config_is_networks_rate(struct span text)
{
	struct config_rates all;
	int r = config_is_rate(text);

	return r >= 0 && config_rates_parse(text, &all) >= 0 && all.n &&
	                       all.v[0].count > CONFIG_NETWORKS_MAX
	               ? err(ERR_SYNTAX, "is more than %d networks", CONFIG_NETWORKS_MAX)
	               : r;
}

int config_is_steps(struct span text)
{
	uint32_t named;

	return step_actions_check(text, &named);
}

int config_is_proxy_from(struct span text)
{
	return span_eq(text, SPAN("unix")) ? 0 : config_is_network(text);
}

int config_is_network(struct span text)
{
	struct config_network n;

	return config_network_parse(text, &n);
}

int config_is_route(struct span text)
{
	struct config_route r;

	return config_route_parse(text, &r);
}

int config_is_length(struct span text)
{
	int64_t ms;

	if (clock_parse_length(text, &ms) < 0 || ms <= 0 || ms > LENGTH_MOST)
		return err(ERR_SYNTAX, "is no length of time such as 30s, 5m, 1h30m or 4d");
	return 0;
}

int config_is_level(struct span text)
{
	static const struct span levels[] = { SPAN("debug"), SPAN("info"), SPAN("notice"),
		                              SPAN("warning"), SPAN("error") };

	for (size_t i = 0; i < N_ELEMS(levels); i++)
		if (span_eq(text, levels[i]))
			return 0;
	return err(ERR_SYNTAX, "is none of debug, info, notice, warning, error");
}

int config_is_attachments(struct span text)
{
	return span_eq(text, SPAN("classic")) || span_eq(text, SPAN("strict")) ||
	                       span_eq(text, SPAN("off"))
	               ? 0
	               : err(ERR_SYNTAX, "is none of classic, strict, off");
}

int config_is_failure(struct span text)
{
	return span_eq(text, SPAN("tempfail")) || span_eq(text, SPAN("tag")) ||
	                       span_eq(text, SPAN("pass"))
	               ? 0
	               : err(ERR_SYNTAX, "is none of tempfail, tag, pass");
}

int config_is_taking(struct span text)
{
	return span_eq(text, SPAN("take")) || span_eq(text, SPAN("refuse"))
	               ? 0
	               : err(ERR_SYNTAX, "is neither take nor refuse");
}

int config_is_mta_sts(struct span text)
{
	enum mtasts_mode mode;

	return mtasts_mode_parse(text, &mode) < 0
	               ? err(ERR_SYNTAX, "is none of none, testing, enforce")
	               : 0;
}

int config_is_over_quota(struct span text)
{
	return span_eq(text, SPAN("452")) || span_eq(text, SPAN("552"))
	               ? 0
	               : err(ERR_SYNTAX, "is neither 452 nor 552");
}

int config_is_line(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < ' ' || text.p[i] > '~')
			return err(ERR_SYNTAX, "holds what is no printable ASCII");
	return text.n <= LINE_MAX_BYTES
	               ? 0
	               : err(ERR_SYNTAX, "has more than %d octets", LINE_MAX_BYTES);
}

int config_is_path(struct span text)
{
	return text.n ? 0 : err(ERR_SYNTAX, "is empty, but a path is needed");
}

int config_is_whole_path(struct span text)
{
	return text.n && text.p[0] == '/' ? 0 : err(ERR_SYNTAX, "is no whole path, from / on");
}

int config_is_acme(struct span text)
{
	return !text.n || (span_starts(text, SPAN("https://")) && text.n > 8 &&
	                   span_find(text, ' ') < 0)
	               ? 0
	               : err(ERR_SYNTAX, "is no URL of an ACME server, https://...");
}

int config_is_certificate(struct span text)
{
	struct span key = text, chain = span_sub(text, 0, 0);
	bool two = span_find(text, ' ') >= 0 && span_split(&key, ' ', &chain);

	if (config_is_whole_path(key) >= 0 && span_find(key, ' ') < 0 &&
	    (!two || config_is_whole_path(chain) >= 0))
		return 0;
	return err(ERR_SYNTAX, "is neither one whole path, from / on, nor two of them");
}

int config_is_path_or_empty(struct span text)
{
	return 0;
}

int config_is_mode(struct span text)
{
	bool good = text.n >= 3 && text.n <= 4 && (text.n == 3 || text.p[0] == '0');

	for (size_t i = 0; i < text.n; i++)
		good = good && text.p[i] >= '0' && text.p[i] <= '7';
	return good ? 0 : err(ERR_SYNTAX, "is no mode such as 0660");
}

bool config_value_is_path(const struct config_setting *s)
{
	return s->is == config_is_path || s->is == config_is_path_or_empty;
}

static int parse_bytes(struct span text, int64_t *out)
{
	struct span digits = text;
	ptrdiff_t unit = -1;
	unsigned shift = 0;
	uint64_t n;

	if (text.n)
		unit = span_find(SPAN("KMG"), (char)toupper((unsigned char)text.p[text.n - 1]));
	if (unit >= 0) {
		shift = 10 * (unsigned)(unit + 1);
		digits.n--;
	}
	if (span_to_u64(digits, (uint64_t)BYTES_MOST >> shift, &n) < 0)
		return err(ERR_SYNTAX, "is no size such as 1000, 64K, 25M or 2G");
	*out = (int64_t)(n << shift);
	return 0;
}

static int parse_bool(struct span text, bool *out)
{
	static const struct {
		struct span word;
		bool value;
	} words[] = {
		{ SPAN("true"), true },   { SPAN("yes"), true }, { SPAN("on"), true },
		{ SPAN("false"), false }, { SPAN("no"), false }, { SPAN("off"), false },
	};

	for (size_t i = 0; i < N_ELEMS(words); i++)
		if (span_eq_nocase(text, words[i].word)) {
			*out = words[i].value;
			return 0;
		}
	return err(ERR_SYNTAX, "is neither true nor false (nor yes, no, on, off)");
}

static int parse_length(struct span text, int64_t *out)
{
	if (clock_parse_length(text, out) < 0 || *out > LENGTH_MOST)
		return err(ERR_SYNTAX, "is no length of time such as 30s, 5m, 1h30m or 4d");
	return 0;
}

static int parse_int(struct span text, int64_t *out)
{
	uint64_t n;

	if (span_to_u64(text, INT_MOST, &n) < 0)
		return err(ERR_SYNTAX, "is no number from 0 to %jd", (intmax_t)INT_MOST);
	*out = (int64_t)n;
	return 0;
}

static int parse_any(enum config_type type, struct span text, int64_t *out)
{
	switch (type) {
	case CONFIG_BYTES: return parse_bytes(text, out);
	case CONFIG_LENGTH: return parse_length(text, out);
	default: return parse_int(text, out);
	}
}

/* The number behind INT, BYTES and LENGTH. */
static int parse_number(const struct config_setting *s, struct span text, int64_t *out)
{
	int64_t n, least = 0, most = INT64_MAX;

	if (parse_any(s->type, text, &n) < 0)
		return ERR_SYNTAX;
	if (s->most && (parse_any(s->type, span_str(s->least), &least) < 0 ||
	                parse_any(s->type, span_str(s->most), &most) < 0))
		return err(ERR_BUG, "has no limits that can be read");
	if (n < least || n > most)
		return err(ERR_REFUSED, "is not from %s to %s", s->least, s->most);
	*out = n;
	return 0;
}

static int check_printable(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
			return err(ERR_SYNTAX, "holds a control character");
	return 0;
}

int config_value_check(const struct config_setting *s, struct span text)
{
	int64_t n;
	bool b;

	switch (s->type) {
	case CONFIG_BOOL: return parse_bool(text, &b);
	case CONFIG_STRING:
	case CONFIG_LIST:
		if (check_printable(text) < 0)
			return ERR_SYNTAX;
		return s->is ? s->is(text) : 0;
	default: return parse_number(s, text, &n);
	}
}

int config_value_set(const struct config_setting *s, struct span text, struct arena *mem,
                     struct settings *out)
{
	void *member = (char *)out + s->offset;
	const char *z;

	switch (s->type) {
	case CONFIG_BOOL: return parse_bool(text, member);
	case CONFIG_STRING:
		z = arena_str(mem, text);
		if (!z)
			return ERR_NO_MEMORY;
		*(const char **)member = z;
		return 0;
	default: return parse_number(s, text, member);
	}
}
