/* calls/queue.h - what the store role does for others, and the courier for it.
 *
 * Answered in queue/ for the store role, in courier/ for the courier.
 */
#ifndef QUEUE_CALLS_H
#define QUEUE_CALLS_H

#include "calls/call.h"
#include "calls/records.h"

/* ---- edge, courier -> store ---- */

/* Commit a message: answered once it is synced.  message.id 0.  Local recipients (account set) are
 * delivered by it, one copy a mailbox; the others get their first attempt at once, unless a verdict
 * says "refused" (with its reply), "held", or "cancelled" (it goes to others instead).  Every
 * change of the message has a seq above the reply's.  each: whose mailbox is full is refused alone,
 * and told in `refused`; otherwise, and when it is all of them, ERR_QUOTA.  ticket: of the account
 * that is the message's login; ERR_TICKET without.  Its header section has at most
 * QUEUE_HEADER_BYTES_MAX octets, and the text that is in it QUEUE_TEXT_BYTES_MAX: so much crosses
 * in one call back, too.  id_at: where in the prefix ID_TEXT_LEN octets stand that become the id,
 * which is given out only here; 0: nowhere.  sends: by who may send to anywhere (sending/).
 * sender: what mailboxes here have as Return-Path, where the message's own is made for those to
 * whom it is sent on; empty: the message's.  ERR_LIMIT: whoever sends may not now, for the reason
 * in the words.  With an item IDEMPOTENCY_KEY (calls/record_sent.h) that the login has used lately:
 * again, and id is the message of then; nothing is committed.  ERR_EXISTS: that was another
 * message; ERR_AGAIN: that one is being committed now. */
enum { QUEUE_HEADER_BYTES_MAX = 260 << 10, QUEUE_TEXT_BYTES_MAX = 640 << 10 };
#define QUEUE_VERDICT_FIELDS(F, L)                                                                 \
	F(u32, recipient) F(u8, state) F(u16, code) F(span, enhanced) F(span, text)
/* reports: what the message tells of one that was sent from here (wire/report/report.h), whose
 * Message-ID and return path it names, where it does.  What is certain is recorded with the commit,
 * and goes to no mailbox where it came to a return path that was made for it. */
#define QUEUE_REPORT_FIELDS(F, L)                                                                  \
	F(u8, kind)                                                                                \
	F(span, address)                                                                           \
	F(span, original) F(u16, code) F(span, enhanced) F(span, text) F(u8, class)
PACK_DECLARE(queue_report, QUEUE_REPORT_FIELDS)
#define QUEUE_SUBMIT_ARGS(F, L)                                                                    \
	L(record_message, message)                                                                 \
	L(queue_verdict, verdicts)                                                                 \
	F(span, ticket)                                                                            \
	F(u32, id_at)                                                                              \
	F(bool, each)                                                                              \
	F(bool, sends)                                                                             \
	F(span, sender)                                                                            \
	L(queue_report, reports)                                                                   \
	F(span, reporter) F(span, reported_id) F(span, reported_path)
#define QUEUE_SUBMIT_REPLY(F, L)                                                                   \
	F(u64, id) F(u64, seq) L(queue_verdict, refused) F(bool, again) F(bool, limited)
PACK_DECLARE(queue_verdict, QUEUE_VERDICT_FIELDS)
PACK_DECLARE(queue_submit_args, QUEUE_SUBMIT_ARGS)
PACK_DECLARE(queue_submit_reply, QUEUE_SUBMIT_REPLY)
CALL_DECLARE(queue_submit, queue_submit_args, queue_submit_reply);

/* May who sends by this login (with its ticket), or from this client without one, have a message to
 * so many recipients committed now?  Nothing is counted for it but, with `tells`, a message past
 * its limits, and with `unknown` a recipient that it has named and there is no such user for here.
 * room: that many at most.  suppresses: the account may have suppressions (calls/suppressions.h).
 * ERR_LIMIT as queue_submit. */
#define QUEUE_ROOM_ARGS(F, L)                                                                      \
	F(span, login)                                                                             \
	F(span, return_path)                                                                       \
	F(span, client_address) F(span, ticket) F(u32, n_recipients) F(bool, tells) F(bool, unknown)
#define QUEUE_ROOM_REPLY(F, L) F(u32, room) F(bool, suppresses)
PACK_DECLARE(queue_room_args, QUEUE_ROOM_ARGS)
PACK_DECLARE(queue_room_reply, QUEUE_ROOM_REPLY)
CALL_DECLARE(queue_room, queue_room_args, queue_room_reply);

/* The limits that mail counts for which who shows the ticket (TICKET_SUBMIT) sends from there by
 * that return path: of what ("account"), how many recipients within how long, how many fit now, and
 * when all would.  opens_ms: when n_recipients fit; 0: now, or there is no such limit; UINT32_MAX:
 * never. */
#define QUEUE_LIMIT_FIELDS(F, L)                                                                   \
	F(span, what) F(u32, count) F(u32, period_ms) F(u32, left) F(u32, full_ms)
#define QUEUE_LIMITS_ARGS(F, L)                                                                    \
	F(span, ticket) F(span, return_path) F(span, client_address) F(u32, n_recipients)
#define QUEUE_LIMITS_REPLY(F, L) L(queue_limit, limits) F(u32, opens_ms)
PACK_DECLARE(queue_limit, QUEUE_LIMIT_FIELDS)
PACK_DECLARE(queue_limits_args, QUEUE_LIMITS_ARGS)
PACK_DECLARE(queue_limits_reply, QUEUE_LIMITS_REPLY)
CALL_DECLARE(queue_limits, queue_limits_args, queue_limits_reply);

/* A body above the threshold crosses once, in a file of the store's.
 *   BEGIN   blob 0: brings the descriptor that writes it; the reply has its number.  further: for
 *           a command that has another one already.  ERR_LIMIT: there are too many, of all who ask
 *   MORE    is there room for QUEUE_FILE_ROOM octets more?  ERR_NO_SPACE
 *   END     brings one that reads, for whoever judges: from now on nobody can write, and what is in
 *           the file is what queue_submit takes.  ERR_UNAVAILABLE while somebody still could: the
 *           asker has to close its descriptor before
 *   ABORT   gives it back
 * One of which nothing is heard for QUEUE_FILE_IDLE_MS is taken back: its role was started again.
 */
enum queue_file_step { QUEUE_FILE_BEGIN, QUEUE_FILE_MORE, QUEUE_FILE_END, QUEUE_FILE_ABORT };
enum { QUEUE_FILE_ROOM = 4 << 20, QUEUE_FILE_IDLE_MS = 2 * 60 * 60 * 1000 };
#define QUEUE_FILE_ARGS(F, L)  F(u8, step) F(u64, blob) F(bool, further)
#define QUEUE_FILE_REPLY(F, L) F(u64, blob)
PACK_DECLARE(queue_file_args, QUEUE_FILE_ARGS)
PACK_DECLARE(queue_file_reply, QUEUE_FILE_REPLY)
CALL_FD_DECLARE(queue_file, queue_file_args, queue_file_reply);

/* Nothing that is on disk is removed for so long (0: from now on it may be), for who copies it;
 * ticket: the operator's. */
enum { QUEUE_KEEP_MS_MAX = 60 * 60 * 1000 };
#define QUEUE_KEEP_ARGS(F, L)  F(u32, ms) F(span, ticket)
#define QUEUE_KEEP_REPLY(F, L) F(u64, held_octets)
PACK_DECLARE(queue_keep_args, QUEUE_KEEP_ARGS)
PACK_DECLARE(queue_keep_reply, QUEUE_KEEP_REPLY)
CALL_DECLARE(queue_keep, queue_keep_args, queue_keep_reply);

/* A message's text (calls/text.h): its front, and the descriptor of its body when that is a file.
 * ticket: the operator's. */
#define QUEUE_TEXT_ARGS(F, L)  F(u64, message) F(span, ticket)
#define QUEUE_TEXT_REPLY(F, L) F(span, front)
PACK_DECLARE(queue_text_args, QUEUE_TEXT_ARGS)
PACK_DECLARE(queue_text_reply, QUEUE_TEXT_REPLY)
CALL_FD_DECLARE(queue_text, queue_text_args, queue_text_reply);

/* Feedback records with seq > after (message 0: of all messages), waiting up to wait_ms for the
 * first.  after = UINT64_MAX: from now on.  seq in the reply: ask on from there. */
#define QUEUE_CHANGES_ARGS(F, L)  F(u64, after) F(u64, message) F(u32, max) F(u32, wait_ms)
#define QUEUE_CHANGES_REPLY(F, L) F(u64, seq) L(record_change, records)
PACK_DECLARE(queue_changes_args, QUEUE_CHANGES_ARGS)
PACK_DECLARE(queue_changes_reply, QUEUE_CHANGES_REPLY)
CALL_DECLARE(queue_changes, queue_changes_args, queue_changes_reply);

/* The present state of a message's recipients, a page of them, from the given one on; by id, or
 * id 0 and a Message-ID.  With the first page comes the message, without its recipients, what the
 * defence found in it (record_findings_json; empty: nobody looked), and what followed for whom
 * (account: whose mailbox, of one here), of the first 500 for whom something did; and
 * what its sender gave with it (calls/record_sent.h); and what came back of it later.
 * ERR_NOT_FOUND: there is no such message, or no recipient from there on. */
#define QUEUE_STATUS_ARGS(F, L)     F(u64, id) F(span, message_id) F(u32, from)
#define QUEUE_FOLLOWED_FIELDS(F, L) F(u32, recipient) F(span, step) F(span, action) F(span, account)
#define QUEUE_STATUS_REPLY(F, L)                                                                   \
	L(record_message, message)                                                                 \
	L(record_change, recipients)                                                               \
	F(span, findings)                                                                          \
	L(queue_followed, followed) F(span, tags) F(span, metadata) L(record_change, reports)
PACK_DECLARE(queue_followed, QUEUE_FOLLOWED_FIELDS)
PACK_DECLARE(queue_status_args, QUEUE_STATUS_ARGS)
PACK_DECLARE(queue_status_reply, QUEUE_STATUS_REPLY)
CALL_DECLARE(queue_status, queue_status_args, queue_status_reply);

/* ---- what an account may ask of the messages that it sent itself ----
 *
 * As the calls above, for those alone whose login is the ticket's account: others' are not there.
 * ticket: with TICKET_REPORT; of one message that is named by its id, TICKET_SUBMIT will do. */
#define QUEUE_OWN_STATUS_ARGS(F, L) F(span, ticket) F(u64, id) F(span, message_id) F(u32, from)
PACK_DECLARE(queue_own_status_args, QUEUE_OWN_STATUS_ARGS)
CALL_DECLARE(queue_own_status, queue_own_status_args, queue_status_reply);

#define QUEUE_OWN_CHANGES_ARGS(F, L)                                                               \
	F(span, ticket) F(u64, after) F(u64, message) F(u32, max) F(u32, wait_ms)
PACK_DECLARE(queue_own_changes_args, QUEUE_OWN_CHANGES_ARGS)
CALL_DECLARE(queue_own_changes, queue_own_changes_args, queue_changes_reply);

/* Its messages, the latest first: up to max before the id `before` (0: from the latest on).
 * recipient: one of that address, without regard to case; states: of one in such a state (a bit
 * each; 0: any); since_ms: accepted then or later; tag: one of its tags. */
#define QUEUE_OWN_LIST_ARGS(F, L)                                                                  \
	F(span, ticket)                                                                            \
	F(u64, before)                                                                             \
	F(span, recipient) F(u16, states) F(i64, since_ms) F(u32, max) F(span, tag)
#define QUEUE_OWN_LIST_REPLY(F, L) L(record_message, messages) F(bool, more)
PACK_DECLARE(queue_own_list_args, QUEUE_OWN_LIST_ARGS)
PACK_DECLARE(queue_own_list_reply, QUEUE_OWN_LIST_REPLY)
CALL_DECLARE(queue_own_list, queue_own_list_args, queue_own_list_reply);

/* Which undecided remote recipients are meant; those to whom all that is given applies.
 *   message      this one's; 0: of all
 *   from, to     envelope sender ("<>": none) and recipient, without regard to case; "@domain":
 *                all of that domain
 *   domain       where it goes
 *   states       a bit (1 << enum recipient_state) each; 0: any
 *   class        of the latest failure (enum smtp_class); 0: any
 *   accepted_from_ms, accepted_to_ms   from the first on, and before the second; 0: any time
 *   who          who holds it, as the change says
 *   login        of the account that sent it, by its name */
#define QUEUE_FILTER_FIELDS(F, L)                                                                  \
	F(u64, message)                                                                            \
	F(span, from)                                                                              \
	F(span, to)                                                                                \
	F(span, domain)                                                                            \
	F(u16, states)                                                                             \
	F(u8, class)                                                                               \
	F(i64, accepted_from_ms)                                                                   \
	F(i64, accepted_to_ms)                                                                     \
	F(span, who)                                                                               \
	F(span, login)
PACK_DECLARE(queue_filter, QUEUE_FILTER_FIELDS)
/* Where a row stands in the order of the queue: by next try, message, recipient.  All 0: before
 * the first one. */
#define QUEUE_PLACE_FIELDS(F, L) F(i64, next_try_ms) F(u64, message) F(u32, recipient)
PACK_DECLARE(queue_place, QUEUE_PLACE_FIELDS)

/* Undecided recipients in order of next try: up to max behind the place `after`.  One call looks
 * at some thousand rows at most: with `more`, ask on behind the place in the reply, also when no
 * row came. */
#define QUEUE_ROW_FIELDS(F, L)                                                                     \
	F(u64, message)                                                                            \
	F(u32, recipient)                                                                          \
	F(span, return_path)                                                                       \
	F(span, address)                                                                           \
	F(span, domain)                                                                            \
	F(i64, accepted_ms)                                                                        \
	F(i64, next_try_ms)                                                                        \
	F(u32, attempt)                                                                            \
	F(u64, size_bytes)                                                                         \
	F(u8, state)                                                                               \
	F(u8, class)                                                                               \
	F(span, text)                                                                              \
	F(span, route)                                                                             \
	F(span, who)                                                                               \
	F(span, why)
#define QUEUE_LIST_ARGS(F, L)  L(queue_filter, filter) L(queue_place, after) F(u32, max)
#define QUEUE_LIST_REPLY(F, L) L(queue_row, rows) L(queue_place, place) F(bool, more)
PACK_DECLARE(queue_row, QUEUE_ROW_FIELDS)
PACK_DECLARE(queue_list_args, QUEUE_LIST_ARGS)
PACK_DECLARE(queue_list_reply, QUEUE_LIST_REPLY)
CALL_DECLARE(queue_list, queue_list_args, queue_list_reply);

/* What the operator wants done with undecided recipients; each becomes a change with who and why.
 *   HOLD     what is to be tried waits until it is released
 *   RELEASE  what is held is tried at once
 *   RETRY    what waits for its next try is tried at once, also at a destination that is left alone
 *   CANCEL   given up; the sender is notified unless quiet
 *   REROUTE  goes to another next hop from now on, and is tried there at once unless it is held */
enum queue_order_kind {
	QUEUE_HOLD = 1,
	QUEUE_RELEASE,
	QUEUE_RETRY,
	QUEUE_CANCEL,
	QUEUE_REROUTE,
	QUEUE_ORDER_KINDS
};
/* Who holds the mail of an account that is held. */
#define QUEUE_BY_ACCOUNT "account"
/* A page of those that the filter means, as queue_list goes through them.  given_ms: the wall
 * clock when the order was given, the same for each of its pages.  route: of REROUTE, as in
 * delivery.routes without the pattern ("relay mx.example.net:25"), or "direct", or "default" for
 * what the settings say.  dry_run: nothing is done, and counted as if it were.  tell: with rows of
 * those that were touched, as they were before.
 * An attempt under way is let finish; what it leaves undecided is then dealt with, but for RELEASE
 * and RETRY, which have nothing to add.  A restart in between forgets that.  ERR_SYNTAX: the
 * route, the order; and what store_record returns: what the reply before told was done. */
#define QUEUE_ORDER_ARGS(F, L)                                                                     \
	F(u8, order)                                                                               \
	L(queue_filter, filter)                                                                    \
	L(queue_place, after)                                                                      \
	F(i64, given_ms)                                                                           \
	F(span, who)                                                                               \
	F(span, why)                                                                               \
	F(span, route)                                                                             \
	F(bool, quiet)                                                                             \
	F(bool, dry_run)                                                                           \
	F(bool, tell)
#define QUEUE_ORDER_REPLY(F, L)                                                                    \
	L(queue_place, place)                                                                      \
	F(bool, more)                                                                              \
	F(u32, n_done)                                                                             \
	F(u32, n_under_way)                                                                        \
	L(queue_row, rows)
PACK_DECLARE(queue_order_args, QUEUE_ORDER_ARGS)
PACK_DECLARE(queue_order_reply, QUEUE_ORDER_REPLY)
CALL_DECLARE(queue_order, queue_order_args, queue_order_reply);

/* The same of one message of the account's own: QUEUE_RETRY, or QUEUE_CANCEL, of which nobody is
 * notified, for who is told is who asks.  ticket: with TICKET_MANAGE. */
#define QUEUE_OWN_ORDER_ARGS(F, L)  F(span, ticket) F(u8, order) F(u64, message)
#define QUEUE_OWN_ORDER_REPLY(F, L) F(u32, n_done) F(u32, n_under_way)
PACK_DECLARE(queue_own_order_args, QUEUE_OWN_ORDER_ARGS)
PACK_DECLARE(queue_own_order_reply, QUEUE_OWN_ORDER_REPLY)
CALL_DECLARE(queue_own_order, queue_own_order_args, queue_own_order_reply);

/* Mailbox entries, and (uid not 0) the one entry with that uid.  ticket: opens the account. */
#define QUEUE_MAILBOX_ROW_FIELDS(F, L)                                                             \
	F(u32, uid)                                                                                \
	F(u64, message)                                                                            \
	F(i64, received_ms)                                                                        \
	F(u64, size_bytes)                                                                         \
	F(span, return_path)                                                                       \
	F(span, subject)                                                                           \
	F(span, recipient)
#define QUEUE_MAILBOX_ARGS(F, L)                                                                   \
	F(span, account)                                                                           \
	F(span, mailbox)                                                                           \
	F(u32, uid)                                                                                \
	F(u32, after)                                                                              \
	F(u32, max)                                                                                \
	F(span, ticket)
#define QUEUE_MAILBOX_REPLY(F, L) L(queue_mailbox_row, rows)
PACK_DECLARE(queue_mailbox_row, QUEUE_MAILBOX_ROW_FIELDS)
PACK_DECLARE(queue_mailbox_args, QUEUE_MAILBOX_ARGS)
PACK_DECLARE(queue_mailbox_reply, QUEUE_MAILBOX_REPLY)
CALL_DECLARE(queue_mailbox, queue_mailbox_args, queue_mailbox_reply);

/* ---- store -> courier ---- */

/* Whose recipients have every verdict without any network (courier/rehearse.h). */
#define REHEARSE_DOMAIN "postrider.test"

/* One attempt: one message to recipients of one destination.  front, size_bytes and the descriptor
 * are its text (calls/text.h).  What was found out of the text when it came in: body_8bit, its body
 * needs 8BITMIME; smtputf8, its header section needs SMTPUTF8; is_signed, its body must stay as it
 * is (false: not, or unknown). */
enum { QUEUE_JOB_RCPT_MAX = 100 };
/* Where to.  DIRECT: to the domain's servers as DNS names them; the other fields of the route mean
 * nothing.  RELAY: by SMTP to `host` (a name, whose addresses are asked for, not its MX; or an
 * address), `port` (0: 25, or 465 with TLS_IMPLICIT), and as `user` unless that is empty.
 * LMTP: the same by LMTP (RFC 2033; port 0: 24). */
enum courier_route { COURIER_DIRECT, COURIER_RELAY, COURIER_LMTP };
/* Of RELAY and LMTP; DIRECT is always opportunistic.  REQUIRED and IMPLICIT: without TLS and a
 * valid certificate for `host` nothing is sent.  A login is only ever sent within TLS, or to a
 * loopback address. */
enum courier_tls {
	COURIER_TLS_OPPORTUNISTIC, /* STARTTLS when it is offered, no certificate is checked */
	COURIER_TLS_NONE,
	COURIER_TLS_REQUIRED, /* STARTTLS */
	COURIER_TLS_IMPLICIT, /* from the first octet, RFC 8314 3.3 */
};
#define COURIER_RCPT_FIELDS(F, L) F(u32, recipient) F(span, address)
#define COURIER_ATTEMPT_FIELDS(F, L)                                                               \
	F(u64, message)                                                                            \
	F(span, return_path)                                                                       \
	F(span, domain)                                                                            \
	F(u64, size_bytes)                                                                         \
	F(bool, body_8bit)                                                                         \
	F(bool, smtputf8)                                                                          \
	F(bool, is_signed)                                                                         \
	L(courier_rcpt, recipients)                                                                \
	F(span, front)                                                                             \
	F(u8, route)                                                                               \
	F(span, host)                                                                              \
	F(u16, port)                                                                               \
	F(u8, tls)                                                                                 \
	F(span, user)                                                                              \
	F(span, password)
/* What became of each, in the order of the attempt's recipients.  stage: enum smtp_stage's number.
 * report: enum recipient_report, which a test address of postrider.test gives behind the delivery.
 */
#define COURIER_OUTCOME_FIELDS(F, L)                                                               \
	F(u32, recipient)                                                                          \
	F(bool, delivered)                                                                         \
	F(bool, temporary)                                                                         \
	F(u8, stage)                                                                               \
	F(u8, class)                                                                               \
	F(u16, code)                                                                               \
	F(span, enhanced)                                                                          \
	F(span, text)                                                                              \
	F(span, remote_host)                                                                       \
	F(span, remote_address)                                                                    \
	F(span, tls_version)                                                                       \
	F(span, tls_policy)                                                                        \
	F(i64, elapsed_ms)                                                                         \
	F(u8, report)
#define COURIER_OUTCOMES_FIELDS(F, L) L(courier_outcome, outcomes)
PACK_DECLARE(courier_rcpt, COURIER_RCPT_FIELDS)
PACK_DECLARE(courier_attempt_args, COURIER_ATTEMPT_FIELDS)
PACK_DECLARE(courier_outcome, COURIER_OUTCOME_FIELDS)
PACK_DECLARE(courier_outcomes, COURIER_OUTCOMES_FIELDS)
CALL_GIVE_FD_DECLARE(courier_attempt, courier_attempt_args, courier_outcomes);

/* The server is about to end.  From now on courier_attempt answers ERR_CANCELLED, and so do those
 * under way, but for those that wait for the answer to the final dot: these go on, since the
 * message may have been taken (RFC 5321 6.1).  waiting: how many. */
#define COURIER_STOP_ARGS(F, L)  F(bool, now)
#define COURIER_STOP_REPLY(F, L) F(u32, waiting)
PACK_DECLARE(courier_stop_args, COURIER_STOP_ARGS)
PACK_DECLARE(courier_stop_reply, COURIER_STOP_REPLY)
CALL_DECLARE(courier_stop, courier_stop_args, courier_stop_reply);

#endif
