/* Message numbers from runs of UIDs (base/view.h, imapd/view_sets.h), beside an array that does the
 * same slowly. */
#include "imapd/view_sets.h"

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
		CHECK_INT(view_number(&v, uids[at]), at + 1);
		CHECK_INT(view_remove(&v, &(struct imap_run){ uids[at], uids[at] }, 1), 0);
		CHECK_INT(view_number(&v, uids[at]), 0);
		memmove(&uids[at], &uids[at + 1], (n_uids - at - 1) * sizeof *uids);
		n_uids--;
		same(&v);
	}
	CHECK_INT(view_remove(&v, &(struct imap_run){ 5, 5 }, 1), 0);
	CHECK_INT(v.n, 0);
	view_fini(&v);
}

/* Runs of all lengths, over gaps and beyond the end, at once. */
TEST(many_go_at_once)
{
	struct view v = { 0 };
	uint32_t seed = 11;

	for (n_uids = 0; n_uids < UIDS;) {
		seed = seed * 1103515245 + 12345;
		uids[n_uids] = (n_uids ? uids[n_uids - 1] : 0) + 1 + (seed >> 16 & 3) / 2;
		CHECK_INT(view_append(&v, uids[n_uids++], 1), 0);
	}
	while (n_uids) {
		static struct imap_run met[8 + UIDS];
		struct imap_run gone[8];
		size_t n = 0;
		uint32_t first = 1, left = 0;
		for (; n < N_ELEMS(gone) && first < 2 * UIDS; n++) {
			seed = seed * 1103515245 + 12345;
			gone[n].first = first + (seed >> 16 & 63);
			gone[n].last = gone[n].first + (seed >> 24 & 15);
			first = gone[n].last + 2;
		}
		struct imap_set set = { .runs = gone, .n_runs = n };
		size_t n_met = view_meet(&v, gone, n, met);
		struct imap_set meet = { .runs = met, .n_runs = n_met };
		for (uint32_t uid = 1; uid < 2 * UIDS + 100; uid++)
			CHECK(imap_set_has(&meet, uid) ==
			      (imap_set_has(&set, uid) && view_number(&v, uid)));
		CHECK_INT(view_remove(&v, gone, n), 0);
		for (uint32_t i = 0; i < n_uids; i++)
			if (!imap_set_has(&set, uids[i]))
				uids[left++] = uids[i];
		n_uids = left;
		same(&v);
	}
	view_fini(&v);
}

TEST(runs_are_joined_over_what_is_not_there)
{
	struct view v = { 0 };
	struct imap_run runs[] = { { 2, 3 }, { 7, 7 }, { 9, 9 }, { 20, 21 } };

	CHECK_INT(view_append(&v, 2, 2), 0);
	CHECK_INT(view_append(&v, 7, 3), 0);
	CHECK_INT(view_append(&v, 20, 2), 0);
	CHECK_INT(view_join(&v, runs, N_ELEMS(runs)), 2);
	CHECK(runs[0].first == 2 && runs[0].last == 7 && runs[1].first == 9 && runs[1].last == 21);
	CHECK_INT(view_join(&v, runs, 0), 0);
	view_fini(&v);
}

TEST(the_highest_uid_goes)
{
	struct view v = { 0 };
	struct imap_run all = { 1, UINT32_MAX };

	CHECK_INT(view_append(&v, UINT32_MAX - 1, 1), 0);
	CHECK_INT(view_remove(&v, &all, 1), 0);
	CHECK_INT(v.n, 0);
	CHECK_INT(view_remove(&v, &all, 1), 0);
	view_fini(&v);
}
