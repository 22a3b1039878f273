/* bench/box.c - what the entries of mailboxes cost (store/mailbox): CPU of the process an
 * operation, folds included, the journal and the ledger not.
 *
 *     ninja bench/bench_box && bench/bench_box DIRECTORY
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rt/loop.h"
#include "store/mailbox/box.h"

enum { CACHE_BYTES = 424, ACCOUNTS_MAX = 10000, BIG = 1000000, FOLD = 16384 };

static struct box_set *set;
static struct box *boxes[ACCOUNTS_MAX + 2];
static uint64_t modseq, place;
static uint32_t uids[ACCOUNTS_MAX + 2];
static char cache_octets[CACHE_BYTES];
static const char *dir_path;
static int dir;

static void need(int r, const char *what)
{
	if (r < 0) {
		fprintf(stderr, "bench_box: %s: %s\n", what, err_str(r));
		exit(1);
	}
}

static double cpu_us(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static void told(const char *what, double from, size_t n)
{
	printf("%-58s %9.2f us each, %9zu\n", what, (cpu_us() - from) / (double)n, n);
}

static void fold(void)
{
	need(box_fold(set, ++place), "fold");
	box_folded_kept(set);
}

/* n entries to mailbox i, in ops of `each`. */
static void append(size_t i, size_t n, size_t each, bool cached)
{
	static struct box_row rows[1000];
	static struct span caches[1000];
	while (n) {
		size_t some = n < each ? n : each;
		struct box_op *op;
		for (size_t k = 0; k < some; k++) {
			rows[k] = (struct box_row){ .uid = ++uids[i],
				                    .size = 2048,
				                    .modseq = ++modseq,
				                    .message = modseq,
				                    .recipient = BOX_NO_RECIPIENT };
			caches[k] = span_make(cache_octets, CACHE_BYTES);
		}
		need(box_op_rows(boxes[i], rows, cached ? caches : NULL, some, &op), "op");
		box_apply(op);
		n -= some;
	}
}

static void open_set(size_t accounts)
{
	struct box_config c = { .dir = dir };
	need(box_set_open(&c, &set), "open");
	for (size_t i = 1; i <= accounts; i++) {
		need(box_add(set, (uint32_t)i, (uint32_t)i, 1, NULL, &boxes[i]), "add");
		uids[i] = 0;
	}
}

static void close_set(void)
{
	char line[300];
	box_set_close(set);
	snprintf(line, sizeof line, "rm -rf '%s'/*", dir_path);
	need(system(line) ? ERR_IO : 0, line);
	modseq = 0;
}

static void deliver(size_t accounts, size_t n, size_t each_fold, bool cached)
{
	char what[100];
	uint64_t seed = 1;
	open_set(accounts);
	for (size_t i = 1; i <= accounts; i++) /* the files are there */
		append(i, 1, 1, cached);
	fold();
	double from = cpu_us();
	for (size_t i = 0; i < n; i++) {
		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
		append(1 + (seed >> 33) % accounts, 1, 1, cached);
		if (i % each_fold == each_fold - 1)
			fold();
	}
	fold();
	snprintf(what, sizeof what, "deliver, %zu accounts, fold every %zu%s", accounts, each_fold,
	         cached ? "" : ", no envelopes");
	told(what, from, n);
	close_set();
}

static void pages(struct box *b, uint64_t since, bool cache, const char *what)
{
	struct box_want want = {
		.first = 1, .last = UINT32_MAX, .since = since, .max = 1000, .cache = cache
	};
	size_t total = 0;
	bool done = false;
	double from = cpu_us();
	while (!done) {
		AUTO_ARENA mem = { 0 };
		struct box_entry *e;
		size_t n;
		need(box_page(b, &want, &mem, &e, &n, &done), "page");
		if (n)
			want.first = e[n - 1].row.uid + 1;
		total += n;
	}
	told(what, from, total ? total : 1);
}

static void flags(size_t i, size_t n, uint64_t bits, const char *what)
{
	double from = cpu_us();
	for (size_t k = 0; k < n; k++) {
		struct box_change c = { (uint32_t)(k * 7 % uids[i]) + 1, bits, ++modseq };
		struct box_op *op;
		need(box_op_changes(boxes[i], &c, 1, &op), "op");
		box_apply(op);
		if (k % FOLD == FOLD - 1)
			fold();
	}
	fold();
	told(what, from, n);
}

/* From the page cache to the rows in memory. */
static void reload(const char *what)
{
	struct box_config c = { .dir = dir };
	struct box_numbers n;
	need(box_numbers(boxes[1], &n) ? 0 : ERR_BUG, "numbers");
	box_set_close(set);
	need(box_set_open(&c, &set), "open");
	need(box_add(set, 1, 1, 1, &n, &boxes[1]), "add");
	double from = cpu_us();
	need(box_load(boxes[1]), "load");
	told(what, from, 1);
}

static void big(void)
{
	open_set(1);
	double from = cpu_us();
	append(1, BIG, 1000, false);
	fold();
	told("append, 1,000,000 to one mailbox, 1,000 an op", from, BIG);
	reload("load of 1,000,000");
	pages(boxes[1], 0, false, "pages of 1,000 rows, 1,000,000");
	pages(boxes[1], modseq - 900, false, "page since, 1,000,000, 900 changed");
	flags(1, 100000, MAILBOX_SEEN, "flags, rows in memory, 1,000,000");
	flags(1, 100000, MAILBOX_GONE, "expunge, rows in memory, 1,000,000");
	reload("load of 1,000,000 with 200,000 changes");
	close_set();
	open_set(1);
	append(1, 100000, 100, true);
	fold();
	pages(boxes[1], 0, true, "pages with envelopes, 100,000");
	close_set();
}

/* From the page cache, one after the other. */
static void small(void)
{
	struct box_config c = { .dir = dir };
	static struct box_numbers n[1001];
	open_set(1000);
	for (size_t i = 1; i <= 1000; i++)
		append(i, 300, 30, false);
	fold();
	for (size_t i = 1; i <= 1000; i++)
		need(box_numbers(boxes[i], &n[i]) ? 0 : ERR_BUG, "numbers");
	box_set_close(set);
	need(box_set_open(&c, &set), "open");
	for (size_t i = 1; i <= 1000; i++)
		need(box_add(set, (uint32_t)i, (uint32_t)i, 1, &n[i], &boxes[i]), "add");
	double from = cpu_us();
	for (size_t i = 1; i <= 1000; i++)
		need(box_load(boxes[i]), "load");
	told("load of a mailbox of 300, of 1,000", from, 1000);
	close_set();
}

static void run(UNUSED void *arg)
{
	deliver(1000, 200000, FOLD, true);
	deliver(1000, 200000, FOLD, false);
	deliver(10000, 200000, FOLD, true);
	deliver(10000, 262144, 32768, true);
	big();
	small();
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: bench_box DIRECTORY (empty, on the disk to be measured)\n");
		return 2;
	}
	dir_path = argv[1];
	dir = open(dir_path, O_RDONLY | O_DIRECTORY);
	need(dir < 0 ? ERR_IO : 0, "cannot open the directory");
	need(loop_init(0), "loop");
	need(fibre_spawn("bench", run, NULL), "fibre");
	need(loop_run(), "loop");
	loop_fini();
	return 0;
}
