/* Whose sender it may be, and where mail for each recipient goes. */
#include "desk.h"

DESK_TEST(intake_senders)
{
	static const struct {
		enum intake_kind kind;
		const char *address;
		int r;
		const char *kept;
	} t[] = {
		{ INTAKE_TRANSFER, "x@Away.test", 0, "x@away.test" },
		{ INTAKE_TRANSFER, "", 0, "" },
		{ INTAKE_TRANSFER, "bob@home.test", 0, "bob@home.test" },
		{ INTAKE_SUBMISSION, "\"alice\"@HOME.test", 0, "alice@home.test" },
		{ INTAKE_SUBMISSION, "alice+x@home.test", 0, "alice+x@home.test" },
		{ INTAKE_SUBMISSION, "", 0, "" },
		{ INTAKE_SUBMISSION, "bob@home.test", ERR_REFUSED, NULL },
		{ INTAKE_SUBMISSION, "nobody@home.test", ERR_REFUSED, NULL },
		{ INTAKE_SUBMISSION, "alice@away.test", ERR_REFUSED, NULL },
		{ INTAKE_SUBMISSION, "fault@home.test", ERR_UNAVAILABLE, NULL },
		{ INTAKE_OPERATOR, "bob@home.test", 0, "bob@home.test" },
	};
	EACH_ROW(t) {
		struct intake *in = desk_intake(t[row].kind);
		struct intake_no no = { 0 };

		CHECK_INT(desk_sender(in, t[row].address, &no), t[row].r);
		if (t[row].r == 0)
			CHECK_SPAN(in->return_path, span_str(t[row].kept));
		CHECK_INT(no.code, t[row].r == ERR_REFUSED ? 553 : 0);
		intake_close(in);
	}
}

DESK_TEST(intake_recipients)
{
	static const struct {
		enum intake_kind kind;
		const char *address;
		int r, code;
		struct span kept, account;
	} t[] = {
		{ INTAKE_TRANSFER, "\"alice\"@home.test", 0, 0, SPAN("alice@home.test"),
		  SPAN("alice@home.test") },
		{ INTAKE_TRANSFER, "Postmaster", 0, 0, SPAN("postmaster@home.test"),
		  SPAN("bob@home.test") },
		{ INTAKE_TRANSFER, "nobody@home.test", ERR_REFUSED, 550, SPAN(""), SPAN("") },
		{ INTAKE_TRANSFER, "u@away.test", ERR_REFUSED, 550, SPAN(""), SPAN("") },
		{ INTAKE_TRANSFER, "u@\xcc\x81x.test", ERR_REFUSED, 553, SPAN(""), SPAN("") },
		{ INTAKE_TRANSFER, "fault@home.test", ERR_UNAVAILABLE, 0, SPAN(""), SPAN("") },
		{ INTAKE_SUBMISSION, "u@Away.test", 0, 0, SPAN("u@away.test"), SPAN("") },
		{ INTAKE_OPERATOR, "u@away.test", 0, 0, SPAN("u@away.test"), SPAN("") },
	};
	EACH_ROW(t) {
		struct intake *in = desk_intake(t[row].kind);
		struct intake_no no = { 0 };

		CHECK_INT(desk_recipient(in, t[row].address, &no), t[row].r);
		CHECK_INT(no.code, t[row].code);
		CHECK_INT(in->n_rcpts, t[row].r == 0 ? 2 : 1);
		CHECK_SPAN(in->rcpts[in->n_rcpts - 1].address,
		           t[row].r == 0 ? t[row].kept : SPAN("bob@home.test"));
		if (t[row].r == 0)
			CHECK_SPAN(in->rcpts[1].account, t[row].account);
		intake_close(in);
	}
}

/* RFC 5321 4.5.3.1.10: what cannot be taken in one message is told at once, not after the text. */
DESK_TEST(intake_recipients_have_limits)
{
	struct intake *in = desk_intake(INTAKE_TRANSFER);
	struct intake_no no;
	char address[100];
	int r = 0;

	for (int i = 0; i < 4; i++)
		CHECK_INT(desk_recipient(in, "alice@home.test", &no), 0);
	CHECK_INT(desk_recipient(in, "alice@home.test", &no), ERR_LIMIT);
	CHECK_INT(in->n_rcpts, 5);
	intake_close(in);

	desk.set.smtp_rcpt_max = 10000;
	in = desk_intake(INTAKE_SUBMISSION);
	for (int i = 0; i < 10000 && r == 0; i++) {
		snprintf(address, sizeof address, "%064d@far.test", i);
		r = desk_recipient(in, address, &no);
	}
	CHECK_INT(r, ERR_LIMIT);
	CHECK(in->n_rcpts > 2000);
	CHECK(in->envelope_bytes <= INTAKE_ENVELOPE_BYTES_MAX);
	intake_close(in);
}

/* The same mailbox elsewhere is one recipient, in whatever form it is named (RFC 5321 2.4, 4.1.2).
 */
DESK_TEST(intake_names_each_elsewhere_once)
{
	static const struct {
		const char *address;
		size_t n; /* recipients then */
	} t[] = {
		{ "u@away.test", 2 },      { "u@away.test", 2 },  { "\"u\"@Away.test", 2 },
		{ "U@away.test", 3 },      { "u@other.test", 4 }, { "u@b\xc3\xbc.test", 5 },
		{ "u@xn--b-eha.test", 5 },
	};
	struct intake_no no;
	struct intake *in;
	int r = 0;

	desk.set.smtp_rcpt_max = 10000;
	in = desk_intake(INTAKE_SUBMISSION);
	EACH_ROW(t) {
		CHECK_INT(desk_recipient(in, t[row].address, &no), 0);
		CHECK_INT(in->n_rcpts, t[row].n);
	}
	for (int i = 0; i < 10000 && r == 0; i++) /* a repetition costs, too */
		r = desk_recipient(in, "u@away.test", &no);
	CHECK_INT(r, ERR_LIMIT);
	CHECK_INT(desk_recipient(in, "never@taken.test", &no), ERR_LIMIT);
	CHECK_INT(desk_recipient(in, "never@taken.test", &no), ERR_LIMIT);
	intake_close(in);
}

DESK_TEST(intake_notes_who_is_refused)
{
	struct intake *in = desk_intake(INTAKE_OPERATOR);
	struct intake_no no;
	struct smtp_path path;

	CHECK_INT(desk_recipient(in, "nobody@Home.test", &no), ERR_REFUSED);
	CHECK_INT(smtp_address_split(SPAN("nobody@Home.test"), 0, &path), 0);
	CHECK_INT(intake_recipient_refused(in, &path, &no), 0);
	CHECK_INT(desk_recipient(in, "u@away.test", &no), 0);
	CHECK_INT(desk_text(in, SPAN("Subject: x\r\n\r\ny\r\n"), 100), 0);
	CHECK_INT(desk.m.n_recipients, 3);
	CHECK_SPAN(desk.m.recipients[1].address, SPAN("nobody@home.test"));
	CHECK_SPAN(desk.m.recipients[1].domain, SPAN("home.test"));
	CHECK_INT(desk.n_verdicts, 1);
	CHECK_INT(desk.verdicts[0].recipient, 1);
	CHECK_INT(desk.verdicts[0].state, RECIPIENT_REFUSED);
	CHECK_INT(desk.verdicts[0].code, 550);
	intake_close(in);
}

/* Who sends is told at MAIL, and at the recipient that is one too many; who only brings mail to us
 * is not counted, and nobody asks for him. */
DESK_TEST(envelope_room)
{
	static const struct {
		enum intake_kind kind;
		uint32_t room;
		int r[3]; /* bob, alice, u@away.test */
		size_t n_looks;
	} t[] = {
		{ INTAKE_SUBMISSION, 0, { 0, 0, 0 }, 1 },
		{ INTAKE_SUBMISSION, 1, { 0, ERR_REFUSED, ERR_REFUSED }, 3 },
		{ INTAKE_SUBMISSION, 2, { 0, 0, ERR_REFUSED }, 2 },
		{ INTAKE_TRANSFER, 1, { 0, 0, ERR_REFUSED }, 0 },
		{ INTAKE_OPERATOR, 1, { 0, 0, 0 }, 0 },
	};
	EACH_ROW(t) {
		struct intake_no no = { 0 };
		desk.room = t[row].room;
		desk.n_looks = 0;
		struct intake *in = desk_intake(t[row].kind);
		CHECK_INT(in->n_rcpts, 1);
		CHECK_INT(desk_recipient(in, "alice@home.test", &no), t[row].r[1]);
		CHECK_INT(desk_recipient(in, "u@away.test", &no), t[row].r[2]);
		if (t[row].kind == INTAKE_SUBMISSION && t[row].room)
			CHECK_STR(no.enhanced, "4.7.1");
		CHECK_INT(desk.n_looks, t[row].n_looks);
		intake_close(in);
	}
}
