/* Messages by number (pop3d/maildrop.h), beside an array that does the same slowly. */
#include "pop3d/maildrop.h"

#include "test.h"

enum { MESSAGES = 300 };

TEST(numbers_follow_uids)
{
	struct maildrop m = { 0 };
	uint32_t uids[MESSAGES], n = 0, seed = 7;

	CHECK_INT(view_last_uid(&m.view), 0);
	CHECK_INT(view_number(&m.view, 1), 0);
	for (uint32_t uid = 1; n < MESSAGES; uid++) {
		seed = seed * 1103515245 + 12345;
		if (seed >> 16 & 3) {
			uids[n++] = uid;
			CHECK_INT(maildrop_add(&m, uid, 10), 0);
		}
	}
	CHECK_INT(m.view.n, MESSAGES);
	CHECK_INT(m.octets, 10 * MESSAGES);
	CHECK_INT(view_last_uid(&m.view), uids[n - 1]);
	CHECK_INT(view_uid(&m.view, 0), 0);
	CHECK_INT(view_uid(&m.view, n + 1), 0);
	for (uint32_t uid = 0, i = 0; uid <= uids[n - 1] + 2; uid++) {
		bool there = i < n && uids[i] == uid;
		CHECK_INT(view_number(&m.view, uid), there ? ++i : 0);
		if (there)
			CHECK_INT(view_uid(&m.view, i), uid);
	}
	maildrop_fini(&m);
}

/* RFC 1939 5: DELE marks, RSET unmarks. */
TEST(marks)
{
	struct maildrop m = { 0 };

	for (uint32_t uid = 1; uid <= 17; uid++)
		CHECK_INT(maildrop_add(&m, uid, uid), 0);
	CHECK_INT(maildrop_next_marked(&m, 1), 0);
	CHECK_INT(maildrop_mark(&m, 1, 1), 0);
	CHECK_INT(maildrop_mark(&m, 8, 8), 0);
	CHECK_INT(maildrop_mark(&m, 17, 17), 0);
	CHECK_INT(m.n_marked, 3);
	CHECK_INT(m.marked_octets, 26);
	CHECK(maildrop_is_marked(&m, 8) && !maildrop_is_marked(&m, 7) &&
	      !maildrop_is_marked(&m, 9));
	CHECK_INT(maildrop_next_marked(&m, 1), 1);
	CHECK_INT(maildrop_next_marked(&m, 2), 8);
	CHECK_INT(maildrop_next_marked(&m, 9), 17);
	CHECK_INT(maildrop_next_marked(&m, 18), 0);
	maildrop_unmark_all(&m);
	CHECK_INT(m.n_marked, 0);
	CHECK_INT(m.marked_octets, 0);
	CHECK_INT(maildrop_next_marked(&m, 1), 0);
	maildrop_fini(&m);
}
