/* What follows from what is found, and what a role that was taken over may not say. */
#include "desk.h"

#include "calls/inspect.h"
#include "calls/mailbox.h"
#include "calls/mailbox_records.h"
#include "calls/record_found.h"
#include "intake/defend.h"

enum { BOB, ALICE, U }; /* here, here, elsewhere: recipients in their order */

static struct {
	struct inspect_finding finding;
	struct inspect_authres result;
	size_t n_findings, n_results, n_asked;
	struct inspect_judge_args asked;
	int r;
} inspect;

static WAITS int find(const struct inspect_judge_args *a, UNUSED int fd, struct arena *mem,
                      struct inspect_judge_reply *out)
{
	inspect.n_asked++;
	inspect.asked = *a;
	if (inspect.r < 0)
		return err(inspect.r, "inspect of the test");
	out->findings = arena_array(mem, struct inspect_finding, 100);
	out->results = arena_array(mem, struct inspect_authres, 100);
	for (; out->n_findings < inspect.n_findings; out->n_findings++)
		out->findings[out->n_findings] = inspect.finding;
	for (; out->n_results < inspect.n_results; out->n_results++)
		out->results[out->n_results] = inspect.result;
	return 0;
}

static void begin(const char *attachments, const char *failure)
{
	inspect.finding = (struct inspect_finding){ .step = STEP_dmarc,
		                                    .result = INSPECT_FAILED,
		                                    .most = STEP_REJECT,
		                                    .value = SPAN("fail"),
		                                    .words = SPAN("it is not from whom it says") };
	inspect.n_findings = 1;
	inspect.n_results = 0;
	inspect.r = 0;
	desk.set.defence_attachments = attachments;
	desk.set.defence_failure = failure;
	inspect_judge_serve(find);
	intake_judge_set(intake_defend, NULL);
}

static void end(struct intake *in)
{
	intake_close(in);
	intake_judge_set(NULL, NULL);
	inspect_judge_serve(NULL);
}

static WAITS int commit(struct intake *in)
{
	return desk_text(in, SPAN("From: x@away.test\r\n\r\nx\r\n"), 100);
}

/* enum mailbox_role of where recipient i's copy goes. */
static int mailbox_of(uint32_t i)
{
	const struct record_recipient *to = &desk.m.recipients[i];
	const struct record_item *item =
	        record_item_find(to->items, to->n_items, RECORD_ITEM_MAILBOX);
	struct record_delivery d = { 0 };

	return item && record_delivery_unpack(item->octets, NULL, &d) == 0 ? d.role : 0;
}

DESK_TEST(defend_follows)
{
	static const struct {
		uint8_t result, most;
		const char *failure;
		int r, mailbox;
		bool field;
	} t[] = {
		{ INSPECT_PASSED, STEP_REJECT, "tag", 0, 0, false },
		{ INSPECT_FAILED, STEP_REJECT, "tag", ERR_REFUSED, 0, false },
		{ INSPECT_FAILED, STEP_QUARANTINE, "tag", 0, MAILBOX_QUARANTINE, true },
		{ INSPECT_FAILED, STEP_JUNK, "tag", 0, MAILBOX_JUNK, true },
		{ INSPECT_FAILED, STEP_TAG, "tag", 0, 0, true },
		{ INSPECT_FAILED, STEP_OBSERVE, "tag", 0, 0, false },
		{ INSPECT_UNABLE, STEP_REJECT, "tag", 0, 0, true },
		{ INSPECT_UNABLE, STEP_REJECT, "pass", 0, 0, false },
		{ INSPECT_UNABLE, STEP_REJECT, "tempfail", ERR_UNAVAILABLE, 0, false },
	};
	EACH_ROW(t) {
		struct intake *in = desk_intake(INTAKE_TRANSFER);
		begin("off", t[row].failure);
		inspect.finding.result = t[row].result;
		inspect.finding.most = t[row].most;
		CHECK_INT(commit(in), t[row].r);
		CHECK_INT(in->no.code, t[row].r == ERR_REFUSED ? 550 : 0);
		if (!t[row].r) {
			CHECK_INT(mailbox_of(BOB), t[row].mailbox);
			CHECK_INT(desk.m.recipients[BOB].prefix.n > 0, t[row].field);
			CHECK(record_item_find(desk.m.items, desk.m.n_items, RECORD_ITEM_VERDICTS));
		}
		end(in);
	}
}

/* Before what nobody knows of a message's files it waits, whatever is set. */
DESK_TEST(defend_must_know)
{
	struct intake *in = desk_intake(INTAKE_TRANSFER);

	begin("classic", "pass");
	inspect.finding.step = STEP_attachments;
	inspect.finding.result = INSPECT_UNABLE;
	CHECK_INT(commit(in), ERR_UNAVAILABLE);
	end(in);
}

/* What is sent: who connects is not asked about; elsewhere it is held, here it goes to Quarantine.
 */
DESK_TEST(defend_what_is_sent)
{
	struct intake *in = desk_intake(INTAKE_OPERATOR);
	struct intake_no no;

	begin("classic", "tag");
	inspect.finding.step = STEP_attachments;
	inspect.finding.most = STEP_QUARANTINE;
	CHECK_INT(desk_recipient(in, "alice@home.test", &no), 0);
	CHECK_INT(desk_recipient(in, "u@away.test", &no), 0);
	CHECK_INT(commit(in), 0);
	CHECK_INT(inspect.asked.steps, 1u << STEP_attachments);
	CHECK_INT(inspect.asked.direction, STEP_OUT);
	CHECK_INT(mailbox_of(ALICE), MAILBOX_QUARANTINE);
	CHECK_INT(desk.n_verdicts, 1);
	CHECK_INT(desk.verdicts[0].recipient, U);
	CHECK_INT(desk.verdicts[0].state, RECIPIENT_HELD);
	CHECK(span_starts(desk.m.prefix, SPAN("X-Postrider-Defence: attachments=fail;\r\n")));
	end(in);
}

/* RFC 2033: another server stands in front; or it is this machine.  Who connects says nothing. */
DESK_TEST(defend_of_the_client)
{
	const uint32_t files = 1u << STEP_attachments, all = (1u << STEP_COUNT) - 1;
	const struct {
		struct span ip;
		bool lmtp;
		uint32_t steps;
	} t[] = {
		{ SPAN("192.0.2.1"), false, all },   { SPAN("192.0.2.1"), true, files },
		{ SPAN("127.0.0.1"), false, files }, { SPAN("::1"), false, files },
		{ SPAN("127.0.0.2"), false, all },
	};
	EACH_ROW(t) {
		struct intake *in = desk_intake(INTAKE_TRANSFER);
		begin("classic", "tag");
		in->from.trace.lmtp = t[row].lmtp;
		in->from.client_address = t[row].ip;
		inspect.n_findings = 0;
		CHECK_INT(commit(in), 0);
		CHECK_INT(inspect.asked.steps, t[row].steps);
		end(in);
	}
}

/* With every step off nobody is asked. */
DESK_TEST(defend_nothing)
{
	static const char *lines[] = { "spf=off, dkim=off", "dmarc=off" };
	struct intake *in = desk_intake(INTAKE_TRANSFER);

	begin("off", "tag");
	desk.set.defence_steps = (struct settings_list){ lines, N_ELEMS(lines) };
	inspect.n_asked = 0;
	CHECK_INT(commit(in), 0);
	CHECK_INT(inspect.n_asked, 0);
	end(in);
}

#define GOOD                                                                                       \
	{                                                                                          \
		.step = STEP_dmarc, .most = STEP_REJECT                                            \
	}
#define WORD                                                                                       \
	{                                                                                          \
		.method = SPAN("spf"), .result = SPAN("pass")                                      \
	}

/* Whoever has taken inspect over, or ended it, gets no message in and none refused for good. */
DESK_TEST(defend_against_inspect)
{
	static struct row {
		struct inspect_finding finding;
		struct inspect_authres result;
		size_t n_findings, n_results;
		int r;
	} t[] = {
		{ GOOD, WORD, 1, 1, 0 },
		{ GOOD, WORD, STEP_COUNT + 1, 0, 0 },
		{ GOOD, WORD, 0, INSPECT_RESULTS_MAX + 1, 0 },
		{ GOOD, WORD, 0, 0, ERR_UNAVAILABLE },
		{ GOOD, WORD, 0, 0, ERR_TOO_BIG },
		{ GOOD, WORD, 1, 0, 0 },
		{ GOOD, WORD, 1, 0, 0 },
		{ GOOD, WORD, 1, 0, 0 },
		{ GOOD, WORD, 0, 1, 0 },
		{ GOOD, WORD, 0, 1, 0 },
	};
	t[5].finding.step = STEP_COUNT;
	t[6].finding.result = INSPECT_UNABLE + 1;
	t[7].finding.most = STEP_ACTIONS;
	t[8].result.method = SPAN("spf=pass\r\nX");
	t[9].result.type = SPAN("a b");
	EACH_ROW(t) {
		struct intake *in = desk_intake(INTAKE_TRANSFER);
		begin("off", "tag");
		inspect.finding = t[row].finding;
		inspect.result = t[row].result;
		inspect.n_findings = t[row].n_findings;
		inspect.n_results = t[row].n_results;
		inspect.r = t[row].r;
		CHECK_INT(commit(in), row ? ERR_UNAVAILABLE : 0);
		end(in);
	}
}

/* RFC 8601 2.2, 5: values of strangers are one value, and fields that bear our name go. */
DESK_TEST(defend_tells_results)
{
	struct intake *in = desk_intake(INTAKE_TRANSFER);

	begin("off", "tag");
	inspect.n_findings = 0;
	inspect.n_results = 1;
	inspect.result = (struct inspect_authres){ .method = SPAN("dkim"),
		                                   .result = SPAN("pass"),
		                                   .type = SPAN("header"),
		                                   .name = SPAN("d"),
		                                   .value = SPAN("a\r\nX: \xc3\xa9 y"),
		                                   .name2 = SPAN("s"),
		                                   .value2 = SPAN("s1") };
	CHECK_INT(desk_text(in,
	                    SPAN("Authentication-Results: mx.home.test; dkim=pass\r\n"
	                         "From: x@away.test\r\n\r\nx\r\n"),
	                    9),
	          0);
	CHECK(span_starts(desk.m.prefix,
	                  SPAN("Authentication-Results: mx.home.test;\r\n\tdkim=pass "
	                       "header.d=\"a??X: ?? y\" header.s=s1\r\nReceived: ")));
	CHECK_SPAN(desk.m.header, SPAN("From: x@away.test\r\n\r\n"));
	end(in);
}
