/* imapd/message.c - see message.h. */
#include "imapd/message.h"

#include "wire/message/structure/cache.h"
#include "wire/message/structure/walk.h"

void imapd_message_fini(struct imapd_message *m)
{
	arena_fini(&m->mem);
	buf_fini(&m->found[0]);
	buf_fini(&m->found[1]);
	buf_fini(&m->whole);
}

void imapd_message_begin(struct imapd_message *m, const struct mailbox_front *front)
{
	m->block = front->octets;
	m->block_at = 0;
	m->size = front->size;
	m->header_bytes = front->header_bytes;
	m->known = true;
}

WAITS int imapd_message_read(struct imapd_message *m, uint64_t at, uint64_t n, struct span *out)
{
	struct mailbox_read_reply got;
	struct mailbox_read_args a = { .ticket = imapd_ticket(m->session),
		                       .mailbox = m->session->box->mailbox,
		                       .uid = m->entry->uid,
		                       .offset = at,
		                       .max = MAILBOX_READ_BYTES_MAX };

	if (m->known && at >= m->size) {
		*out = SPAN("");
		return 0;
	}
	if (!m->known || at < m->block_at || at >= m->block_at + m->block.n) {
		arena_fini(&m->mem);
		m->block = SPAN("");
		int r = mailbox_read(&a, &m->mem, &got); /* WAITS */
		if (r < 0)
			return r;
		m->block = got.octets;
		m->block_at = at;
		m->size = got.size;
		m->header_bytes = got.header_bytes;
		m->known = true;
	}
	*out = span_sub(m->block, (size_t)(at - m->block_at), n > SIZE_MAX ? SIZE_MAX : (size_t)n);
	return 0;
}

WAITS int imapd_message_header(struct imapd_message *m, struct buf *out)
{
	struct span piece;
	uint64_t at = 0;
	int r = imapd_message_read(m, 0, 1, &piece); /* WAITS */

	while (r >= 0 && at < m->header_bytes) {
		r = imapd_message_read(m, at, m->header_bytes - at, &piece); /* WAITS */
		if (r >= 0 && !piece.n)
			return err(ERR_CORRUPT, "a message is shorter than its size");
		if (r >= 0)
			r = buf_put(out, piece);
		at += piece.n;
	}
	return r;
}

static void from_cache(struct imapd_message *m)
{
	struct message_cache c;

	message_cache_get(m->entry->cache, &c);
	m->envelope = c.envelope;
	m->structure = c.structure;
}

static WAITS int walk(struct imapd_message *m)
{
	struct message_walk *w = message_walk_new();
	struct buf *found = &m->found[1];
	struct span piece = { 0 };
	int r = w ? 0 : ERR_NO_MEMORY;

	for (uint64_t at = 0; r >= 0; at += piece.n) {
		r = imapd_message_read(m, at, UINT64_MAX, &piece); /* WAITS */
		if (r < 0 || !piece.n)
			break;
		r = message_walk_put(w, piece);
	}
	buf_fini(found);
	buf_init(found, MESSAGE_STRUCTURE_BYTES_MAX);
	if (r >= 0)
		r = message_walk_end(w, found);
	message_walk_free(w);
	m->structure = r < 0 ? SPAN("") : buf_span(found);
	return r;
}

/* In the store's way: what cannot be kept now is found again the next time. */
static WAITS void hand_back(struct imapd_message *m)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF cache = BUF(MAILBOX_READ_BYTES_MAX);
	struct message_cache both = { m->envelope, m->structure };
	struct mailbox_cache_reply done;

	if (message_cache_put(&cache, &both) < 0)
		return;
	struct mailbox_cache_args a = { imapd_ticket(m->session), m->session->box->mailbox,
		                        m->entry->uid, buf_span(&cache) };
	(void)!mailbox_cache(&a, &mem, &done); /* WAITS */
}

/* Where the structure was found in a copy with more in front of it than this one has, it is of no
 * use here. */
static WAITS int place(struct imapd_message *m)
{
	struct message_structure all;
	struct message_structure_part first;
	struct span piece;
	int r = imapd_message_read(m, 0, 1, &piece); /* WAITS */

	if (r >= 0)
		r = message_structure_begin(&all, m->structure);
	if (r >= 0)
		r = message_structure_next(&all, &first);
	if (r < 0)
		return r;
	if (first.body_at <= m->header_bytes) {
		m->prefix_n = m->header_bytes - first.body_at;
		return 0;
	}
	return walk(m); /* WAITS */
}

static WAITS int pack(struct imapd_message *m, size_t max, struct buf *out, struct span *record)
{
	AUTO_BUF header = BUF(2 << 20);
	int r = imapd_message_header(m, &header); /* WAITS */

	buf_init(out, max);
	if (r >= 0)
		r = message_envelope_pack(buf_span(&header), max, out);
	if (r >= 0)
		*record = buf_span(out);
	return r;
}

WAITS int imapd_message_know(struct imapd_message *m, bool structure)
{
	bool found = false;
	int r = 0;

	if (!m->envelope.n)
		from_cache(m);
	if (!m->envelope.n) {
		r = pack(m, MESSAGE_ENVELOPE_BYTES, &m->found[0], &m->envelope); /* WAITS */
		found = true;
	}
	if (r >= 0 && structure && !m->structure.n) {
		r = walk(m); /* WAITS */
		found = true;
	}
	if (r >= 0 && found)
		hand_back(m); /* WAITS */
	return r >= 0 && structure ? place(m) : r;
}

WAITS int imapd_message_envelope(struct imapd_message *m, struct message_envelope *out)
{
	struct span record;
	int r = imapd_message_know(m, false); /* WAITS */

	if (r >= 0)
		r = message_envelope_unpack(m->envelope, out);
	if (r < 0 || !out->cut)
		return r;
	buf_fini(&m->whole);
	r = pack(m, MESSAGE_ENVELOPE_BYTES_MAX, &m->whole, &record); /* WAITS */
	return r < 0 ? r : message_envelope_unpack(record, out);
}
