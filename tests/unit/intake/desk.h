/* tests/unit/intake/desk.h - intake between doubles: a directory, and a store that notes what it
 * gets. */
#ifndef TESTS_UNIT_INTAKE_DESK_H
#define TESTS_UNIT_INTAKE_DESK_H

#include "fibre_harness.h"
#include "intake/intake.h"
#include "intake/judge.h"

/* alice and bob at home.test; alice+x too; fault@home.test: the directory does not answer. */
struct desk {
	struct settings set;
	struct arena mem;
	struct record_message m; /* what was committed last, copied into mem */
	struct queue_verdict verdicts[10];
	size_t n_verdicts, n_commits;
	uint32_t id_at;  /* of the last */
	struct buf file; /* octets of the file when it was committed */
	int fd;          /* the double's file */
	uint32_t room;   /* recipients that may be sent to; 0: any number */
	size_t n_looks;  /* how often that was asked */
	size_t n_asked;  /* for it, or for room in it */
	bool file_open;  /* not committed, not taken back */
	int file_fails;  /* an error that writing gives, or 0 */
	bool has_key;    /* home.test signs; a signature is "made" */
	int key_fails;   /* an error that signing gives, or 0 */
};
extern struct desk desk;

/* A TEST in a fibre, with the desk as it begins. */
#define DESK_TEST(name)                                                                            \
	static void desk_body_##name(void);                                                        \
	FIBRE_TEST(name)                                                                           \
	{                                                                                          \
		desk_open();                                                                       \
		desk_body_##name();                                                                \
		desk_close();                                                                      \
	}                                                                                          \
	static void desk_body_##name(void)
void desk_open(void);
void desk_close(void);

/* An intake with a sender, x@away.test (a transfer) or alice@home.test, and bob for recipient. */
struct intake *desk_intake(enum intake_kind kind);
WAITS int desk_sender(struct intake *in, const char *address, struct intake_no *no);
WAITS int desk_recipient(struct intake *in, const char *address, struct intake_no *no);
/* All of it in parts of n octets; what intake_commit returns. */
WAITS int desk_text(struct intake *in, struct span text, size_t n);

#endif
