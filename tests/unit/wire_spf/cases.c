/* see cases.h */
#include "cases.h"

#include <stdlib.h>

enum { RRS_MAX = 2000, FIELDS_MAX = 8, LINE_BYTES = 1 << 18, CNAMES_MAX = 10 };

struct rr {
	struct span name, value;
	enum dns_type type;
	bool fails;
};

static struct rr rrs[RRS_MAX];
static size_t n_rrs;
static struct arena zone;

static int hex(char c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* Undoes the escapes where they stand; a NUL follows. */
static struct span unescape(char *z)
{
	size_t n = 0;

	for (char *p = z; *p; p++) {
		if (p[0] == '\\' && p[1] == 'x') {
			z[n++] = (char)(hex(p[2]) << 4 | hex(p[3]));
			p += 3;
		} else {
			p += p[0] == '\\';
			z[n++] = *p;
		}
	}
	z[n] = 0;
	return span_make(z, n);
}

static bool add_rr(char **field)
{
	static const struct {
		const char *name;
		enum dns_type type;
	} types[] = { { "A", DNS_A },     { "AAAA", DNS_AAAA }, { "CNAME", DNS_CNAME },
		      { "PTR", DNS_PTR }, { "TXT", DNS_TXT },   { "MX", DNS_MX } };
	struct rr *rr = &rrs[n_rrs];

	if (n_rrs == RRS_MAX)
		return false;
	*rr = (struct rr){ .fails = strcmp(field[2], "FAIL") == 0 };
	for (size_t i = 0; i < N_ELEMS(types); i++)
		if (strcmp(field[2], types[i].name) == 0)
			rr->type = types[i].type;
	n_rrs++;
	return (rr->type || rr->fails) && arena_copy(&zone, unescape(field[1]), &rr->name) == 0 &&
	       arena_copy(&zone, unescape(field[3]), &rr->value) == 0;
}

static void fill(const struct rr *rr, struct dns_record *out)
{
	struct span rest = rr->value, number;
	uint64_t n = 0;

	*out = (struct dns_record){ .name = rr->value, .text = rr->value };
	if ((rr->type == DNS_A || rr->type == DNS_AAAA) && ip_parse(rr->value, &out->ip) < 0)
		abort();
	if (rr->type != DNS_MX)
		return;
	span_split(&rest, ' ', &number);
	if (span_to_u64(number, 65535, &n) < 0)
		abort();
	out->preference = (uint16_t)n;
	out->name = rest;
}

/* What the zone has of this name and type; *alias gets a CNAME's target. */
static enum dns_status find(struct span name, enum dns_type type, struct dns_record *out, size_t *n,
                            struct span *alias)
{
	enum dns_status status = DNS_NO_NAME;

	*n = 0;
	*alias = (struct span){ 0 };
	for (size_t i = 0; i < n_rrs; i++) {
		if (!span_eq_nocase(rrs[i].name, name))
			continue;
		if (rrs[i].fails)
			status = DNS_FAILED;
		else if (status != DNS_FAILED)
			status = DNS_NO_DATA;
		if (rrs[i].type == type)
			fill(&rrs[i], &out[(*n)++]);
		if (rrs[i].type == DNS_CNAME)
			*alias = rrs[i].value;
	}
	return *n ? DNS_FOUND : status;
}

static void answer(const struct dns_question *q, struct dns_record *records, struct dns_answer *out)
{
	struct span name = span_str(q->name), alias;

	*out = (struct dns_answer){ .records = records };
	for (int i = 0; i < CNAMES_MAX; i++) {
		out->status = find(name, q->type, records, &out->n, &alias);
		if (out->n || alias.n == 0)
			return;
		name = alias;
	}
}

static bool run_case(char **field, void (*tell)(const struct spf_case *, void *), void *arg)
{
	static struct dns_record records[RRS_MAX];
	struct spf_case c = { field[1], field[2], field[3], field[4], field[5], field[6] };
	AUTO_ARENA mem = { 0 };
	struct dns_question q;
	struct dns_answer a;
	struct spf *spf;

	if (ip_parse(span_str(c.ip), &c.subject.ip) < 0)
		return false;
	c.subject.helo = unescape(c.helo);
	c.subject.sender = unescape(c.sender);
	c.subject.receiver = SPAN("receiver.test");
	c.subject.now_s = 1;
	(void)unescape(c.explanation);
	if (spf_start(&c.subject, &mem, &spf) < 0)
		return false;
	while (spf_next(spf, &q)) {
		c.asked++;
		answer(&q, records, &a);
		spf_answer(spf, &a);
	}
	c.verdict = spf_verdict(spf);
	tell(&c, arg);
	return true;
}

int cases_run(FILE *file, void (*tell)(const struct spf_case *, void *), void *arg)
{
	char *line = malloc(LINE_BYTES), *field[FIELDS_MAX];
	int n_cases = 0;

	while (line && n_cases >= 0 && fgets(line, LINE_BYTES, file)) {
		size_t n = 0;
		bool ok = true;

		line[strcspn(line, "\n")] = 0;
		if (line[0] == '#' || line[0] == 0)
			continue;
		for (char *rest = line; rest && n < FIELDS_MAX;)
			field[n++] = strsep(&rest, "\t");
		if (strcmp(field[0], "scenario") == 0)
			n_rrs = 0;
		else if (strcmp(field[0], "rr") == 0 && n == 4)
			ok = add_rr(field);
		else if (strcmp(field[0], "case") == 0 && n == 7)
			ok = run_case(field, tell, arg);
		else
			ok = false;
		n_cases = !ok ? -1 : n_cases + (field[0][0] == 'c');
	}
	free(line);
	arena_fini(&zone);
	return n_cases;
}
