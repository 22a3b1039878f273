/* pop3d/cmd_quit.c - QUIT: the UPDATE state.
 *
 * RFC 1939 6.  Nothing is removed before, and nothing when the session ends in another way; +OK
 * comes when all is gone from the disk too.
 */
#include "pop3d/session.h"

#include "base/event.h"
#include "rt/loop.h"

struct removal {
	struct mailbox_run *runs;
	size_t n_runs;
	uint32_t n;    /* messages in them */
	uint32_t done; /* of those that were sent before */
};

static WAITS int expunge(struct pop3d_session *s, struct removal *w)
{
	AUTO_ARENA mem = { 0 };
	struct mailbox_expunge_args a = { .ticket = pop3d_ticket(s),
		                          .mailbox = s->mailbox,
		                          .uids = w->runs,
		                          .n_uids = w->n_runs };
	struct mailbox_expunge_reply got;

	if (!w->n_runs)
		return 0;
	fibre_deadline_set(clock_add(loop_now_at(), POP3D_WORK_MS));
	int r = mailbox_expunge(&a, &mem, &got); /* WAITS */
	if (r < 0)
		return r;
	w->done += w->n; /* what is not in got.gone another session removed */
	w->n = 0;
	w->n_runs = 0;
	return 0;
}

static void add(struct removal *w, uint32_t uid)
{
	struct mailbox_run *last = w->n_runs ? &w->runs[w->n_runs - 1] : NULL;

	if (last && last->first + last->count == uid)
		last->count++;
	else
		w->runs[w->n_runs++] = (struct mailbox_run){ uid, 1 };
	w->n++;
}

static WAITS int remove_marked(struct pop3d_session *s, struct removal *w)
{
	AUTO_ARENA mem = { 0 };
	uint32_t number = 0;
	int r = 0;

	w->runs = arena_array(&mem, struct mailbox_run, MAILBOX_RUNS_MAX);
	if (!w->runs)
		return ERR_NO_MEMORY;
	while (r >= 0 && (number = maildrop_next_marked(&s->drop, number + 1))) {
		add(w, view_uid(&s->drop.view, number));
		if (w->n_runs == MAILBOX_RUNS_MAX || w->n == MAILBOX_ENTRIES_MAX)
			r = expunge(s, w); /* WAITS */
	}
	return r < 0 ? r : expunge(s, w); /* WAITS */
}

WAITS int pop3d_cmd_quit(struct pop3d_session *s, const struct pop3_command *cmd)
{
	struct removal w = { 0 };

	s->quit = true;
	if (!s->drop.n_marked)
		return pop3d_ok(s, "Goodbye"); /* WAITS */
	int r = remove_marked(s, &w);          /* WAITS */
	s->n_removed = w.done;
	if (r >= 0)
		return pop3d_ok(s, "Goodbye; %u removed", w.done); /* WAITS */
	if (r != ERR_TICKET && r != ERR_CANCELLED)
		event_log(EVENT_internal_error, "what=%s reason=%s", err_name(r), err_str(r));
	return pop3d_err(s, r == ERR_TICKET ? "AUTH" : "SYS/TEMP",
	                 "%u of %u messages were removed, the others stay", w.done,
	                 s->drop.n_marked); /* WAITS */
}
