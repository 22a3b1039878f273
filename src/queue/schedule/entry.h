/* queue/schedule/entry.h - what the schedule is made of: entries, and the destinations where they
 * stand in line.
 */
#ifndef QUEUE_ENTRY_H
#define QUEUE_ENTRY_H

#include "base/list.h"
#include "calls/queue.h"
#include "queue/schedule/health.h"

/* A message's text, kept from its acceptance to the end of its first attempts. */
struct schedule_body {
	uint32_t refs;
	size_t n;
	char octets[];
};

struct destination {
	struct list turn;  /* in schedule.turns, when it has ready entries and a free place */
	struct list ready; /* entries, the longest due first */
	size_t n_entries;  /* waiting, ready or running */
	size_t n_running;
	struct health health;
	struct span domain; /* lower-case A-labels; behind this struct */
};

/* Where an entry is. */
enum entry_stage {
	ENTRY_WAITS, /* in the heap */
	ENTRY_READY, /* in line at its destination */
	ENTRY_RUNS,  /* taken, until schedule_again or schedule_done */
	ENTRY_OVER,  /* kept in the index only, see schedule_remember_begin */
};

struct entry {
	struct list ready;   /* in destination.ready, or in schedule.gone */
	struct entry *chain; /* next in its bucket of the index */
	struct destination *destination;
	uint64_t message;
	uint64_t size_bytes;
	int64_t accepted_ms;
	int64_t due_ms;    /* as the ledger has it */
	uint32_t attempt;  /* finished attempts */
	uint32_t octets;   /* counted for it, without its body */
	uint8_t put_backs; /* times in a row that the courier was not there */
	uint8_t stage;
	bool body_8bit, smtputf8, is_signed, returns;
	struct span return_path;    /* behind this struct, as are the addresses */
	struct schedule_body *body; /* may be NULL */
	uint32_t n_rcpts, n_all; /* still to be delivered to; with those behind them that are not */
	struct courier_rcpt rcpts[];
};

#endif
