/* tests/unit/store/store_harness.h - a store in a directory of its own, on a loop, in a fibre. */
#ifndef TESTS_UNIT_STORE_SPOOL_HARNESS_H
#define TESTS_UNIT_STORE_SPOOL_HARNESS_H

#include "rt/fibre.h"
#include "rt/loop.h"
#include "store/mail.h"
#include "store/store.h"
#include "test.h"

enum { TEST_SEGMENT = 64 << 10, TEST_TIME_MAX_MS = 60000 };

/* The directory of the running test; below TMPDIR or /tmp, removed at its end. */
extern struct settings rig_settings;
extern struct store *rig_spool;
/* Runs fn in a fibre, with rig_settings set and an empty directory; fn opens the store. */
void rig_test_run(void (*fn)(void));

#define STORE_TEST(name)                                                                           \
	static void store_body_##name(void);                                                       \
	TEST(name)                                                                                 \
	{                                                                                          \
		rig_test_run(store_body_##name);                                                   \
	}                                                                                          \
	static void store_body_##name(void)

/* Of rig_spool, checked. */
WAITS void rig_open(void);
WAITS void rig_close(void);
WAITS void rig_reopen(void);
/* "DIR/name", valid until the next call. */
const char *rig_path(const char *name);
/* Runs a shell command in the directory; its exit status. */
int rig_shell(const char *command);

/* An account for each address without a dot in its domain: "ann@local" has account "ann". */
struct test_message {
	struct record_message m;
	struct record_recipient to[8];
};
void test_message(struct test_message *t, struct span body, const char *const *to, size_t n);
/* Commits a message with that text to one recipient; its id, 0 on failure. */
WAITS uint64_t rig_commit(struct span body, const char *to);
WAITS int rig_change(uint64_t message, uint32_t recipient, uint8_t state, int64_t next_try_ms);
/* Checks that the message's text is `body`. */
WAITS void rig_check_text(uint64_t id, struct span body);
/* Entries of an account's mailbox with uid > after; one entry.  ERR_NOT_FOUND; an account without
 * mail has an empty INBOX. */
struct rig_entry {
	uint32_t uid;
	uint64_t message;
	int64_t received_ms;
	uint64_t size_bytes;
	struct span return_path, subject, recipient;
};
WAITS int rig_mailbox_list(struct span account, struct span name, uint32_t after, size_t max,
                           struct arena *mem, struct rig_entry **out, size_t *n);
WAITS int rig_mailbox_get(struct span account, struct span name, uint32_t uid, struct arena *mem,
                          struct rig_entry *out);
/* The number of pending recipients. */
WAITS size_t rig_pending(void);
/* The state of a message's recipient, 0 on failure. */
WAITS uint8_t rig_state(uint64_t id, uint32_t recipient);

#endif
