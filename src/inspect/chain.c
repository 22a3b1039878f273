/* inspect/chain.c - see chain.h. */
#include "inspect/chain.h"

#include "base/clock.h"
#include "base/os.h"
#include "calls/dns.h"
#include "crypto/dkim_crypto.h"
#include "wire/arc/arc.h"

enum { PIECE_BYTES = 256 << 10 };

struct chain {
	struct inspection *x;
	struct arc arc;
	bool open, done;
	uint32_t us;
};

struct chain *chain_open(struct inspection *x)
{
	struct chain *c = arena_new(x->mem, struct chain);

	if (c)
		*c = (struct chain){ .x = x };
	return c;
}

void chain_close(struct chain *c)
{
	if (c->open)
		arc_fini(&c->arc);
	c->open = false;
}

int chain_look(struct chain *c)
{
	const struct content *content = c->x->content;
	int64_t since = os_took_us();
	int r = arc_start(&c->arc, content->header, (uint64_t)(clock_wall_time_ms() / 1000),
	                  &dkim_crypto, c->x->mem);

	c->open = true;
	for (size_t at = 0; r >= 0 && !c->arc.decided && at < content->body.n; at += PIECE_BYTES)
		arc_body(&c->arc, span_sub(content->body, at, PIECE_BYTES));
	if (r >= 0)
		r = arc_body_done(&c->arc);
	if (r < 0)
		chain_close(c);
	c->us = (uint32_t)(os_took_us() - since);
	return r;
}

WAITS void chain_ask(void *arg)
{
	struct chain *c = arg;
	int64_t since = os_took_us();
	struct dns_question q;
	int r = c->open ? 0 : ERR_NO_MEMORY;

	while (r >= 0 && arc_next(&c->arc, &q)) {
		AUTO_ARENA answers = { 0 };
		struct dns_answer answer;
		r = dns_look_up(&q, &answers, &answer); /* WAITS */
		if (r >= 0)
			r = arc_answer(&c->arc, &answer);
	}
	c->done = r >= 0;
	c->us += (uint32_t)(os_took_us() - since);
}

static enum arc_result result(const struct chain *c)
{
	return c->done ? c->arc.result : ARC_TEMPERROR;
}

int chain_find(struct chain *c, struct inspect_finding *found)
{
	const struct arc_chain *chain = &c->arc.chain;

	found->us = c->us;
	found->most = STEP_TAG; /* RFC 8617 5.2: a broken chain is no more than none */
	found->value = span_str(arc_result_word(result(c)));
	switch (result(c)) {
	case ARC_NONE: found->words = SPAN("nobody has sealed it (ARC)"); return 0;
	case ARC_PASS:
		return inspect_words(c->x, found,
		                     "its chain of %zu (ARC) is whole; %.*s sealed it last",
		                     chain->n, SPAN_ARG(chain->sets[chain->n - 1].domain));
	case ARC_FAIL:
		found->result = INSPECT_FAILED;
		return inspect_words(c->x, found, "its chain (ARC) is broken: %s", c->arc.why);
	case ARC_TEMPERROR: break;
	}
	found->result = INSPECT_UNABLE;
	return inspect_words(c->x, found,
	                     "whether its chain (ARC) is whole could not be found out now, for DNS "
	                     "did not answer");
}

void chain_result(const struct chain *c, struct inspect_judge_reply *out)
{
	enum arc_result r = result(c);
	struct inspect_authres *a = &out->results[out->n_results];

	if (r == ARC_TEMPERROR) /* RFC 8617 has no word for it */
		return;
	*a = (struct inspect_authres){ .method = SPAN("arc"),
		                       .result = span_str(arc_result_word(r)) };
	if (r == ARC_FAIL)
		a->reason = span_str(c->arc.why);
	if (r == ARC_PASS) { /* RFC 8617 10.2 */
		a->type = SPAN("header");
		a->name = SPAN("oldest-pass");
		a->value = span_str(arena_printf(c->x->mem, "%zu", c->arc.oldest_pass));
	}
	out->n_results++;
}

static bool trusts(struct span domain, void *arg)
{
	const struct chain *c = arg;
	const struct settings_list *list = &c->x->set->defence_arc_trust;

	for (size_t i = 0; i < list->n; i++)
		if (span_eq_nocase(domain, span_str(list->v[i])))
			return true;
	return false;
}

struct span chain_vouches(struct chain *c, struct span author)
{
	const struct arc_set *s = c->done ? arc_vouched(&c->arc, author, trusts, c) : NULL;

	return s ? s->domain : SPAN("");
}
