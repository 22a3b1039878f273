/* Pieces find what the whole finds; the first line is what is looked for (RFC 9051 6.4.4). */
#include "fuzz.h"

#include "base/utf8.h"
#include "wire/message/search/fold.h"
#include "wire/message/search/search.h"
#include "wire/message/structure/walk.h"

static int convert(void *arg, struct span charset, bool begin, struct span *in, struct buf *out)
{
	if (!charset.n || charset.p[0] != 'x')
		return ERR_UNKNOWN;
	for (; in->n >= 3; *in = span_sub(*in, 3, in->n))
		buf_put(out, SPAN("a"));
	return out->err;
}

static const struct message_charsets charsets = { convert, NULL };

static void search(struct span message, struct span record, struct message_search_key *keys,
                   size_t n_keys, size_t n)
{
	struct message_search s;
	struct message_range range;
	int r;

	MUST(message_search_begin(&s, record, 0, keys, n_keys, &charsets) == 0);
	while ((r = message_search_next(&s, &range)) > 0) {
		MUST(range.at + range.n <= message.n);
		for (size_t at = 0; at < range.n; at += n) {
			size_t some = range.n - at < n ? range.n - at : n;

			MUST(message_search_put(&s, span_sub(message, range.at + at, some)) >= 0);
		}
	}
	MUST(r == 0);
	message_search_fini(&s);
}

static void check_fold(struct span text)
{
	AUTO_BUF once = BUF(3 * text.n + 16), twice = BUF(9 * text.n + 64);

	MUST(message_fold_put(&once, text) == 0 && utf8_valid(buf_span(&once)));
	MUST(message_fold_put(&twice, buf_span(&once)) == 0);
	MUST(span_eq(buf_span(&once), buf_span(&twice)));
	MUST(message_fold_cmp(text, buf_span(&once)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF record = BUF(4 << 20);
	struct span message = span_make(data, size), text = { 0 };
	struct message_search_key keys[2][3] = {
		{ { .where = MESSAGE_SEARCH_HEADER, .field = SPAN("Subject") },
		  { .where = MESSAGE_SEARCH_BODY },
		  { .where = MESSAGE_SEARCH_TEXT } },
	};

	check_fold(message);
	span_split(&message, '\n', &text);
	for (size_t i = 0; i < 3; i++) {
		if (message_needle_make(text, &mem, &keys[0][i].needle) < 0)
			return 0;
		keys[1][i] = keys[0][i];
	}
	MUST(message_structure_pack(message, SPAN(""), &record) == 0);
	search(message, buf_span(&record), keys[0], 3, message.n + 1);
	search(message, buf_span(&record), keys[1], 3, 1 + text.n % 5);
	for (size_t i = 0; i < 3; i++)
		MUST(keys[0][i].found == keys[1][i].found);
	MUST(keys[0][2].found || !keys[0][1].found);
	return 0;
}
