/* queue/state/final.h - final delivery: what a recipient's copy has of its own.
 *
 * RFC 5321 4.4 (Return-Path); Delivered-To, by which a loop over a mailbox is known
 * (intake/judge.c).
 */
#ifndef QUEUE_STATE_FINAL_H
#define QUEUE_STATE_FINAL_H

#include "queue/state/state.h"

/* For each recipient of m that has an account: Return-Path and Delivered-To in front of the prefix
 * that it has.  sender: of the envelope as it came.  Lives in mem.  ERR_NO_MEMORY. */
NODISCARD int final_put(struct record_message *m, struct span sender, struct arena *mem);

#endif
