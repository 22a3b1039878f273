/* box: entries of mailboxes in memory, in files, and after a crash. */
#include "box_rig.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t size_of(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

FIBRE_TEST(what_is_applied_is_read_before_and_after_a_fold_and_a_crash)
{
	rig_begin();
	rig_append(0, 5, 0);
	rig_flags(0, 2, MAILBOX_SEEN);
	rig_flags(0, 3, MAILBOX_GONE);
	rig_cache(0, 4);
	rig_check_all();
	CHECK_INT(rig_fold(true), 0);
	rig_check_all();
	rig_crash();
	rig_check_all();
	rig_append(0, 1, MAILBOX_SEEN);
	rig_flags(0, 1, MAILBOX_DELETED);
	rig_cache(0, 2);
	rig_crash();
	rig_check_all();
	rig_end();
}

FIBRE_TEST(a_page_is_of_those_with_and_without_flags)
{
	AUTO_ARENA mem = { 0 };
	struct box_want want = {
		.first = 1, .last = UINT32_MAX, .max = 1, .without = MAILBOX_SEEN
	};
	struct box_entry *e;
	size_t n;
	bool done;

	rig_begin();
	rig_append(0, 5, 0);
	rig_flags(0, 1, MAILBOX_SEEN);
	rig_flags(0, 3, MAILBOX_SEEN | MAILBOX_DELETED);
	rig_flags(0, 4, MAILBOX_SEEN | MAILBOX_FLAGGED);
	rig_flags(0, 5, MAILBOX_GONE);
	CHECK_INT(box_page(rig_box[0], &want, &mem, &e, &n, &done), 0);
	CHECK(n == 1 && e[0].row.uid == 2 && done);
	want.with = MAILBOX_SEEN | MAILBOX_FLAGGED;
	want.without = MAILBOX_DELETED;
	CHECK_INT(box_page(rig_box[0], &want, &mem, &e, &n, &done), 0);
	CHECK(n == 1 && e[0].row.uid == 4 && done);
	want.with = MAILBOX_SEEN;
	CHECK_INT(box_page(rig_box[0], &want, &mem, &e, &n, &done), 0);
	CHECK(n == 1 && e[0].row.uid == 1 && !done);
	rig_end();
}

FIBRE_TEST(a_fold_that_the_database_never_heard_of_is_done_again)
{
	rig_begin();
	rig_append(0, 3, 0);
	CHECK_INT(rig_fold(true), 0);
	rig_append(0, 3, 0);
	rig_flags(0, 1, MAILBOX_FLAGGED);
	CHECK_INT(rig_fold(false), 0);
	rig_crash();
	rig_check_all();
	CHECK_INT(rig_fold(true), 0);
	rig_crash();
	rig_check_all();
	rig_end();
}

FIBRE_TEST(a_file_cut_at_any_octet_behind_what_counts_is_whole_again)
{
	rig_begin();
	rig_append(0, 2, 0);
	CHECK_INT(rig_fold(true), 0);
	rig_flags(0, 1, MAILBOX_SEEN);
	rig_append(0, 2, 0);
	CHECK_INT(rig_fold(false), 0);
	uint64_t end = size_of(rig_idx(0));
	CHECK(end > rig_kept_octets(0));
	while (end-- > rig_kept_octets(0)) {
		CHECK_INT(truncate(rig_idx(0), (off_t)end), 0);
		rig_crash();
		rig_check(0);
	}
	CHECK_INT(rig_fold(true), 0);
	rig_crash();
	rig_check(0);
	rig_end();
}

static void flip(const char *path, uint64_t at)
{
	char c;
	int fd = open(path, O_RDWR);
	CHECK_INT(pread(fd, &c, 1, (off_t)at), 1);
	c ^= 0x10;
	CHECK_INT(pwrite(fd, &c, 1, (off_t)at), 1);
	close(fd);
}

static char why[200];

static void note(uint32_t mailbox, const char *text, UNUSED void *arg)
{
	CHECK_INT(mailbox, 1);
	snprintf(why, sizeof why, "%s", text);
}

FIBRE_TEST(damage_at_any_octet_that_counts_is_told)
{
	rig_begin();
	rig_config.damaged = note;
	rig_append(0, 2, 0);
	CHECK_INT(rig_fold(true), 0);
	rig_flags(0, 1, MAILBOX_SEEN);
	CHECK_INT(rig_fold(true), 0);
	for (uint64_t at = 0; at < rig_kept_octets(0); at++) {
		flip(rig_idx(0), at);
		rig_crash();
		int r = box_load(rig_box[0]);
		CHECK(r == ERR_DAMAGED || (r == ERR_CONFIG && at >= 8 && at < 12));
		CHECK(r != ERR_DAMAGED || strstr(why, "mailbox 1"));
		why[0] = 0;
		flip(rig_idx(0), at);
	}
	rig_crash();
	rig_check(0);
	rig_end();
}

FIBRE_TEST(a_lost_file_is_told_and_does_not_stop_the_folds)
{
	rig_begin();
	rig_append(0, 2, 0);
	CHECK_INT(rig_fold(true), 0);
	CHECK_INT(unlink(rig_idx(0)), 0);
	rig_crash();
	CHECK_INT(box_load(rig_box[0]), ERR_DAMAGED);
	rig_append(0, 2, 0);
	rig_append(1, 2, 0);
	CHECK_INT(rig_fold(true), 0);
	rig_check(1);
	CHECK_INT(box_load(rig_box[0]), ERR_DAMAGED);
	rig_crash();
	rig_check(1);
	CHECK_INT(box_load(rig_box[0]), ERR_DAMAGED);
	rig_end();
}

FIBRE_TEST(a_file_full_of_what_is_dead_is_rewritten_and_the_floor_rises)
{
	struct box_numbers n;
	rig_begin();
	rig_append(0, 300, 0);
	for (int i = 0; i < 20; i++) {
		for (uint32_t uid = 1; uid <= 300; uid++)
			rig_flags(0, uid, i == 10 && uid % 2 ? MAILBOX_GONE : (uint64_t)i % 32);
		CHECK_INT(rig_fold(i != 15), 0);
		if (i % 5 == 0)
			rig_crash();
	}
	rig_check(0);
	CHECK(box_numbers(rig_box[0], &n));
	CHECK(n.serial > 1 && n.floor > 0);
	CHECK(size_of(rig_idx(0)) < 150 * 64 + 100000);
	rig_crash();
	rig_check(0);
	rig_end();
}

/* A rewritten file, of which the database never heard, with appends behind its base. */
FIBRE_TEST(a_rewritten_file_counts_as_far_as_its_base)
{
	struct box_numbers before, after;
	rig_begin();
	rig_append(0, 200, 0);
	CHECK_INT(rig_fold(true), 0);
	CHECK(box_numbers(rig_box[0], &before));
	for (int i = 0; i < 40; i++) {
		for (uint32_t uid = 1; uid <= 200; uid += i == 2 ? 4 : 1)
			rig_flags(0, uid, i == 2 ? MAILBOX_GONE : (uint64_t)i % 32);
		rig_append(0, 1, 0);
		CHECK_INT(rig_fold(false), 0);
	}
	CHECK(box_numbers(rig_box[0], &after));
	CHECK(after.serial > before.serial);
	for (int i = 0; i < 2; i++) {
		rig_crash();
		rig_check(0);
		rig_crash();
		CHECK_INT(rig_fold(i == 0), 0);
		rig_check(0);
	}
	rig_crash();
	rig_append(0, 2, 0);
	rig_check(0);
	rig_end();
}

/* Messages that came since the last fold that the database heard of are in the base already when
 * they are folded again: what happened to them behind it counts. */
FIBRE_TEST(changes_behind_a_base_that_the_database_never_heard_of_stay)
{
	struct box_numbers n;
	rig_begin();
	rig_append(0, 200, 0);
	CHECK_INT(rig_fold(true), 0);
	CHECK(box_numbers(rig_box[0], &n));
	uint32_t serial = n.serial;
	for (int i = 1; n.serial == serial; i++) {
		rig_append(0, 2, 0);
		for (uint32_t uid = 1; uid <= 200; uid++)
			rig_flags(0, uid, (uint64_t)i % 32);
		CHECK_INT(rig_fold(false), 0);
		CHECK(box_numbers(rig_box[0], &n));
		if (n.serial == serial)
			CHECK_INT(rig_fold(true), 0);
	}
	uint32_t last = rig_uid_next(0) - 1;
	rig_flags(0, last, MAILBOX_GONE);
	rig_flags(0, last - 1, MAILBOX_FLAGGED);
	rig_crash();
	CHECK_INT(rig_fold(true), 0);
	rig_check(0);
	rig_crash();
	rig_check(0);
	rig_end();
}

FIBRE_TEST(envelopes_that_are_half_dead_move_to_the_next_generation)
{
	rig_begin();
	rig_cache_bytes = 2000;
	rig_append(0, 900, 0);
	CHECK_INT(rig_fold(true), 0);
	rig_copy(0, 1, 850, 870);
	for (uint32_t uid = 1; uid <= 800; uid++)
		rig_flags(0, uid, MAILBOX_GONE);
	for (int i = 0; i < 60; i++) {
		for (uint32_t uid = 850; uid < 880; uid++)
			rig_flags(0, uid, (uint64_t)i % 32);
		CHECK_INT(rig_fold(true), 0);
	}
	CHECK(size_of(rig_env(2)) > 0);
	rig_check_all();
	rig_copy(0, 2, 850, 860);
	CHECK_INT(rig_fold(true), 0);
	CHECK_INT(rig_fold(true), 0);
	CHECK_INT(rig_fold(true), 0);
	CHECK_INT(size_of(rig_env(1)), 0);
	rig_crash();
	rig_check_all();
	rig_cache_bytes = 40;
	rig_end();
}

FIBRE_TEST(rows_are_dropped_when_the_budget_is_short)
{
	rig_begin();
	box_set_close(rig_set);
	rig_config.arrays_bytes = 1;
	CHECK_INT(box_set_open(&rig_config, &rig_set), 0);
	for (size_t i = 0; i < RIG_BOXES; i++)
		CHECK_INT(box_add(rig_set, RIG_ACCOUNT, (uint32_t)i + 1, 5, NULL, &rig_box[i]), 0);
	uint64_t seed = 3;
	for (int i = 0; i < 300; i++) {
		rig_random(&seed);
		if (i % 100 == 50)
			CHECK_INT(rig_fold(true), 0);
	}
	rig_check_all();
	rig_end();
}

/* As many as chance gives: changes, folds with and without the database, crashes. */
FIBRE_TEST(random_changes_are_as_in_the_model)
{
	for (uint64_t seed = 1; seed <= 12; seed++) {
		uint64_t chance = seed;
		rig_begin();
		for (int i = 0; i < 700; i++) {
			rig_random(&chance);
			uint64_t what = rig_chance(&chance, 60);
			if (what < 3)
				CHECK_INT(rig_fold(what > 0), 0);
			else if (what == 3)
				rig_crash();
			else if (what == 4)
				rig_check(rig_chance(&chance, RIG_BOXES));
		}
		rig_check_all();
		rig_end();
	}
}

static bool folding_ends;

static void fold_all_the_time(UNUSED void *arg)
{
	for (int i = 0; !folding_ends; i++) {
		CHECK_INT(rig_fold(i % 3 != 0), 0);
		CHECK_INT(fibre_yield(), 0);
	}
}

static void fold_once(UNUSED void *arg)
{
	CHECK_INT(rig_fold(true), 0);
}

/* The fold puts down where the older one is; a copy must not follow it there. */
FIBRE_TEST(a_copy_has_the_envelope_that_came_during_the_fold)
{
	struct nursery folds;
	rig_begin();
	rig_append(0, 3, 0);
	rig_check(0);
	nursery_init(&folds);
	CHECK_INT(nursery_spawn(&folds, "fold", fold_once, NULL), 0);
	CHECK_INT(fibre_yield(), 0);
	rig_cache(0, 2);
	CHECK_INT(nursery_wait(&folds), 0);
	rig_copy(0, 1, 1, 3);
	rig_check(1);
	rig_crash();
	rig_check_all();
	rig_end();
}

static void expunge_one(void *arg)
{
	rig_flags(0, (uint32_t)(uintptr_t)arg, MAILBOX_GONE);
}

/* RFC 7162 3.2.5: it is told, though the file was rewritten meanwhile without what was dead. */
FIBRE_TEST(what_goes_during_a_rewrite_is_told)
{
	struct box_numbers n;
	rig_begin();
	rig_append(0, 300, 0);
	for (int i = 0; i < 14; i++) {
		for (uint32_t uid = 1; uid <= 300; uid++)
			rig_flags(0, uid, uid == 2 ? MAILBOX_GONE : (uint64_t)i % 32);
		rig_check(0); /* its rows are in memory */
		CHECK_INT(fibre_spawn("expunge", expunge_one, (void *)(uintptr_t)(100 + i)), 0);
		CHECK_INT(rig_fold(true), 0); /* and it runs while that waits */
		rig_check(0);
	}
	CHECK(box_numbers(rig_box[0], &n));
	CHECK(n.serial > 1); /* it was rewritten */
	rig_crash();
	rig_check_all();
	rig_end();
}

FIBRE_TEST(reading_and_changing_go_on_during_folds)
{
	struct nursery folds;
	uint64_t chance = 99;
	rig_begin();
	folding_ends = false;
	nursery_init(&folds);
	CHECK_INT(nursery_spawn(&folds, "folds", fold_all_the_time, NULL), 0);
	for (int i = 0; i < 1500; i++) {
		rig_random(&chance);
		if (i % 10 == 0)
			rig_check(rig_chance(&chance, RIG_BOXES));
		if (i % 3 == 0)
			CHECK_INT(fibre_yield(), 0);
	}
	folding_ends = true;
	CHECK_INT(nursery_wait(&folds), 0);
	rig_check_all();
	rig_crash();
	rig_check_all();
	rig_end();
}
