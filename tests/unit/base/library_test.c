/* base/os/library.h: libraries that are loaded by those who need them. */
#include "test.h"

#include "base/err.h"
#include "base/os/library.h"

static struct {
	double (*cos)(double);
	void (*nothing)(void);
} math;

TEST(a_function_is_found)
{
	const struct library_function functions[] = { { "cos", &math.cos } };

	CHECK_INT(library_load("libm.so.6", functions, N_ELEMS(functions)), 0);
	CHECK(math.cos(0) == 1);
}

TEST(a_function_is_missing)
{
	const struct library_function functions[] = { { "cos", &math.cos },
		                                      { "no_such_function", &math.nothing } };

	CHECK_INT(library_load("libm.so.6", functions, N_ELEMS(functions)), ERR_UNAVAILABLE);
	CHECK_STR(err_str(ERR_UNAVAILABLE), "libm.so.6 has no no_such_function");
}

TEST(a_library_is_missing)
{
	CHECK_INT(library_load("libnowhere.so.1", NULL, 0), ERR_UNAVAILABLE);
	CHECK(strstr(err_str(ERR_UNAVAILABLE), "libnowhere.so.1"));
}
