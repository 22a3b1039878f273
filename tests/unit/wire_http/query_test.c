/* Paths and queries (wire/http/query.h). */
#include "wire/http/query.h"

#include "base/err.h"
#include "test.h"

TEST(segments)
{
	AUTO_ARENA mem = { 0 };
	struct span path = SPAN("/v1/a%40b/c+d"), one;

	CHECK(http_segment(&path, &mem, &one) == 1 && span_eq(one, SPAN("v1")));
	CHECK(http_segment(&path, &mem, &one) == 1 && span_eq(one, SPAN("a@b")));
	CHECK(http_segment(&path, &mem, &one) == 1 && span_eq(one, SPAN("c+d")));
	CHECK_INT(http_segment(&path, &mem, &one), 0);
}

/* Nothing leads out of where it stands. */
TEST(segments_that_are_none)
{
	static const char *const paths[] = { "/",       "//",    "/..",    "/.",
		                             "/%2e%2e", "/%2E.", "/a%2fb", "/a%00b",
		                             "/a%zz",   "/a%4",  "x" };
	AUTO_ARENA mem = { 0 };

	EACH_ROW(paths) {
		struct span path = span_str(paths[row]), one;
		CHECK_INT(http_segment(&path, &mem, &one), ERR_SYNTAX);
	}
}

TEST(parameters)
{
	AUTO_ARENA mem = { 0 };
	struct span query = SPAN("a=1&&b=x+y%26z&c&=d&e=f=g"), name, value;
	static const char *const want[][2] = {
		{ "a", "1" }, { "b", "x y&z" }, { "c", "" }, { "", "d" }, { "e", "f=g" }
	};

	for (size_t i = 0; i < N_ELEMS(want); i++) {
		CHECK_INT(http_parameter(&query, &mem, &name, &value), 1);
		CHECK(span_eq(name, span_str(want[i][0])) && span_eq(value, span_str(want[i][1])));
	}
	CHECK_INT(http_parameter(&query, &mem, &name, &value), 0);
	query = SPAN("a=%00");
	CHECK_INT(http_parameter(&query, &mem, &name, &value), ERR_SYNTAX);
}
