/* tests/unit/store/fault.h - makes the n-th write or sync fail.
 *
 * Linked with --wrap for each call below; SQLite's own calls go by xSetSystemCall.
 */
#ifndef TESTS_UNIT_STORE_FAULT_H
#define TESTS_UNIT_STORE_FAULT_H

#include <stdbool.h>
#include <stddef.h>

enum fault_kind {
	FAULT_EIO,
	FAULT_ENOSPC,
	FAULT_MEMORY, /* no memory: malloc and its like, and nothing else */
	FAULT_LEDGER, /* SQLite's writes are EIO, and nothing else */
	FAULT_SHORT,  /* a write takes half of it; other calls are EINTR where that may be, else EIO
	               */
	FAULT_LATE,   /* what can be is done, and EIO all the same */
};

/* The n-th call from now (1: the next) fails; for_ever: and all that follow, until disarmed. */
void fault_arm(size_t n, enum fault_kind kind, bool for_ever);
void fault_disarm(void);
/* A call has failed since fault_arm. */
bool fault_hit(void);
/* Calls since fault_arm. */
size_t fault_calls(void);

#endif
