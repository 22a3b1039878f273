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
};

/* What one step found.
 *   result  enum inspect_result
 *   most    the strictest enum step_action that may follow, whatever is set: a domain that asks for
 *           quarantine does not ask for a refusal
 *   value   one word, an RFC's where it has one ("softfail"); may be empty
 *   words   a sentence without full stop for people, cleaned; what a refused sender reads
 *   us      microseconds that it took */
enum { INSPECT_VALUE_MAX = 64, INSPECT_WORDS_MAX = 400 };
#define INSPECT_FINDING_FIELDS(F, L)                                                               \
	F(u8, step) F(u8, result) F(u8, most) F(span, value) F(span, words) F(u32, us)
PACK_DECLARE(inspect_finding, INSPECT_FINDING_FIELDS)

/* What authenticates it, for Authentication-Results (RFC 8601): "dkim", "pass", why, and up to two
 * properties "header" "d" VALUE and "s" VALUE2 of the same type. */
enum { INSPECT_RESULTS_MAX = 12 };
#define INSPECT_AUTHRES_FIELDS(F, L)                                                               \
	F(span, method)                                                                            \
	F(span, result)                                                                            \
	F(span, reason) F(span, type) F(span, name) F(span, value) F(span, name2) F(span, value2)
PACK_DECLARE(inspect_authres, INSPECT_AUTHRES_FIELDS)

/* direction: enum step_direction.  steps: a bit (1 << enum step) for each that somebody wants;
 * decisive: for each that refuses for everybody when it fails, so that no more need be found.
 * client_address: text.  header: the section as it came.  body: it, or what is in the file whose
 * descriptor comes with the call, body_bytes of it. */
#define INSPECT_JUDGE_ARGS(F, L)                                                                   \
	F(u8, direction)                                                                           \
	F(u32, steps)                                                                              \
	F(u32, decisive)                                                                           \
	F(span, client_address)                                                                    \
	F(span, helo) F(span, return_path) F(span, header) F(span, body) F(u64, body_bytes)
#define INSPECT_JUDGE_REPLY(F, L) L(inspect_finding, findings) L(inspect_authres, results)
PACK_DECLARE(inspect_judge_args, INSPECT_JUDGE_ARGS)
PACK_DECLARE(inspect_judge_reply, INSPECT_JUDGE_REPLY)
/* ERR_TOO_BIG: it cannot be taken into memory.  What inspect does not survive, or not in time, is
 * ERR_UNAVAILABLE, ERR_TIMEOUT. */
CALL_GIVE_FD_DECLARE(inspect_judge, inspect_judge_args, inspect_judge_reply);

#endif
