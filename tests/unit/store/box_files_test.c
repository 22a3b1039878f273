/* box: files that are verified, and swept. */
#include "box_rig.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char lines[4000];

static void tell(const char *line, UNUSED void *arg)
{
	size_t n = strlen(lines);
	snprintf(lines + n, sizeof lines - n, "%s\n", line);
}

static uint64_t verify(void)
{
	struct box_known known[RIG_BOXES];
	uint64_t faults = 0;
	lines[0] = 0;
	for (size_t i = 0; i < RIG_BOXES; i++) {
		known[i] = (struct box_known){ .mailbox = (uint32_t)i + 1,
			                       .account = RIG_ACCOUNT,
			                       .uid_validity = 5 };
		CHECK(box_numbers(rig_box[i], &known[i].numbers));
	}
	CHECK_INT(box_verify(rig_config.dir, known, RIG_BOXES, tell, NULL, &faults), 0);
	return faults;
}

static void flip(const char *path, off_t at)
{
	char c;
	int fd = open(path, O_RDWR);
	CHECK_INT(pread(fd, &c, 1, at), 1);
	c ^= 0x10;
	CHECK_INT(pwrite(fd, &c, 1, at), 1);
	close(fd);
}

FIBRE_TEST(verify_tells_each_fault_and_changes_nothing)
{
	rig_begin();
	rig_append(0, 3, 0);
	rig_append(1, 3, 0);
	CHECK_INT(rig_fold(true), 0);
	CHECK_INT(verify(), 0);
	flip(rig_env(1), 64 + 20);
	CHECK_INT(verify(), 1);
	CHECK(strstr(lines, "mailbox 1, UID 1: its envelope, octet 64 of mail/07/107/1.env"));
	flip(rig_idx(1), 70);
	CHECK_INT(verify(), 2);
	CHECK(strstr(lines, "mailbox 2: octet 64 of its index file"));
	CHECK_INT(unlink(rig_idx(0)), 0);
	CHECK_INT(verify(), 2);
	CHECK(strstr(lines, "mailbox 1: its index file is lost"));
	rig_end();
}

/* All was expunged, and the file rewritten: its base has no rows. */
FIBRE_TEST(a_base_without_rows_is_read)
{
	struct box_numbers n;
	rig_begin();
	rig_append(0, 300, 0);
	for (uint64_t i = 0; i < 20; i++) {
		for (uint32_t uid = 1; uid <= 300; uid++)
			rig_flags(0, uid, i == 19 ? MAILBOX_GONE : i);
		CHECK_INT(rig_fold(true), 0);
	}
	for (uint32_t i = 1; i <= 3; i++) {
		rig_append(0, 300, 0);
		for (uint32_t uid = 300 * i + 1; uid <= 300 * i + 300; uid++)
			rig_flags(0, uid, MAILBOX_GONE);
		CHECK_INT(rig_fold(true), 0);
		rig_crash();
		rig_check(0);
	}
	CHECK(box_numbers(rig_box[0], &n));
	CHECK_INT(n.exists, 0);
	CHECK(n.serial > 1);
	rig_end();
}

FIBRE_TEST(a_removed_mailbox_leaves_no_file)
{
	struct stat st;
	rig_begin();
	rig_append(0, 3, 0);
	rig_append(1, 3, 0);
	CHECK_INT(rig_fold(true), 0);
	rig_append(0, 1, 0);
	box_remove(rig_box[0]);
	CHECK(box_get(rig_set, 1) == NULL);
	CHECK_INT(rig_fold(true), 0);
	CHECK_INT(stat(rig_idx(0), &st), 0); /* the database is only told now */
	CHECK_INT(rig_fold(true), 0);
	CHECK_INT(stat(rig_idx(0), &st), -1);
	rig_check(1);
	rig_end();
}

FIBRE_TEST(a_sweep_removes_what_a_crash_left_and_nothing_else)
{
	struct stat st;
	rig_begin();
	rig_append(0, 3, 0);
	rig_append(1, 3, 0);
	CHECK_INT(rig_fold(true), 0);
	box_remove(rig_box[0]);
	CHECK_INT(box_sweep(rig_set, 1, 2), 0);
	CHECK_INT(stat(rig_idx(0), &st), -1);
	CHECK_INT(stat(rig_idx(1), &st), 0);
	rig_check(1);
	rig_end();
}

/* What is written anew stands where the lost records stood. */
FIBRE_TEST(envelopes_of_a_lost_file_are_nobody_elses)
{
	AUTO_ARENA mem = { 0 };
	struct box_want want = { .first = 1, .last = UINT32_MAX, .max = 10, .cache = true };
	struct box_entry *e;
	size_t n;
	bool done;
	rig_begin();
	rig_append(0, 3, 0);
	CHECK_INT(rig_fold(true), 0);
	CHECK_INT(unlink(rig_env(1)), 0);
	rig_crash();
	rig_append(0, 3, 0);
	CHECK_INT(rig_fold(true), 0);
	rig_crash();
	CHECK_INT(box_page(rig_box[0], &want, &mem, &e, &n, &done), 0);
	CHECK_INT(n, 6);
	for (size_t i = 0; i < n; i++)
		CHECK_INT(e[i].cache.n > 0, i >= 3);
	rig_cache(0, 1); /* it was made again */
	CHECK_INT(rig_fold(true), 0);
	rig_crash();
	CHECK_INT(box_page(rig_box[0], &want, &mem, &e, &n, &done), 0);
	CHECK(e[0].cache.n > 0 && !e[1].cache.n);
	rig_end();
}
