/* base/json.h: RFC 8259; another implementation reads what we write. */
#include "test.h"

#include <jansson.h>

#include "base/json.h"
#include "base/utf8.h"

TEST(json_places_commas)
{
	AUTO_BUF b = BUF(1000);
	struct json j = JSON(&b);

	json_begin_object(&j);
	json_key(&j, "a");
	json_int(&j, -1);
	json_key(&j, "b");
	json_begin_array(&j);
	json_end_array(&j);
	json_key(&j, "c");
	json_begin_array(&j);
	json_bool(&j, true);
	json_bool(&j, false);
	json_str(&j, NULL);
	json_begin_object(&j);
	json_end_object(&j);
	json_str(&j, "x");
	json_str(&j, NULL);
	json_begin_array(&j);
	json_int(&j, INT64_MIN);
	json_end_array(&j);
	json_end_array(&j);
	json_key(&j, "d");
	json_begin_object(&j);
	json_key(&j, "e");
	json_int(&j, INT64_MAX);
	json_end_object(&j);
	json_end_object(&j);
	CHECK_SPAN(buf_span(&b),
	           SPAN("{\"a\":-1,\"b\":[],\"c\":[true,false,null,{},\"x\",null,"
	                "[-9223372036854775808]],\"d\":{\"e\":9223372036854775807}}"));
}

TEST(json_strings)
{
	static const struct {
		struct span in, want;
	} t[] = {
		{ SPAN(""), SPAN("\"\"") },
		{ SPAN("a\"b\\c/"), SPAN("\"a\\\"b\\\\c/\"") },
		{ SPAN("\r\n\t\0\x1f"), SPAN("\"\\u000d\\u000a\\u0009\\u0000\\u001f\"") },
		{ SPAN("\x7f\xc2\x9b"), SPAN("\"\\u007f\\u009b\"") },
		{ SPAN("\xe2\x80\xa8\xe2\x80\xa9"),
		  SPAN("\"\\u2028\\u2029\"") }, /* line ends to some */
		{ SPAN("\xc3\xa9\xf0\x9f\x93\xae"), SPAN("\"\xc3\xa9\xf0\x9f\x93\xae\"") },
		{ SPAN("a\xff\xc3z"), SPAN("\"a\xef\xbf\xbd\xef\xbf\xbdz\"") },
		{ SPAN("\xed\xa0\x80"), SPAN("\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"") },
	};
	EACH_ROW(t) {
		AUTO_BUF b = BUF(1000);
		struct json j = JSON(&b);

		json_span(&j, exact(t[row].in));
		CHECK_SPAN(buf_span(&b), t[row].want);
	}
}

TEST(json_is_read_back_by_others)
{
	for (unsigned c = 0; c < 0x3000; c++) {
		AUTO_BUF b = BUF(1000);
		struct json j = JSON(&b);
		char octets[4];
		size_t n = utf8_encode(c, octets);
		json_t *got, *item;

		json_begin_array(&j);
		json_span(&j, span_make(octets, n));
		json_end_array(&j);
		got = json_loadb(b.p, b.n, JSON_ALLOW_NUL, NULL);
		item = json_array_get(got, 0);
		CHECK(item != NULL);
		CHECK_SPAN(span_make(json_string_value(item), json_string_length(item)),
		           span_make(octets, n));
		json_decref(got);
	}
}

TEST(json_errors_stick_in_the_buf)
{
	AUTO_BUF b = BUF(5);
	struct json j = JSON(&b);

	json_begin_array(&j);
	json_str(&j, "too long for five");
	json_end_array(&j);
	CHECK_INT(b.err, ERR_TOO_LONG);
}

TEST(json_depth_is_known_before_a_parser_descends)
{
	static const struct {
		struct span text;
		int depth; /* the least that passes */
	} t[] = {
		{ SPAN(""), 0 },
		{ SPAN("1"), 0 },
		{ SPAN("[]"), 1 },
		{ SPAN("[[],[],{}]"), 2 },
		{ SPAN("{\"a\":{\"b\":[1]}}"), 3 },
		{ SPAN("[\"[[[\"]"), 1 },
		{ SPAN("[\"\\\"[[[\"]"), 1 },
		{ SPAN("[\"\\\\\",[[]]]"), 3 },
		{ SPAN("[[[[[["), 6 },
		{ SPAN("]]]][["), 2 },
		{ SPAN("\"\\"), 0 },
	};
	EACH_ROW(t) {
		struct span text = exact(t[row].text);

		CHECK_INT(json_check_depth(text, (size_t)t[row].depth), 0);
		if (t[row].depth)
			CHECK_INT(json_check_depth(text, (size_t)t[row].depth - 1), ERR_TOO_LONG);
	}
}

TEST(json_count_is_no_less_than_values_and_names)
{
	static const struct {
		struct span text;
		int count;
	} t[] = {
		{ SPAN(""), 1 },          { SPAN("1"), 1 },          { SPAN("[1,2]"), 3 },
		{ SPAN("{\"a\":1}"), 3 }, { SPAN("[\",:[{\"]"), 2 }, { SPAN("[\"\\\",,,\"]"), 2 },
		{ SPAN("\"\\"), 1 },
	};
	EACH_ROW(t)
		CHECK_INT((int)json_count(exact(t[row].text)), t[row].count);
}
