/* imapd/search/search.c - see search.h.  RFC 3501 and RFC 9051 6.4.4; RFC 5032; RFC 8474 6; RFC
 * 8514 4.3.
 */
#include "imapd/search/search.h"

#include <stdio.h>

#include "imapd/flags.h"
#include "wire/imap/date.h"
#include "wire/message/structure/cache.h"

enum { NO = IMAPD_SEARCH_NO, YES = IMAPD_SEARCH_YES, UNKNOWN = IMAPD_SEARCH_UNKNOWN };
enum { DAY_S = 86400, TURN_BYTES = 512 << 10 };

/* A field that is the envelope's too. */
struct field {
	const char *name;
	unsigned bit; /* for message_envelope_fields */
};

static struct field field_of(uint8_t key)
{
	switch (key) {
	case IMAP_KEY_FROM: return (struct field){ "From", 1 << MESSAGE_ENVELOPE_FROM };
	case IMAP_KEY_TO: return (struct field){ "To", 1 << MESSAGE_ENVELOPE_TO };
	case IMAP_KEY_CC: return (struct field){ "Cc", 1 << MESSAGE_ENVELOPE_CC };
	case IMAP_KEY_BCC: return (struct field){ "Bcc", 1 << MESSAGE_ENVELOPE_BCC };
	case IMAP_KEY_SUBJECT: return (struct field){ "Subject", MESSAGE_ENVELOPE_SUBJECT };
	default: return (struct field){ 0 };
	}
}

static bool is_text(uint8_t key)
{
	return field_of(key).bit || key == IMAP_KEY_HEADER || key == IMAP_KEY_BODY ||
	       key == IMAP_KEY_TEXT;
}

static int text_key(struct imapd_search *x, struct imapd_call *c, size_t i)
{
	const struct imap_search_node *n = &x->args->nodes[i];
	struct message_search_key *key = &x->keys[x->n_texts];

	if (x->n_texts == IMAPD_SEARCH_TEXTS_MAX)
		return imapd_no(c, "LIMIT", "Too many texts to look for in one search");
	int r = message_needle_make(n->text, &c->mem, &key->needle);

	if (r < 0)
		return imapd_bad(c, r);
	key->where = n->key == IMAP_KEY_BODY   ? MESSAGE_SEARCH_BODY
	             : n->key == IMAP_KEY_TEXT ? MESSAGE_SEARCH_TEXT
	                                       : MESSAGE_SEARCH_HEADER;
	key->field = n->key == IMAP_KEY_HEADER ? n->field : span_str(field_of(n->key).name);
	x->fields |= field_of(n->key).bit;
	x->envelope |= x->fields != 0;
	x->bodies |= key->where != MESSAGE_SEARCH_HEADER;
	x->texts[i] = (uint16_t)x->n_texts++;
	return 0;
}

WAITS int imapd_search_begin(struct imapd_search *x, struct imapd_session *s, struct imapd_call *c,
                             const struct imap_search *args)
{
	size_t n = args->n_nodes;
	int r = 0;

	*x = (struct imapd_search){ .session = s,
		                    .args = args,
		                    .now_s = clock_wall_time_ms() / 1000,
		                    .values = arena_array(&c->mem, uint8_t, n),
		                    .keywords = arena_array(&c->mem, uint64_t, n),
		                    .sets = arena_array(&c->mem, struct imap_set, n),
		                    .texts = arena_array(&c->mem, uint16_t, n),
		                    .keys = arena_array(&c->mem, struct message_search_key,
		                                        IMAPD_SEARCH_TEXTS_MAX) };
	if (!x->values || !x->keywords || !x->sets || !x->texts || !x->keys)
		return ERR_NO_MEMORY;
	for (size_t i = 0; r >= 0 && i < n; i++) {
		const struct imap_search_node *node = &args->nodes[i];
		if (node->key == IMAP_KEY_SET || node->key == IMAP_KEY_UID)
			r = imapd_pick(s, c, &node->set, node->key == IMAP_KEY_UID, &x->sets[i]);
		else if (node->key == IMAP_KEY_KEYWORD || node->key == IMAP_KEY_UNKEYWORD)
			r = imapd_keyword(s, c, node->text, &x->keywords[i]); /* WAITS */
		else if (is_text(node->key))
			r = text_key(x, c, i);
		else if (node->key == IMAP_KEY_SENTBEFORE || node->key == IMAP_KEY_SENTON ||
		         node->key == IMAP_KEY_SENTSINCE)
			x->envelope = true;
	}
	return r < 0 ? r : imapd_sift_begin(x, &c->mem);
}

static int64_t day(int64_t unix_s)
{
	return imap_time_day((struct imap_time){ .unix_s = unix_s });
}

static WAITS int sent(const struct imap_search_node *n, const struct mailbox_entry *e,
                      struct imapd_message *m)
{
	struct message_envelope env;
	int r = imapd_message_know(m, false); /* WAITS */

	if (r >= 0)
		r = message_envelope_unpack(m->envelope, &env);
	if (r < 0)
		return r;
	int64_t at = env.dated ? day(env.sent_s + (int64_t)env.zone_minutes * 60) : day(e->date_s);
	return n->key == IMAP_KEY_SENTON       ? at == n->day
	       : n->key == IMAP_KEY_SENTBEFORE ? at < n->day
	                                       : at >= n->day;
}

static bool is_object(const struct imap_search_node *n, const struct mailbox_entry *e)
{
	char id[40];

	if (n->key == IMAP_KEY_THREADID && !e->thread)
		return false;
	if (n->key == IMAP_KEY_THREADID)
		snprintf(id, sizeof id, "T%jx", (uintmax_t)e->thread);
	else
		snprintf(id, sizeof id, "M%jx-%x", (uintmax_t)e->message, e->recipient);
	return span_eq(n->text, span_str(id));
}

static WAITS int leaf(struct imapd_search *x, size_t i, const struct mailbox_entry *e,
                      struct imapd_message *m)
{
	const struct imap_search_node *n = &x->args->nodes[i];

	switch (n->key) {
	case IMAP_KEY_FLAG: return ((e->flags & imapd_stored_flags(n->flag)) != 0) != n->no;
	case IMAP_KEY_SET:
	case IMAP_KEY_UID: return imap_set_has(&x->sets[i], e->uid);
	case IMAP_KEY_ALL:
	case IMAP_KEY_OLD:
	case IMAP_KEY_SAVEDATESUPPORTED: return YES;
	case IMAP_KEY_NEW:
	case IMAP_KEY_RECENT: return NO;
	case IMAP_KEY_KEYWORD: return (e->flags & x->keywords[i]) != 0;
	case IMAP_KEY_UNKEYWORD: return (e->flags & x->keywords[i]) == 0;
	case IMAP_KEY_LARGER: return e->size > n->number;
	case IMAP_KEY_SMALLER: return e->size < n->number;
	case IMAP_KEY_MODSEQ: return e->modseq >= n->number;
	case IMAP_KEY_OLDER: return e->date_s <= x->now_s - (int64_t)n->number;
	case IMAP_KEY_YOUNGER: return e->date_s >= x->now_s - (int64_t)n->number;
	case IMAP_KEY_BEFORE: return day(e->date_s) < n->day;
	case IMAP_KEY_ON: return day(e->date_s) == n->day;
	case IMAP_KEY_SINCE: return day(e->date_s) >= n->day;
	case IMAP_KEY_SAVEDBEFORE: return day(e->saved_s) < n->day;
	case IMAP_KEY_SAVEDON: return day(e->saved_s) == n->day;
	case IMAP_KEY_SAVEDSINCE: return day(e->saved_s) >= n->day;
	case IMAP_KEY_SENTBEFORE:
	case IMAP_KEY_SENTON:
	case IMAP_KEY_SENTSINCE: return sent(n, e, m); /* WAITS */
	case IMAP_KEY_EMAILID:
	case IMAP_KEY_THREADID: return is_object(n, e);
	default: return UNKNOWN;
	}
}

/* All of its keys are decided: they stand behind it. */
static uint8_t compound(const struct imapd_search *x, size_t i)
{
	const struct imap_search_node *n = &x->args->nodes[i];
	bool any = n->key == IMAP_KEY_OR, open = false;

	for (size_t k = i + 1; k < n->end; k = x->args->nodes[k].end) {
		uint8_t v = x->values[k];
		if (n->key == IMAP_KEY_NOT)
			return v == UNKNOWN ? UNKNOWN : !v;
		if (v == (any ? YES : NO))
			return v;
		open |= v == UNKNOWN;
	}
	return open ? UNKNOWN : any ? NO : YES;
}

enum known { NOTHING, ENVELOPE, ALL_TEXTS }; /* of what keys[].found tells */

static WAITS int evaluate(struct imapd_search *x, const struct mailbox_entry *e,
                          struct imapd_message *m, enum known known)
{
	for (size_t i = x->args->n_nodes; i-- > 0;) {
		uint8_t key = x->args->nodes[i].key;
		int v = 0;
		if (key == IMAP_KEY_AND || key == IMAP_KEY_OR || key == IMAP_KEY_NOT)
			v = compound(x, i);
		else if (is_text(key))
			v = known == ALL_TEXTS || (known == ENVELOPE && field_of(key).bit)
			            ? x->keys[x->texts[i]].found
			    : imapd_sift_denies(x, x->texts[i]) ? NO
			                                        : UNKNOWN;
		else
			v = leaf(x, i, e, m); /* WAITS */
		if (v < 0)
			return v;
		x->values[i] = (uint8_t)v;
	}
	return x->values[0];
}

static WAITS int read_header(struct imapd_search *x, struct imapd_message *m)
{
	AUTO_BUF header = BUF(2 << 20);
	int r = imapd_message_header(m, &header); /* WAITS */

	return r < 0 ? r : message_search_header(buf_span(&header), x->keys, x->n_texts, NULL);
}

static void forget(struct imapd_search *x)
{
	for (size_t i = 0; i < x->n_texts; i++)
		x->keys[i].found = false;
}

/* ENVELOPE when it decides the keys of its fields, else NOTHING: it is them that FROM, SUBJECT and
 * so on look into (RFC 9051 6.4.4). */
static int ask_envelope(struct imapd_search *x, const struct mailbox_entry *e)
{
	AUTO_BUF fields = BUF(4 * MESSAGE_ENVELOPE_BYTES);
	struct message_cache cache;
	struct message_envelope env;

	message_cache_get(e->cache, &cache);
	if (!x->fields || !cache.envelope.n || message_envelope_unpack(cache.envelope, &env) < 0 ||
	    env.cut || message_envelope_fields(&env, x->fields, &fields) < 0)
		return NOTHING;
	forget(x);
	int r = message_search_header(buf_span(&fields), x->keys, x->n_texts, NULL);
	return r < 0 ? r : ENVELOPE;
}

/* What is looked through in one turn of the loop, for all texts together. */
static size_t piece_max(const struct imapd_search *x)
{
	return TURN_BYTES / (x->n_texts ? x->n_texts : 1);
}

static WAITS int read_range(struct imapd_search *x, struct imapd_message *m,
                            struct message_search *search, struct message_range range)
{
	struct span piece = { 0 };
	int r = 0;

	for (uint64_t at = range.at, end = at + range.n; r == 0 && at < end; at += piece.n) {
		uint64_t n = end - at < piece_max(x) ? end - at : piece_max(x);
		r = imapd_message_read(m, at, n, &piece); /* WAITS */
		if (r < 0 || !piece.n)
			break;
		r = message_search_put(search, piece);
		if (r == 0 && piece.n == piece_max(x))
			r = fibre_yield(); /* others first */
	}
	return r;
}

static WAITS int read_all(struct imapd_search *x, struct imapd_message *m)
{
	struct message_search search;
	struct message_range range;
	int r = imapd_message_know(m, true); /* WAITS */

	if (r >= 0)
		r = message_search_begin(&search, m->structure, m->prefix_n, x->keys, x->n_texts,
		                         NULL);
	if (r < 0)
		return r;
	while ((r = message_search_next(&search, &range)) > 0) {
		r = read_range(x, m, &search, range); /* WAITS */
		if (r < 0)
			break;
	}
	message_search_fini(&search);
	return r;
}

/* Expunged meanwhile: it fits nothing. */
static int unless_gone(int r)
{
	return r == ERR_NOT_FOUND ? NO : r;
}

static WAITS int decide(struct imapd_search *x, const struct mailbox_entry *e)
{
	struct imapd_message m = { .session = x->session, .entry = e };
	int r = evaluate(x, e, &m, NOTHING); /* WAITS */

	if (r == UNKNOWN) {
		int known = ask_envelope(x, e);
		r = known == ENVELOPE ? evaluate(x, e, &m, ENVELOPE) /* WAITS */
		    : known < 0       ? known
		                      : UNKNOWN;
	}
	imapd_message_fini(&m);
	return unless_gone(r);
}

WAITS int imapd_search_decide(struct imapd_search *x, const struct mailbox_entry *e)
{
	x->sift.known = false;
	return decide(x, e); /* WAITS */
}

WAITS int imapd_search_sift(struct imapd_search *x, const struct mailbox_entry *e)
{
	imapd_sift_look(x, e->uid);                    /* WAITS */
	return x->sift.known ? decide(x, e) : UNKNOWN; /* WAITS */
}

WAITS int imapd_search_read(struct imapd_search *x, const struct mailbox_entry *e,
                            const struct mailbox_front *front)
{
	struct imapd_message m = { .session = x->session, .entry = e };

	if (front)
		imapd_message_begin(&m, front);
	forget(x);
	int r = x->bodies ? read_all(x, &m) : read_header(x, &m); /* WAITS */
	if (r >= 0)
		r = evaluate(x, e, &m, ALL_TEXTS); /* WAITS */
	imapd_message_fini(&m);
	return unless_gone(r);
}
