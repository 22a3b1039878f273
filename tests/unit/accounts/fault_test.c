/* directory.db: each write, sync and allocation of an order fails, once or from then on.
 *
 * Never a crash; what was answered is there, what was not is there whole or not at all; and the
 * next order works.
 */
#include "fault.h"
#include "rig.h"

static const char *const orders[] = {
	"domain add home.test",
	"account add alice@home.test hash=$6$x add-address=a@home.test",
	"alias add all@home.test to=alice@home.test to=x@far.test",
	"account set alice@home.test remove-address=a@home.test quota=1G",
};

/* How many of them were carried out, by what is there. */
static size_t n_there(void)
{
	if (rig_order("domain show home.test") < 0)
		return 0;
	if (rig_order("account show alice@home.test") < 0)
		return 1;
	bool set = strstr(rig_rows(), "\"quota_octets\":1073741824") != NULL;
	CHECK(set == !strstr(rig_rows(), "\"a@home.test\"")); /* all of it or nothing */
	if (rig_order("alias show all@home.test") < 0)
		return 2;
	CHECK(strstr(rig_rows(), "\"alice@home.test\",\"x@far.test\"") != NULL);
	return set ? 4 : 3;
}

static bool round_of(size_t n, enum fault_kind kind, bool for_ever)
{
	size_t acked = 0;

	rig_begin();
	fault_arm(n, kind, for_ever);
	int r = rig_open();
	while (r >= 0 && acked < N_ELEMS(orders) && (r = rig_order(orders[acked])) >= 0)
		acked++;
	bool hit = fault_hit();
	fault_disarm();
	CHECK(hit || r >= 0);
	if (r < 0 && r != ERR_IO && r != ERR_NO_SPACE && r != ERR_UNAVAILABLE && r != ERR_CORRUPT)
		CHECK_INT(r, ERR_NO_MEMORY);
	accounts_close(TAKE(rig.db));
	CHECK_INT(rig_open(), 0);
	size_t there = n_there();
	CHECK(there == acked || (r < 0 && there == acked + 1));
	for (size_t i = there; i < N_ELEMS(orders); i++)
		CHECK_INT(rig_order(orders[i]), 0);
	CHECK_INT(n_there(), 4);
	rig_end();
	return hit;
}

static void all_rounds(enum fault_kind kind)
{
	for (int for_ever = 0; for_ever < 2; for_ever++)
		for (size_t n = 1; round_of(n, kind, for_ever); n++)
			continue;
}

TEST(accounts_each_write_fails)
{
	all_rounds(FAULT_EIO);
}

TEST(accounts_each_write_finds_the_disk_full)
{
	all_rounds(FAULT_ENOSPC);
}

TEST(accounts_each_allocation_fails)
{
	all_rounds(FAULT_MEMORY);
}
