/* Whatever is written in due order, and whatever its strings hold, another implementation reads. */
#include "fuzz.h"

#include <jansson.h>

#include "base/json.h"

enum { DEPTH_MAX = 64, OUT_MAX = 8 << 20 };

struct nest {
	bool is_object[DEPTH_MAX];
	size_t depth;
};

/* A length octet, and the string that it counts. */
static struct span take_string(struct span *in)
{
	size_t n = in->n ? (unsigned char)in->p[0] : 0;
	struct span s;

	*in = span_sub(*in, 1, in->n);
	s = span_sub(*in, 0, n);
	*in = span_sub(*in, s.n, in->n);
	return s;
}

static void put_key(struct json *j, struct span *in)
{
	char key[256] = "";
	struct span s = take_string(in);

	if (s.n)
		memcpy(key, s.p, s.n);
	json_key(j, key);
}

static void open_one(struct json *j, struct nest *nest, bool is_object)
{
	if (nest->depth == DEPTH_MAX) {
		json_str(j, NULL);
		return;
	}
	nest->is_object[nest->depth++] = is_object;
	if (is_object)
		json_begin_object(j);
	else
		json_begin_array(j);
}

static void close_one(struct json *j, struct nest *nest)
{
	if (nest->is_object[--nest->depth])
		json_end_object(j);
	else
		json_end_array(j);
}

static void put_value(struct json *j, struct nest *nest, char kind, struct span *in)
{
	switch (kind & 7) {
	case 0: open_one(j, nest, true); break;
	case 1: open_one(j, nest, false); break;
	case 2: json_span(j, take_string(in)); break;
	case 3: json_bool(j, kind & 8); break;
	case 4: json_int(j, kind & 8 ? INT64_MIN : INT64_MAX); break;
	default: json_int(j, kind); break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_BUF out = BUF(OUT_MAX);
	struct json j = JSON(&out);
	struct nest nest = { 0 };
	struct span in = span_make(data, size);
	json_t *got;

	open_one(&j, &nest, false);
	while (in.n && nest.depth) {
		char kind = in.p[0];

		in = span_sub(in, 1, in.n);
		if ((kind & 7) == 7) {
			close_one(&j, &nest);
			continue;
		}
		if (nest.is_object[nest.depth - 1])
			put_key(&j, &in);
		put_value(&j, &nest, kind, &in);
	}
	while (nest.depth)
		close_one(&j, &nest);
	MUST(out.err == 0);
	MUST(span_find(buf_span(&out), '\n') < 0);
	got = json_loadb(out.p, out.n, JSON_ALLOW_NUL, NULL);
	MUST(got);
	json_decref(got);
	return 0;
}
