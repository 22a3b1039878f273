/* tests/unit/queue/office.h - a whole queue in one process, for tests.
 *
 * The queue and the store are the real ones, on a directory of the test's own.  Test doubles
 * stand in for the courier and the directory: courier_attempt does what the
 * recipient's local part says, directory_lookup knows the domain ours.test.
 *
 *   ok...    is taken                        no...    is refused for good
 *   full...  is deferred, always             once...  is deferred once, then taken
 *   dead...  has no server (office.revived: taken)
 *   slow...  is taken when office_open_gate() was called
 *   odd...   gets an answer that is none
 *
 * store_commit and store_record are the real ones behind a wrapper (ld --wrap) that fails
 * when told to.
 */
#ifndef TESTS_UNIT_QUEUE_OFFICE_H
#define TESTS_UNIT_QUEUE_OFFICE_H

#include "calls/queue.h"
#include "config/settings.h"
#include "queue/queue.h"
#include "queue/serve/serve.h"
#include "test.h"

/* One state change, as a follower of everything saw it. */
struct seen {
	uint64_t seq, message;
	uint32_t recipient, attempt;
	uint8_t state, class;
	uint16_t code;
	int64_t next_try_ms, time_ms;
	char *text;
};

/* One recipient in one attempt that the courier got. */
struct asked {
	uint64_t message;
	uint32_t recipient;
	uint32_t n_in_attempt;
	size_t front_n;
	bool is_signed;
	uint64_t file_bytes; /* of a large body; 0: no descriptor came */
	char return_path[32], address[32], domain[32];
};

struct office {
	struct arena mem;
	struct settings set; /* to be changed before office_open */
	char dir[64];
	struct store *store;
	struct queue *queue;

	struct seen *seen;
	size_t n_seen, seen_room;
	uint64_t seen_upto;
	size_t n_by_state[RECIPIENT_HELD + 1];
	struct cond seen_more;
	bool following;
	struct cond follower_gone;

	struct asked *asked;
	size_t n_asked, asked_room;
	size_t n_attempts, n_running, most_running;
	size_t n_slow, most_slow; /* slow attempts running */
	bool gate_is_open, revived;
	struct cond gate, arrived;
	/* so many calls from now */
	unsigned courier_fails, directory_fails, commit_fails, record_fails;
	struct buf log;
};
extern struct office office;

/* Runs fn in a fibre with a fresh office, not open yet; closes and removes it afterwards. */
void office_test(void (*fn)(void));
#define QUEUE_TEST(name)                                                                           \
	static void office_body_##name(void);                                                      \
	TEST(name)                                                                                 \
	{                                                                                          \
		office_test(office_body_##name);                                                   \
	}                                                                                          \
	static void office_body_##name(void)

WAITS void office_open(void);
/* Cuts short what is under way after `within_ms`. */
WAITS void office_close(int64_t within_ms);
void office_open_gate(void);
/* Until n slow attempts are under way. */
WAITS void office_until_slow(size_t n);

/* Submits; recipients divided by a space.  The message's id. */
WAITS uint64_t office_send(const char *return_path, const char *rcpts);
WAITS int office_submit(const char *return_path, const char *rcpts, struct span body, bool hold,
                        struct queue_submit_reply *out);
/* Until the recipient's state is (or was, since office_open) that one. */
WAITS const struct seen *office_until(uint64_t message, uint32_t recipient, uint8_t state);
/* Until n records of that state were seen. */
WAITS void office_until_count(uint8_t state, size_t n);
/* "queued trying/1 delivered/1" of all records of one recipient, in the order seen. */
const char *office_trail(uint64_t message, uint32_t recipient);
size_t office_count(uint8_t state);
/* How often the courier was asked about an address. */
size_t office_asked(const char *address);
/* Text of the only message in alice's mailbox at ours.test. */
WAITS struct span office_mail(void);

#endif
