/* learned/serve.c - answers calls/learn.h. */
#include "base/coding/pack.h"
#include "base/event.h"
#include "calls/learn.h"
#include "learned/learned_impl.h"
#include "ticket/gate.h"

static const struct settings *settings;

static int take_hashes(struct span packed, struct arena *mem, uint32_t **out, size_t *n)
{
	*n = packed.n / 4;
	if (packed.n % 4 || *n > LEARN_HASHES_MAX)
		return err(ERR_SYNTAX, "%zu octets of hashes", packed.n);
	*out = arena_array(mem, uint32_t, *n + 1);
	if (!*out)
		return err(ERR_NO_MEMORY, "no memory for a message's features");
	for (size_t i = 0; i < *n; i++)
		if (pack_get_u32(&packed, &(*out)[i]) < 0)
			return ERR_SYNTAX;
	return 0;
}

static int put_verdict(const struct classify_score *s, struct arena *mem, struct learn_verdict *out)
{
	uint32_t least = (uint32_t)settings->defence_learn_least;

	*out = (struct learn_verdict){ .score = s->score,
		                       .enough = s->told_ham >= least && s->told_spam >= least,
		                       .told_ham = s->told_ham,
		                       .told_spam = s->told_spam,
		                       .why = arena_array(mem, struct learn_why,
		                                          CLASSIFY_WHY_MAX) };
	if (!out->why)
		return err(ERR_NO_MEMORY, "no memory for a score");
	for (; out->n_why < s->n_why; out->n_why++)
		out->why[out->n_why].feature = s->why[out->n_why];
	return 0;
}

static WAITS int answer_score(const struct learn_score_args *a, struct arena *mem,
                              struct learn_score_reply *out)
{
	struct classify_score score;
	uint32_t *hashes;
	size_t n;
	int r = take_hashes(a->hashes, mem, &hashes, &n);

	if (r >= 0 && a->n_accounts > LEARN_ACCOUNTS_MAX)
		r = err(ERR_TOO_LONG, "%zu accounts in one call", a->n_accounts);
	if (r < 0)
		return r;
	*out = (struct learn_score_reply){ .verdicts = arena_array(mem, struct learn_verdict,
		                                                   a->n_accounts + 1) };
	if (!out->verdicts)
		return err(ERR_NO_MEMORY, "no memory for scores");
	for (; r >= 0 && out->n_verdicts < a->n_accounts; out->n_verdicts++) {
		struct learned *own = NULL;
		struct span account = a->accounts[out->n_verdicts].account;
		if (account.n)
			r = learned_get(account, false, &own); /* WAITS */
		if (r < 0)
			break;
		classify_score(&learned_server()->table, own ? &own->table : NULL, hashes, n,
		               &score);
		r = put_verdict(&score, mem, &out->verdicts[out->n_verdicts]);
	}
	return r;
}

static WAITS int whose(const struct learn_message_args *a, struct arena *mem, struct span *account)
{
	*account = SPAN("");
	if (a->server)
		return gate_check(a->ticket, TICKET_OPERATOR, SPAN("")); /* WAITS */
	return gate_account(a->ticket, TICKET_MAILBOX, mem, account);    /* WAITS */
}

static void tell(const struct learned *l, bool spam, enum classify_learned done)
{
	static const char *const words[] = { [CLASSIFY_COUNTED] = "counted",
		                             [CLASSIFY_TURNED] = "turned",
		                             [CLASSIFY_REPEATED] = "repeated",
		                             [CLASSIFY_KNOWN] = "known" };

	event_log(EVENT_message_learned, "account=%s kind=%s done=%s", l->account,
	          spam ? "spam" : "ham", words[done]);
}

static WAITS int answer_message(const struct learn_message_args *a, struct arena *mem,
                                struct learn_message_reply *out)
{
	struct learned *l;
	struct span account;
	uint32_t *hashes;
	size_t n;
	int r = a->what < LEARN_WHATS ? take_hashes(a->hashes, mem, &hashes, &n) : ERR_SYNTAX;

	if (r >= 0)
		r = whose(a, mem, &account); /* WAITS */
	if (r >= 0 && a->what == LEARN_FORGET)
		return learned_forget(account); /* WAITS */
	if (r >= 0)
		r = learned_get(account, true, &l); /* WAITS */
	if (r < 0)
		return r;
	enum classify_learned done = classify_learn(&l->table, hashes, n, a->what == LEARN_SPAM);
	if (done != CLASSIFY_REPEATED)
		learned_changed(l);
	tell(l, a->what == LEARN_SPAM, done);
	*out = (struct learn_message_reply){ (uint8_t)done, l->table.told_ham, l->table.told_spam,
		                             l->table.ham, l->table.spam };
	return 0;
}

void learned_serve(const struct settings *set)
{
	settings = set;
	learn_score_serve(answer_score);
	learn_message_serve(answer_message);
}

void learned_serve_end(void)
{
	learn_score_serve(NULL);
	learn_message_serve(NULL);
}
