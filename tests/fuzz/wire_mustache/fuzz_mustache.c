/* The first line: JSON; what follows: a template.  What renders is well formed, and in HTML no
 * value brings an element in. */
#include "fuzz.h"

#include "wire/mustache/mustache.h"

enum { ROOM = 1 << 20 };

static void render(struct span text, const json_t *variables)
{
	AUTO_BUF plain = BUF(ROOM), html = BUF(ROOM);
	int r = mustache_render(text, variables, MUSTACHE_PLAIN, &plain);

	if (r < 0) {
		MUST(*err_str(r));
		return;
	}
	MUST(mustache_check(text) == 0);
	r = mustache_render(text, variables, MUSTACHE_HTML, &html);
	MUST(r == 0 || r == ERR_TOO_LONG);
	if (r == 0 && span_find(text, '<') < 0 && span_find_span(text, SPAN("{{{")) < 0 &&
	    span_find(text, '&') < 0)
		MUST(span_find(buf_span(&html), '<') < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = span_make(data, size), line;
	json_error_t why;

	if (size > (16 << 10) || !span_split(&all, '\n', &line))
		return 0;
	json_t *v = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, &why);
	if (json_is_object(v))
		render(all, v);
	json_decref(v);
	return 0;
}
