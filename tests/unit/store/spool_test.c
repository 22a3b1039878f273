/* store/spool: committed, read back, brought to an end; the same after a restart. */
#include "spool_harness.h"

STORE_TEST(a_message_is_committed_and_read_back)
{
	store_open();
	uint64_t id = store_commit(SPAN_OF("Subject: x\r\n\r\nhello\r\n"), "bob@example.net");
	CHECK(id != 0);
	store_check_text(id, SPAN_OF("Subject: x\r\n\r\nhello\r\n"));
	CHECK_INT(store_pending(), 1);
	CHECK_INT(store_state(id, 0), RECIPIENT_QUEUED);
	store_reopen();
	store_check_text(id, SPAN_OF("Subject: x\r\n\r\nhello\r\n"));
	CHECK_INT(store_pending(), 1);
	CHECK_INT(store_change(id, 0, RECIPIENT_DELIVERED, 0), 0);
	CHECK_INT(store_pending(), 0);
	CHECK_INT(store_state(id, 0), RECIPIENT_DELIVERED);
	AUTO_BUF got = BUF(1000);
	CHECK_INT(spool_read(store_spool, id, 0, 100, &got), ERR_NOT_FOUND);
	store_reopen();
	CHECK_INT(store_state(id, 0), RECIPIENT_DELIVERED);
	CHECK_INT(spool_read(store_spool, id, 0, 100, &got), ERR_NOT_FOUND);
}
