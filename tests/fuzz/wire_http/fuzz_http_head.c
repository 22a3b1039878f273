/* The head of a request, its path and its query. */
#include "fuzz.h"

#include "wire/http/head.h"
#include "wire/http/query.h"

static void walk(const struct http_head *h)
{
	AUTO_ARENA mem = { 0 };
	struct span path = h->path, query = h->query, name, value;

	while (http_segment(&path, &mem, &name) == 1)
		MUST(name.n && span_find(name, '/') < 0 && span_find(name, '\0') < 0);
	while (http_parameter(&query, &mem, &name, &value) == 1)
		MUST(span_find(name, '\0') < 0 && span_find(value, '\0') < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span octets = span_make(data, size);
	struct http_refusal no = { 0 };
	static struct http_head h;
	size_t n, before;
	int r = http_head_end(octets, &n, &no);

	MUST((r < 0) == (no.status != 0) && n <= size && n <= HTTP_HEAD_MAX);
	if (r < 0 || !n)
		return 0;
	/* All before its last octet is not yet a head, and no fault. */
	MUST(http_head_end(span_sub(octets, 0, n - 1), &before, &no) == 0 && !before);
	r = http_head_parse(span_sub(octets, 0, n), &h, &no);
	MUST((r < 0) == (no.status != 0));
	if (r < 0) {
		MUST(no.status >= 400 && no.status < 600 && *err_str(r));
		return 0;
	}
	MUST(h.n_fields <= HTTP_FIELDS_MAX && h.minor <= 1 && h.path.n);
	MUST(h.framing != HTTP_CHUNKED || (h.minor && !h.length));
	for (size_t i = 0; i < h.n_fields; i++)
		MUST(h.fields[i].name.n && span_find(h.fields[i].value, '\n') < 0 &&
		     span_find(h.fields[i].value, '\0') < 0);
	walk(&h);
	return 0;
}
