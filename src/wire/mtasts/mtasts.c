/* wire/mtasts/mtasts.c - see mtasts.h. */
#include "wire/mtasts/mtasts.h"

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* ---- the record --------------------------------------------------------------------- */

static bool is_id(struct span id)
{
	for (size_t i = 0; i < id.n; i++)
		if (!is_alnum(id.p[i]))
			return false;
	return id.n > 0 && id.n <= MTASTS_ID_MAX;
}

/* Fields that are not known are passed over; of two ids nobody knows which holds. */
int mtasts_record_parse(struct span txt, struct span *id)
{
	struct span field, found = { 0 };

	if (!span_split(&txt, ';', &field) || !span_eq(span_trim(field), SPAN("v=STSv1")))
		return err(ERR_NOT_FOUND, "no record of MTA-STS");
	while (span_split(&txt, ';', &field)) {
		field = span_trim(field);
		if (!span_starts(field, SPAN("id=")))
			continue;
		if (found.n)
			return err(ERR_SYNTAX, "the TXT record of MTA-STS has two ids");
		found = span_sub(field, 3, SIZE_MAX);
		if (!is_id(found))
			return err(ERR_SYNTAX, "the id is not of 1 to 32 letters and digits");
	}
	if (!found.n)
		return err(ERR_SYNTAX, "the TXT record of MTA-STS has no id");
	*id = found;
	return 0;
}

/* ---- the policy ------------------------------------------------------------------------ */

static bool is_pattern(struct span host)
{
	if (span_starts(host, SPAN("*.")))
		host = span_sub(host, 2, SIZE_MAX);
	for (size_t i = 0; i < host.n; i++) {
		bool edge = i == 0 || i == host.n - 1 || host.p[i - 1] == '.';

		if (host.p[i] == '.' ? edge
		                     : !is_alnum(host.p[i]) && span_find(SPAN("-_"), host.p[i]) < 0)
			return false;
	}
	return host.n > 0 && host.n <= 253;
}

static const struct span modes[] = { [MTASTS_NONE] = SPAN("none"),
	                             [MTASTS_TESTING] = SPAN("testing"),
	                             [MTASTS_ENFORCE] = SPAN("enforce") };

int mtasts_mode_parse(struct span name, enum mtasts_mode *out)
{
	for (size_t i = 0; i < N_ELEMS(modes); i++)
		if (span_eq(name, modes[i])) {
			*out = (enum mtasts_mode)i;
			return 0;
		}
	return ERR_SYNTAX;
}

/* What was seen of a policy so far. */
struct reading {
	struct mtasts_policy *policy;
	bool version, mode, max_age;
};

static int take_version(struct reading *r, struct span value)
{
	if (!span_eq(value, SPAN("STSv1")))
		return err(ERR_SYNTAX, "version is not STSv1");
	r->version = true;
	return 0;
}

static int take_mode(struct reading *r, struct span value)
{
	if (mtasts_mode_parse(value, &r->policy->mode) < 0)
		return err(ERR_SYNTAX, "mode is none of enforce, testing, none");
	r->mode = true;
	return 0;
}

static int take_max_age(struct reading *r, struct span value)
{
	uint64_t seconds;

	if (value.n > 10 || span_to_u64(value, UINT64_MAX, &seconds) < 0)
		return err(ERR_SYNTAX, "max_age is no number of seconds");
	r->policy->max_age = (uint32_t)(seconds < MTASTS_AGE_MAX ? seconds : MTASTS_AGE_MAX);
	r->max_age = true;
	return 0;
}

static int take_host(struct reading *r, struct span value)
{
	if (!is_pattern(value))
		return err(ERR_SYNTAX, "an mx line holds no name of a host");
	if (r->policy->n_hosts < MTASTS_HOSTS_MAX)
		r->policy->hosts[r->policy->n_hosts++] = value;
	return 0;
}

/* RFC 8461 3.2: of what comes twice, mx aside, the first counts; what is not known is passed over.
 */
static int take_line(struct reading *r, struct span line)
{
	ptrdiff_t colon = span_find(line, ':');
	struct span key, value;

	if (!span_trim(line).n)
		return 0;
	if (colon < 0)
		return err(ERR_SYNTAX, "a line without a colon");
	key = span_trim(span_sub(line, 0, (size_t)colon));
	value = span_trim(span_sub(line, (size_t)colon + 1, SIZE_MAX));
	if (span_eq(key, SPAN("mx")))
		return take_host(r, value);
	if (span_eq(key, SPAN("version")) && !r->version)
		return take_version(r, value);
	if (span_eq(key, SPAN("mode")) && !r->mode)
		return take_mode(r, value);
	if (span_eq(key, SPAN("max_age")) && !r->max_age)
		return take_max_age(r, value);
	return 0;
}

int mtasts_policy_parse(struct span text, struct mtasts_policy *out)
{
	struct reading r = { .policy = out };
	struct span line;

	*out = (struct mtasts_policy){ 0 };
	if (text.n > MTASTS_POLICY_MAX)
		return err(ERR_TOO_LONG, "a policy of more than 64 KiB");
	while (span_split(&text, '\n', &line)) {
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		int e = take_line(&r, line);
		if (e < 0)
			return e;
	}
	if (!r.version || !r.mode || !r.max_age)
		return err(ERR_SYNTAX, "%s is missing",
		           !r.version ? "version"
		           : !r.mode  ? "mode"
		                      : "max_age");
	if (!out->n_hosts && out->mode != MTASTS_NONE)
		return err(ERR_SYNTAX, "there is no mx line");
	return 0;
}

/* An asterisk stands for one label (RFC 8461 4.1). */
static bool fits(struct span pattern, struct span host)
{
	ptrdiff_t dot;

	if (!span_starts(pattern, SPAN("*.")))
		return span_eq_nocase(pattern, host);
	dot = span_find(host, '.');
	return dot > 0 && span_eq_nocase(span_sub(pattern, 1, SIZE_MAX),
	                                 span_sub(host, (size_t)dot, SIZE_MAX));
}

bool mtasts_permits(const struct mtasts_policy *policy, struct span host)
{
	for (size_t i = 0; i < policy->n_hosts; i++)
		if (fits(policy->hosts[i], host))
			return true;
	return false;
}

/* ---- ours ------------------------------------------------------------------------------ */

int mtasts_policy_put(struct buf *out, enum mtasts_mode mode, struct span host)
{
	return buf_printf(out, "version: STSv1\r\nmode: %.*s\r\nmx: %.*s\r\nmax_age: %d\r\n",
	                  SPAN_ARG(modes[mode]), SPAN_ARG(host), MTASTS_AGE_OURS);
}
