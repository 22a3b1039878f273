/* base/event.h: one line a record, whatever peers put into the values. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/event.h"

static void keep(struct span line, void *arg)
{
	struct buf *b = arg;

	buf_reset(b);
	buf_put(b, line);
}

static void begin(struct buf *line, bool json)
{
	event_set_sink(keep, line);
	event_set_json(json);
	event_set_role("edge");
	event_set_level(EVENT_DEBUG);
}

/* What follows the event's name, without the space. */
static struct span pairs_of(struct buf *line, struct span name)
{
	struct span s = buf_span(line);
	ptrdiff_t at = span_find_span(s, name);

	CHECK(at > 0);
	return span_trim_left(span_sub(s, (size_t)at + name.n, s.n));
}

TEST(event_line_begins_with_time_role_level_name)
{
	AUTO_BUF line = BUF(5000);
	struct span rest;

	begin(&line, false);
	event_log(EVENT_tls_failed, "peer=%s n=%d", "192.0.2.1", -3);
	rest = buf_span(&line);
	CHECK_INT(rest.p[4], '-');
	CHECK_INT(rest.p[10], 'T');
	CHECK_INT(rest.p[23], 'Z');
	CHECK_SPAN(span_sub(rest, 24, rest.n), SPAN(" edge info tls_failed peer=192.0.2.1 n=-3"));
	event_set_role("-");
	event_log(EVENT_stopping, "%s", "");
	CHECK(span_find_span(buf_span(&line), SPAN(" - notice stopping")) > 0);
	event_set_sink(NULL, NULL);
}

TEST(event_values_are_escaped)
{
	static const struct {
		const char *in, *want;
	} t[] = {
		{ "plain", "plain" },
		{ "a@b.example", "a@b.example" },
		{ "b+a=x@c", "b+a=x@c" },
		{ NULL, "-" },
		{ "", "\"\"" },
		{ "two words", "\"two words\"" },
		{ "x to=<admin@a> from=y", "\"x to=<admin@a> from=y\"" }, /* fake keys */
		{ "x\" to=admin", "\"x\\\" to=admin\"" }, /* ... that end the quotes */
		{ "x\\\" to=admin", "\"x\\\\\\\" to=admin\"" },
		{ "\"", "\"\\\"\"" },
		{ "a\\b", "\"a\\\\b\"" },
		{ "a\\x0ab", "\"a\\\\x0ab\"" }, /* differs from an escaped newline */
		{ "a\nb", "\"a\\x0ab\"" },
		{ "a\r\n2026-11-23T19:05:07.123Z edge error internal_error x=y",
		  "\"a\\x0d\\x0a2026-11-23T19:05:07.123Z edge error internal_error x=y\"" },
		{ "\x1b[2J", "\"\\x1b[2J\"" },
		{ "\xc2\x9b", "\"\\xc2\\x9b\"" },
		{ "\xff", "\"\\xff\"" },
		{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
		{ "%s%n%d", "%s%n%d" },
	};
	AUTO_BUF line = BUF(5000), want = BUF(5000);

	begin(&line, false);
	EACH_ROW(t) {
		event_log(EVENT_message_refused, "a=%s b=%d", t[row].in, 5);
		buf_reset(&want);
		buf_printf(&want, "a=%s b=5", t[row].want);
		CHECK_SPAN(pairs_of(&line, SPAN("message_refused")), buf_span(&want));
	}
	event_set_sink(NULL, NULL);
}

TEST(event_knows_its_verbs)
{
	static const char *volatile no_text; /* as of an empty span */
	AUTO_BUF line = BUF(5000);

	begin(&line, false);
	event_log(EVENT_ready, "a=%d b=%u c=%zu d=%jd e=%ju f=%x g=%.*s h=%s", INT32_MIN,
	          UINT32_MAX, SIZE_MAX, INTMAX_MIN, UINTMAX_MAX, 0xbeefu, 3, "abcdef", "z");
	CHECK_SPAN(pairs_of(&line, SPAN("ready")),
	           SPAN("a=-2147483648 b=4294967295 c=18446744073709551615"
	                " d=-9223372036854775808 e=18446744073709551615 f=beef g=abc h=z"));
	event_log(EVENT_ready, "a=%jd b=%ju c=%.*s d=%.*s e=<%s>:%d f=lit", (intmax_t)-1,
	          (uintmax_t)2, 0, no_text, -1, "all of it", "x y", 7);
	CHECK_SPAN(pairs_of(&line, SPAN("ready")),
	           SPAN("a=-1 b=2 c=\"\" d=\"all of it\" e=\"<x y>:7\" f=lit"));
	event_set_sink(NULL, NULL);
}

TEST(event_span_values_are_exact)
{
	AUTO_BUF line = BUF(5000);
	struct span s = exact(SPAN("abc"));

	begin(&line, false);
	event_log(EVENT_ready, "a=%.*s", SPAN_ARG(s));
	CHECK_SPAN(pairs_of(&line, SPAN("ready")), SPAN("a=abc"));
	event_set_sink(NULL, NULL);
}

TEST(event_stops_at_a_verb_it_does_not_know)
{
	AUTO_BUF line = BUF(5000);

	begin(&line, false);
	event_log(EVENT_ready, "a=%d b=%5.1f c=%s", 1, 2.0, "z");
	CHECK_SPAN(pairs_of(&line, SPAN("ready")), SPAN("a=1 \xe2\x80\xa6"));
	event_set_sink(NULL, NULL);
}

/* A long value made of one repeated unit. */
static const char *long_value(struct buf *b, const char *unit, size_t n)
{
	buf_reset(b);
	while (b->n < n)
		buf_puts(b, unit);
	return buf_str(b);
}

TEST(event_long_values_are_cut)
{
	static const struct {
		const char *unit;
		size_t n;
		bool cut;
	} t[] = {
		{ "x", 640, false },
		{ "x", 641, true },
		{ "x", 100000, true },
		{ "\n", 100, false },
		{ "\n", 5000, true },
		{ "\xff", 5000, true },
		{ "\"", 5000, true },
		{ "\xc3\xbc", 5000, true },
		{ "\xf0\x9f\x93\xae", 5001, true },
	};
	AUTO_BUF line = BUF(5000), value = BUF(200000);

	for (int json = 0; json < 2; json++) {
		begin(&line, json);
		EACH_ROW(t) {
			const char *z = long_value(&value, t[row].unit, t[row].n);

			event_log(EVENT_ready, "a=%s b=%s c=%s d=%s e=%s", z, z, z, z, "end");
			CHECK(line.n < EVENT_LINE_BYTES);
			CHECK_INT(span_find_span(buf_span(&line), SPAN("\xe2\x80\xa6")) > 0,
			          t[row].cut);
			/* Later values are there all the same. */
			CHECK(span_find_span(buf_span(&line),
			                     json ? SPAN("\"e\":\"end\"}") : SPAN(" e=end")) > 0);
			CHECK(span_find(buf_span(&line), '\n') < 0);
		}
	}
	event_set_json(false);
	event_set_sink(NULL, NULL);
}

TEST(event_cut_tears_no_character)
{
	static const char *const t[] = { "\xc3\xbcx\xc3\xbc\xc3\xbc", "\xe2\x82\xac-",
		                         "-\xf0\x9f\x93\xae\xf0\x9f\x93\xae" };
	AUTO_BUF line = BUF(5000), value = BUF(2000);

	begin(&line, false);
	EACH_ROW(t) {
		for (size_t lead = 0; lead < 5; lead++) {
			const char *z = long_value(&value, t[row], 1000);

			event_log(EVENT_ready, "a=%.*s%s", (int)lead, "-----", z);
			/* Half a character would be escaped. */
			CHECK(span_find(buf_span(&line), '\\') < 0);
			CHECK(span_ends_nocase(buf_span(&line), SPAN("\xe2\x80\xa6")));
		}
	}
	event_set_sink(NULL, NULL);
}

#define LOG_MANY(z)                                                                                \
	event_log(EVENT_ready, "a=%s b=%s c=%s d=%s e=%s f=%s g=%s h=%s i=%s j=%s k=%s l=%s m=%s", \
	          z, z, z, z, z, z, z, z, z, z, z, z, z)

TEST(event_line_has_an_end)
{
	AUTO_BUF line = BUF(5000), value = BUF(200000);
	const char *z = long_value(&value, "\x01", 5000);
	json_t *got;

	begin(&line, false);
	LOG_MANY(z);
	CHECK(line.n < EVENT_LINE_BYTES);
	CHECK(span_ends_nocase(buf_span(&line), SPAN(" \xe2\x80\xa6")));
	event_set_json(true);
	LOG_MANY(z);
	CHECK(line.n < EVENT_LINE_BYTES);
	got = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, NULL);
	CHECK(json_is_true(json_object_get(got, "cut")));
	json_decref(got);
	event_set_json(false);
	event_set_sink(NULL, NULL);
}

TEST(event_json_is_read_by_others)
{
	static const char *const t[] = {
		"plain", "a\nb", "\x1b[2J", "\",\"to\":\"admin", "\\", "\xff", "", "x to=y",
	};
	AUTO_BUF line = BUF(5000);

	begin(&line, true);
	EACH_ROW(t) {
		json_t *got;

		event_log(EVENT_auth_failed, "user=%s n=%d u=%ju x=%x addr=%s:%d", t[row], -5,
		          UINTMAX_MAX, 255u, "h", 25);
		CHECK(span_find(buf_span(&line), '\n') < 0);
		got = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL,
		                 NULL);
		CHECK(got != NULL);
		CHECK_INT(json_object_size(got), 9);
		CHECK_STR(json_string_value(json_object_get(got, "event")), "auth_failed");
		CHECK_STR(json_string_value(json_object_get(got, "level")), "warning");
		CHECK_STR(json_string_value(json_object_get(got, "role")), "edge");
		CHECK_STR(json_string_value(json_object_get(got, "user")),
		          strcmp(t[row], "\xff") ? t[row] : "\xef\xbf\xbd");
		CHECK(json_number_value(json_object_get(got, "n")) == -5);
		CHECK(json_number_value(json_object_get(got, "u")) > 1e19);
		CHECK_STR(json_string_value(json_object_get(got, "x")), "ff");
		CHECK_STR(json_string_value(json_object_get(got, "addr")), "h:25");
		json_decref(got);
	}
	event_set_json(false);
	event_set_sink(NULL, NULL);
}

TEST(event_below_the_level_is_silent)
{
	static const struct {
		enum event_level least;
		enum event e;
		bool shown;
	} t[] = {
		{ EVENT_DEBUG, EVENT_session_opened, true },
		{ EVENT_INFO, EVENT_session_opened, false },
		{ EVENT_INFO, EVENT_session_closed, true },
		{ EVENT_ERROR, EVENT_auth_failed, false },
		{ EVENT_ERROR, EVENT_internal_error, true },
	};
	AUTO_BUF line = BUF(5000);

	begin(&line, false);
	EACH_ROW(t) {
		buf_reset(&line);
		event_set_level(t[row].least);
		event_log(t[row].e, "a=%d", 1);
		CHECK_INT(line.n > 0, t[row].shown);
	}
	event_set_level(EVENT_INFO);
	event_set_sink(NULL, NULL);
}

TEST(event_leaves_errors_alone)
{
	AUTO_BUF line = BUF(5000), value = BUF(200000);
	int r = err(ERR_IO, "the detail");

	begin(&line, false);
	errno = ENOENT;
	event_log(EVENT_internal_error, "why=%s long=%s", err_str(r),
	          long_value(&value, "\x01", 5000));
	CHECK_INT(errno, ENOENT);
	CHECK_STR(err_str(r), "the detail");
	event_set_sink(NULL, NULL);
}

TEST(event_is_one_write_to_stderr)
{
	static char long_text[2000];
	static char got[2 * EVENT_LINE_BYTES];
	int fds[2], stderr_before = dup(STDERR_FILENO);

	memset(long_text, 'x', sizeof long_text - 1);
	long_text[sizeof long_text - 1] = '\0';
	/* O_DIRECT: a read gives what one write put. */
	CHECK_INT(pipe2(fds, O_DIRECT), 0);
	dup2(fds[1], STDERR_FILENO);
	event_set_level(EVENT_INFO);
	event_log(EVENT_ready, "a=%s b=%s", long_text, "end");
	event_log(EVENT_stopping, "c=%s", "end");
	dup2(stderr_before, STDERR_FILENO);
	for (int i = 0; i < 2; i++) {
		ssize_t n = read(fds[0], got, sizeof got);
		struct span line = span_make(got, n > 0 ? (size_t)n : 0);

		CHECK(span_ends_nocase(line, SPAN("=end\n")));
		CHECK_INT(span_find(line, '\n'), (ptrdiff_t)line.n - 1);
	}
	close(fds[0]);
	close(fds[1]);
	close(stderr_before);
}

TEST(event_table_is_documented)
{
	for (int e = 0; e < EVENT_COUNT; e++) {
		CHECK(strlen(event_name(e)) > 0);
		CHECK(strlen(event_doc(e)) > 10);
	}
	CHECK_STR(event_name(EVENT_ready), "ready");
}
