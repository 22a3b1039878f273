/* box row: entries and changes as octets. */
#include "store/mailbox/row.h"

#include "test.h"

TEST(a_row_comes_back_as_it_was_put)
{
	struct box_row row = {
		.uid = 0x01020304,
		.size = 0x05060708,
		.flags = UINT64_C(0x1112131415161718),
		.modseq = UINT64_C(0x2122232425262728),
		.message = UINT64_C(0x3132333435363738),
		.thread = UINT64_C(0x4142434445464748),
		.date_s = -1,
		.saved_s = 0x51525354,
		.recipient = BOX_NO_RECIPIENT,
		.cache = UINT64_C(0x6162636465666768),
	};
	char octets[BOX_ROW_BYTES];
	struct box_row again;
	box_row_put(&row, octets);
	box_row_get(exact(span_make(octets, sizeof octets)).p, &again);
	CHECK(!memcmp(&row, &again, sizeof row));
	CHECK_SPAN(span_make(octets, 9), SPAN("\4\3\2\1\x8\7\6\5\x18"));
	CHECK_SPAN(span_make(octets + 40, 9), SPAN("\xff\xff\xff\xff\xff\xff\xff\xff\x54"));
}

TEST(a_change_comes_back_as_it_was_put)
{
	struct box_change c = { 7, UINT64_C(1) << 63, 99 }, again;
	char octets[BOX_CHANGE_BYTES];
	box_change_put(&c, octets);
	box_change_get(exact(span_make(octets, sizeof octets)).p, &again);
	CHECK_INT(again.uid, 7);
	CHECK(again.flags == c.flags);
	CHECK_INT(again.modseq, 99);
}
