/* Recipients and what became of them, as `send` and `status` draw them. */
#include "cmd/queue/table.h"

#include "capture.h"
#include "cmd/cli.h"

static void set(struct table *t, const char *record)
{
	json_t *v = json_loads(record, 0, NULL);

	CHECK(v != NULL);
	table_set(t, v);
	json_decref(v);
}

TEST(table_exit_status)
{
	static const struct {
		const char *states[3];
		int status;
		bool final;
	} t[] = {
		{ { NULL }, CLI_UNDECIDED, false },
		{ { "delivered" }, CLI_OK, true },
		{ { "delivered", "delivered" }, CLI_OK, true },
		{ { "delivered", "deferred" }, CLI_UNDECIDED, false },
		{ { "held" }, CLI_UNDECIDED, false },
		{ { "trying", "refused" }, CLI_FAILED, false },
		{ { "delivered", "expired" }, CLI_FAILED, true },
		{ { "cancelled", "delivered", "delivered" }, CLI_FAILED, true },
	};
	EACH_ROW(t) {
		struct table table = { 0 };
		char record[128];
		for (size_t i = 0; i < 3 && t[row].states[i]; i++) {
			snprintf(record, sizeof record, "{\"recipient\":%zu,\"state\":\"%s\"}", i,
			         t[row].states[i]);
			set(&table, record);
		}
		CHECK_INT(table_status(&table), t[row].status);
		CHECK_INT(table_is_final(&table), t[row].final);
		table_fini(&table);
	}
}

/* A row whose record has not come is no row yet, and its message is not decided. */
TEST(table_rows_in_any_order)
{
	struct table t = { 0 };

	set(&t, "{\"recipient\":2,\"state\":\"delivered\",\"address\":\"c@x.test\"}");
	CHECK(!table_is_final(&t));
	CHECK_PRINTS(STDOUT_FILENO, "\033[2Kdelivered  c@x.test                           \n",
	             table_draw(&t));
	set(&t,
	    "{\"recipient\":0,\"state\":\"refused\",\"address\":\"a@x.test\","
	    "\"remote_host\":\"mx.x.test\",\"code\":550,\"enhanced\":\"5.1.1\",\"text\":\"no\"}");
	CHECK_INT(t.drawn, 1);
	CHECK_PRINTS(
	        STDOUT_FILENO,
	        "\033[1A"
	        "\033[2Krefused    a@x.test                           mx.x.test: 550 5.1.1 no\n"
	        "\033[2Kdelivered  c@x.test                           \n",
	        table_draw(&t));
	table_fini(&t);
}

/* A line ends at the terminal's edge, between characters. */
TEST(table_cuts_between_characters)
{
	struct table t = { 0 };
	AUTO_BUF out = BUF(4096);

#define TEN_WIDE "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc"
	set(&t, "{\"recipient\":0,\"state\":\"deferred\",\"address\":\"a@x.test\",\"text\":"
	        "\"" TEN_WIDE TEN_WIDE TEN_WIDE TEN_WIDE TEN_WIDE "\"}");
	struct capture c = capture_begin(STDOUT_FILENO);
	table_draw(&t);
	capture_end(&c, &out);
	CHECK_INT(out.p[out.n - 1], '\n');
	CHECK_INT((unsigned char)out.p[out.n - 2], 0xbc);
	size_t columns = 0;
	for (size_t i = 4; i < out.n - 1; i++) /* behind "ESC [2K" */
		columns += (out.p[i] & 0xC0) != 0x80;
	CHECK_INT(columns, 79);
	table_fini(&t);
}

TEST(table_explains_what_did_not_arrive)
{
	struct table t = { 0 };

	set(&t, "{\"recipient\":0,\"state\":\"delivered\",\"address\":\"a@x.test\",\"meaning\":"
	        "\"in\"}");
	set(&t, "{\"recipient\":1,\"state\":\"deferred\",\"address\":\"b@x.test\",\"meaning\":"
	        "\"Full.\","
	        "\"remote_host\":\"mx\",\"code\":452,\"enhanced\":\"4.2.2\",\"text\":\"full\","
	        "\"next_try\":\"2026-01-01T00:00:00Z\"}");
	set(&t,
	    "{\"recipient\":2,\"state\":\"expired\",\"address\":\"c@x.test\",\"meaning\":\"Late.\","
	    "\"code\":null,\"text\":\"five days\"}");
	CHECK_PRINTS(STDOUT_FILENO,
	             "\nb@x.test: Full.\n  mx said: 452 4.2.2 full\n"
	             "  next try: 2026-01-01T00:00:00Z\n"
	             "\nc@x.test: Late.\n  reason: five days\n",
	             table_explain(&t));
	table_fini(&t);
}
