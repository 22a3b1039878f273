/* inspect/inspect.c - see inspect.h. */
#include "inspect/inspect.h"

#include <stdarg.h>
#include <sys/time.h>

#include "base/os.h"
#include "base/utf8.h"

/* What is larger would hold up the loop. */
enum { INLINE_BYTES = 64 << 10 };

static const struct {
	inspect_step_fn *fn;
} steps[STEP_COUNT] = {
	[STEP_attachments] = { inspect_attachments },
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

int inspect_words(struct inspection *x, struct inspect_finding *found, const char *fmt, ...)
{
	AUTO_BUF raw = BUF(4 << 10);
	AUTO_BUF clean = BUF(INSPECT_WORDS_MAX);
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&raw, fmt, ap);
	va_end(ap);
	struct span rest = buf_span(&raw);
	while (rest.n) {
		struct span before = rest;
		uint32_t c;
		bool good = utf8_next(&rest, &c) >= 0 && c >= 0x20 && (c < 0x7f || c > 0x9f) &&
		            c != 0x2028 && c != 0x2029;
		if (buf_put(&clean, good ? span_sub(before, 0, before.n - rest.n) : SPAN("?")) < 0)
			break; /* it is long enough */
	}
	return arena_copy(x->mem, buf_span(&clean), &found->words);
}

static void take_step(struct inspection *x, enum step s, struct inspect_finding *found)
{
	int64_t since = os_took_us();

	*found = (struct inspect_finding){ .step = (uint8_t)s, .most = STEP_REJECT };
	int r = steps[s].fn(x, found);
	if (r < 0) {
		found->result = INSPECT_UNABLE;
		if (inspect_words(x, found, "%s", err_str(r)) < 0)
			found->words = SPAN("no memory");
	}
	found->us = (uint32_t)(os_took_us() - since);
}

struct job {
	struct inspection x;
	struct inspect_judge_reply *out;
};

static int work(void *arg)
{
	struct job *j = arg;
	uint32_t wanted = j->x.asked->steps;

	for (enum step s = 0; s < STEP_COUNT; s++)
		if ((wanted & 1u << s) && steps[s].fn)
			take_step(&j->x, s, &j->out->findings[j->out->n_findings++]);
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

static WAITS int judge(const struct inspect_judge_args *a, int file, struct arena *mem,
                       struct inspect_judge_reply *out)
{
	struct content content;
	struct job j = { { inspect.set, a, &content, mem }, out };

	out->findings = arena_array(mem, struct inspect_finding, STEP_COUNT);
	if (!out->findings)
		return err(ERR_NO_MEMORY, "no memory for what is found in a message");
	int r = content_open(a->header, a->body, file, a->body_bytes, &content);
	if (r < 0)
		return r;
	r = look(&j); /* WAITS */
	content_close(&content);
	return r;
}

void inspect_serve(const struct settings *set, bool alone)
{
	inspect.set = set;
	inspect.alone = alone;
	inspect_judge_serve(judge);
}
