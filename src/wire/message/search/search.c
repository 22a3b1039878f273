/* wire/message/search/search.c - see search.h. */
#include "wire/message/search/search.h"
#include "wire/message/header.h"
#include "wire/message/search/fold.h"
#include "wire/message/words.h"

enum {
	PIECE_MAX = 16 << 10, /* octets of a body that are looked at together */
	TEXT_BYTES_MAX =
	        MESSAGE_HEADER_BYTES_MAX, /* of a header, and of a field decoded: times 4 */
};

enum stage { STAGE_BEGIN, STAGE_HEADER, STAGE_BEHIND_HEADER, STAGE_BODY };

/* Kinds of key, as bits. */
enum {
	WANT_HEADER = 1 << MESSAGE_SEARCH_HEADER,
	WANT_BODY = 1 << MESSAGE_SEARCH_BODY,
	WANT_TEXT = 1 << MESSAGE_SEARCH_TEXT,
};

/* The keys of those kinds that are not found yet. */
struct want {
	struct message_search_key *keys;
	size_t n_keys;
	unsigned kinds;
	const struct message_charsets *charsets;
	struct buf *utf8, *folded;
	message_search_sink *sink;
	void *sink_arg;
};

static bool is_wanted(const struct message_search_key *key, unsigned kinds)
{
	return !key->found && kinds & 1U << key->where;
}

static bool any_wanted(const struct message_search *s, unsigned kinds)
{
	if (s->sink)
		return true;
	for (size_t i = 0; i < s->n_keys; i++)
		if (is_wanted(&s->keys[i], kinds))
			return true;
	return false;
}

/* Text of one field for one key. */
static void try_key(struct message_search_key *key, struct span folded)
{
	message_match_begin(&key->match, &key->needle);
	if (message_match_put(&key->match, folded))
		key->found = true;
}

/* "Name: value", as it is seen. */
static int decode_field(struct want *w, const struct message_field *field)
{
	buf_reset(w->utf8);
	buf_reset(w->folded);
	buf_put(w->utf8, field->name);
	buf_put(w->utf8, SPAN(": "));
	message_words_convert(field->value, w->charsets, w->utf8);
	if (w->utf8->err || message_fold_put(w->folded, buf_span(w->utf8)) < 0)
		return ERR_NO_MEMORY;
	return 0;
}

static int give_field(struct want *w, const struct message_field *field)
{
	int r = decode_field(w, field);

	return r < 0 ? r : w->sink(buf_span(w->folded), true, w->sink_arg);
}

/* A field, decoded once, for all who want it: HEADER looks at its value, BODY and TEXT at "Name:
 * value". */
static int try_field(struct want *w, const struct message_field *field)
{
	bool decoded = false;

	for (size_t i = 0; i < w->n_keys; i++) {
		struct message_search_key *key = &w->keys[i];
		bool header = key->where == MESSAGE_SEARCH_HEADER;
		size_t name_n;

		if (!is_wanted(key, w->kinds) ||
		    (header && !span_eq_nocase(key->field, field->name)))
			continue;
		if (!decoded) {
			int r = decode_field(w, field);
			if (r < 0)
				return r;
			decoded = true;
		}
		name_n = header ? field->name.n + 2 : 0;
		try_key(key, span_sub(buf_span(w->folded), name_n, w->folded->n));
	}
	return 0;
}

static int try_header(struct want *w, struct span header)
{
	struct message_header h;
	struct message_field field;
	int r = 0;

	message_header_begin(&h, header);
	while (r == 0 && message_header_next(&h, &field))
		r = w->sink ? give_field(w, &field) : try_field(w, &field);
	return r;
}

int message_search_header(struct span header, struct message_search_key *keys, size_t n_keys,
                          const struct message_charsets *charsets)
{
	AUTO_BUF utf8 = BUF(4 * TEXT_BYTES_MAX + 1024), folded = BUF(12 * TEXT_BYTES_MAX + 4096);
	struct want w = { keys, n_keys, WANT_HEADER, charsets, &utf8, &folded, NULL, NULL };

	return try_header(&w, header);
}

int message_search_begin(struct message_search *s, struct span record, uint64_t prefix_n,
                         struct message_search_key *keys, size_t n_keys,
                         const struct message_charsets *charsets)
{
	struct message_structure parts;
	int r = message_structure_begin(&parts, record);

	if (r < 0)
		return r;
	*s = (struct message_search){ .parts = parts, .keys = keys, .n_keys = n_keys };
	s->prefix_n = prefix_n;
	s->charsets = charsets;
	s->text = BUF(TEXT_BYTES_MAX);
	s->utf8 = BUF(4 * TEXT_BYTES_MAX + 1024);
	s->folded = BUF(12 * TEXT_BYTES_MAX + 4096);
	for (size_t i = 0; i < n_keys; i++)
		if (keys[i].where != MESSAGE_SEARCH_HEADER && !keys[i].needle.folded.n)
			keys[i].found = true;
	return 0;
}

int message_search_begin_all(struct message_search *s, struct span record,
                             message_search_sink *sink, void *arg)
{
	int r = message_search_begin(s, record, 0, NULL, 0, NULL);

	if (r >= 0) {
		s->sink = sink;
		s->sink_arg = arg;
	}
	return r;
}

void message_search_fini(struct message_search *s)
{
	buf_fini(&s->text);
	buf_fini(&s->utf8);
	buf_fini(&s->folded);
}

static unsigned header_kinds(const struct message_search *s)
{
	return s->part.depth ? WANT_BODY | WANT_TEXT : WANT_HEADER | WANT_TEXT;
}

static int end_header(struct message_search *s)
{
	struct want w = { s->keys,  s->n_keys,  header_kinds(s), s->charsets,
		          &s->utf8, &s->folded, s->sink,         s->sink_arg };

	return try_header(&w, buf_span(&s->text));
}

/* Decoded octets of a body, in s->text: as far as they are whole characters, or all at the end. */
static int look(struct message_search *s, bool end)
{
	struct span rest = buf_span(&s->text);
	int r;

	buf_reset(&s->utf8);
	buf_reset(&s->folded);
	r = message_charset_take(&s->utf8, s->charset, &rest, s->at_begin, end, s->charsets);
	s->at_begin = false;
	if (r == 0)
		r = message_fold_put(&s->folded, buf_span(&s->utf8));
	if (r < 0)
		return r;
	buf_consume(&s->text, s->text.n - rest.n);
	if (s->sink)
		return s->sink(buf_span(&s->folded), end, s->sink_arg);
	for (size_t i = 0; i < s->n_keys; i++) {
		struct message_search_key *key = &s->keys[i];

		if (is_wanted(key, WANT_BODY | WANT_TEXT))
			key->found = message_match_put(&key->match, buf_span(&s->folded));
	}
	return 0;
}

static int end_range(struct message_search *s)
{
	int r = 0;

	if (s->stage == STAGE_HEADER) {
		r = end_header(s);
		s->stage = STAGE_BEHIND_HEADER;
	} else if (s->stage == STAGE_BODY) {
		r = message_decoder_end(&s->decoder, &s->text);
		if (r == 0)
			r = look(s, true);
		s->stage = STAGE_BEGIN;
	}
	buf_reset(&s->text);
	return r;
}

static void begin_body(struct message_search *s)
{
	s->stage = STAGE_BODY;
	s->at_begin = true;
	message_decoder_begin(&s->decoder, s->part.encoding);
	if (!message_structure_param(s->part.params, SPAN("charset"), &s->charset))
		s->charset = SPAN("utf-8");
	if (span_eq_nocase(s->charset, SPAN("us-ascii")))
		s->charset = SPAN("utf-8"); /* what some write in spite of that */
	for (size_t i = 0; i < s->n_keys; i++)
		message_match_begin(&s->keys[i].match, &s->keys[i].needle);
}

int message_search_next(struct message_search *s, struct message_range *range)
{
	int r = end_range(s);

	while (r == 0 && any_wanted(s, WANT_HEADER | WANT_BODY | WANT_TEXT)) {
		const struct message_structure_part *p = &s->part;

		if (s->stage == STAGE_BEHIND_HEADER) {
			s->stage = STAGE_BEGIN;
			if (!message_structure_is(p, "text", NULL) ||
			    !any_wanted(s, WANT_BODY | WANT_TEXT))
				continue;
			begin_body(s);
			*range = (struct message_range){ s->prefix_n + p->body_at, p->body_n };
			return 1;
		}
		r = message_structure_next(&s->parts, &s->part);
		if (r <= 0)
			return r;
		r = 0;
		s->stage = STAGE_BEHIND_HEADER;
		if (!any_wanted(s, header_kinds(s)))
			continue;
		s->stage = STAGE_HEADER;
		range->at = p->depth ? s->prefix_n + p->header_at : 0;
		range->n = s->prefix_n + p->body_at - range->at;
		return 1;
	}
	return r;
}

int message_search_put(struct message_search *s, struct span piece)
{
	int r = 0;

	if (s->stage == STAGE_HEADER) {
		r = buf_put(&s->text, span_sub(piece, 0, TEXT_BYTES_MAX - s->text.n));
		return r;
	}
	while (r == 0 && piece.n && any_wanted(s, WANT_BODY | WANT_TEXT)) {
		struct span some = span_sub(piece, 0, PIECE_MAX);

		piece = span_sub(piece, some.n, piece.n);
		r = message_decoder_put(&s->decoder, some, &s->text);
		if (r == 0)
			r = look(s, false);
	}
	return r < 0 ? r : !any_wanted(s, WANT_HEADER | WANT_BODY | WANT_TEXT);
}
