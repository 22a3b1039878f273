/* calls/inspect.h - a message looked at by the inspect role, the only one that opens what strangers
 * have packed.  Floor of the calls.
 *
 * It finds; what follows is said by whoever asks (intake/defend.h), who knows whose settings hold.
 * It may have been taken over by what it looked at: then it finds what it likes, and nothing more.
 */
#ifndef INSPECT_CALLS_H
#define INSPECT_CALLS_H

#include "calls/call.h"
#include "inspect/steps/steps.h"

enum inspect_result {
	INSPECT_PASSED,
	INSPECT_FAILED,
	INSPECT_UNABLE, /* it is not known now; `words` say why */
	INSPECT_LATER,  /* it is to be sent again later, who sends it is told `words` */
};

/* What one step found.
 *   result  enum inspect_result
 *   most    the strictest enum step_action that may follow, whatever is set: a domain that asks for
 *           quarantine does not ask for a refusal
 *   value   one word, an RFC's where it has one ("softfail"); may be empty
 *   words   a sentence without full stop for people, cleaned
 *   told    what a refused sender reads, where words would teach him too much; empty: words
 *   us      microseconds that it took */
enum { INSPECT_VALUE_MAX = 64, INSPECT_WORDS_MAX = 400 };
#define INSPECT_FINDING_FIELDS(F, L)                                                               \
	F(u8, step) F(u8, result) F(u8, most) F(span, value) F(span, words) F(span, told) F(u32, us)
PACK_DECLARE(inspect_finding, INSPECT_FINDING_FIELDS)

/* What authenticates it, for Authentication-Results (RFC 8601): "dkim", "pass", why, and up to two
 * properties "header" "d" VALUE and "s" VALUE2 of the same type. */
enum { INSPECT_RESULTS_MAX = 16 };
#define INSPECT_AUTHRES_FIELDS(F, L)                                                               \
	F(span, method)                                                                            \
	F(span, result)                                                                            \
	F(span, reason) F(span, type) F(span, name) F(span, value) F(span, name2) F(span, value2)
PACK_DECLARE(inspect_authres, INSPECT_AUTHRES_FIELDS)

/* What tells whether it is wanted (classify/feature.h), for the step of that name, which finds
 * nothing by itself: the store knows what that means (calls/learn.h).  text: for people, not
 * checked. */
enum { INSPECT_FEATURES_MAX = 2000, INSPECT_FEATURE_BYTES = 80 };
#define INSPECT_FEATURE_FIELDS(F, L) F(u32, hash) F(span, text)
PACK_DECLARE(inspect_feature, INSPECT_FEATURE_FIELDS)
/* What a filter says of one recipient: the place in the call's list, and words as of a finding. */
#define INSPECT_REFUSAL_FIELDS(F, L) F(u32, recipient) F(span, words)
PACK_DECLARE(inspect_refusal, INSPECT_REFUSAL_FIELDS)

/* What filters do to the header, one behind the other (wire/milter/milter.h: struct milter_edit).
 * Of the header as it came, without fields that only say that they are our results. */
enum { INSPECT_EDITS_MAX = 200, INSPECT_EDITS_BYTES_MAX = 128 << 10 };
#define INSPECT_EDIT_FIELDS(F, L) F(u8, kind) F(u32, index) F(span, name) F(span, field)
PACK_DECLARE(inspect_edit, INSPECT_EDIT_FIELDS)

#define INSPECT_RCPT_FIELDS(F, L) F(span, address)
PACK_DECLARE(inspect_rcpt, INSPECT_RCPT_FIELDS)

/* What they make of the envelope: recipients more, the places in the call's list of those that are
 * none any more, and one sender at most (an empty address: <>); and of the body.  Each address in
 * its one form, without < >. */
enum { INSPECT_ADDED_MAX = 1000 };
#define INSPECT_PLACE_FIELDS(F, L) F(u32, recipient)
PACK_DECLARE(inspect_place, INSPECT_PLACE_FIELDS)
/* n_bytes of it wait to be fetched by inspect_body. */
#define INSPECT_NEW_BODY_FIELDS(F, L) F(u64, token) F(u64, n_bytes)
PACK_DECLARE(inspect_new_body, INSPECT_NEW_BODY_FIELDS)

/* direction: enum step_direction.  steps: a bit (1 << enum step) for each that somebody wants;
 * decisive: for each that refuses for everybody when it fails, so that no more need be found.
 * client_address: text.  header: the section as it came.  body: it, or what is in the file whose
 * descriptor comes with the call, body_bytes of it.  For the steps rspamd and milter alone: login,
 * recipients; rdns: the client's name. */
#define INSPECT_JUDGE_ARGS(F, L)                                                                   \
	F(u8, direction)                                                                           \
	F(u32, steps)                                                                              \
	F(u32, decisive)                                                                           \
	F(span, client_address)                                                                    \
	F(span, helo)                                                                              \
	F(span, return_path)                                                                       \
	F(span, header)                                                                            \
	F(span, body) F(u64, body_bytes) F(span, rdns) F(span, login) L(inspect_rcpt, recipients)
#define INSPECT_JUDGE_REPLY(F, L)                                                                  \
	L(inspect_finding, findings)                                                               \
	L(inspect_authres, results)                                                                \
	L(inspect_feature, features)                                                               \
	L(inspect_refusal, refusals)                                                               \
	L(inspect_edit, edits)                                                                     \
	L(inspect_rcpt, added)                                                                     \
	L(inspect_place, removed) L(inspect_rcpt, sender) L(inspect_new_body, body)
/* The field that says in Junk and Quarantine why a message is there.  Strangers' are taken out, for
 * the mailbox and for filters alike. */
#define DEFENCE_FIELD "X-Postrider-Defence"

PACK_DECLARE(inspect_judge_args, INSPECT_JUDGE_ARGS)
PACK_DECLARE(inspect_judge_reply, INSPECT_JUDGE_REPLY)
/* Who is there to look: clamd, our own lists of hashes, rspamd, the mail filters, in that order and
 * each only where the settings name it.  Each is asked now, and waited for as long as `ms` says.
 *   at     the endpoint; empty for lists
 *   state  ABSENT: no clamd is where it would be looked for, and nobody has named one
 *   words  of who answers, what it tells of its version; of who does not, why
 *   n      hashes of the lists */
enum inspect_helper { INSPECT_CLAMD, INSPECT_HASHES, INSPECT_MILTER, INSPECT_RSPAMD };
enum inspect_state { INSPECT_ANSWERS, INSPECT_ABSENT, INSPECT_SILENT };
#define INSPECT_HELP_FIELDS(F, L) F(u8, helper) F(u8, state) F(span, at) F(span, words) F(u32, n)
#define INSPECT_PROBE_ARGS(F, L)  F(i64, ms)
#define INSPECT_PROBE_REPLY(F, L) L(inspect_help, help)
PACK_DECLARE(inspect_help, INSPECT_HELP_FIELDS)
PACK_DECLARE(inspect_probe_args, INSPECT_PROBE_ARGS)
PACK_DECLARE(inspect_probe_reply, INSPECT_PROBE_REPLY)
CALL_DECLARE(inspect_probe, inspect_probe_args, inspect_probe_reply);

/* ERR_TOO_BIG: it cannot be taken into memory.  What inspect does not survive, or not in time, is
 * ERR_UNAVAILABLE, ERR_TIMEOUT. */
CALL_GIVE_FD_DECLARE(inspect_judge, inspect_judge_args, inspect_judge_reply);

/* A piece of a body that filters have made, in lines that end in CRLF: INSPECT_PIECE_BYTES but for
 * the last one, with which it is gone.  ERR_NOT_FOUND: there is none of that token (any more). */
enum { INSPECT_PIECE_BYTES = 64 << 10 };
#define INSPECT_BODY_ARGS(F, L)  F(u64, token) F(u64, at)
#define INSPECT_BODY_REPLY(F, L) F(span, octets)
PACK_DECLARE(inspect_body_args, INSPECT_BODY_ARGS)
PACK_DECLARE(inspect_body_reply, INSPECT_BODY_REPLY)
CALL_DECLARE(inspect_body, inspect_body_args, inspect_body_reply);

#endif
