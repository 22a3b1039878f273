/* Questions to name servers on loopback: nsd with a zone, and one that does as it is told. */
#include "resolver/resolver.h"

#include "resolver_harness.h"
#include "sandbox/sandbox.h"

enum { TIME_MS = 10000, USER = 31337 };

static int ask(const char *name, enum resolver_type type, struct arena *mem,
               struct resolver_answer *out)
{
	*out = (struct resolver_answer){ 0 };
	return resolver_ask(exact(span_str(name)), type, mem, out);
}

/* What one answer says, on one line, for a table. */
static void print(enum resolver_type type, const struct resolver_answer *a, struct buf *out)
{
	static const char *const words[] = { "found", "no data", "no name" };
	char text[ADDRESS_TEXT_BYTES];

	buf_puts(out, words[a->status]);
	for (size_t i = 0; i < a->n_records; i++) {
		const struct resolver_record *r = &a->records[i];

		buf_putc(out, ' ');
		if (type == RESOLVER_MX)
			buf_printf(out, "%u:", r->preference);
		if (type == RESOLVER_TLSA)
			buf_printf(out, "%u%u%u:%zu", r->text.p[0], r->text.p[1], r->text.p[2],
			           r->text.n - 3);
		else if (type == RESOLVER_A || type == RESOLVER_AAAA)
			buf_puts(out, address_text(&r->address, true, text));
		else
			buf_printf(out, "%.*s", SPAN_ARG(type == RESOLVER_TXT ? r->text : r->name));
	}
	if (a->canonical.n)
		buf_printf(out, " is %.*s", SPAN_ARG(a->canonical));
}

/* Addresses come in random order; here they need one. */
static void sort_addresses(enum resolver_type type, struct resolver_answer *a)
{
	if (type == RESOLVER_A && a->n_records == 2 &&
	    ntohl(a->records[0].address.in.sin_addr.s_addr) >
	            ntohl(a->records[1].address.in.sin_addr.s_addr)) {
		struct resolver_record swap = a->records[0];

		a->records[0] = a->records[1];
		a->records[1] = swap;
	}
}

static const struct {
	const char *name;
	enum resolver_type type;
	int r;
	const char *want;
} rows[] = {
	{ "Host.TEST", RESOLVER_A, 0, "found 192.0.2.1:0 192.0.2.2:0" },
	{ "host.test.", RESOLVER_AAAA, 0, "found [2001:db8::1]:0" },
	{ "null.test", RESOLVER_MX, 0, "found 0:" },
	{ "_25._tcp.host.test", RESOLVER_TLSA, 0, "found 311:32" },
	{ "alias.test", RESOLVER_A, 0, "found 192.0.2.1:0 192.0.2.2:0 is host.test" },
	{ "chain.test", RESOLVER_AAAA, 0, "found [2001:db8::1]:0 is host.test" },
	{ "loop.test", RESOLVER_A, ERR_DNS, "" },
	{ "dangling.test", RESOLVER_A, 0, "no name is nowhere.test" },
	{ "nodata.test", RESOLVER_MX, 0, "no data" },
	{ "nothing.test", RESOLVER_MX, 0, "no name" },
	{ "evil.test", RESOLVER_MX, 0, "found 20:good.test" },
	{ "worse.test", RESOLVER_MX, ERR_DNS, "" },
	{ "1.2.0.192.in-addr.arpa", RESOLVER_PTR, 0, "found host.test" },
	{ "1.0.0.127.in-addr.arpa", RESOLVER_PTR, 0, "found loop.test" },
	{ "4.3.2.10.in-addr.arpa", RESOLVER_PTR, 0, "found ten.test" },
	{ "refused.example", RESOLVER_A, ERR_DNS, "" }, /* no zone of nsd's */
	{ "name.invalid", RESOLVER_A, 0, "no name" },   /* RFC 6761 6.4: asked of nobody */
	{ "no name.test", RESOLVER_A, ERR_SYNTAX, "" },
	{ "", RESOLVER_A, ERR_SYNTAX, "" },
};

static void check_rows(void)
{
	EACH_ROW(rows) {
		AUTO_ARENA mem = { 0 };
		AUTO_BUF out = BUF(4096);
		struct resolver_answer a;

		CHECK_INT(ask(rows[row].name, rows[row].type, &mem, &a), rows[row].r);
		sort_addresses(rows[row].type, &a);
		if (rows[row].r == 0)
			print(rows[row].type, &a, &out);
		CHECK_STR(buf_str(&out), rows[row].want);
		CHECK_INT(a.secure, false);
	}
	test_row = SIZE_MAX;
}

static void nsd_rows(void *arg)
{
	check_rows();
	check_rows(); /* from memory */
	resolver_fini();
}

/* The zone is not signed, and must do with validation on and off. */
TEST(resolver_answers)
{
	if (!nsd_start())
		return;
	with_resolver(nsd.port, false, TIME_MS, nsd_rows);
	with_resolver(nsd.port, true, TIME_MS, nsd_rows);
	CHECK(fibre_stack_high_water() < FIBRE_STACK_BYTES / 2);
	nsd_stop();
}

static void check_mx(void)
{
	unsigned seen = 0;

	for (int i = 0; i < 100; i++) {
		AUTO_ARENA mem = { 0 };
		struct resolver_answer a;

		CHECK_INT(ask("many.test", RESOLVER_MX, &mem, &a), 0);
		CHECK_INT(a.n_records, 5);
		if (a.n_records != 5)
			return;
		for (int k = 0; k < 3; k++)
			CHECK_INT(a.records[k].preference, 10);
		CHECK_SPAN(a.records[3].name, SPAN("second.test"));
		CHECK_SPAN(a.records[4].name, SPAN("third.test"));
		seen |= 1u << (a.records[0].name.p[6] - 'a');
		CHECK(a.ttl <= 300 && a.ttl >= 290);
	}
	CHECK_INT(seen, 7);
}

static void check_txt(void)
{
	AUTO_ARENA mem = { 0 };
	struct resolver_answer a;
	bool spf = false;

	CHECK_INT(ask("txt.test", RESOLVER_TXT, &mem, &a), 0);
	CHECK_INT(a.n_records, 2);
	for (size_t i = 0; i < a.n_records; i++)
		spf |= span_eq(a.records[i].text, SPAN("v=spf1 -all"));
	CHECK(spf);
}

/* Negative answers live for the SOA's minimum (RFC 2308 5), here 60 s. */
static void check_lives(void)
{
	AUTO_ARENA mem = { 0 };
	struct resolver_answer a;

	CHECK_INT(ask("nothing.test", RESOLVER_A, &mem, &a), 0);
	CHECK(a.ttl <= 60 && a.ttl >= 50);
	CHECK_INT(ask("short.test", RESOLVER_A, &mem, &a), 0);
	CHECK(a.ttl <= 1);
}

static void check_ptr(void)
{
	AUTO_ARENA mem = { 0 };
	struct resolver_answer a = { 0 };
	struct address from;

	CHECK_INT(address_parse(SPAN("192.0.2.1"), 25, &from), 0);
	CHECK_INT(resolver_ask_ptr(&from, &mem, &a), 0);
	CHECK_INT(a.n_records, 1);
	if (a.n_records)
		CHECK_SPAN(a.records[0].name, SPAN("host.test"));
}

static void nsd_details(void *arg)
{
	check_mx();
	check_txt();
	check_lives();
	check_ptr();
	resolver_fini();
}

TEST(resolver_orders_and_lives)
{
	if (!nsd_start())
		return;
	with_resolver(nsd.port, true, TIME_MS, nsd_details);
	nsd_stop();
}

/* ---- one that does as it is told ------------------------------------------------------ */

static int n_done, n_found;

static void asker(void *arg)
{
	AUTO_ARENA mem = { 0 };
	struct resolver_answer a;

	n_found += ask(arg, RESOLVER_A, &mem, &a) == 0 && a.n_records == 1;
	n_done++;
}

static void until_done(int want)
{
	int64_t give_up = clock_add(loop_now_at(), TIME_MS);

	while (n_done < want && loop_now_at() < give_up)
		CHECK_INT(fibre_sleep(1), 0);
	CHECK_INT(n_done, want);
}

/* A body in a fibre, with a server of ours that answers 192.0.2.7 until told otherwise. */
#define FAKE_TEST(name, dnssec, time_ms)                                                           \
	static void body_##name(void *arg);                                                        \
	TEST(name)                                                                                 \
	{                                                                                          \
		n_done = n_found = 0;                                                              \
		with_resolver(0, dnssec, time_ms, body_##name);                                    \
	}                                                                                          \
	static void body_##name(UNUSED void *arg)

static void end(void)
{
	resolver_fini();
	fake_stop();
}

FAKE_TEST(resolver_asks_equal_questions_once, false, TIME_MS)
{
	for (int i = 0; i < 50; i++)
		CHECK_INT(fibre_spawn("asker", asker, i % 2 ? "same.test" : "SAME.test."), 0);
	until_done(50);
	CHECK_INT(n_found, 50);
	CHECK_INT(fake.n_questions, 1);
	asker("same.test");
	CHECK_INT(fake.n_questions, 1);
	asker("other.test");
	CHECK_INT(fake.n_questions, 2);
	end();
}

FAKE_TEST(resolver_forgets_in_time, false, TIME_MS)
{
	fake.records = (struct span)SPAN(A_RECORD("\1"));
	asker("short.test");
	asker("short.test");
	CHECK_INT(fake.n_questions, 1);
	CHECK_INT(fibre_sleep(2100), 0);
	asker("short.test");
	CHECK_INT(fake.n_questions, 2);
	CHECK_INT(n_found, 3);
	end();
}

static void late_answers(UNUSED void *arg)
{
	AUTO_ARENA mem = { 0 };
	struct resolver_answer a;
	int64_t start;

	fake.hold = true;
	start = loop_now_at();
	CHECK_INT(ask("late.test", RESOLVER_A, &mem, &a), ERR_TIMEOUT);
	CHECK_INT(loop_now_at() - start, 150);
	{
		FIBRE_TIMEOUT(20);
		start = loop_now_at();
		CHECK_INT(ask("late.test", RESOLVER_A, &mem, &a), ERR_TIMEOUT);
		CHECK_INT(loop_now_at() - start, 20);
	}
	fake_release();
	while (ask("late.test", RESOLVER_A, &mem, &a) == ERR_TIMEOUT)
		continue;
	CHECK_INT(a.n_records, 1);
	fake.hold = true;
	CHECK_INT(ask("late.test", RESOLVER_A, &mem, &a), 0);
	end();
}

/* In the test's own time, as both waits are ours to end; libunbound's thread has the system's. */
TEST(resolver_keeps_late_answers)
{
	test_time_begin();
	test_time_calm(TEST_CALM_TCP);
	with_resolver(0, false, 150, late_answers);
	test_time_end();
}

FAKE_TEST(resolver_waits_end_by_cancelling, false, TIME_MS)
{
	struct fibre *f;

	fake.hold = true;
	CHECK_INT(fibre_spawn_ref("asker", asker, "held.test", &f), 0);
	while (!fake.n_questions)
		CHECK_INT(fibre_sleep(1), 0);
	fibre_cancel(f);
	until_done(1);
	CHECK_INT(n_found, 0);
	end();
}

FAKE_TEST(resolver_ends_with_questions_open, false, TIME_MS)
{
	fake.hold = true;
	for (int i = 0; i < 5; i++)
		CHECK_INT(fibre_spawn("asker", asker, i % 2 ? "one.test" : "two.test"), 0);
	while (fake.n_questions < 2)
		CHECK_INT(fibre_sleep(1), 0);
	resolver_fini();
	until_done(5);
	CHECK_INT(n_found, 0);
	fake_stop();
}

/* SERVFAIL is kept for a moment, so that a dead zone is not hammered. */
FAKE_TEST(resolver_remembers_failures, false, TIME_MS)
{
	AUTO_ARENA mem = { 0 };
	struct resolver_answer a;
	int before;

	fake.rcode = 2;
	fake.n_records = 0;
	fake.records = (struct span){ 0 };
	CHECK_INT(ask("dead.test", RESOLVER_A, &mem, &a), ERR_DNS);
	CHECK(span_starts(span_str(err_str(ERR_DNS)), SPAN("dead.test: ")));
	before = fake.n_questions;
	CHECK(before > 0);
	CHECK_INT(ask("dead.test", RESOLVER_A, &mem, &a), ERR_DNS);
	CHECK_INT(fake.n_questions, before);
	end();
}

/* Outside the zones that nobody signs, an answer without proof is no answer (RFC 4035 5). */
FAKE_TEST(resolver_refuses_unproven_answers, true, TIME_MS)
{
	AUTO_ARENA mem = { 0 };
	struct resolver_answer a;

	CHECK_INT(ask("signed.example", RESOLVER_A, &mem, &a), ERR_DNS);
	CHECK_INT(ask("local.test", RESOLVER_A, &mem, &a), 0);
	CHECK_INT(a.secure, false);
	end();
}

/* Data that does not fit its type, and a flood of it: threats 3.29. */
FAKE_TEST(resolver_survives_hostile_data, false, 3000)
{
	static const struct {
		struct span records;
		uint16_t n;
		enum resolver_type type;
	} t[] = {
		{ SPAN("\xc0\x0c\0\1\0\1\0\0\0\x64\0\3\300\0\2"), 1, RESOLVER_A },
		{ SPAN("\xc0\x0c\0\1\0\1\0\0\0\x64\0\5\300\0\2\1\1"), 1, RESOLVER_A },
		{ SPAN("\xc0\x0c\0\1\0\1\0\0\0\x64\377\377\300"), 1, RESOLVER_A },
		{ SPAN("\xc0\x0c\0\x0f\0\1\0\0\0\x64\0\4\0\1\xc0\x29"), 1,
		  RESOLVER_MX }, /* itself */
		{ SPAN("\xc0\x0c\0\x0f\0\1\0\0\0\x64\0\1\0"), 1, RESOLVER_MX },
		{ SPAN("\xc0\x0c\0\x10\0\1\0\0\0\x64\0\2\5x"), 1, RESOLVER_TXT },
		{ SPAN("\xc0\x0c\0\x10\0\1\0\0\0\x64\0\0"), 1, RESOLVER_TXT },
		{ SPAN("\xc0\x0c\0\x34\0\1\0\0\0\x64\0\2\3\1"), 1, RESOLVER_TLSA },
		{ SPAN(A_RECORD("\x64")), 200, RESOLVER_A }, /* fewer than it says */
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		AUTO_BUF name = BUF(64);
		struct resolver_answer a;
		int r;

		fake.records = t[row].records;
		fake.n_records = t[row].n;
		buf_printf(&name, "row%zu.test", row);
		r = ask(buf_str(&name), t[row].type, &mem, &a);
		CHECK(r == ERR_DNS || r == ERR_TIMEOUT || (r == 0 && a.status == RESOLVER_NO_DATA));
		CHECK_INT(a.n_records, 0);
	}
	end();
}

/* ---- in its sandbox ---------------------------------------------------------------------- */

static int in_sandbox_result = 1;
static const char *in_sandbox_name;
static enum resolver_status in_sandbox_status;

static void ask_in_sandbox(void *arg)
{
	AUTO_ARENA mem = { 0 };
	struct resolver_answer a;

	in_sandbox_result =
	        ask(in_sandbox_name, RESOLVER_A, &mem, &a) == 0 && a.status == in_sandbox_status
	                ? 0
	                : 2;
	loop_stop();
}

/* As role/courier.c does: its file before, its thread and sockets within. */
static int ask_as_courier(int port)
{
	struct sandbox_profile p = { .role = "courier", .may = SANDBOX_CONNECT | SANDBOX_BIND };
	struct sandbox_report report;
	int uid = geteuid() == 0 ? USER : -1;

	if (loop_init(0) < 0)
		return 4;
	resolver_start(port, true, TIME_MS);
	if (sandbox_enter(&p, uid, uid, &report) < 0 || !report.seccomp)
		return 5;
	if (fibre_spawn("ask", ask_in_sandbox, NULL) < 0)
		return 6;
	loop_run();
	return in_sandbox_result;
}

static void check_in_sandbox(int port, const char *name, enum resolver_status status)
{
	int ended = -1;
	pid_t pid;

	in_sandbox_name = name;
	in_sandbox_status = status;
	pid = fork();
	if (pid == 0)
		_exit(ask_as_courier(port));
	CHECK_INT(waitpid(pid, &ended, 0), pid);
	CHECK_INT(ended, 0);
}

TEST(resolver_works_in_the_couriers_sandbox)
{
	if (!nsd_start())
		return;
	check_in_sandbox(nsd.port, "host.test", RESOLVER_FOUND);
	check_in_sandbox(nsd.port, "nothing.test", RESOLVER_NO_NAME);
	nsd_stop();
}

/* Without a forwarder; these names need no network. */
TEST(resolver_starts_from_the_root)
{
	check_in_sandbox(0, "localhost", RESOLVER_FOUND);
	check_in_sandbox(0, "name.invalid", RESOLVER_NO_NAME);
}

/* Settings that cannot be. */
TEST(resolver_refuses_bad_settings)
{
	AUTO_ARENA mem = { 0 };
	struct settings set;

	CHECK_INT(config_defaults(&mem, &set), 0);
	set.resolver_address = "dns.example";
	CHECK_INT(loop_init(0), 0);
	CHECK_INT(resolver_init(&set), ERR_CONFIG);
	set.resolver_address = "";
	CHECK_INT(resolver_init(&set), 0);
	resolver_fini();
	loop_fini();
}
