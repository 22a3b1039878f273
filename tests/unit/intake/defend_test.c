/* What follows from what is found, and what a role that was taken over may not say. */
#include "desk.h"

#include "calls/inspect.h"
#include "calls/learn.h"
#include "calls/mailbox.h"
#include "calls/mailbox_records.h"
#include "calls/record_facts.h"
#include "calls/record_found.h"
#include "intake/defend.h"
#include "wire/milter/milter.h"

enum { BOB, ALICE, U }; /* here, here, elsewhere: recipients in their order */

static struct {
	struct inspect_finding finding;
	struct inspect_authres result;
	struct inspect_refusal refusal;
	struct inspect_edit edit;
	struct inspect_feature feature;
	struct inspect_judge_reply more; /* added, removed, sender, body */
	struct span piece;               /* of that body */
	size_t n_findings, n_results, n_refusals, n_edits, n_features, n_asked;
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
	out->refusals = &inspect.refusal;
	out->n_refusals = inspect.n_refusals;
	out->edits = arena_array(mem, struct inspect_edit, INSPECT_EDITS_MAX + 1);
	for (; out->n_edits < inspect.n_edits; out->n_edits++)
		out->edits[out->n_edits] = inspect.edit;
	out->features = arena_array(mem, struct inspect_feature, 5000);
	for (; out->n_features < inspect.n_features; out->n_features++)
		out->features[out->n_features] = inspect.feature;
	out->added = inspect.more.added;
	out->n_added = inspect.more.n_added;
	out->removed = inspect.more.removed;
	out->n_removed = inspect.more.n_removed;
	out->sender = inspect.more.sender;
	out->n_sender = inspect.more.n_sender;
	out->body = inspect.more.body;
	out->n_body = inspect.more.n_body;
	return 0;
}

static WAITS int piece(UNUSED const struct inspect_body_args *a, UNUSED struct arena *mem,
                       struct inspect_body_reply *out)
{
	out->octets = inspect.piece;
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
	inspect.n_results = inspect.n_refusals = inspect.n_edits = inspect.n_features = 0;
	inspect.r = 0;
	inspect.asked.steps = 0;
	inspect.more = (struct inspect_judge_reply){ 0 };
	inspect_body_serve(piece);
	desk.set.defence_attachments = attachments;
	desk.set.defence_failure = failure;
	desk.set.defence_scan_failure = "tag";
	desk.set.defence_rspamd = "";
	inspect_judge_serve(find);
	intake_judge_set(intake_defend, NULL);
}

static void end(struct intake *in)
{
	intake_close(in);
	intake_judge_set(NULL, NULL);
	inspect_judge_serve(NULL);
	inspect_body_serve(NULL);
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
		{ INSPECT_UNABLE, STEP_REJECT, "tempfail", ERR_REFUSED, 0, false },
	};
	EACH_ROW(t) {
		struct intake *in = desk_intake(INTAKE_TRANSFER);
		begin("off", t[row].failure);
		inspect.finding.result = t[row].result;
		inspect.finding.most = t[row].most;
		CHECK_INT(commit(in), t[row].r);
		CHECK_INT(in->no.code, t[row].r != ERR_REFUSED           ? 0
		                       : t[row].result == INSPECT_UNABLE ? 451
		                                                         : 550);
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
	CHECK_INT(commit(in), ERR_REFUSED);
	CHECK_INT(in->no.code, 451);
	end(in);
}

/* Of another program's silence a setting of its own says what follows. */
DESK_TEST(defend_without_a_scanner)
{
	static const struct {
		const char *failure, *scan_failure;
		int r;
		bool field;
	} t[] = { { "tempfail", "tag", 0, true },
		  { "tempfail", "pass", 0, false },
		  { "pass", "tempfail", ERR_REFUSED, false } };
	EACH_ROW(t) {
		struct intake *in = desk_intake(INTAKE_TRANSFER);
		begin("off", t[row].failure);
		desk.set.defence_scan_failure = t[row].scan_failure;
		inspect.finding.step = STEP_virus;
		inspect.finding.result = INSPECT_UNABLE;
		CHECK_INT(commit(in), t[row].r);
		if (!t[row].r)
			CHECK_INT(desk.m.recipients[BOB].prefix.n > 0, t[row].field);
		end(in);
	}
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
	CHECK_INT(inspect.asked.steps, 1u << STEP_attachments | 1u << STEP_virus);
	CHECK_INT(inspect.asked.direction, STEP_OUT);
	CHECK_INT(mailbox_of(ALICE), MAILBOX_QUARANTINE);
	CHECK_INT(desk.n_verdicts, 1);
	CHECK_INT(desk.verdicts[0].recipient, U);
	CHECK_INT(desk.verdicts[0].state, RECIPIENT_HELD);
	CHECK_INT(span_find_span(desk.m.prefix, SPAN("X-Postrider-Defence")), -1); /* it leaves */
	end(in);
}

/* RFC 2033: another server stands in front; or it is this machine.  Who connects says nothing. */
DESK_TEST(defend_of_the_client)
{
	const uint32_t files = 1u << STEP_attachments | 1u << STEP_virus | 1u << STEP_wanted;
	const uint32_t edge = 1u << STEP_early | 1u << STEP_helo | 1u << STEP_rdns;
	const uint32_t all = ((1u << STEP_COUNT) - 1) &
	                     ~(edge | 1u << STEP_greylist | 1u << STEP_milter | 1u << STEP_rspamd);
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
	static const char *lines[] = { "spf=off, dkim=off, arc=off",
		                       "dmarc=off, virus=off, wanted=off" };
	struct intake *in = desk_intake(INTAKE_TRANSFER);

	begin("off", "tag");
	desk.set.defence_steps = (struct settings_list){ lines, N_ELEMS(lines) };
	inspect.n_asked = 0;
	CHECK_INT(commit(in), 0);
	CHECK_INT(inspect.n_asked, 0);
	end(in);
}

static struct {
	int64_t bob; /* the score of bob's; the others have 0 */
	bool enough;
	int r;
	size_t n_asked;
} store;

static WAITS int score(const struct learn_score_args *a, struct arena *mem,
                       struct learn_score_reply *out)
{
	if (store.r < 0)
		return store.r;
	store.n_asked++;
	CHECK_INT(a->hashes.n,
	          inspect.asked.steps & 1u << STEP_wanted ? 4 * inspect.n_features : 0);
	out->verdicts = arena_array(mem, struct learn_verdict, a->n_accounts);
	for (; out->n_verdicts < a->n_accounts; out->n_verdicts++) {
		struct learn_verdict *v = &out->verdicts[out->n_verdicts];
		bool bob = span_eq(a->accounts[out->n_verdicts].account, SPAN("bob@home.test"));
		*v = (struct learn_verdict){ .score = bob ? store.bob : 0, .enough = store.enough };
		v->why = arena_array(mem, struct learn_why, 2);
		v->n_why = 2;
		v->why[1].feature = 60000; /* there is no such feature */
	}
	return 0;
}

/* By each account's score, to Quarantine at most; nothing before enough was learned, or when the
 * store does not answer; what inspect says in words is told without what is no text. */
DESK_TEST(defend_wanted)
{
	static const char *lines[] = { "spf=off, dkim=off, dmarc=off, wanted=reject" };
	static const struct {
		int64_t score;
		bool enough;
		int store, bob;
	} t[] = {
		{ 25, true, 0, MAILBOX_QUARANTINE },
		{ 24, true, 0, 0 },
		{ 99, false, 0, 0 },
		{ 99, true, ERR_UNAVAILABLE, 0 },
	};

	EACH_ROW(t) {
		struct intake *in = desk_intake(INTAKE_TRANSFER);
		struct intake_no no;
		begin("off", "tag");
		desk.set.defence_steps = (struct settings_list){ lines, N_ELEMS(lines) };
		desk.set.defence_unwanted_score = 25;
		inspect.n_findings = 0;
		inspect.n_features = 3;
		inspect.feature = (struct inspect_feature){ 7, SPAN("\"a\r\nb\"") };
		store.bob = t[row].score;
		store.enough = t[row].enough;
		store.r = t[row].store;
		learn_score_serve(score);
		CHECK_INT(desk_recipient(in, "alice@home.test", &no), 0);
		CHECK_INT(commit(in), 0);
		CHECK_INT(mailbox_of(BOB), t[row].bob);
		CHECK_INT(mailbox_of(ALICE), 0);
		struct span prefix = desk.m.recipients[BOB].prefix;
		if (t[row].bob) {
			CHECK(span_find_span(prefix, SPAN("wanted=no;\r\n it is like mail")) > 0);
			CHECK(span_find_span(prefix, SPAN("\"a\\x0d\\x0ab\"\r\n")) > 0);
		}
		learn_score_serve(NULL);
		end(in);
	}
	desk.set.defence_steps = (struct settings_list){ 0 };
}

/* What nothing can be said of nobody reads; that is asked once a message, and not at all as long as
 * enough was learned. */
DESK_TEST(defend_wanted_unlearned)
{
	static const char *lines[] = { "spf=off, dkim=off, arc=off, dmarc=off, virus=off" };
	static const struct {
		bool enough;
		size_t n_inspected, n_asked;
	} t[] = {
		{ false, 0, 1 }, { true, 1, 2 }, { true, 1, 1 }, { false, 1, 1 }, { false, 0, 1 },
	};
	learn_score_serve(score);
	store.r = 0;
	EACH_ROW(t) {
		struct intake *in = desk_intake(INTAKE_TRANSFER);
		begin("off", "tag");
		desk.set.defence_steps = (struct settings_list){ lines, N_ELEMS(lines) };
		inspect.n_findings = 0;
		inspect.n_features = 3;
		inspect.n_asked = store.n_asked = 0;
		store.enough = t[row].enough;
		CHECK_INT(commit(in), 0);
		CHECK_INT(inspect.n_asked, t[row].n_inspected);
		CHECK_INT(store.n_asked, t[row].n_asked);
		CHECK(record_item_find(desk.m.items, desk.m.n_items, RECORD_ITEM_VERDICTS));
		end(in);
	}
	learn_score_serve(NULL);
	desk.set.defence_steps = (struct settings_list){ 0 };
}

/* More features than there may be: it was taken over. */
DESK_TEST(defend_wanted_too_much)
{
	struct intake *in = desk_intake(INTAKE_TRANSFER);

	begin("off", "tag");
	inspect.n_findings = 0;
	inspect.n_features = INSPECT_FEATURES_MAX + 1;
	store.r = 0;
	learn_score_serve(score);
	CHECK_INT(commit(in), 0); /* it is not known, and nobody is refused for that */
	CHECK_INT(mailbox_of(BOB), 0);
	learn_score_serve(NULL);
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
	t[6].finding.result = INSPECT_LATER + 1;
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
		int expected = !row ? 0 : t[row].r ? ERR_REFUSED : ERR_UNAVAILABLE;
		CHECK_INT(commit(in), expected);
		CHECK_INT(in->no.code, t[row].r ? 451 : 0);
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

/* ---- mail filters ---- */

static const char *filters[] = { "unix:/run/filter" };

static void begin_filters(uint8_t result, const char *failure)
{
	begin("off", "tag");
	desk.set.defence_milters = (struct settings_list){ filters, N_ELEMS(filters) };
	desk.set.defence_milter_failure = failure;
	inspect.finding = (struct inspect_finding){ .step = STEP_milter,
		                                    .result = result,
		                                    .most = STEP_REJECT,
		                                    .words = SPAN("come back in an hour") };
}

/* Who is to come again is told the filter's words; a filter that is broken is another matter. */
DESK_TEST(defend_by_filters)
{
	static const struct {
		uint8_t result;
		const char *failure;
		int r, code;
		bool field;
	} t[] = {
		{ INSPECT_PASSED, "tempfail", 0, 0, false },
		{ INSPECT_FAILED, "pass", ERR_REFUSED, 550, false },
		{ INSPECT_LATER, "pass", ERR_REFUSED, 451, false },
		{ INSPECT_UNABLE, "tempfail", ERR_REFUSED, 451, false },
		{ INSPECT_UNABLE, "tag", 0, 0, true },
		{ INSPECT_UNABLE, "pass", 0, 0, false },
	};
	EACH_ROW(t) {
		struct intake *in = desk_intake(INTAKE_TRANSFER);
		begin_filters(t[row].result, t[row].failure);
		CHECK_INT(commit(in), t[row].r);
		CHECK_INT(in->no.code, t[row].code);
		if (t[row].code)
			CHECK_STR(in->no.text, t[row].result == INSPECT_UNABLE
			                               ? "The message could not be looked at now "
			                                 "(milter); send it again later"
			                               : "come back in an hour");
		if (!t[row].r)
			CHECK_INT(desk.m.recipients[BOB].prefix.n > 0, t[row].field);
		CHECK_INT(inspect.asked.n_recipients, 1);
		end(in);
	}
}

/* One recipient's refusal is his alone. */
DESK_TEST(defend_one_recipient)
{
	struct intake *in = desk_intake(INTAKE_TRANSFER);
	struct intake_no no;

	begin_filters(INSPECT_PASSED, "tempfail");
	inspect.refusal = (struct inspect_refusal){ ALICE, SPAN("not for Alice") };
	inspect.n_refusals = 1;
	CHECK_INT(desk_recipient(in, "alice@home.test", &no), 0);
	CHECK_INT(commit(in), 0);
	CHECK_INT(mailbox_of(BOB), 0);
	CHECK_INT(mailbox_of(ALICE), MAILBOX_QUARANTINE);
	end(in);
}

/* What filters do to the header, and what is no edit of a header, whoever says that it is. */
DESK_TEST(defend_edits)
{
	static const struct {
		struct inspect_edit edit;
		size_t n;
		const char *header; /* NULL: it is put off */
	} t[] = {
		{ { MILTER_EDIT_ADD, 0, SPAN("X"), SPAN("X: \xc3\xa9\r\n") },
		  1,
		  "From: x@away.test\r\nX: ??\r\n\r\n" },
		{ { MILTER_EDIT_INSERT, 0, SPAN("X"), SPAN("X: y\r\n") },
		  2,
		  "X: y\r\nX: y\r\nFrom: x@away.test\r\n\r\n" },
		{ { MILTER_EDIT_CHANGE, 1, SPAN("From"), SPAN("") }, 1, "\r\n" },
		{ { MILTER_EDIT_ADD, 0, SPAN("X"), SPAN("") }, 1, NULL },
		{ { MILTER_EDIT_ADD, 0, SPAN("X"), SPAN("X: y\r\nZ: z\r\n") }, 1, NULL },
		{ { MILTER_EDIT_ADD, 0, SPAN("X"), SPAN("X: y\r\n\r\nbody") }, 1, NULL },
		{ { MILTER_EDIT_RCPT, 0, SPAN("X"), SPAN("X: y\r\n") }, 1, NULL },
		{ { MILTER_EDIT_ADD, 0, SPAN("X"), SPAN("X: y\r\n") },
		  INSPECT_EDITS_MAX + 1,
		  NULL },
	};
	EACH_ROW(t) {
		struct intake *in = desk_intake(INTAKE_TRANSFER);
		begin_filters(INSPECT_PASSED, "tempfail");
		inspect.edit = t[row].edit;
		inspect.n_edits = t[row].n;
		CHECK_INT(commit(in), t[row].header ? 0 : ERR_UNAVAILABLE);
		if (t[row].header)
			CHECK_SPAN(desk.m.header, span_str(t[row].header));
		end(in);
	}
}

/* What filters do to the envelope, and what cannot be, whoever says that it is. */
DESK_TEST(defend_rewrites_the_envelope)
{
	static const struct {
		struct inspect_rcpt added, sender;
		uint32_t removed;
		size_t n_added, n_removed, n_sender;
		int r;
		const char *rcpts, *return_path;
	} t[] = {
		{ .rcpts = "bob@home.test", .return_path = "x@away.test" },
		{ { SPAN("alice@home.test") },
		  .n_added = 1,
		  .rcpts = "bob@home.test alice@home.test",
		  .return_path = "x@away.test" },
		/* not there; elsewhere, for a stranger: told, and no fault of the message */
		{ { SPAN("nobody@home.test") },
		  .n_added = 1,
		  .rcpts = "bob@home.test",
		  .return_path = "x@away.test" },
		{ { SPAN("u@away.test") },
		  .n_added = 1,
		  .rcpts = "bob@home.test",
		  .return_path = "x@away.test" },
		{ { SPAN("alice@home.test") },
		  .n_added = 1,
		  .n_removed = 1,
		  .rcpts = "bob@home.test! alice@home.test",
		  .return_path = "x@away.test" },
		/* nobody would be left */
		{ .n_removed = 1, .rcpts = "bob@home.test", .return_path = "x@away.test" },
		{ .sender = { SPAN("y@away.test") },
		  .n_sender = 1,
		  .rcpts = "bob@home.test",
		  .return_path = "y@away.test" },
		{ .sender = { SPAN("") },
		  .n_sender = 1,
		  .rcpts = "bob@home.test",
		  .return_path = "" },
		{ { SPAN("a b@home.test") }, .n_added = 1, .r = ERR_UNAVAILABLE },
		{ { SPAN("") }, .n_added = 1, .r = ERR_UNAVAILABLE },
		{ .removed = 1, .n_removed = 1, .r = ERR_UNAVAILABLE },
		{ .sender = { SPAN("y>\r\nRCPT") }, .n_sender = 1, .r = ERR_UNAVAILABLE },
		{ .sender = { SPAN("y@away.test") }, .n_sender = 2, .r = ERR_UNAVAILABLE },
	};
	EACH_ROW(t) {
		struct intake *in = desk_intake(INTAKE_TRANSFER);
		struct inspect_rcpt added[1] = { t[row].added }, sender[2] = { t[row].sender };
		struct inspect_place removed[1] = { { t[row].removed } };
		AUTO_BUF got = BUF(1000);
		begin_filters(INSPECT_PASSED, "tempfail");
		inspect.more = (struct inspect_judge_reply){ .added = added,
			                                     .n_added = t[row].n_added,
			                                     .removed = removed,
			                                     .n_removed = t[row].n_removed,
			                                     .sender = sender,
			                                     .n_sender = t[row].n_sender };
		CHECK_INT(commit(in), t[row].r);
		for (uint32_t i = 0; !t[row].r && i < desk.m.n_recipients; i++)
			CHECK_INT(buf_printf(&got, "%s%.*s%s", i ? " " : "",
			                     SPAN_ARG(desk.m.recipients[i].address),
			                     intake_taken_out(in, i) ? "!" : ""),
			          0);
		if (!t[row].r) {
			CHECK_SPAN(buf_span(&got), span_str(t[row].rcpts));
			CHECK_SPAN(desk.m.return_path, span_str(t[row].return_path));
		}
		end(in);
	}
}

/* RFC 5321 2.3.8: a body is lines, and all of it. */
DESK_TEST(defend_rewrites_the_body)
{
	static const struct {
		struct span octets;
		uint64_t n;
		int r;
	} t[] = {
		{ SPAN("new\r\nbody\r\n"), 11, 0 },
		{ SPAN(""), 0, 0 },
		{ SPAN("new\r\nbody"), 9, ERR_UNAVAILABLE },
		{ SPAN("new\nbody\r\n"), 10, ERR_UNAVAILABLE },
		{ SPAN("new\rbody\r\n"), 10, ERR_UNAVAILABLE },
		{ SPAN("\nbody\r\n"), 7, ERR_UNAVAILABLE },
		{ SPAN("new\r\n"), 6, ERR_UNAVAILABLE },
		{ SPAN("new\r\n"), 4, ERR_UNAVAILABLE },
	};
	EACH_ROW(t) {
		struct intake *in = desk_intake(INTAKE_TRANSFER);
		struct inspect_new_body body[] = { { 7, t[row].n } };
		begin_filters(INSPECT_PASSED, "tempfail");
		inspect.more = (struct inspect_judge_reply){ .body = body, .n_body = 1 };
		inspect.piece = t[row].octets;
		CHECK_INT(commit(in), t[row].r);
		if (!t[row].r)
			CHECK_SPAN(desk.m.body, t[row].octets);
		end(in);
	}
}

/* RFC 6376 5.3: a body that a filter has signed stays as it is on its way. */
DESK_TEST(defend_signed_by_a_filter)
{
	struct intake *in = desk_intake(INTAKE_TRANSFER);

	begin_filters(INSPECT_PASSED, "tempfail");
	inspect.edit = (struct inspect_edit){ MILTER_EDIT_INSERT, 0, SPAN("DKIM-Signature"),
		                              SPAN("DKIM-Signature: v=1\r\n") };
	inspect.n_edits = 1;
	CHECK_INT(commit(in), 0);
	CHECK(record_fact_holds(&desk.m, RECORD_FACT_SIGNED));
	end(in);
}

/* Where no filter is named, nobody edits; where all only observe, neither. */
DESK_TEST(defend_edits_of_nobody)
{
	static const char *lines[] = { "milter=observe" };
	struct intake *in = desk_intake(INTAKE_TRANSFER);

	begin_filters(INSPECT_PASSED, "tempfail");
	inspect.edit = (struct inspect_edit){ MILTER_EDIT_ADD, 0, SPAN("X"), SPAN("X: y\r\n") };
	inspect.n_edits = 1;
	desk.set.defence_steps = (struct settings_list){ lines, N_ELEMS(lines) };
	CHECK_INT(commit(in), 0);
	CHECK_SPAN(desk.m.header, SPAN("From: x@away.test\r\n\r\n"));
	end(in);
	in = desk_intake(INTAKE_TRANSFER);
	desk.set.defence_milters.n = desk.set.defence_steps.n = 0;
	begin("off", "tag");
	inspect.n_edits = 1;
	inspect.n_findings = 0;
	CHECK_INT(commit(in), ERR_UNAVAILABLE);
	end(in);
}
