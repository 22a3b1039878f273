/* tests/unit/test_main.c - main() of every unit test: cmocka runs what TEST registered.
 *
 * A failed check is reported and the test goes on, so that one run shows every
 * row that is wrong, and so that a check may stand in a fibre, whose stack
 * cmocka could not jump off.  `x_test GLOB` runs only the tests that match, and
 * `x_test !GLOB` only the others.
 */
#include "test.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/list.h"

enum { TESTS_MAX = 256, REPORTS_MAX = 20 };

/* What exact() handed out. */
struct block {
	struct list link;
	char *memory;
};

static struct CMUnitTest tests[TESTS_MAX];
static size_t n_tests;
static size_t n_failed; /* checks of the test that runs */
static struct list blocks = LIST_INIT(blocks);

size_t test_row;

/* Runs on constructors' time: before main, in any order. */
void test_register(const char *name, void (*fn)(void))
{
	if (n_tests == TESTS_MAX)
		abort();
	tests[n_tests++] = (struct CMUnitTest){ .name = name, .initial_state = (void *)fn };
}

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

struct span test_exact(struct span s)
{
	struct block *b = must(malloc(sizeof *b));
	char *p;

	/* An empty block would be a block of 1 to ASan: point behind that one. */
	b->memory = must(malloc(s.n ? s.n : 1));
	p = b->memory + (s.n ? 0 : 1);
	if (s.n)
		memcpy(p, s.p, s.n);
	list_push_back(&blocks, &b->link);
	return span_make(p, s.n);
}

static void free_blocks(void)
{
	struct block *b, *next;

	LIST_EACH_SAFE(b, next, &blocks, link) {
		free(b->memory);
		free(b);
	}
	list_init(&blocks);
}

static bool begin_report(const char *file, int line)
{
	if (++n_failed > REPORTS_MAX)
		return false;
	fprintf(stderr, "%s:%d: ", file, line);
	if (test_row != SIZE_MAX)
		fprintf(stderr, "row %zu: ", test_row);
	return true;
}

void test_check(bool ok, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	if (ok || !begin_report(file, line))
		return;
	fputs("not so: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static void print_int(intmax_t v)
{
	fprintf(stderr, "%jd", v);
	if (v < 0 && v > -100)
		fprintf(stderr, " (ERR_%s)", err_name((int)v));
}

void test_check_int(intmax_t got, intmax_t want, const char *expr, const char *file, int line)
{
	if (got == want || !begin_report(file, line))
		return;
	fprintf(stderr, "%s is ", expr);
	print_int(got);
	fputs(", not ", stderr);
	print_int(want);
	fputc('\n', stderr);
}

static void print_span(struct span s)
{
	AUTO_BUF text = BUF(SIZE_MAX / 2);

	buf_put_escaped(&text, s);
	fprintf(stderr, "\"%.*s\" (%zu)", SPAN_ARG(buf_span(&text)), s.n);
}

void test_check_span(struct span got, struct span want, const char *expr, const char *file,
                     int line)
{
	if (span_eq(got, want) || !begin_report(file, line))
		return;
	fprintf(stderr, "%s is ", expr);
	print_span(got);
	fputs(", not ", stderr);
	print_span(want);
	fputc('\n', stderr);
}

static void run(void **state)
{
	void (*fn)(void) = (void (*)(void)) * state;

	n_failed = 0;
	test_row = SIZE_MAX;
	fn();
	free_blocks();
	if (n_failed)
		fail_msg("%zu checks failed", n_failed);
}

int main(int argc, char **argv)
{
	for (size_t i = 0; i < n_tests; i++)
		tests[i].test_func = run;
	if (argc > 1 && argv[1][0] == '!')
		cmocka_set_skip_filter(argv[1] + 1);
	else if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return _cmocka_run_group_tests(program_invocation_short_name, tests, n_tests, NULL, NULL);
}
