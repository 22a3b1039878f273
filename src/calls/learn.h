/* calls/learn.h - what the store has learned of wanted and unwanted mail, asked and told.  Floor
 * of the calls.
 *
 * Who asks has a message's features from the inspect role, as hashes (calls/inspect.h): the store
 * counts them, and opens no message.
 */
#ifndef LEARN_CALLS_H
#define LEARN_CALLS_H

#include "calls/call.h"

enum { LEARN_HASHES_MAX = 2000, LEARN_ACCOUNTS_MAX = 100 };

/* How alike is the message to unwanted mail, for each of these accounts (empty: for nobody in
 * particular), in their order?  Without a ticket: who receives must ask for each recipient.
 * hashes: 32 bits each, little-endian.  score: as struct classify_score has it.  why:
 * indices of the features that weighed most.  enough: so much was told that the score may count;
 * told_ham, told_spam: it is that many messages. */
#define LEARN_ACCOUNT_FIELDS(F, L) F(span, account)
#define LEARN_WHY_FIELDS(F, L)     F(u16, feature)
#define LEARN_VERDICT_FIELDS(F, L)                                                                 \
	F(i64, score) F(bool, enough) F(u32, told_ham) F(u32, told_spam) L(learn_why, why)
#define LEARN_SCORE_ARGS(F, L)  F(span, hashes) L(learn_account, accounts)
#define LEARN_SCORE_REPLY(F, L) L(learn_verdict, verdicts)
PACK_DECLARE(learn_account, LEARN_ACCOUNT_FIELDS)
PACK_DECLARE(learn_why, LEARN_WHY_FIELDS)
PACK_DECLARE(learn_verdict, LEARN_VERDICT_FIELDS)
PACK_DECLARE(learn_score_args, LEARN_SCORE_ARGS)
PACK_DECLARE(learn_score_reply, LEARN_SCORE_REPLY)
CALL_DECLARE(learn_score, learn_score_args, learn_score_reply);

/* A message was wanted, or not; or all that was learned is forgotten (no hashes).  server: of
 * nobody in particular, with the operator's ticket; else of the ticket's account.  It is kept
 * within LEARN_KEPT_MS: what was told since is lost with the power, as no mail is.  done: enum
 * classify_learned. */
enum { LEARN_KEPT_MS = 2000 };
enum learn_what { LEARN_HAM, LEARN_SPAM, LEARN_FORGET, LEARN_WHATS };
#define LEARN_MESSAGE_ARGS(F, L) F(span, ticket) F(bool, server) F(u8, what) F(span, hashes)
#define LEARN_MESSAGE_REPLY(F, L)                                                                  \
	F(u8, done) F(u32, told_ham) F(u32, told_spam) F(u32, ham) F(u32, spam)
PACK_DECLARE(learn_message_args, LEARN_MESSAGE_ARGS)
PACK_DECLARE(learn_message_reply, LEARN_MESSAGE_REPLY)
CALL_DECLARE(learn_message, learn_message_args, learn_message_reply);

#endif
