/* What an endpoint wants, and the signature of what it gets. */
#include "base/base64.h"
#include "change/change.h"
#include "test.h"
#include "webhooks/sign.h"
#include "webhooks/wanted.h"

TEST(states)
{
	uint32_t states = 7;
	const char *name;
	uint8_t at = 0;

	CHECK_INT(wanted_states(SPAN(""), &states), 0);
	CHECK_INT(states, 0);
	CHECK_INT(wanted_states(SPAN("delivered, refused,delivered"), &states), 0);
	CHECK_INT(states, 1u << RECIPIENT_DELIVERED | 1u << RECIPIENT_REFUSED);
	CHECK_INT(wanted_next(states, &at, &name), 1);
	CHECK_STR(name, "delivered");
	CHECK_INT(wanted_next(states, &at, &name), 1);
	CHECK_STR(name, "refused");
	CHECK_INT(wanted_next(states, &at, &name), 0);
	CHECK_INT(wanted_states(SPAN(",delivered"), &states), ERR_SYNTAX);
	CHECK_INT(wanted_states(SPAN("Delivered"), &states), ERR_SYNTAX);
	CHECK_INT(wanted_states(SPAN("unknown"), &states), ERR_SYNTAX);
}

TEST(tags_that_are_an_array)
{
	static const struct {
		const char *text;
		bool valid;
	} rows[] = {
		{ "[]", true },
		{ "[ ]", true },
		{ "[\"a\"]", true },
		{ "[\"a\",\"b\"]", true },
		{ "[\"a\" , \"b\"]", true },
		{ "[\"\\\"\",\"]\"]", true },
		{ "", false },
		{ "[", false },
		{ "]", false },
		{ "[\"a]", false },
		{ "[\"a\\\"]", false },
		{ "[\"a\"", false },
		{ "[\"a\",]", false },
		{ "[,\"a\"]", false },
		{ "[\"a\"\"b\"]", false },
		{ "[1]", false },
		{ "[[\"a\"]]", false },
		{ "[\"a\"]x", false },
		{ "{\"a\":1}", false },
		{ "[\"a\n\"]", false },
		{ "[\"\xff\"]", false },
	};

	EACH_ROW(rows)
		CHECK_INT(wanted_tags_valid(span_str(rows[row].text)), rows[row].valid);
}

/* A tag is a whole text, not what stands between two of them. */
TEST(tags_that_meet)
{
	static const struct {
		const char *a, *b;
		bool meet;
	} rows[] = {
		{ "[\"a\"]", "[\"a\"]", true },
		{ "[\"a\",\"b\"]", "[\"c\",\"b\"]", true },
		{ "[\"a\"]", "[\"ab\"]", false },
		{ "[\"a\"]", "[]", false },
		{ "[]", "[\"a\"]", false },
		{ "[\",\"]", "[\"a\",\"b\"]", false },
		{ "[\"\\\"\"]", "[\"x\",\"\\\"\"]", true },
		{ "[\"\\\\\"]", "[\"\\\"\"]", false },
		{ "[\"a\"]", "", false },
	};

	EACH_ROW(rows)
		CHECK_INT(wanted_tags_meet(span_str(rows[row].a), span_str(rows[row].b)),
		          rows[row].meet);
}

/* The example that the reference libraries of Standard Webhooks are tested with. */
TEST(a_signature)
{
	AUTO_BUF secret = BUF(64), out = BUF(256);

	CHECK_INT(base64_decode(SPAN("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), &secret), 0);
	CHECK_INT(sign_put(&out, buf_span(&secret), SPAN("msg_p5jXN8AQM9LWM0D4loKWxJek"),
	                   1614265330, SPAN("{\"test\": 2432232314}")),
	          0);
	CHECK_STR(buf_str(&out), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	CHECK_INT(sign_put(&out, buf_span(&secret), SPAN("a"), 1, SPAN("b")), 0);
	CHECK_INT(span_find_span(buf_span(&out), SPAN("OE= v1,")), 44);
}
