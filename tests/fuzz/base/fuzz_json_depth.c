/* What another implementation reads is no deeper than we said, and has no more values. */
#include "fuzz.h"

#include <jansson.h>

#include "base/json.h"

enum { DEPTH_MAX = 16 };

static size_t depth_of(json_t *v)
{
	size_t most = 0, i;
	const char *key;
	json_t *below;

	if (json_is_array(v))
		json_array_foreach(v, i, below) most =
		        depth_of(below) > most ? depth_of(below) : most;
	if (json_is_object(v))
		json_object_foreach(v, key, below) most =
		        depth_of(below) > most ? depth_of(below) : most;
	return json_is_array(v) || json_is_object(v) ? most + 1 : 0;
}

/* Values, and names of members. */
static size_t count_of(json_t *v)
{
	size_t n = 1, i;
	const char *key;
	json_t *below;

	if (json_is_array(v))
		json_array_foreach(v, i, below) n += count_of(below);
	if (json_is_object(v))
		json_object_foreach(v, key, below) n += count_of(below) + 1;
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_make(data, size);
	json_error_t why;

	if (json_check_depth(text, DEPTH_MAX) < 0)
		return 0;
	json_t *v = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, &why);
	if (v) {
		MUST(depth_of(v) <= DEPTH_MAX && json_check_depth(text, depth_of(v)) == 0);
		MUST(count_of(v) <= json_count(text));
	}
	json_decref(v);
	return 0;
}
