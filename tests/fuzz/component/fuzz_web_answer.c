/* An answer of HTTP/1.1, at once and in small pieces: the same comes of it; and members of JSON are
 * within it. */
#include "fuzz.h"

#include "component/web/answer.h"

static int take(struct web_answer *a, struct span all, size_t step)
{
	int r = 1;

	web_answer_begin(a);
	for (size_t at = 0; r == 1 && at < all.n; at += step)
		r = web_answer_take(a, span_sub(all, at, step));
	return r;
}

static bool within(struct span part, struct span all)
{
	return !part.n || (part.p >= all.p && part.p + part.n <= all.p + all.n);
}

static void read_json(struct span text)
{
	struct span at = text, one, records;

	if (web_member(text, "id", &one) >= 0)
		MUST(within(one, text));
	if (web_member(text, "recipients", &records) >= 0)
		at = records;
	while (web_element(&at, &one) == 1)
		MUST(one.n && within(one, text) && within(at, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = span_make(data, size < WEB_PIECE_MAX ? size : WEB_PIECE_MAX);
	struct web_answer one = { 0 }, other = { 0 };
	int r = take(&one, all, WEB_PIECE_MAX), s = take(&other, all, 3);

	MUST(r == s || (r < 0 && s < 0));
	if (r >= 0)
		MUST(one.status == other.status &&
		     span_eq(buf_span(&one.body), buf_span(&other.body)));
	read_json(all);
	web_answer_fini(&one);
	web_answer_fini(&other);
	return 0;
}
