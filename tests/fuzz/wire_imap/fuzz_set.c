/* A set that is taken ascends, and is the same when it is printed and read again; * stands for what
 * it says. */
#include "fuzz.h"

#include "wire/imap/set.h"

static void check_runs(const struct imap_set *set)
{
	MUST(!set->star && set->n_runs <= IMAP_RUNS_MAX + 1);
	for (size_t i = 0; i < set->n_runs; i++) {
		MUST(set->runs[i].first > 0 && set->runs[i].first <= set->runs[i].last);
		MUST(i == 0 || set->runs[i].first > (uint64_t)set->runs[i - 1].last + 1);
		MUST(imap_set_has(set, set->runs[i].first) && imap_set_has(set, set->runs[i].last));
		MUST(set->runs[i].last == UINT32_MAX || !imap_set_has(set, set->runs[i].last + 1));
	}
}

static void check_again(const struct imap_set *set, struct arena *mem)
{
	AUTO_BUF text = BUF(1 << 20);
	struct imap_cursor c = { .mem = mem, .verb = "TEST" };
	struct imap_set again;

	MUST(imap_put_runs(&text, set->runs, set->n_runs) == 0);
	c.rest = buf_span(&text);
	if (set->n_runs == 0 || set->n_runs > IMAP_RUNS_MAX)
		return;
	MUST(imap_take_plain_set(&c, &again) == 0 && c.rest.n == 0 && again.n_runs == set->n_runs);
	MUST(memcmp(again.runs, set->runs, set->n_runs * sizeof *set->runs) == 0);
	MUST(imap_set_count(&again) == imap_set_count(set));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA mem = { 0 };
	struct imap_cursor c = { .rest = span_make(data, size), .mem = &mem, .verb = "TEST" };
	struct imap_set set, whole;
	uint32_t max;

	if (imap_take_set(&c, &set) < 0)
		return 0;
	max = (uint32_t)(size * 7 % 50);
	MUST(imap_set_resolve(&set, max, &mem, &whole) == 0);
	if (set.saved)
		return 0;
	check_runs(&whole);
	check_again(&whole, &mem);
	/* What meets all is itself, what meets a part lies in both. */
	struct imap_run some = { max + 1, 3 * max + 1 };
	struct imap_set part = { .runs = &some, .n_runs = 1 }, both;
	MUST(imap_set_meet(&whole, &whole, &mem, &both) == 0 && both.n_runs == whole.n_runs);
	MUST(imap_set_meet(&whole, &part, &mem, &both) == 0);
	check_runs(&both);
	for (uint32_t n = 1; n < 200; n++)
		MUST(imap_set_has(&both, n) == (imap_set_has(&whole, n) && imap_set_has(&part, n)));
	MUST(!set.star || max == 0 || imap_set_has(&whole, max));
	return 0;
}
