/* controld/mailboxes.c - the mailboxes of an account. */
#include "controld/session.h"

#include "calls/mailbox.h"

enum { LINE_MAX = 4 << 20 };

static const char *role_of(uint8_t role)
{
	static const char *const names[] = {
		[MAILBOX_ALL] = "all",
		[MAILBOX_ARCHIVE] = "archive",
		[MAILBOX_DRAFTS] = "drafts",
		[MAILBOX_FLAGGED_ROLE] = "flagged",
		[MAILBOX_JUNK] = "junk",
		[MAILBOX_SENT] = "sent",
		[MAILBOX_TRASH] = "trash",
		[MAILBOX_IMPORTANT] = "important",
		[MAILBOX_QUARANTINE] = "quarantine",
	};
	return role < N_ELEMS(names) && names[role] ? names[role] : "";
}

static void put_mailbox(struct json *j, const struct mailbox_info *m)
{
	json_begin_object(j);
	json_member_span(j, "mailbox", m->path);
	json_member_span(j, "use", span_str(role_of(m->role)));
	json_member_bool(j, "selectable", m->selectable);
	json_member_bool(j, "subscribed", m->subscribed);
	json_member_int(j, "messages", m->messages);
	json_member_int(j, "unseen", m->unseen);
	json_member_int(j, "size_bytes", (int64_t)m->octets);
	json_member_int(j, "uid_validity", m->uid_validity);
	json_member_int(j, "uid_next", m->uid_next);
	json_member_int(j, "modseq", (int64_t)m->modseq);
	json_end_object(j);
}

/* Those of the reply, and of all that follow. */
static WAITS int put_mailboxes(struct controld_session *s, struct json *j,
                               struct mailbox_list_args *a, struct mailbox_list_reply *got)
{
	int r = 0;

	for (bool done = false; r >= 0 && !done;) {
		for (size_t i = 0; i < got->n_mailboxes; i++)
			if (got->mailboxes[i].mailbox)
				put_mailbox(j, &got->mailboxes[i]);
		done = got->done || !got->n_mailboxes;
		if (!done) {
			a->after = got->mailboxes[got->n_mailboxes - 1].path;
			r = mailbox_list(a, &s->mem, got); /* WAITS */
		}
	}
	return r;
}

WAITS int controld_mailboxes(struct controld_session *s, json_t *request)
{
	struct mailbox_list_args a = { 0 };
	struct mailbox_list_reply got;
	AUTO_BUF line = BUF(LINE_MAX);
	struct json j = JSON(&line);
	int r = controld_account_ticket(s, request, &a.ticket); /* WAITS */

	if (r >= 0)
		r = mailbox_list(&a, &s->mem, &got); /* WAITS */
	if (r < 0)
		return r;
	json_begin_object(&j);
	json_member_bool(&j, "ok", true);
	json_member_int(&j, "used_octets", (int64_t)got.used_octets);
	json_member_int(&j, "used_messages", (int64_t)got.used_messages);
	json_member_int(&j, "most_octets", (int64_t)got.quota_octets);
	json_member_int(&j, "most_messages", (int64_t)got.quota_messages);
	json_key(&j, "rows");
	json_begin_array(&j);
	r = put_mailboxes(s, &j, &a, &got); /* WAITS */
	if (r < 0)
		return r;
	json_end_array(&j);
	json_end_object(&j);
	return controld_put_line(s, &line);
}

WAITS int controld_make(struct controld_session *s, json_t *request)
{
	struct mailbox_get_args get = { .path = controld_string(request, "mailbox") };
	struct mailbox_name_args name = { .what = MAILBOX_MAKE, .path = get.path };
	struct mailbox_info got, subscribed;
	AUTO_BUF line = BUF(LINE_MAX);
	struct json j = JSON(&line);
	int r = controld_account_ticket(s, request, &get.ticket); /* WAITS */

	if (r < 0)
		return r;
	name.ticket = get.ticket;
	r = mailbox_get(&get, &s->mem, &got); /* WAITS */
	if (r == ERR_NOT_FOUND || (r >= 0 && !got.selectable))
		r = mailbox_name(&name, &s->mem, &got); /* WAITS */
	name.what = MAILBOX_SUBSCRIBE;
	if (r >= 0 && json_is_true(json_object_get(request, "subscribe")))
		r = mailbox_name(&name, &s->mem, &subscribed); /* WAITS */
	if (r < 0)
		return r;
	json_begin_object(&j);
	json_member_bool(&j, "ok", true);
	json_key(&j, "row");
	put_mailbox(&j, &got);
	json_end_object(&j);
	return controld_put_line(s, &line);
}

WAITS int controld_subscribe(struct controld_session *s, json_t *request)
{
	struct mailbox_name_args name = { .what = MAILBOX_SUBSCRIBE,
		                          .path = controld_string(request, "mailbox") };
	struct mailbox_info got;
	AUTO_BUF line = BUF(64);
	int r = controld_account_ticket(s, request, &name.ticket); /* WAITS */

	if (r >= 0)
		r = mailbox_name(&name, &s->mem, &got); /* WAITS */
	buf_puts(&line, "{\"ok\":true}");
	return r < 0 ? r : controld_put_line(s, &line); /* WAITS */
}

WAITS int controld_rebuild(struct controld_session *s, json_t *request)
{
	struct mailbox_rebuild_args a = { 0 };
	struct mailbox_rebuild_reply got;
	AUTO_BUF line = BUF(LINE_MAX);
	struct json j = JSON(&line);
	int r = controld_account_ticket(s, request, &a.ticket); /* WAITS */

	if (r >= 0)
		r = mailbox_rebuild(&a, &s->mem, &got); /* WAITS */
	if (r < 0)
		return r;
	json_begin_object(&j);
	json_member_bool(&j, "ok", true);
	json_member_int(&j, "missing", (int64_t)got.missing);
	json_key(&j, "rows");
	json_begin_array(&j);
	for (size_t i = 0; i < got.n_boxes; i++) {
		const struct mailbox_rebuilt *b = &got.boxes[i];
		json_begin_object(&j);
		json_member_span(&j, "mailbox", b->path);
		json_member_int(&j, "messages", b->messages);
		json_member_int(&j, "flags_doubtful", b->doubtful);
		json_member_int(&j, "flags_lost", b->plain);
		json_member_int(&j, "uid_validity", b->uid_validity);
		json_end_object(&j);
	}
	json_end_array(&j);
	json_end_object(&j);
	return controld_put_line(s, &line);
}
