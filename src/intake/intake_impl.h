/* intake/intake_impl.h - what intake's files share.  Not for other folders. */
#ifndef INTAKE_INTAKE_IMPL_H
#define INTAKE_INTAKE_IMPL_H

#include "calls/inspect.h"
#include "intake/intake.h"

struct directory_route;

enum { INTAKE_TEXT_MAX = 500 }; /* octets of a field's value that a record keeps */

/* content.c: gives the memory back, and the store its file when it is not committed. */
WAITS void intake_content_fini(struct intake *in);
/* The rest of a body that the store has already, and all of one of more than `most` octets.
 * Negative as intake_commit. */
NODISCARD WAITS int intake_content_end(struct intake *in, size_t most);
/* The header stays as it is; another body follows by intake_put.  ERR_NO_MEMORY. */
NODISCARD WAITS int intake_body_begin(struct intake *in);
/* The header section as it is kept, and the body's octets that are in memory. */
struct span intake_header(const struct intake *in);
struct span intake_body(const struct intake *in);

/* facts.c: walks the header section at the text's front once; sets facts and header_n.  ended:
 * nothing follows.  Refuses what is over a limit, and what goes in circles. */
void intake_facts_read(struct intake *in, bool ended);
/* submission.c: is the author the account; completes the header into in->made. */
NODISCARD WAITS int intake_submission(struct intake *in);
/* judge.c: who had it before, and what the judge says; refusals become verdicts, or in->no. */
NODISCARD WAITS int intake_judge(struct intake *in);

/* sign.c: DKIM fields into the prefix.  ERR_REFUSED and in->no: not now; ERR_CANCELLED. */
NODISCARD WAITS int intake_sign(struct intake *in);

/* room.c: ERR_REFUSED and *no: who sends may not now, or not to one recipient more. */
NODISCARD WAITS int intake_room(struct intake *in, struct intake_no *no);

/* suppressed.c: ERR_REFUSED and *no: who sends has suppressed the recipient.  Where each is told
 * apart, intake_recipients_end asks for all at once. */
NODISCARD WAITS int intake_suppressed(struct intake *in, struct span address, struct intake_no *no);

/* reports.c: what the message tells of one that was sent from here.  ERR_NO_MEMORY, ERR_IO. */
NODISCARD int intake_reports_read(struct intake *in);
/* reports.c: whose link its subject has is not sent to any more. */
NODISCARD WAITS int intake_unsubscribe(struct intake *in);

/* own.c: takes out what was found of an author who is at no domain of ours. */
NODISCARD WAITS int intake_own(struct inspect_judge_reply *found);

/* client.c: what was found of the client, as far as its step is among `steps`, beside what inspect
 * has found. */
NODISCARD int intake_client_put(struct intake *in, uint32_t steps, struct inspect_judge_reply *io);
/* results.c, RFC 8601: appends our Authentication-Results.  ERR_UNAVAILABLE: inspect answered what
 * such a field cannot hold. */
NODISCARD int intake_results_put(struct intake *in, const struct inspect_judge_reply *found,
                                 struct buf *prefix);
/* Where mail comes in: takes fields that bear our name out of the header section as it is kept. */
NODISCARD int intake_results_strip(struct intake *in);

/* filters.c.  What filters are asked about besides the message; whether what they say can be:
 * ERR_UNAVAILABLE; and in->edits done to the header as it is kept. */
NODISCARD int intake_recipients_tell(struct intake *in, struct inspect_judge_args *a);
NODISCARD int intake_filters_check(const struct intake *in,
                                   const struct inspect_judge_reply *found);
NODISCARD int intake_edits_apply(struct intake *in);
/* rewrite.c: recipients added and taken out, the sender.  1; 0: all were taken out and none came
 * instead, so they are left as they are, for whoever says what becomes of the message. */
NODISCARD WAITS int intake_envelope_rewrite(struct intake *in,
                                            const struct inspect_judge_reply *found);
/* The body that filters have made, instead of the one that came: ends as intake_content_end. */
NODISCARD WAITS int intake_body_rewrite(struct intake *in);
WAITS void intake_body_forget(struct intake *in);

/* Notes an error of ours as the refusal: always 4xx, with its words in the log. */
void intake_refuse_ours(struct intake *in, int r);
/* defend.c: what follows from each step by the server's settings; with the words of a domain or an
 * account; whether it says anything of a message who the client is. */
void intake_server_actions(const struct intake *in, enum step_direction d,
                           struct step_actions *out);
void intake_add_actions(struct span words, enum step_direction d, struct step_actions *io);
bool intake_client_tells(const struct intake *in);
/* greylist.c: ERR_REFUSED and *no: the recipient is to be named again later. */
NODISCARD WAITS int intake_greylist(struct intake *in, const struct smtp_path *to,
                                    struct span address, const struct directory_route *route,
                                    struct intake_no *no);
/* envelope.c: recipient i, and nobody else, is refused.  ERR_NO_MEMORY. */
NODISCARD int intake_refuse_one(struct intake *in, uint32_t i, const struct intake_no *no);
bool intake_has_verdict(const struct intake *in, uint32_t recipient);
/* envelope.c: what is forwarded elsewhere has a return path of ours. */
NODISCARD WAITS int intake_forward(struct intake *in);
/* envelope.c: *no for a mailbox that is full; ERR_REFUSED. */
int intake_full(const struct intake *in, struct intake_no *no);
/* envelope.c: recipient i's copy goes to that mailbox (enum mailbox_role) of the account.
 * ERR_NO_MEMORY. */
NODISCARD int intake_put_aside(struct intake *in, uint32_t i, uint8_t mailbox);
/* envelope.c: notes with recipient i what the defence did.  ERR_NO_MEMORY. */
NODISCARD int intake_followed(struct intake *in, uint32_t i, const char *step, const char *action);
/* envelope.c: a state for recipient i other than what the commit gives it.  ERR_NO_MEMORY. */
NODISCARD int intake_verdict(struct intake *in, uint32_t recipient, uint8_t state,
                             const struct intake_no *why);

#endif
