/* box: each write, sync, rename and allocation of a fold fails, once or from then on.
 *
 * Never a crash; what was applied is read all the same, before and after a start; and the next fold
 * does what this one did not.
 */
#include "fault.h"
#include "box_rig.h"

static bool rewrites; /* the fold rewrites a file */

static void changes(void)
{
	rig_append(0, 200, 0);
	rig_append(1, 3, MAILBOX_SEEN);
	CHECK_INT(rig_fold(true), 0);
	for (int i = 0; rewrites && i < 16; i++) {
		for (uint32_t uid = 1; uid <= 200; uid++)
			rig_flags(0, uid, uid % 3 ? (uint64_t)i + 1 : MAILBOX_GONE);
		CHECK_INT(rig_fold(i < 15), 0);
	}
	for (uint32_t uid = 5; uid < 9; uid++)
		rig_flags(0, uid, MAILBOX_DELETED);
	rig_cache(0, 7);
	rig_append(1, 3, 0);
	rig_copy(0, 1, 1, 20);
	rig_append(2, 2, 0);
}

/* What a fold is for is done in the end. */
static void mended(void)
{
	rig_check_all();
	CHECK_INT(rig_fold(true), 0);
	rig_crash();
	rig_check_all();
}

static bool round_of(size_t n, enum fault_kind kind, bool for_ever, bool crash)
{
	rig_begin();
	changes();
	fault_arm(n, kind, for_ever);
	int r = rig_fold(true);
	bool hit = fault_hit();
	fault_disarm();
	CHECK(r == 0 || r == ERR_IO || r == ERR_NO_SPACE || r == ERR_NO_MEMORY);
	CHECK(hit || r == 0);
	if (crash)
		rig_crash();
	mended();
	rig_end();
	return hit;
}

static void all_rounds(enum fault_kind kind)
{
	for (int which = 0; which < 8; which++) {
		size_t n = 1;
		rewrites = which & 4;
		while (round_of(n, kind, which & 1, which & 2))
			n++;
		CHECK(n > 5);
	}
}

FIBRE_TEST(each_call_fails)
{
	all_rounds(FAULT_EIO);
}

FIBRE_TEST(each_call_finds_the_disk_full)
{
	all_rounds(FAULT_ENOSPC);
}

FIBRE_TEST(each_write_is_short)
{
	all_rounds(FAULT_SHORT);
}

FIBRE_TEST(each_call_fails_and_was_done)
{
	all_rounds(FAULT_LATE);
}

FIBRE_TEST(each_allocation_fails)
{
	all_rounds(FAULT_MEMORY);
}

FIBRE_TEST(each_allocation_of_a_load_fails)
{
	bool hit = true;
	rig_begin();
	changes();
	CHECK_INT(rig_fold(true), 0);
	rig_append(0, 5, 0);
	for (size_t n = 1; hit; n++) {
		rig_crash();
		fault_arm(n, FAULT_MEMORY, false);
		int r = box_load(rig_box[0]);
		hit = fault_hit();
		fault_disarm();
		CHECK(r == 0 || r == ERR_NO_MEMORY);
		rig_check(0);
	}
	rig_end();
}
