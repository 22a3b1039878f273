/* doctor/doctor.c - the table, and what the checks share. */
#include "doctor/doctor_impl.h"

#include <stdio.h>

#include "base/buf.h"

enum { TEXT_MAX = 4096 };

enum scope { SERVER, DOMAIN };
enum dns { ALONE, ASKS };

static const struct {
	const char *name;
	enum scope scope;
	enum dns dns;
	void (*run)(struct doctor *d);
} checks[] = {
#define CHECK(name, scope, dns, doc) { #name, scope, dns, doctor_check_##name },
#include "doctor/checks.def"
#undef CHECK
};

const char *doctor_level_name(enum doctor_level level)
{
	static const char *const names[DOCTOR_LEVELS] = {
		[DOCTOR_WELL] = "well",
		[DOCTOR_HINT] = "hint",
		[DOCTOR_UNSEEN] = "unseen",
		[DOCTOR_MEND] = "mend",
	};

	return names[level];
}

static void run_checks(struct doctor *d, enum scope scope)
{
	for (size_t i = 0; i < N_ELEMS(checks) && d->error >= 0; i++) {
		if (checks[i].scope != scope)
			continue;
		if (scope == SERVER && d->look &&
		    (d->error = d->look((enum doctor_check)i, d->arg)) < 0)
			return;
		if (checks[i].dns == ASKS && !d->ask)
			continue;
		d->now = (enum doctor_check)i;
		d->worst[i] = DOCTOR_WELL;
		d->failure = SPAN("");
		checks[i].run(d);
	}
}

int doctor_run(struct doctor *d, const char *const *domains, size_t n)
{
	d->error = 0;
	d->n_unasked = 0;
	run_checks(d, SERVER);
	for (size_t i = 0; i < n && d->error >= 0; i++) {
		d->domain = span_str(domains[i]);
		run_checks(d, DOMAIN);
	}
	return d->error;
}

/* ---- findings ---- */

static void vtell(struct doctor *d, enum doctor_level level, struct span subject, struct span why,
                  const char *fmt, va_list ap)
{
	AUTO_BUF text = BUF(TEXT_MAX);
	struct doctor_finding f = { .check = checks[d->now].name,
		                    .subject = subject,
		                    .level = level };

	buf_vprintf(&text, fmt, ap);
	if (why.n)
		buf_printf(&text, ": %.*s", SPAN_ARG(why));
	f.text = buf_str(&text);
	if (!f.text) {
		d->error = d->error < 0 ? d->error : text.err;
		return;
	}
	if (level > d->worst[d->now])
		d->worst[d->now] = level;
	d->tell(&f, d->arg);
}

#define TELL_WHY(level, why)                                                                       \
	va_list ap;                                                                                \
	va_start(ap, fmt);                                                                         \
	vtell(d, level, subject, why, fmt, ap);                                                    \
	va_end(ap)
#define TELL(level) TELL_WHY(level, SPAN(""))

void doctor_well(struct doctor *d, struct span subject, const char *fmt, ...)
{
	TELL(DOCTOR_WELL);
}

void doctor_hint(struct doctor *d, struct span subject, const char *fmt, ...)
{
	TELL(DOCTOR_HINT);
}

void doctor_unseen(struct doctor *d, struct span subject, const char *fmt, ...)
{
	TELL(DOCTOR_UNSEEN);
}

void doctor_mend(struct doctor *d, struct span subject, const char *fmt, ...)
{
	TELL(DOCTOR_MEND);
}

void doctor_unasked(struct doctor *d, struct span subject, const char *fmt, ...)
{
	d->n_unasked++;
	TELL_WHY(DOCTOR_UNSEEN, d->failure.n ? d->failure : SPAN("DNS gives no answer"));
}

/* ---- DNS ---- */

struct span doctor_host(const struct doctor *d)
{
	return span_str(d->set->server_hostname);
}

struct dns_answer doctor_ask_below(struct doctor *d, enum dns_type type, const char *prefix,
                                   struct span name)
{
	struct dns_question q = { .type = type };
	struct dns_answer answer = { .status = DNS_FAILED };
	int n = snprintf(q.name, sizeof q.name, "%s%s%.*s", prefix, *prefix ? "." : "",
	                 SPAN_ARG(name));

	if (n <= 0 || (size_t)n >= sizeof q.name)
		return (struct dns_answer){ .status = DNS_NO_NAME };
	if (d->error < 0 || !d->ask)
		return answer;
	int r = d->ask(&q, d->mem, &answer, d->arg);
	if (r < 0) {
		d->error = r;
		return (struct dns_answer){ .status = DNS_FAILED };
	}
	if (answer.status != DNS_FOUND)
		answer.n = 0;
	if (answer.status == DNS_FAILED && !d->failure.n)
		d->failure = answer.failure;
	return answer;
}

struct dns_answer doctor_ask(struct doctor *d, enum dns_type type, struct span name)
{
	return doctor_ask_below(d, type, "", name);
}

static void add_addresses(struct doctor *d, enum dns_type type, struct span name,
                          struct doctor_addresses *out)
{
	struct dns_answer answer = doctor_ask(d, type, name);

	out->failed = out->failed || answer.status == DNS_FAILED;
	for (size_t i = 0; i < answer.n && out->n < N_ELEMS(out->v); i++)
		out->v[out->n++] = &answer.records[i];
}

struct doctor_addresses doctor_addresses_of(struct doctor *d, struct span name)
{
	struct doctor_addresses all = { 0 };

	add_addresses(d, DNS_A, name, &all);
	add_addresses(d, DNS_AAAA, name, &all);
	return all;
}

bool doctor_is_ours(const struct doctor *d, const struct ip *ip)
{
	for (size_t i = 0; i < d->n_addresses; i++)
		if (ip_eq(&d->addresses[i], ip))
			return true;
	return false;
}

struct span doctor_ip(struct doctor *d, const struct ip *ip)
{
	char text[IP_TEXT_BYTES];
	char *kept = arena_str(d->mem, span_str(ip_text(ip, text)));

	if (!kept)
		d->error = ERR_NO_MEMORY;
	return span_str(kept);
}
