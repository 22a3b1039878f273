/* cmd/dkim/verify.c - dkim verify: what the signatures of a message in a file are worth. */
#include "cmd/dkim/dkim_cmd.h"

#include <stdio.h>

#include "base/clock.h"
#include "cmd/cli.h"
#include "cmd/control_dns.h"
#include "crypto/dkim_crypto.h"
#include "wire/dkim/dkim.h"
#include "wire/message/header.h"

enum { NAME_SHOWN = 300 };

/* One that passes is what counts (RFC 6376 6.1); then one that may pass later. */
static enum dkim_result result_of(const struct dkim *d)
{
	enum dkim_result found = d->n ? d->v[0].result : DKIM_NONE;

	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].result == DKIM_PASS ||
		    (d->v[i].result == DKIM_TEMPERROR && found != DKIM_PASS))
			found = d->v[i].result;
	return found;
}

/* What DNS did not say now is neither yes nor no. */
static int status_of(enum dkim_result result)
{
	return result == DKIM_PASS ? CLI_OK : result == DKIM_TEMPERROR ? CLI_UNDECIDED : CLI_FAILED;
}

static const char *algorithm_of(const struct dkim_signature *s)
{
	static const char *const words[] = { "rsa-sha256", "ed25519-sha256", "rsa-sha1" };

	return words[s->algorithm];
}

static void print(const struct dkim *d)
{
	printf("%s\n", dkim_result_word(result_of(d)));
	if (!d->n)
		puts("it has no DKIM-Signature");
	for (size_t i = 0; i < d->n; i++) {
		const struct dkim_verdict *v = &d->v[i];
		AUTO_BUF domain = BUF(NAME_SHOWN * 4), selector = BUF(NAME_SHOWN * 4);

		(void)!buf_put_escaped(&domain, span_sub(v->signature.domain, 0, NAME_SHOWN));
		(void)!buf_put_escaped(&selector, span_sub(v->signature.selector, 0, NAME_SHOWN));
		printf("%s, selector %s, %s: %s%s%s\n", buf_str(&domain), buf_str(&selector),
		       algorithm_of(&v->signature), dkim_result_word(v->result),
		       *v->why      ? ": "
		       : v->testing ? ", and the domain only tests (t=y)"
		                    : "",
		       v->why);
	}
	if (d->n_more)
		printf("%zu more were not looked at\n", d->n_more);
}

static json_t *text_of(struct span s)
{
	json_t *v = json_stringn(s.p ? s.p : "", s.n);

	return v ? v : json_string("");
}

static void print_json(const struct dkim *d)
{
	json_t *all = json_array();

	for (size_t i = 0; i < d->n; i++) {
		const struct dkim_verdict *v = &d->v[i];

		json_array_append_new(all, json_pack("{s:o, s:o, s:s, s:s, s:s, s:b}", "domain",
		                                     text_of(v->signature.domain), "selector",
		                                     text_of(v->signature.selector), "algorithm",
		                                     algorithm_of(&v->signature), "result",
		                                     dkim_result_word(v->result), "why", v->why,
		                                     "testing", v->testing));
	}
	json_t *row = json_pack("{s:s, s:o, s:I}", "result", dkim_result_word(result_of(d)),
	                        "signatures", all, "more", (json_int_t)d->n_more);
	control_print(row);
	json_decref(row);
}

static int judge(struct dkim *d, struct control *c, struct span message, struct arena *mem)
{
	size_t at = message_header_body(message);
	struct dns_question q;
	struct dns_answer answer;
	int r = dkim_start(d, span_sub(message, 0, at), (uint64_t)(clock_wall_time_ms() / 1000),
	                   &dkim_crypto, mem);

	if (r >= 0) {
		dkim_body(d, span_sub(message, at, message.n));
		r = dkim_body_done(d);
	}
	while (r >= 0 && dkim_next(d, &q)) {
		r = control_dns(c, &q, mem, &answer);
		if (r >= 0)
			r = dkim_answer(d, &answer);
	}
	return r;
}

int dkim_cmd_verify(const struct dkim_cmd *x, const char *file)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF message = { 0 };
	struct dkim *d = arena_new(&mem, struct dkim);
	struct control c;

	if (!d || cli_read_message(file, &message) < 0 || control_open(x->set, &c) < 0)
		return CLI_UNDECIDED;
	int r = judge(d, &c, buf_span(&message), &mem);
	control_close(&c);
	if (r >= 0 && x->json)
		print_json(d);
	else if (r >= 0)
		print(d);
	r = r < 0 ? CLI_UNDECIDED : status_of(result_of(d));
	dkim_fini(d);
	return r;
}
