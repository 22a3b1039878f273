/* queue/serve/serve.c - registers the handlers; what they open of an account needs its ticket. */
#include "queue/serve/serve.h"

#include "sending/sending.h"
#include "suppressions/suppressions.h"
#include "ticket/gate.h"

static WAITS int submit(const struct queue_submit_args *a, struct arena *mem,
                        struct queue_submit_reply *out)
{
	if (a->n_message != 1)
		return err(ERR_SYNTAX, "%zu messages in one call", a->n_message);
	const struct sending_case c = { a->message, a->sends };
	struct span login = a->message->login;
	int r = login.n || a->ticket.n ? gate_check(a->ticket, TICKET_SUBMIT, login) : 0;
	if (r >= 0)
		r = sending_begin(&c);
	if (r < 0)
		return r;
	r = queue_submit_here(a, mem, out); /* WAITS */
	out->limited = sending_is_limited(&c);
	if (r < 0 || out->again)
		sending_take_back(&c);
	return r;
}

static WAITS int room(const struct queue_room_args *a, UNUSED struct arena *mem,
                      struct queue_room_reply *out)
{
	const struct record_message m = { .login = a->login,
		                          .return_path = a->return_path,
		                          .client_address = a->client_address,
		                          .n_recipients = a->n_recipients };
	const struct sending_case c = { &m, true };
	int r = a->login.n || a->ticket.n ? gate_check(a->ticket, TICKET_SUBMIT, a->login) : 0;

	out->suppresses = r >= 0 && suppressions_any(a->login);
	if (r >= 0 && a->unknown)
		r = sending_note_unknown(a->login);
	return r < 0 ? r : sending_look(&c, a->tells, &out->room);
}

static WAITS int limits(const struct queue_limits_args *a, struct arena *mem,
                        struct queue_limits_reply *out)
{
	struct record_message m = { .return_path = a->return_path,
		                    .client_address = a->client_address,
		                    .n_recipients = a->n_recipients };
	const struct sending_case c = { &m, true };
	int r = gate_account(a->ticket, TICKET_SUBMIT, mem, &m.login); /* WAITS */

	return r < 0 ? r : sending_limits(&c, mem, out);
}

/* Whose a message is the queue does not say: the operator's right is needed. */
static WAITS int text(const struct queue_text_args *a, struct arena *mem,
                      struct queue_text_reply *out, int *fd)
{
	int r = gate_check(a->ticket, TICKET_OPERATOR, SPAN(""));

	return r < 0 ? r : queue_text_here(a, mem, out, fd);
}

static WAITS int keep(const struct queue_keep_args *a, struct arena *mem,
                      struct queue_keep_reply *out)
{
	int r = gate_check(a->ticket, TICKET_OPERATOR, SPAN(""));

	return r < 0 ? r : queue_keep_here(a, mem, out);
}

static WAITS int mailbox(const struct queue_mailbox_args *a, struct arena *mem,
                         struct queue_mailbox_reply *out)
{
	int r = gate_check(a->ticket, TICKET_MAILBOX, a->account);

	return r < 0 ? r : queue_mailbox_here(a, mem, out);
}

/* Of the account that the ticket is of.  Who may send learns what became of that message, which
 * is `of`; who looks at all needs the right to. */
static WAITS int own(struct span ticket, uint64_t of, struct arena *mem, struct span *account)
{
	unsigned rights = TICKET_REPORT | (of ? TICKET_SUBMIT : 0);

	return gate_account(ticket, (enum ticket_right)rights, mem, account);
}

static WAITS int own_status(const struct queue_own_status_args *a, struct arena *mem,
                            struct queue_status_reply *out)
{
	struct span account;
	int r = own(a->ticket, a->id, mem, &account);

	return r < 0 ? r : queue_own_status_here(a, account, mem, out);
}

static WAITS int own_changes(const struct queue_own_changes_args *a, struct arena *mem,
                             struct queue_changes_reply *out)
{
	struct span account;
	int r = own(a->ticket, a->message, mem, &account);

	return r < 0 ? r : queue_own_changes_here(a, account, mem, out);
}

static WAITS int own_list(const struct queue_own_list_args *a, struct arena *mem,
                          struct queue_own_list_reply *out)
{
	struct span account;
	int r = own(a->ticket, 0, mem, &account);

	return r < 0 ? r : queue_own_list_here(a, account, mem, out);
}

static WAITS int own_order(const struct queue_own_order_args *a, struct arena *mem,
                           struct queue_own_order_reply *out)
{
	struct span account;
	int r = gate_account(a->ticket, TICKET_MANAGE, mem, &account);

	return r < 0 ? r : queue_own_order_here(a, account, mem, out);
}

void queue_serve(void)
{
	queue_own_order_serve(own_order);
	queue_own_status_serve(own_status);
	queue_own_changes_serve(own_changes);
	queue_own_list_serve(own_list);
	queue_submit_serve(submit);
	queue_room_serve(room);
	queue_limits_serve(limits);
	queue_file_serve(queue_file_here);
	queue_text_serve(text);
	queue_changes_serve(queue_changes_here);
	queue_status_serve(queue_status_here);
	queue_list_serve(queue_list_here);
	queue_order_serve(queue_order_here);
	queue_mailbox_serve(mailbox);
	queue_keep_serve(keep);
	mirror_rows_serve(mirror_rows_here);
}
