/* Message numbers from runs of UIDs (imapd/view.h), beside an array that does the same slowly. */
#include "imapd/view.h"

#include <string.h>

#include "test.h"

enum { UIDS = 300 };

static uint32_t uids[UIDS];
static uint32_t n_uids;

static void same(const struct view *v)
{
	CHECK_INT(v->n, n_uids);
	for (uint32_t i = 0; i < n_uids; i++) {
		uint32_t run;
		CHECK_INT(view_uid(v, i + 1), uids[i]);
		CHECK_INT(view_number(v, uids[i]), i + 1);
		CHECK_INT(view_next(v, i ? uids[i - 1] + 1 : 1, &run), uids[i]);
	}
	CHECK_INT(view_uid(v, n_uids + 1), 0);
	CHECK_INT(view_uid(v, 0), 0);
	CHECK_INT(view_last_uid(v), n_uids ? uids[n_uids - 1] : 0);
}

TEST(numbers_follow_uids)
{
	struct view v = { 0 };
	uint32_t uid = 1, seed = 7;

	for (; n_uids < UIDS; uid++) {
		seed = seed * 1103515245 + 12345;
		if (seed >> 16 & 3) {
			uids[n_uids++] = uid;
			CHECK_INT(view_append(&v, uid, 1), 0);
		}
	}
	same(&v);
	while (n_uids) {
		seed = seed * 1103515245 + 12345;
		uint32_t at = (seed >> 8) % n_uids;
		CHECK_INT(view_remove(&v, uids[at]), at + 1);
		CHECK_INT(view_number(&v, uids[at]), 0);
		memmove(&uids[at], &uids[at + 1], (n_uids - at - 1) * sizeof *uids);
		n_uids--;
		same(&v);
	}
	CHECK_INT(view_remove(&v, 5), 0);
	view_fini(&v);
}
