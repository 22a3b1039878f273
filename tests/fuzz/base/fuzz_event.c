/* Threats 3.21: one line a record, no control octet, and only the keys that the code wrote. */
#include "fuzz.h"

#include <jansson.h>

#include "base/buf.h"
#include "base/event.h"
#include "base/utf8.h"

/* Takes ` key=value` from the front, as a reader of logs does. */
static struct span take_pair(struct span *line)
{
	struct span key;
	bool quoted = false;
	size_t n = 0;

	MUST(span_eat(line, SPAN(" ")));
	MUST(span_split(line, '=', &key));
	for (; n < line->n && (quoted || line->p[n] != ' '); n++) {
		if (quoted && line->p[n] == '\\')
			n++;
		else if (line->p[n] == '"')
			quoted = !quoted;
	}
	MUST(!quoted && n <= line->n);
	*line = span_sub(*line, n, line->n);
	return key;
}

static void check_text(struct span line, void *arg)
{
	static const char *const keys[] = { "a", "b", "n", "c" };
	struct span rest = line;
	uint32_t c;

	MUST(line.n < EVENT_LINE_BYTES);
	while (rest.n)
		MUST(utf8_next(&rest, &c) == 0 && c >= 0x20 && (c < 0x7f || c > 0x9f));
	rest = span_sub(line, (size_t)span_find_span(line, SPAN(" ready")) + 6, line.n);
	for (size_t i = 0; i < N_ELEMS(keys); i++)
		MUST(span_eq(take_pair(&rest), span_str(keys[i])));
	MUST(rest.n == 0);
}

static void check_json(struct span line, void *arg)
{
	json_t *got = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, NULL);

	MUST(line.n < EVENT_LINE_BYTES);
	MUST(span_find(line, '\n') < 0);
	MUST(got && json_object_size(got) == 8);
	MUST(json_integer_value(json_object_get(got, "n")) == -7);
	json_decref(got);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_make(data, size), a = { 0 }, b = { 0 };

	span_split(&in, '|', &a);
	span_split(&in, '|', &b);
	event_set_json(false);
	event_set_sink(check_text, NULL);
	event_log(EVENT_ready, "a=%.*s b=<%.*s> n=%d c=%.*s", SPAN_ARG(a), SPAN_ARG(b), -7,
	          SPAN_ARG(in));
	event_set_json(true);
	event_set_sink(check_json, NULL);
	event_log(EVENT_ready, "a=%.*s b=<%.*s> n=%d c=%.*s", SPAN_ARG(a), SPAN_ARG(b), -7,
	          SPAN_ARG(in));
	return 0;
}
