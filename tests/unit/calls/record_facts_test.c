/* What is known of a message's text, as an item of its record. */
#include "calls/record_facts.h"

#include "test.h"

TEST(facts_go_with_the_record)
{
	static const struct record_facts facts = { RECORD_FACT_SIGNED | RECORD_FACT_BODY_8BIT,
		                                   RECORD_FACT_SIGNED };
	AUTO_ARENA mem = { 0 };
	AUTO_BUF packed = BUF(10000);
	struct record_item other = { RECORD_ITEM_TAGS, SPAN("a=b") };
	struct record_message m = { .items = &other, .n_items = 1 }, back;

	CHECK_INT(record_facts_put(&m, facts, &mem), 0);
	CHECK_INT(record_message_pack(&m, &packed), 0);
	CHECK_INT(record_message_unpack(buf_span(&packed), &mem, &back), 0);
	CHECK_INT(back.n_items, 2);
	CHECK_SPAN(back.items[0].octets, SPAN("a=b"));
	CHECK(record_fact_holds(&back, RECORD_FACT_SIGNED));
	CHECK(!record_fact_holds(&back, RECORD_FACT_BODY_8BIT));
	CHECK_INT(record_facts_get(&back).known, facts.known);
}

/* Records that were made before the fact, or by somebody who errs: nothing holds. */
TEST(facts_that_are_not_known)
{
	static const struct {
		uint16_t kind;
		struct span octets;
		uint8_t known, hold;
	} t[] = {
		{ RECORD_ITEM_TAGS, SPAN("\xff\xff"), 0, 0 },
		{ RECORD_ITEM_FACTS, SPAN(""), 0, 0 },
		{ RECORD_ITEM_FACTS, SPAN("\xff"), 0, 0 },
		{ RECORD_ITEM_FACTS, SPAN("\x03\x06"), 3, 2 },     /* holds, and is not known */
		{ RECORD_ITEM_FACTS, SPAN("\x07\x04\xff"), 7, 4 }, /* of a later version */
	};
	struct record_message none = { 0 };

	CHECK_INT(record_facts_get(&none).known, 0);
	EACH_ROW(t) {
		struct record_item item = { t[row].kind, exact(t[row].octets) };
		struct record_message m = { .items = &item, .n_items = 1 };

		CHECK_INT(record_facts_get(&m).known, t[row].known);
		CHECK_INT(record_facts_get(&m).hold, t[row].hold);
	}
}
