/* auth/turns.h - which password is checked next.  Floor 3; pure: the time is passed in.
 *
 * A check is made at home (auth/homes.h) or among strangers.
 *
 *   at home         waits for no stranger: its hash is the next to be computed.
 *   among strangers first its account's turn: all networks where the account is not at home share
 * one check in TURNS_ACCOUNT_MS, fairly between networks (auth/fair.h); beside 50 networks that
 * guess, the owner at a new address has it within 26 s.  Then its network's turn for one of
 * TURNS_STRANGERS hashes at once.
 *
 * At most TURNS_HASHES hashes are computed at once, so that a thread of the pool (four) stays free.
 * What waits is bounded: TURNS_WAITING for an account, as many of a network of strangers over all
 * accounts, TURNS_STRANGERS_WAITING of strangers, TURNS_HOME_WAITING at home.  Past a bound
 * somebody is refused: the newcomer, or who stands last behind him.
 *
 * Accounts are told apart by a keyed hash, in TURNS_LINES lines: two that fall into one share it.
 * Whether an account exists is not asked.
 */
#ifndef AUTH_TURNS_H
#define AUTH_TURNS_H

#include "auth/fair.h"
#include "base/err.h"

enum {
	TURNS_ACCOUNT_MS = 500,
	TURNS_WAIT_MS = 30 * 1000, /* who waits gives up then */
	TURNS_WAITING = 60,
	TURNS_STRANGERS_WAITING = 51 * TURNS_WAITING,
	TURNS_HOME_WAITING = 1024,
	TURNS_HASHES = 3,
	TURNS_STRANGERS = 1,
	TURNS_LINES = 4096,
};

enum turn_state { TURN_WAITS, TURN_CHECKS, TURN_REFUSED };

/* One check; its owner's memory from turns_ask to turns_end. */
struct turn {
	struct fair_item item; /* item.network: set by who asks */
	uint64_t account;      /* a keyed hash; set by who asks */
	bool at_home;          /* set by who asks */
	void *who;             /* the owner's */
	enum turn_state state;
};

struct turns_line {
	struct fair strangers;
	struct list node; /* in turns.lines while somebody waits */
	int64_t next_at;  /* when the account's next turn comes */
};

struct turns {
	struct turns_line line[TURNS_LINES];
	struct list lines;          /* by next_at */
	struct fair home, stranger; /* who waits for a hash only */
	struct fair refused;        /* and is to be told */
	size_t n_home, n_strangers; /* hashes being computed */
	size_t n_strangers_waiting;
	uint16_t of_network[TURNS_LINES]; /* strangers waiting, by network */
};

void turns_init(struct turns *t);
/* It waits from now on; turns_next tells what comes of it. */
void turns_ask(struct turns *t, struct turn *turn, int64_t now_at);
/* The next whose state is decided: TURN_CHECKS or TURN_REFUSED.  NULL: none now. */
struct turn *turns_next(struct turns *t, int64_t now_at);
/* When to call turns_next again though nothing was asked or ended; CLOCK_NEVER. */
int64_t turns_next_at(const struct turns *t);
/* It has been checked, was refused, or waits no longer. */
void turns_end(struct turns *t, struct turn *turn);
/* The account is at home in that network: who waits there among strangers does so no longer. */
void turns_welcome(struct turns *t, uint64_t account, uint64_t network);

#endif
