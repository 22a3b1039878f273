/* inspect/inspect.c - see inspect.h. */
#include "inspect/inspect.h"

#include <sys/time.h>

#include "base/os.h"
#include "inspect/whose.h"

/* What is larger would hold up the loop. */
enum { INLINE_BYTES = 64 << 10 };

struct job {
	struct inspection x;
	struct inspect_judge_reply *out;
	struct whose *whose;
};

static struct {
	const struct settings *set;
	bool alone;
	unsigned n_at_work;
} inspect;

/* ITIMER_PROF: SIGPROF ends the process, which the parent starts again. */
static void watch(bool on)
{
	struct itimerval t = { .it_value = { .tv_sec = on ? INSPECT_CPU_MS / 1000 : 0 } };

	if (inspect.alone)
		(void)setitimer(ITIMER_PROF, &t, NULL);
}

static bool wants(const struct job *j, enum step s)
{
	return j->x.asked->steps & 1u << s;
}

/* Nothing more can change what follows. */
static bool is_decided(const struct job *j)
{
	for (size_t i = 0; i < j->out->n_findings; i++)
		if (j->out->findings[i].result == INSPECT_FAILED &&
		    (j->x.asked->decisive & 1u << j->out->findings[i].step))
			return true;
	return false;
}

static void end_step(struct inspection *x, struct inspect_finding *found, int r)
{
	if (r >= 0)
		return;
	found->result = INSPECT_UNABLE;
	if (inspect_words(x, found, "%s", err_str(r)) < 0)
		found->words = SPAN("no memory");
}

static struct inspect_finding *begin_step(struct job *j, enum step s)
{
	struct inspect_finding *found = &j->out->findings[j->out->n_findings++];

	*found = (struct inspect_finding){ .step = (uint8_t)s, .most = STEP_REJECT };
	return found;
}

/* What is computing alone, on whichever thread. */
static int work(void *arg)
{
	struct job *j = arg;
	int64_t since = os_took_us();

	if (wants(j, STEP_attachments)) {
		struct inspect_finding *found = begin_step(j, STEP_attachments);
		end_step(&j->x, found, inspect_attachments(&j->x, found));
		found->us = (uint32_t)(os_took_us() - since);
	}
	if (j->whose && !is_decided(j))
		(void)whose_look(j->whose); /* what it does not know it tells */
	return 0;
}

static WAITS int look(struct job *j)
{
	int r;

	inspect.n_at_work++;
	watch(true);
	r = j->x.content->whole.n > INLINE_BYTES ? offload(work, j, "a message")
	                                         : work(j); /* WAITS */
	watch(--inspect.n_at_work > 0);
	return r;
}

static WAITS int find_whose(struct job *j)
{
	static const struct {
		enum step step;
		int (*fn)(struct whose *w, struct inspect_finding *found);
	} rows[] = { { STEP_spf, whose_spf },
		     { STEP_dkim, whose_dkim },
		     { STEP_dmarc, whose_dmarc } };
	int r = whose_ask(j->whose); /* WAITS */

	for (size_t i = 0; r >= 0 && i < N_ELEMS(rows); i++)
		if (wants(j, rows[i].step)) {
			struct inspect_finding *found = begin_step(j, rows[i].step);
			end_step(&j->x, found, rows[i].fn(j->whose, found));
		}
	return r < 0 ? r : whose_results(j->whose, j->out);
}

static WAITS int inspect_all(struct job *j)
{
	const uint32_t whose = 1u << STEP_spf | 1u << STEP_dkim | 1u << STEP_dmarc;

	if ((j->x.asked->steps & whose) && !(j->whose = whose_open(&j->x)))
		return err(ERR_NO_MEMORY, "no memory for whose a message is");
	int r = look(j); /* WAITS */
	if (r >= 0 && j->whose && !is_decided(j))
		r = find_whose(j); /* WAITS */
	if (j->whose)
		whose_close(j->whose);
	return r;
}

static WAITS int judge(const struct inspect_judge_args *a, int file, struct arena *mem,
                       struct inspect_judge_reply *out)
{
	struct content content;
	struct job j = { { inspect.set, a, &content, mem }, out, NULL };

	out->findings = arena_array(mem, struct inspect_finding, STEP_COUNT);
	if (!out->findings)
		return err(ERR_NO_MEMORY, "no memory for what is found in a message");
	int r = content_open(a->header, a->body, file, a->body_bytes, &content);
	if (r < 0)
		return r;
	r = inspect_all(&j); /* WAITS */
	content_close(&content);
	return r;
}

void inspect_serve(const struct settings *set, bool alone)
{
	inspect.set = set;
	inspect.alone = alone;
	inspect_judge_serve(judge);
}
