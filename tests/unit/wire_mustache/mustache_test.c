/* Templates (wire/mustache/mustache.h): the examples of https://mustache.github.io/mustache.5 and
 * its specification's, as far as we have it. */
#include "wire/mustache/mustache.h"

#include "test.h"

static int render(const char *text, const char *json, enum mustache_escape how, struct buf *out)
{
	json_t *v = json_loads(json, 0, NULL);

	CHECK(v != NULL);
	buf_reset(out);
	int r = mustache_render(span_str(text), v, how, out);
	json_decref(v);
	return r;
}

TEST(what_is_rendered)
{
	static const struct {
		const char *text, *json, *plain, *html;
	} t[] = {
		{ "Hello, {{subject}}!", "{\"subject\":\"world\"}", "Hello, world!", NULL },
		{ "{{ a }} {{{ a }}} {{& a }}", "{\"a\":\"<&\\\"'>\"}", "<&\"'> <&\"'> <&\"'>",
		  "&lt;&amp;&quot;&#39;&gt; <&\"'> <&\"'>" },
		{ "{{n}} {{f}} {{m}}", "{\"n\":85,\"f\":1.21,\"m\":-9007199254740993}",
		  "85 1.21 -9007199254740993", NULL },
		{ "{{a.b.c}}", "{\"a\":{\"b\":{\"c\":\"x\"}}}", "x", NULL },
		{ "{{#a}}{{b}}{{c}}{{/a}}", "{\"a\":{\"b\":\"1\"},\"c\":\"2\"}", "12", NULL },
		{ "{{#l}}({{.}}){{/l}}", "{\"l\":[\"a\",1,\"c\"]}", "(a)(1)(c)", NULL },
		{ "{{#l}}{{n}},{{/l}}", "{\"l\":[{\"n\":1},{\"n\":2}],\"n\":9}", "1,2,", NULL },
		{ "{{#a}}{{#b}}{{x}}{{y}}{{/b}}{{/a}}",
		  "{\"a\":{\"x\":1},\"b\":[{\"y\":2},{\"y\":3}]}", "1213", NULL },
		{ "{{#t}}yes{{/t}}{{^t}}no{{/t}}", "{\"t\":true}", "yes", NULL },
		{ "{{#t}}yes{{/t}}{{^t}}no{{/t}}", "{\"t\":false}", "no", NULL },
		{ "{{#t}}yes{{/t}}{{^t}}no{{/t}}", "{}", "no", NULL },
		{ "{{#t}}yes{{/t}}{{^t}}no{{/t}}", "{\"t\":[]}", "no", NULL },
		{ "{{#t}}yes{{/t}}{{^t}}no{{/t}}", "{\"t\":\"\"}", "no", NULL },
		{ "{{#t}}yes{{/t}}{{^t}}no{{/t}}", "{\"t\":null}", "no", NULL },
		{ "{{#t}}yes{{/t}}{{^t}}no{{/t}}", "{\"t\":0}", "yes", NULL },
		{ "a{{! what }}b{{!\nmore\n}}c", "{}", "abc", NULL },
		/* A tag alone on its line takes it along. */
		{ "| This Is\n{{#b}}\n|\n{{/b}}\n| A Line", "{\"b\":true}",
		  "| This Is\n|\n| A Line", NULL },
		{ "| This Is\r\n  {{#b}}\r\n|\r\n  {{/b}}  \r\n| A Line", "{\"b\":true}",
		  "| This Is\r\n|\r\n| A Line", NULL },
		{ "  {{#b}}\n#{{/b}}\n/", "{\"b\":true}", "#\n/", NULL },
		{ "#{{#b}}\n/\n  {{/b}}", "{\"b\":true}", "#\n/\n", NULL },
		{ "Begin.\n  {{! x }}\nEnd.\n", "{}", "Begin.\nEnd.\n", NULL },
		{ "  12 {{! 34 }}\n", "{}", "  12 \n", NULL },
		{ "  {{n}}  \n", "{\"n\":\"x\"}", "  x  \n", NULL },
		{ "{{#l}}\n- {{.}}\n{{/l}}\n", "{\"l\":[\"a\",\"b\"]}", "- a\n- b\n", NULL },
		{ "no tag } }} { at all", "{}", "no tag } }} { at all", NULL },
		{ "", "{}", "", NULL },
	};
	AUTO_BUF out = BUF(4096);

	EACH_ROW(t) {
		CHECK_INT(render(t[row].text, t[row].json, MUSTACHE_PLAIN, &out), 0);
		CHECK_SPAN(buf_span(&out), span_str(t[row].plain));
		CHECK_INT(render(t[row].text, t[row].json, MUSTACHE_HTML, &out), 0);
		CHECK_SPAN(buf_span(&out), span_str(t[row].html ? t[row].html : t[row].plain));
		CHECK_INT(mustache_check(span_str(t[row].text)), 0);
	}
}

TEST(what_is_malformed_is_quoted)
{
	static const struct {
		const char *text, *words;
		bool only_rendered;
	} t[] = {
		{ "a {{b", "{{b does not end in }}", false },
		{ "a {{{b}}", "{{{b}} does not end in }}}", false },
		{ "{{}}", "{{}} has no name", false },
		{ "{{#}}x{{/}}", "{{#}} has no name", false },
		{ "{{#a}}x", "{{#a}} is not ended", false },
		{ "{{#a}}{{#b}}x{{/a}}{{/b}}", "{{#b}} is ended by {{/a}}", false },
		{ "x{{/a}}", "{{/a}} ends nothing", false },
		{ "{{> part}}", "{{> part}}: there are no partials", false },
		{ "{{=<% %>=}}", "there are no partials and no other delimiters", false },
		{ "{{#no}}{{#b}}{{/no}}", "{{#b}} is ended by {{/no}}", false },
		{ "Dear {{name}}", "{{name}} has no value", true },
		{ "{{o}}", "{{o}} is no text and no number", true },
		{ "{{o.x.y}}", "{{o.x.y}} has no value", true },
		{ "{{t}}", "{{t}} is no text and no number", true },
	};
	AUTO_BUF out = BUF(4096);

	EACH_ROW(t) {
		int r = render(t[row].text, "{\"o\":{\"x\":1},\"t\":true}", MUSTACHE_PLAIN, &out);

		CHECK_INT(r, ERR_SYNTAX);
		CHECK(strstr(err_str(r), t[row].words) != NULL);
		CHECK_INT(mustache_check(span_str(t[row].text)),
		          t[row].only_rendered ? 0 : ERR_SYNTAX);
	}
}

TEST(work_is_bounded)
{
	AUTO_BUF out = BUF(1 << 20), text = BUF(1 << 20);

	for (int i = 0; i < MUSTACHE_DEPTH_MAX; i++)
		buf_puts(&text, "{{#a}}");
	buf_puts(&text, "x");
	for (int i = 0; i < MUSTACHE_DEPTH_MAX; i++)
		buf_puts(&text, "{{/a}}");
	buf_putc(&text, '\0');
	CHECK_INT(render(text.p, "{\"a\":true}", MUSTACHE_PLAIN, &out), 0);
	CHECK_INT(render(text.p, "{\"a\":[1,1,1,1,1,1,1,1]}", MUSTACHE_PLAIN, &out), ERR_TOO_LONG);
	buf_reset(&text);
	for (int i = 0; i <= MUSTACHE_DEPTH_MAX; i++)
		buf_puts(&text, "{{#a}}");
	buf_putc(&text, '\0');
	CHECK_INT(mustache_check(span_str(text.p)), ERR_SYNTAX);
	CHECK(strstr(err_str(ERR_SYNTAX), "more than") != NULL);
	/* Nothing is ever written. */
	CHECK_INT(render("{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#no}}x{{/no}}{{/a}}{{/"
	                 "a}}{{/a}}"
	                 "{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}",
	                 "{\"a\":[1,1,1,1,1,1,1,1,1,1,1,1]}", MUSTACHE_PLAIN, &out),
	          ERR_LIMIT);
}
