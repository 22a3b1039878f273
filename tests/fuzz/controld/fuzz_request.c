/* A line of the control socket: what is too deep never reaches the parser. */
#include "fuzz.h"

#include "controld/session.h"

enum { DEPTH_MAX = 16 };

/* As deep as promised. */
static void check(json_t *v, int depth)
{
	const char *key;
	json_t *member;
	size_t i;

	if (json_is_object(v) || json_is_array(v))
		MUST(depth < DEPTH_MAX);
	json_object_foreach(v, key, member) check(member, depth + 1);
	json_array_foreach(v, i, member) check(member, depth + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *request = NULL, *again = NULL;
	int r = controld_parse(span_make(data, size), &request);

	MUST(r == 0 || r == ERR_SYNTAX);
	MUST((r == 0) == (request != NULL));
	if (r < 0)
		return 0;
	check(request, 0);
	char *text = json_dumps(request, JSON_COMPACT | JSON_ENCODE_ANY);
	MUST(text && controld_parse(span_str(text), &again) == 0);
	MUST(json_equal(request, again));
	json_decref(request);
	json_decref(again);
	free(text);
	return 0;
}
