/* imapd/order/cmd_sort.c - SORT and THREAD.  RFC 5256; RFC 7162 3.1.6 (MODSEQ in SORT's answer).
 *
 * What is gathered is put in order and printed on a thread of the pool: 100,000 messages take tens
 * of milliseconds, in which the loop would serve nobody.
 */
#include "imapd/order/order.h"
#include "wire/message/thread/thread.h"

struct job {
	struct imapd_order order;
	struct message_sort_by by[IMAP_SORT_KEYS_MAX];
	size_t n_by;
	int (*thread)(const struct message_sort_entry *entries, size_t n, struct arena *mem,
	              struct message_threads *out);
	struct buf text;
};

static int sort(void *arg)
{
	struct job *j = arg;
	struct imapd_order *o = &j->order;

	message_sort(o->entries, o->n, j->by, j->n_by);
	for (size_t i = 0; i < o->n; i++)
		buf_printf(&j->text, " %u", o->entries[i].number);
	return j->text.err;
}

static int thread(void *arg)
{
	struct job *j = arg;
	struct imapd_order *o = &j->order;
	struct message_threads threads;
	int r = o->n ? j->thread(o->entries, o->n, &o->mem, &threads) : 0;

	if (r < 0 || !o->n)
		return r;
	buf_putc(&j->text, ' ');
	return message_threads_print(&j->text, &threads);
}

static WAITS int answer(struct imapd_session *s, struct imapd_call *c, struct job *j,
                        const struct imap_search *keys)
{
	bool sorts = !j->thread;
	int r = offload(sorts ? sort : thread, j, "order"); /* WAITS */

	if (r < 0)
		return r;
	buf_puts(&c->out, sorts ? "* SORT" : "* THREAD");
	r = imapd_put(s, c, buf_span(&j->text)); /* WAITS */
	if (sorts && j->order.n && keys->has_mod_seq)
		buf_printf(&c->out, " (MODSEQ %ju)", (uintmax_t)j->order.modseq);
	buf_puts(&c->out, "\r\n");
	return r;
}

static WAITS int run(struct imapd_session *s, struct imapd_call *c, struct job *j,
                     const struct imap_search *keys, bool caches, unsigned want)
{
	int r = keys->has_mod_seq ? imapd_condstore(s, c) : 0; /* WAITS */

	if (r >= 0)
		r = imapd_order_gather(&j->order, s, c, keys, caches, want); /* WAITS */
	if (r >= 0)
		r = answer(s, c, j, keys); /* WAITS */
	imapd_order_fini(&j->order);
	buf_fini(&j->text);
	return r;
}

static int parsed(struct imapd_call *c, int r)
{
	r = imapd_bad(c, r);
	if (r == ERR_REFUSED)
		c->code = "BADCHARSET (US-ASCII UTF-8)";
	return r;
}

/* What a key needs of the envelope; *any: it needs one. */
static unsigned want_of(enum imap_sort_by by, bool *any)
{
	*any |= by != IMAP_SORT_ARRIVAL && by != IMAP_SORT_SIZE;
	switch (by) {
	case IMAP_SORT_CC:
	case IMAP_SORT_FROM:
	case IMAP_SORT_TO: return MESSAGE_SORT_WANT_ADDRESSES;
	case IMAP_SORT_SUBJECT: return MESSAGE_SORT_WANT_SUBJECT;
	default: return 0;
	}
}

static const enum message_sort_key key_of[IMAP_SORT_COUNT] = {
	[IMAP_SORT_ARRIVAL] = MESSAGE_SORT_ARRIVAL, [IMAP_SORT_CC] = MESSAGE_SORT_CC,
	[IMAP_SORT_DATE] = MESSAGE_SORT_DATE,       [IMAP_SORT_FROM] = MESSAGE_SORT_FROM,
	[IMAP_SORT_SIZE] = MESSAGE_SORT_SIZE,       [IMAP_SORT_SUBJECT] = MESSAGE_SORT_SUBJECT,
	[IMAP_SORT_TO] = MESSAGE_SORT_TO,
};

WAITS int imapd_cmd_sort(struct imapd_session *s, struct imapd_call *c)
{
	struct job j = { .text = BUF(IMAPD_ORDER_TEXT_MAX) };
	struct imap_sort a;
	unsigned want = 0;
	bool caches = false;
	int r = parsed(c, imap_sort_parse(&c->args, &a));

	if (r < 0)
		return r;
	for (; j.n_by < a.n_keys; j.n_by++) {
		const struct imap_sort_key *key = &a.keys[j.n_by];
		want |= want_of(key->by, &caches);
		j.by[j.n_by] = (struct message_sort_by){ key_of[key->by], key->reverse };
	}
	return run(s, c, &j, &a.search, caches, want); /* WAITS */
}

WAITS int imapd_cmd_thread(struct imapd_session *s, struct imapd_call *c)
{
	struct job j = { .text = BUF(IMAPD_ORDER_TEXT_MAX) };
	struct imap_thread a;
	int r = parsed(c, imap_thread_parse(&c->args, &a));

	if (r < 0)
		return r;
	bool references = a.by == IMAP_THREAD_REFERENCES;
	j.thread = references ? message_thread_references : message_thread_subjects;
	return run(s, c, &j, &a.search, true,
	           MESSAGE_SORT_WANT_SUBJECT |
	                   (references ? MESSAGE_SORT_WANT_REFERENCES : 0)); /* WAITS */
}
