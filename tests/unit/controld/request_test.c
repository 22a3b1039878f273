/* A request is JSON, and not deep: the library descends into it on the stack of a fibre. */
#include "controld/session.h"

#include "base/buf.h"

#include "test.h"

static int parse(struct span line)
{
	json_t *request = NULL;
	int r = controld_parse(exact(line), &request);

	CHECK_INT(r == 0, request != NULL);
	json_decref(request);
	return r;
}

TEST(controld_requests)
{
	static const struct {
		struct span line;
		int result;
	} t[] = {
		{ SPAN("{\"call\":\"queue\"}"), 0 },
		{ SPAN(" {} "), 0 },
		{ SPAN("{\"a\":[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]}"), 0 }, /* 16 levels */
		{ SPAN("{\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}"), ERR_SYNTAX },
		{ SPAN("{\"a\":\"[[[[[[[[[[[[[[[[[[[[{{{{\"}"), 0 },
		{ SPAN("{\"a\":\"\\\"[[[[[[[[[[[[[[[[[[[[\"}"), 0 },
		{ SPAN("{\"a\":\"\\\\\",\"b\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}"), ERR_SYNTAX },
		{ SPAN("{\"a\":[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[]]}"),
		  0 },
		{ SPAN(""), ERR_SYNTAX },
		{ SPAN("{\"call\":"), ERR_SYNTAX },
		{ SPAN("{\"call\":\"queue\"} x"), ERR_SYNTAX },
		{ SPAN("{\"a\":1,\"a\":2}"), ERR_SYNTAX },
		{ SPAN("{\"a\":\"\xff\"}"), ERR_SYNTAX },
		{ SPAN("{\"a\":\"\\"), ERR_SYNTAX },
		{ SPAN("{\"a\0\":1}"), ERR_SYNTAX },
	};
	EACH_ROW(t)
		CHECK_INT(parse(t[row].line), t[row].result);
}

/* What killed the role that parsed it. */
TEST(controld_two_thousand_brackets)
{
	AUTO_BUF line = BUF(4096);

	buf_puts(&line, "{\"call\":");
	for (int i = 0; i < 2000; i++)
		buf_putc(&line, '[');
	CHECK_INT(parse(buf_span(&line)), ERR_SYNTAX);
	CHECK_STR(err_str(ERR_SYNTAX), "more than 16 arrays and objects within one another");
}
