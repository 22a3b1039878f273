/* imapd/teach.c - see teach.h: lessons, and the fibre that tells them. */
#include "imapd/teach.h"

#include <stdlib.h>

#include "base/event.h"
#include "calls/learn.h"
#include "intake/wanted.h"

enum {
	LESSONS_MAX = 2000, /* of all sessions of the process */
	COMMAND_MAX = 200,
	LOOK_BYTES = 512 << 10, /* of a message: no more of it counts */
	PIECE_BYTES = 256 << 10,
	LESSON_MS = 30 * 1000,
};

struct lesson {
	struct list link;
	uint32_t mailbox, uid;
	uint8_t what;
	size_t n;
	char ticket[];
};

static struct {
	struct list lessons;
	size_t n;
	bool telling;
} teach = { .lessons = LIST_INIT(teach.lessons) };

/* It may have been moved on, or expunged. */
static WAITS int read(const struct lesson *l, struct arena *mem, struct buf *out)
{
	struct mailbox_read_args a = { .ticket = span_make(l->ticket, l->n),
		                       .mailbox = l->mailbox,
		                       .uid = l->uid,
		                       .max = PIECE_BYTES };
	struct mailbox_read_reply got;
	int r;

	do {
		a.offset = out->n;
		r = mailbox_read(&a, mem, &got); /* WAITS */
		if (r >= 0)
			r = buf_put(out, span_sub(got.octets, 0, LOOK_BYTES - out->n));
	} while (r >= 0 && got.octets.n && out->n < got.size && out->n < LOOK_BYTES);
	return r;
}

static WAITS void tell(const struct lesson *l)
{
	FIBRE_TIMEOUT(LESSON_MS);
	AUTO_ARENA mem = { 0 };
	AUTO_BUF message = BUF(LOOK_BYTES);
	struct learn_message_reply done;
	int r = read(l, &mem, &message); /* WAITS */

	if (r >= 0)
		r = intake_teach(span_make(l->ticket, l->n), false, l->what, buf_span(&message),
		                 &mem, &done); /* WAITS */
	if (r < 0 && r != ERR_NOT_FOUND)
		event_log(EVENT_learned_failed, "reason=%s", err_str(r));
}

static void tell_all(UNUSED void *arg)
{
	while (!list_empty(&teach.lessons)) {
		struct lesson *l = CONTAINER(teach.lessons.next, struct lesson, link);
		list_remove(&l->link);
		teach.n--;
		tell(l); /* WAITS */
		free(l);
	}
	teach.telling = false;
}

static void add(struct imapd_session *s, uint32_t mailbox, uint32_t uid, uint8_t what)
{
	struct span ticket = imapd_ticket(s);
	struct lesson *l = teach.n < LESSONS_MAX ? malloc(sizeof *l + ticket.n) : NULL;

	if (!l)
		return;
	l->mailbox = mailbox;
	l->uid = uid;
	l->what = what;
	l->n = ticket.n;
	memcpy(l->ticket, ticket.p, ticket.n);
	list_push_back(&teach.lessons, &l->link);
	teach.n++;
	if (!teach.telling)
		teach.telling = fibre_spawn("teach", tell_all, NULL) >= 0;
}

void imapd_teach_moved(struct imapd_session *s, const struct mailbox_info *to,
                       const struct mailbox_run *uids, size_t n)
{
	bool into = to->role == MAILBOX_JUNK, out = s->box->role == MAILBOX_JUNK;
	size_t left = COMMAND_MAX;

	if (into == out || (out && to->role == MAILBOX_TRASH))
		return;
	for (size_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < uids[i].count && left; k++, left--)
			add(s, to->mailbox, uids[i].first + k, into ? LEARN_SPAM : LEARN_HAM);
}

static bool has_keyword(const struct imap_flags *flags, struct span name)
{
	for (size_t i = 0; i < flags->n_keywords; i++)
		if (span_eq_nocase(flags->keywords[i], name))
			return true;
	return false;
}

void imapd_teach_flagged(struct imapd_session *s, const struct imap_store *a,
                         const struct mailbox_change *changed, size_t n)
{
	bool spam = has_keyword(&a->flags, SPAN("$Junk"));
	bool ham = has_keyword(&a->flags, SPAN("$NotJunk")) ||
	           (a->flags.system & IMAP_FLAG_ANSWERED && s->box->role != MAILBOX_JUNK);

	if (a->how == IMAP_STORE_REMOVE || spam == ham)
		return;
	for (size_t i = 0; i < n && i < COMMAND_MAX; i++)
		add(s, s->box->mailbox, changed[i].uid, spam ? LEARN_SPAM : LEARN_HAM);
}
