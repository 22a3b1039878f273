/* change/change_table.h - the members of a change of a recipient's state, one row each.
 *
 * From this table come struct record_change and its encoding (change.h), its JSON object
 * (change.c), the ledger's statements (store/ledger/ledger_change.h), what `postrider
 * status` tells of it (cmd/queue/table.c), and by tools/changes the SQL of the table `change` and
 * its description in docs/guide/ledger.md.  A member that is added is one row here, and a run of
 * that tool.
 *
 * C(type, name, kind, home, status, json, column, label, doc)
 *   type    of base/coding/pack.h
 *   kind    how it is written: NUMBER; CODE (a number, 0 is null); TIME; NEXT (a time, 0 is
 *           null); ID; STATE; CLASS; TEXT (empty is null); REPORT (0 is null)
 *   home    where the ledger keeps it: KEY of `change`; CHANGE: there; REPLY: there, null where
 *           no attempt has ended; MESSAGE, RECIPIENT: a column of that table
 *   status  what says it of a recipient's present state: ROW, the recipient's row; MESSAGE, the
 *           message's; ATTEMPT, its latest attempt; LATEST, its latest change, else the attempt;
 * REPORT, the latest one of those that have it json, column   its names label   what the command
 * line calls it; "" where it is not printed under a name doc     for the guide; "" where the row
 * before tells it Their order is that of the JSON object, of the columns and of FORMAT.md.  New
 * ones go to the end.
 */
#ifndef CHANGE_TABLE_H
#define CHANGE_TABLE_H

/* clang-format off */
#define CHANGE_TABLE(C) \
	C(u64, seq, NUMBER, KEY, ROW, "seq", "seq", "", "number of the change; rises over the whole server, with gaps") \
	C(i64, time_ms, TIME, CHANGE, ROW, "time", "changed_ms", "", "when") \
	C(u64, message, ID, CHANGE, ROW, "message", "message", "", "whose state it was") \
	C(u32, recipient, NUMBER, CHANGE, ROW, "recipient", "recipient", "", "") \
	C(span, address, TEXT, RECIPIENT, ROW, "address", "address", "", "") \
	C(span, return_path, TEXT, MESSAGE, MESSAGE, "return_path", "return_path", "", "") \
	C(u8, state, STATE, CHANGE, ROW, "state", "state", "", "see above") \
	C(u32, attempt, NUMBER, CHANGE, ATTEMPT, "attempt", "attempt", "", "counted from 1; 0 before the first") \
	C(span, remote_host, TEXT, REPLY, ATTEMPT, "remote_host", "remote_host", "", "the server that answered; NULL for mailboxes of ours and where none was reached") \
	C(span, remote_address, TEXT, REPLY, ATTEMPT, "remote_address", "remote_address", "", "") \
	C(span, tls_version, TEXT, REPLY, ATTEMPT, "tls_version", "tls_version", "", "e.g. `TLSv1.3` (NULL: clear text), and the rule that was followed") \
	C(span, tls_policy, TEXT, REPLY, ATTEMPT, "tls_policy", "tls_policy", "", "") \
	C(u16, code, CODE, REPLY, ATTEMPT, "code", "code", "", "the server's reply, as in `550`, `5.1.1`, `no such user`; without a `code`, `text` is ours") \
	C(span, enhanced, TEXT, REPLY, ATTEMPT, "enhanced", "enhanced", "", "") \
	C(span, text, TEXT, REPLY, ATTEMPT, "text", "text", "", "") \
	C(u8, class, CLASS, CHANGE, ATTEMPT, "class", "class", "", "the reason as one word for programs, such as `no-such-user`, `mailbox-full`, `greylisted`, `connect-failed`; `may-have-arrived`: the other server had the whole message and did not answer") \
	C(span, meaning, TEXT, CHANGE, LATEST, "meaning", "meaning", "", "the same as a sentence for the sender: what it means and what to do") \
	C(i64, elapsed_ms, NUMBER, CHANGE, ATTEMPT, "elapsed_ms", "elapsed_ms", "", "how long the attempt took that ended so; 0 when none did") \
	C(i64, next_try_ms, NEXT, CHANGE, ROW, "next_try", "next_try_ms", "next try", "when the next attempt was to be, or NULL") \
	C(span, who, TEXT, CHANGE, LATEST, "who", "who", "by", "who ordered it, such as `alice (uid 1000)`; NULL for what the server did by itself") \
	C(span, why, TEXT, CHANGE, LATEST, "why", "why", "because", "the reason that was given with the order") \
	C(span, route, TEXT, CHANGE, ROW, "route", "route", "route", "the next hop that it was given by an order, as a route (`relay mx.example.net:25`); NULL: none") \
	C(u8, report, REPORT, CHANGE, REPORT, "report", "report", "", "what came back after the delivery: `bounced`, `complained`, `auto-replied`, `delayed`; then it is no change of the state, which is the recipient's at that time, and `code` to `meaning` are what came back; NULL: nothing did")
/* clang-format on */

#endif
