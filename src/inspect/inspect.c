/* inspect/inspect.c - see inspect.h. */
#include "inspect/inspect.h"

#include <sys/time.h>

#include "base/os.h"
#include "config/config_endpoint.h"
#include "inspect/made.h"
#include "inspect/milter.h"
#include "inspect/rspamd.h"
#include "inspect/virus.h"
#include "inspect/packed.h"
#include "inspect/probe.h"
#include "inspect/whose.h"

/* What is larger would hold up the loop; what opens archives needs a thread's stack. */
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
	if (wants(j, STEP_wanted) && !is_decided(j))
		(void)!inspect_wanted(&j->x, j->out); /* none: it is not known */
	if (j->whose && !is_decided(j))
		(void)whose_look(j->whose); /* what it does not know it tells */
	return 0;
}

static WAITS int look(struct job *j)
{
	int r;

	inspect.n_at_work++;
	watch(true);
	r = j->x.content->whole.n > INLINE_BYTES || inspect_needs_stack(&j->x)
	            ? offload(work, j, "a message")
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
		     { STEP_arc, whose_arc },
		     { STEP_dmarc, whose_dmarc } };
	int r = whose_ask(j->whose); /* WAITS */

	for (size_t i = 0; r >= 0 && i < N_ELEMS(rows); i++)
		if (wants(j, rows[i].step)) {
			struct inspect_finding *found = begin_step(j, rows[i].step);
			end_step(&j->x, found, rows[i].fn(j->whose, found));
		}
	if (r >= 0 && wants(j, STEP_own) && whose_is_unproven(j->whose)) {
		struct inspect_finding *found = begin_step(j, STEP_own);
		end_step(&j->x, found, whose_own(j->whose, found));
	}
	return r < 0 ? r : whose_results(j->whose, j->out);
}

static WAITS int find_virus(struct job *j)
{
	struct inspect_finding *found = begin_step(j, STEP_virus);
	int r = inspect_virus(&j->x, found); /* WAITS */

	if (r == 0)
		j->out->n_findings--;
	else if (r != ERR_CANCELLED)
		end_step(&j->x, found, r);
	return r == ERR_CANCELLED ? r : 0;
}

static WAITS int ask_rspamd(struct job *j)
{
	int64_t since = os_took_us();
	struct inspect_finding *found = begin_step(j, STEP_rspamd);
	int r = inspect_rspamd(&j->x, found); /* WAITS */

	found->us = (uint32_t)(os_took_us() - since);
	if (r != ERR_CANCELLED)
		end_step(&j->x, found, r);
	return r == ERR_CANCELLED ? r : 0;
}

static WAITS int ask_milters(struct job *j)
{
	int64_t since = os_took_us();
	struct inspect_finding *found = begin_step(j, STEP_milter);
	int r = inspect_milters(&j->x, found, j->out); /* WAITS */

	found->us = (uint32_t)(os_took_us() - since);
	if (r != ERR_CANCELLED)
		end_step(&j->x, found, r);
	return r == ERR_CANCELLED ? r : 0;
}

static WAITS int inspect_all(struct job *j)
{
	const uint32_t whose = 1u << STEP_spf | 1u << STEP_dkim | 1u << STEP_arc | 1u << STEP_dmarc;

	if ((j->x.asked->steps & whose) && !(j->whose = whose_open(&j->x)))
		return err(ERR_NO_MEMORY, "no memory for whose a message is");
	int r = look(j); /* WAITS */
	if (r >= 0 && j->whose && !is_decided(j))
		r = find_whose(j); /* WAITS */
	if (r >= 0 && wants(j, STEP_virus) && !is_decided(j))
		r = find_virus(j); /* WAITS */
	if (r >= 0 && wants(j, STEP_rspamd) && config_rspamd(j->x.set).n && !is_decided(j))
		r = ask_rspamd(j); /* WAITS */
	if (r >= 0 && wants(j, STEP_milter) && j->x.set->defence_milters.n && !is_decided(j))
		r = ask_milters(j); /* WAITS */
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

int inspect_prepare(void)
{
	rspamd_prepare();
	return packed_prepare();
}

void inspect_serve(const struct settings *set, bool alone, scanner_reach_fn *reach)
{
	inspect.set = set;
	inspect.alone = alone;
	inspect_virus_begin(set, reach);
	inspect_judge_serve(judge);
	probe_serve(set);
	made_serve();
}
