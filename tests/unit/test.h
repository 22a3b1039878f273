/* tests/unit/test.h - TEST, CHECK_*, EACH_ROW and exact() over cmocka.
 *
 *   TEST(span_splits) { CHECK_INT(1, 1); }
 *
 * Every TEST of a file registers itself; main() comes from test_main.c, linked
 * into each unit test.  exact(s) is a copy of s in a heap block of exactly its
 * size, so that ASan sees a read past its end; freed when the test ends.
 */
#ifndef TESTS_UNIT_TEST_H
#define TESTS_UNIT_TEST_H

#include "base/span.h"

void test_register(const char *name, void (*fn)(void));
struct span test_exact(struct span s);
/* Row of the table being checked, for messages; set by EACH_ROW. */
extern size_t test_row;
void test_check(bool ok, const char *file, int line, const char *fmt, ...) PRINTF(4, 5);
void test_check_int(intmax_t got, intmax_t want, const char *expr, const char *file, int line);
void test_check_span(struct span got, struct span want, const char *expr, const char *file,
                     int line);

#define TEST(name)                                                                                 \
	static void test_##name(void);                                                             \
	__attribute__((constructor)) static void register_##name(void)                             \
	{                                                                                          \
		test_register(#name, test_##name);                                                 \
	}                                                                                          \
	static void test_##name(void)

#define EACH_ROW(t) for (size_t row = 0; test_row = row, row < sizeof(t) / sizeof *(t); row++)

#define exact(s)    test_exact(s)
#define CHECK(cond) test_check((cond), __FILE__, __LINE__, "%s", #cond)
#define CHECK_INT(got, want)                                                                       \
	test_check_int((intmax_t)(got), (intmax_t)(want), #got, __FILE__, __LINE__)
#define CHECK_SPAN(got, want) test_check_span((got), (want), #got, __FILE__, __LINE__)
#define CHECK_STR(got, want)                                                                       \
	test_check_span(span_str(got), span_str(want), #got, __FILE__, __LINE__)

#endif
