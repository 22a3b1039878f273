/* intake/wanted.c - see wanted.h. */
#include "intake/wanted.h"

#include "base/os.h"
#include "calls/learn.h"
#include "wire/message/header.h"

_Static_assert((int)INSPECT_FEATURES_MAX <= (int)LEARN_HASHES_MAX, "all of them in one call");

enum { TEACH_BYTES = 512 << 10, WORD_BYTES = 200 };

/* The role may have been taken over by what it looked into: as many as may be, and no more. */
static int pack_hashes(const struct inspect_judge_reply *found, struct arena *mem, struct span *out)
{
	AUTO_BUF packed = BUF(4 * INSPECT_FEATURES_MAX);

	for (size_t i = 0; i < found->n_features; i++)
		pack_put_u32(&packed, found->features[i].hash);
	return packed.err ? err(ERR_UNAVAILABLE, "inspect saw too much in a message")
	                  : arena_copy(mem, buf_span(&packed), out);
}

/* ---- asked ---- */

/* asked[0] is for nobody in particular, who has told nothing, or came after so many. */
struct asking {
	struct learn_account asked[LEARN_ACCOUNTS_MAX];
	size_t n;
};

struct intake_unlearned {
	struct asking asking;
	struct learn_score_reply got;
};

/* As the store said last, for anybody.  While it is so each message is read without asking first.
 */
static bool enough_was_learned;

static size_t index_of(struct asking *a, struct span account)
{
	for (size_t i = 0; i < a->n; i++)
		if (span_eq(a->asked[i].account, account))
			return i;
	if (a->n == LEARN_ACCOUNTS_MAX)
		return 0;
	a->asked[a->n].account = account;
	return a->n++;
}

static void put_why(const struct inspect_judge_reply *found, const struct learn_verdict *v,
                    struct buf *words)
{
	for (size_t i = 0; i < v->n_why; i++) {
		AUTO_BUF one = BUF(WORD_BYTES);
		size_t at = v->why[i].feature;
		if (at >= found->n_features || found->features[at].text.n > INSPECT_FEATURE_BYTES ||
		    buf_put_escaped(&one, found->features[at].text) < 0 ||
		    words->n + one.n + 2 > words->cap)
			continue;
		buf_puts(words, i ? ", " : ": ");
		buf_put(words, buf_span(&one));
	}
}

static int find(const struct intake *in, const struct inspect_judge_reply *found,
                const struct learn_verdict *v, struct arena *mem, struct inspect_finding *out)
{
	AUTO_BUF words = BUF(INSPECT_WORDS_MAX);
	long long from = (long long)in->set->defence_unwanted_score;
	bool unwanted = v->enough && v->score >= from;

	out->result = unwanted ? INSPECT_FAILED : INSPECT_PASSED;
	out->value = !v->enough ? SPAN("unknown") : unwanted ? SPAN("no") : SPAN("yes");
	if (!v->enough)
		buf_printf(&words,
		           "not enough was learned yet: %u unwanted and %u wanted messages, and "
		           "%ju of each are needed",
		           v->told_spam, v->told_ham, (uintmax_t)in->set->defence_learn_least);
	else
		buf_printf(&words, "it is %s mail that was not wanted here (%lld; from %lld on)",
		           unwanted ? "like" : "not like", (long long)v->score, from);
	if (v->enough)
		put_why(found, v, &words);
	return arena_copy(mem, buf_span(&words), &out->words);
}

static WAITS int ask(struct asking *a, struct inspect_judge_reply *found, struct arena *mem,
                     struct learn_score_reply *out)
{
	struct learn_score_args args = { .accounts = a->asked, .n_accounts = a->n };
	int r = pack_hashes(found, mem, &args.hashes);

	if (r >= 0)
		r = learn_score(&args, mem, out); /* WAITS */
	if (r >= 0 && out->n_verdicts != a->n)
		return ERR_BUG;
	if (r < 0)
		return r;
	enough_was_learned = false;
	for (size_t i = 0; i < out->n_verdicts; i++)
		enough_was_learned |= out->verdicts[i].enough;
	return 0;
}

WAITS const struct intake_unlearned *intake_wanted_unlearned(const struct intake *in,
                                                             struct arena *mem)
{
	struct inspect_judge_reply nothing = { 0 };
	struct intake_unlearned *u =
	        enough_was_learned ? NULL : arena_new(mem, struct intake_unlearned);

	if (!u)
		return NULL;
	u->asking.n = 1;
	for (size_t i = 0; i < in->n_rcpts; i++)
		(void)index_of(&u->asking, in->rcpts[i].account);
	int r = ask(&u->asking, &nothing, mem, &u->got); /* WAITS */
	return r < 0 || enough_was_learned ? NULL : u;
}

static int append(struct inspect_judge_reply *found, const struct inspect_finding *one,
                  struct arena *mem)
{
	struct inspect_finding *all =
	        arena_array(mem, struct inspect_finding, found->n_findings + 1);

	if (!all)
		return err(ERR_NO_MEMORY, "no memory for what is found in a message");
	if (found->n_findings)
		memcpy(all, found->findings, found->n_findings * sizeof *all);
	all[found->n_findings++] = *one;
	found->findings = all;
	return 0;
}

static int unable(int r, struct inspect_finding *out)
{
	*out = (struct inspect_finding){ .step = STEP_wanted,
		                         .result = INSPECT_UNABLE,
		                         .most = STEP_TAG,
		                         .value = SPAN("unknown"),
		                         .words = SPAN("what was learned cannot be asked now") };
	return r == ERR_CANCELLED || r == ERR_NO_MEMORY ? r : 0;
}

WAITS int intake_wanted(const struct intake *in, struct arena *mem,
                        const struct intake_unlearned *unlearned, struct inspect_judge_reply *found,
                        const struct inspect_finding **of)
{
	struct asking *a = arena_new(mem, struct asking);
	struct inspect_finding *each = arena_array(mem, struct inspect_finding, LEARN_ACCOUNTS_MAX);
	const struct inspect_finding *worst = each;
	struct learn_score_reply got = { 0 };
	int64_t since = os_took_us();

	if (!found->n_features && !unlearned)
		return 0;
	if (!a || !each)
		return err(ERR_NO_MEMORY, "no memory for whether a message is wanted");
	a->n = 1;
	if (unlearned)
		*a = unlearned->asking;
	const size_t n_known = unlearned ? a->n : LEARN_ACCOUNTS_MAX;
	for (size_t i = 0; i < in->n_rcpts; i++) {
		size_t k = index_of(a, in->rcpts[i].account);
		of[i] = &each[k < n_known ? k : 0]; /* a filter has added it since */
	}
	int r = unlearned ? 0 : ask(a, found, mem, &got); /* WAITS */
	if (unlearned)
		got = unlearned->got;
	for (size_t i = 0; i < a->n && i < n_known; i++) {
		each[i] = (struct inspect_finding){ .step = STEP_wanted, .most = STEP_QUARANTINE };
		int rc = r < 0 ? unable(r, &each[i])
		               : find(in, found, &got.verdicts[i], mem, &each[i]);
		if (rc < 0)
			return rc;
		each[i].us = (uint32_t)(os_took_us() - since);
	}
	for (size_t i = 0; i < in->n_rcpts; i++)
		if (i == 0 || of[i]->result > worst->result)
			worst = of[i];
	return append(found, worst, mem);
}

/* ---- told ---- */

WAITS int intake_teach(struct span ticket, bool server, uint8_t what, struct span message,
                       struct arena *mem, struct learn_message_reply *out)
{
	struct span front = span_sub(message, 0, TEACH_BYTES);
	size_t header = message_header_body(front);
	struct inspect_judge_args a = { .direction = STEP_IN,
		                        .steps = 1u << STEP_wanted,
		                        .header = span_sub(front, 0, header),
		                        .body = span_sub(front, header, front.n),
		                        .body_bytes = front.n - header };
	struct inspect_judge_reply found;
	struct learn_message_args args = { .ticket = ticket, .server = server, .what = what };
	int r = inspect_judge(&a, -1, mem, &found); /* WAITS */

	if (r >= 0 && !found.n_features)
		r = err(ERR_UNAVAILABLE, "the message could not be looked into");
	if (r >= 0)
		r = pack_hashes(&found, mem, &args.hashes);
	return r < 0 ? r : learn_message(&args, mem, out); /* WAITS */
}
