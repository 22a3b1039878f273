/* controld/authentication.c - who may send for a domain, asked by the operator: spf, dmarc; and
 * what DNS says. */
#include "controld/session.h"

#include "base/clock.h"
#include "calls/dns.h"
#include "wire/dmarc/walk.h"
#include "wire/spf/spf.h"

enum { LINE_MAX = 256 << 10, WORDS_MAX = 64 << 10 };

/* Each answer in an arena of its own: an engine keeps what it needs. */
static WAITS int check_spf(const struct spf_subject *subject, struct arena *mem, struct spf **out)
{
	struct dns_question q;
	int r = spf_start(subject, mem, out);

	while (r >= 0 && spf_next(*out, &q)) {
		AUTO_ARENA answers = { 0 };
		struct dns_answer answer;

		r = dns_look_up(&q, &answers, &answer); /* WAITS */
		if (r >= 0)
			spf_answer(*out, &answer);
	}
	return r;
}

static void put_spf(struct json *j, const struct spf_verdict *v, struct span words)
{
	json_begin_object(j);
	json_member_bool(j, "ok", true);
	json_member_span(j, "result", span_str(spf_result_name(v->result)));
	json_member_span(j, "words", words);
	json_member_span(j, "domain", v->domain);
	json_member_span(j, "term", v->term);
	json_member_span(j, "explanation", v->explanation);
	json_member_int(j, "questions", v->n_questions);
	json_end_object(j);
}

WAITS int controld_spf(struct controld_session *s, json_t *request)
{
	struct spf_subject subject = { .sender = controld_string(request, "sender"),
		                       .helo = controld_string(request, "helo"),
		                       .receiver = span_str(s->set->server_hostname),
		                       .now_s = clock_wall_time_ms() / 1000 };
	AUTO_BUF words = BUF(WORDS_MAX), line = BUF(LINE_MAX);
	struct json j = JSON(&line);
	struct spf *spf;

	if (ip_parse(controld_string(request, "ip"), &subject.ip) < 0)
		return err(ERR_SYNTAX, "ip is no IPv4 or IPv6 address");
	int r = check_spf(&subject, &s->mem, &spf); /* WAITS */
	if (r >= 0)
		r = spf_print(spf_verdict(spf), &subject, &words);
	if (r < 0)
		return r;
	put_spf(&j, spf_verdict(spf), buf_span(&words));
	return controld_put_line(s, &line);
}

static WAITS int walk(struct dmarc_walk *w, struct arena *mem)
{
	struct dns_question q;
	int r = 0;

	while (r >= 0 && dmarc_walk_next(w, &q)) {
		AUTO_ARENA answers = { 0 };
		struct dns_answer answer;

		r = dns_look_up(&q, &answers, &answer); /* WAITS */
		if (r >= 0)
			dmarc_walk_answer(w, &answer, mem);
	}
	return r;
}

static void put_policies(struct json *j, const struct dmarc_record *r)
{
	json_member_bool(j, "usable", r->usable);
	json_member_span(j, "p", span_str(dmarc_policy_name(r->p)));
	json_member_span(j, "sp", span_str(dmarc_policy_name(r->sp)));
	json_member_span(j, "np", span_str(dmarc_policy_name(r->np)));
	json_member_bool(j, "testing", r->testing);
	json_member_bool(j, "strict_dkim", r->strict_dkim);
	json_member_bool(j, "strict_spf", r->strict_spf);
	json_member_span(j, "rua", r->rua);
}

WAITS int controld_dmarc(struct controld_session *s, json_t *request)
{
	struct span domain = controld_string(request, "domain");
	AUTO_BUF line = BUF(LINE_MAX);
	struct json j = JSON(&line);
	struct dmarc_walk w;

	if (!dmarc_name_ok(domain))
		return err(ERR_SYNTAX,
		           "that is no domain; give it without final dot, in its xn-- form");
	dmarc_walk_begin(&w, domain);
	int r = walk(&w, &s->mem); /* WAITS */
	if (r < 0)
		return r;
	if (w.failed)
		return err(ERR_DNS, "the DMARC records of %.*s could not be looked up now",
		           SPAN_ARG(domain));
	json_begin_object(&j);
	json_member_bool(&j, "ok", true);
	json_member_span(&j, "policy_domain", w.policy_domain);
	json_member_span(&j, "organization", w.organization);
	put_policies(&j, &w.policy);
	json_member_int(&j, "questions", w.n);
	json_end_object(&j);
	return controld_put_line(s, &line);
}
