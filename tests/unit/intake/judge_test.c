/* Between prepare and commit: what a judge may say, and what becomes of it. */
#include "desk.h"

#include <fcntl.h>
#include <unistd.h>

static struct {
	struct intake_judgement says[3];
	int r;
	struct span header, body;
	size_t n_received;
	struct buf file; /* what it read there */
	int file_mode;   /* fcntl(2), of the descriptor; -1: none came */
} judge;

static void read_file(const struct intake_case *c)
{
	judge.file_mode = -1;
	if (c->file < 0)
		return;
	judge.file_mode = fcntl(c->file, F_GETFL) & O_ACCMODE;
	judge.file = BUF(1 << 20);
	CHECK_INT(buf_reserve(&judge.file, c->body_bytes), 0);
	CHECK_INT(pread(c->file, judge.file.p, c->body_bytes, 0), c->body_bytes);
	judge.file.n = c->body_bytes;
}

static int decide(const struct intake_case *c, struct intake_judgement **out,
                  struct intake_judged *to, UNUSED void *arg)
{
	judge.header = c->header;
	judge.body = c->body;
	judge.n_received = c->message->facts.n_received;
	read_file(c);
	for (size_t i = 0; i < c->message->n_rcpts; i++)
		(*out)[i] = judge.says[i];
	CHECK_INT(buf_puts(to->prefix, "X-Judged: yes\r\n"), 0);
	return judge.r;
}

#define ACCEPT INTAKE_ACCEPT
#define REFUSE INTAKE_REFUSE
#define HOLD   INTAKE_HOLD

DESK_TEST(intake_judged)
{
	/* recipients: bob here, alice here, u elsewhere */
	static const struct {
		enum intake_kind kind;
		enum intake_decision says[3];
		int r;
		int states[3]; /* 0: as the commit gives it */
	} t[] = {
		{ INTAKE_SUBMISSION, { ACCEPT, ACCEPT, ACCEPT }, 0, { 0, 0, 0 } },
		{ INTAKE_SUBMISSION, { ACCEPT, ACCEPT, HOLD }, 0, { 0, 0, RECIPIENT_HELD } },
		/* one reply for all: it refuses only when all do */
		{ INTAKE_SUBMISSION, { REFUSE, REFUSE, REFUSE }, ERR_REFUSED, { 0 } },
		{ INTAKE_SUBMISSION, { ACCEPT, REFUSE, REFUSE }, 0, { 0, 0, RECIPIENT_HELD } },
		{ INTAKE_OPERATOR, { REFUSE, REFUSE, REFUSE }, ERR_REFUSED, { 0 } },
		{ INTAKE_OPERATOR,
		  { ACCEPT, REFUSE, REFUSE },
		  0,
		  { 0, RECIPIENT_REFUSED, RECIPIENT_REFUSED } },
	};
	EACH_ROW(t) {
		struct intake *in = desk_intake(t[row].kind);
		struct intake_no no;
		int states[3] = { 0 };

		for (size_t i = 0; i < 3; i++)
			judge.says[i] =
			        (struct intake_judgement){ t[row].says[i],
				                           { 550, "5.7.1", "Not this one" } };
		intake_judge_set(decide, NULL);
		CHECK_INT(desk_recipient(in, "alice@home.test", &no), 0);
		CHECK_INT(desk_recipient(in, "u@away.test", &no), 0);
		CHECK_INT(
		        desk_text(in, SPAN("From: alice@home.test\r\nReceived: a\r\n\r\nx\r\n"), 7),
		        t[row].r);
		CHECK_SPAN(judge.body, SPAN("x\r\n"));
		CHECK_INT(judge.n_received, 1);
		CHECK_INT(in->no.code, t[row].r ? 550 : 0);
		for (uint32_t i = 0; i < 3; i++) /* each is told, also when none is left */
			CHECK_INT(t[row].kind == INTAKE_OPERATOR && t[row].says[i] == INTAKE_REFUSE,
			          intake_refused(in, i, &no) && no.code == 550);
		for (size_t i = 0; i < desk.n_verdicts && !t[row].r; i++)
			states[desk.verdicts[i].recipient] = desk.verdicts[i].state;
		for (size_t i = 0; i < 3; i++)
			CHECK_INT(states[i], t[row].states[i]);
		if (!t[row].r)
			CHECK(span_starts(desk.m.prefix, SPAN("X-Judged: yes\r\nReceived: ")));
		intake_close(in);
		intake_judge_set(NULL, NULL);
	}
}

/* RFC 5321 6.3: what a mailbox had does not come to it again; the field may be written in any way.
 */
DESK_TEST(intake_loops)
{
	static const struct {
		const char *to, *field;
		enum intake_kind kind;
		int r;
		bool bob;
	} t[] = {
		{ NULL, "Delivered-To: alice@home.test", INTAKE_TRANSFER, 0, false },
		{ NULL, "Delivered-To: bob@home.test", INTAKE_TRANSFER, ERR_REFUSED, false },
		{ NULL, "delivered-to:  <Bob@Home.Test> ", INTAKE_TRANSFER, ERR_REFUSED, false },
		{ NULL, "X-Delivered-To: bob@home.test", INTAKE_TRANSFER, 0, false },
		/* one reply for two: no refusal that one of them could be told */
		{ "alice@home.test", "Delivered-To: bob@home.test", INTAKE_TRANSFER, 0, false },
		{ "alice@home.test", "Delivered-To: bob@home.test", INTAKE_OPERATOR, 0, true },
	};
	EACH_ROW(t) {
		struct intake *in = desk_intake(t[row].kind);
		AUTO_BUF text = BUF(1000);
		struct intake_no no;

		if (t[row].to)
			CHECK_INT(desk_recipient(in, t[row].to, &no), 0);
		CHECK_INT(buf_printf(&text, "%s\r\n\r\nx\r\n", t[row].field), 0);
		CHECK_INT(desk_text(in, buf_span(&text), 7), t[row].r);
		CHECK_INT(in->no.code, t[row].r ? 554 : 0);
		CHECK_INT(intake_refused(in, 0, &no), t[row].bob);
		intake_close(in);
	}
}

/* More than could be is a loop, whoever they are. */
DESK_TEST(intake_loops_of_many)
{
	struct intake *in = desk_intake(INTAKE_TRANSFER);
	AUTO_BUF text = BUF(64 << 10);

	for (int i = 0; i <= desk.set.smtp_hops_max; i++)
		CHECK_INT(buf_printf(&text, "Delivered-To: u%d@away.test\r\n", i), 0);
	CHECK_INT(buf_puts(&text, "\r\nx\r\n"), 0);
	CHECK_INT(desk_text(in, buf_span(&text), 100), ERR_REFUSED);
	CHECK_INT(in->no.code, 554);
	intake_close(in);
}

/* RFC 5321 6.1: what could not be judged is not taken, and not refused for good. */
DESK_TEST(intake_without_a_judgement)
{
	struct intake *in = desk_intake(INTAKE_TRANSFER);

	judge.r = ERR_UNAVAILABLE;
	intake_judge_set(decide, NULL);
	CHECK_INT(desk_text(in, SPAN("x\r\n"), 10), ERR_UNAVAILABLE);
	CHECK_INT(desk.n_commits, 0);
	intake_close(in);
	intake_judge_set(NULL, NULL);
	judge.r = 0;
}

/* A large body is judged in the file in which it is kept, by a descriptor that only reads. */
DESK_TEST(intake_judges_the_file)
{
	struct intake *in = desk_intake(INTAKE_TRANSFER);
	AUTO_BUF text = BUF(1 << 20);
	struct span body;
	size_t front;

	judge.r = 0;
	judge.says[0] = (struct intake_judgement){ INTAKE_ACCEPT, { 0 } };
	CHECK_INT(buf_puts(&text, "Subject: x\r\n\r\n"), 0);
	front = text.n;
	for (int i = 0; i < 1000; i++)
		CHECK_INT(buf_printf(&text, "line %d\r\n", i), 0);
	body = span_sub(buf_span(&text), front, text.n);
	intake_judge_set(decide, NULL);
	CHECK_INT(desk_text(in, buf_span(&text), 500), 0);
	intake_judge_set(NULL, NULL);
	CHECK_INT(judge.body.n, 0);
	CHECK_INT(judge.file_mode, O_RDONLY);
	CHECK_SPAN(buf_span(&judge.file), body);
	CHECK_SPAN(buf_span(&desk.file), body);
	buf_fini(&judge.file);
	intake_close(in);
}
