/* wire/message/structure/cache.c - see cache.h. */
#include "wire/message/structure/cache.h"
#include "wire/message/envelope/items.h"
#include "wire/message/structure/walk.h"

/* They are on disk: never reuse one. */
enum { KIND_ENVELOPE = 1, KIND_STRUCTURE = 2 };

int message_cache_put(struct buf *out, const struct message_cache *c)
{
	if (c->envelope.n)
		message_item_put(out, KIND_ENVELOPE, c->envelope);
	if (c->structure.n)
		message_item_put(out, KIND_STRUCTURE, c->structure);
	return out->err;
}

void message_cache_get(struct span octets, struct message_cache *out)
{
	struct message_cache c = { 0 };
	struct message_structure all;
	struct message_envelope e;
	struct span item;
	uint8_t kind;

	while (message_item_get(&octets, &kind, &item) > 0) {
		if (kind == KIND_ENVELOPE && message_envelope_unpack(item, &e) >= 0)
			c.envelope = item;
		if (kind == KIND_STRUCTURE && message_structure_begin(&all, item) >= 0)
			c.structure = item;
	}
	*out = c;
}

/* ---- made ---- */

/* Lines of a body are counted in one pass; what holds parts waits until somebody wants them. */
static int make_structure(struct span header, struct span body, struct buf *out)
{
	struct message_walk *w = message_walk_new();
	int r = w ? message_walk_put(w, header) : ERR_NO_MEMORY;

	if (r >= 0 && message_walk_is_single(w)) {
		r = message_walk_put(w, body);
		if (r >= 0)
			r = message_walk_end(w, out);
	}
	message_walk_free(w);
	return r;
}

int message_cache_make(struct span header, const struct span *body, struct buf *out)
{
	AUTO_BUF envelope = BUF(MESSAGE_ENVELOPE_BYTES), structure = BUF(MESSAGE_CACHE_MADE_BYTES);
	int r = message_envelope_pack(header, MESSAGE_ENVELOPE_BYTES, &envelope);

	if (r >= 0 && body)
		r = make_structure(header, *body, &structure);
	if (r < 0)
		return r;
	return message_cache_put(
	        out, &(struct message_cache){ buf_span(&envelope), buf_span(&structure) });
}

/* ---- checked ---- */

static int check_texts(struct span list)
{
	struct span text;
	int r;

	while ((r = message_structure_text(&list, &text)) > 0)
		;
	return r;
}

static int check_envelope(struct span record)
{
	struct message_envelope e;
	struct message_envelope_address a;
	int r = message_envelope_unpack(record, &e);

	for (size_t i = 0; i < MESSAGE_ENVELOPE_LISTS && r >= 0; i++)
		while ((r = message_envelope_address(&e.lists[i], &a)) > 0)
			;
	return r;
}

static int check_part(const struct message_structure_part *p, unsigned depth_max)
{
	int r = p->depth > depth_max || (depth_max && !p->depth)
	                ? err(ERR_CORRUPT, "a structure with a part that is in none")
	                : check_texts(p->params);

	if (r >= 0)
		r = check_texts(p->disposition_params);
	if (r >= 0)
		r = check_texts(p->language);
	return r >= 0 && p->envelope.p ? check_envelope(p->envelope) : r;
}

static int check_structure(struct span record)
{
	struct message_structure all;
	struct message_structure_part p;
	unsigned depth_max = 0;
	int more, r = message_structure_begin(&all, record);

	while (r >= 0 && (more = message_structure_next(&all, &p)) != 0) {
		r = more < 0 ? more : check_part(&p, depth_max);
		depth_max = p.depth + 1;
	}
	return r;
}

int message_cache_check(struct span octets)
{
	struct span item;
	uint8_t kind, last = 0;
	int more, r = 0;

	while (r >= 0 && (more = message_item_get(&octets, &kind, &item)) != 0) {
		if (more < 0 || kind <= last || kind > KIND_STRUCTURE)
			return err(ERR_CORRUPT, "an envelope of items that are not known");
		r = kind == KIND_ENVELOPE ? check_envelope(item) : check_structure(item);
		last = kind;
	}
	return r;
}
