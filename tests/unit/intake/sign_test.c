/* What is signed, and what is not. */
#include "desk.h"

#define FROM "From: Alice <alice@HOME.test>\r\n"
#define REST "Date: Sun, 29 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@home.test>\r\n\r\nHello\r\n"

/* bob is here, u@away.test is not. */
DESK_TEST(intake_signs_what_leaves)
{
	static const struct {
		enum intake_kind kind;
		bool may_relay;
		const char *to, *text;
		bool has_key, is_signed;
	} t[] = {
		{ INTAKE_SUBMISSION, true, "u@away.test", FROM REST, true, true },
		{ INTAKE_OPERATOR, true, "u@away.test", FROM REST, true, true },
		{ INTAKE_TRANSFER, true, "u@away.test", FROM REST, true, true },
		/* who may not relay may say that he is alice, and is not believed */
		{ INTAKE_TRANSFER, false, "bob@home.test", FROM REST, true, false },
		{ INTAKE_SUBMISSION, true, "bob@home.test", FROM REST, true, false },
		{ INTAKE_SUBMISSION, true, "u@away.test", FROM REST, false, false },
		{ INTAKE_OPERATOR, true, "u@away.test", "From: x@away.test\r\n" REST, true, false },
		/* RFC 5322 3.6: whose word would that be? */
		{ INTAKE_OPERATOR, true, "u@away.test", FROM FROM REST, true, false },
		{ INTAKE_OPERATOR, true, "u@away.test",
		  "From: alice@home.test, x@away.test\r\n" REST, true, false },
		{ INTAKE_OPERATOR, true, "u@away.test", REST, true, false },
	};
	EACH_ROW(t) {
		struct intake *in = desk_intake(t[row].kind);
		struct intake_no no;

		desk.has_key = t[row].has_key;
		in->from.may_relay = t[row].may_relay;
		CHECK_INT(desk_recipient(in, t[row].to, &no), 0);
		CHECK_INT(desk_text(in, span_str(t[row].text), 100), 0);
		CHECK_INT(span_starts(desk.m.prefix, SPAN("DKIM-Signature: v=1; a=rsa-sha256;")),
		          t[row].is_signed);
		CHECK_INT(in->signed_by.n, t[row].is_signed ? strlen("home.test") : 0);
		if (t[row].is_signed)
			CHECK(span_find_span(desk.m.prefix, SPAN("b=bWFkZQ==\r\nReceived: ")) > 0);
		intake_close(in);
	}
}

/* What was not signed would be refused elsewhere: it is not sent. */
DESK_TEST(intake_puts_off_what_it_cannot_sign)
{
	struct intake *in = desk_intake(INTAKE_SUBMISSION);
	struct intake_no no;

	desk.has_key = true;
	desk.key_fails = ERR_UNAVAILABLE;
	CHECK_INT(desk_recipient(in, "u@away.test", &no), 0);
	CHECK_INT(desk_text(in, SPAN(FROM REST), 100), ERR_REFUSED);
	CHECK_INT(in->no.code, 451);
	CHECK_STR(in->no.enhanced, "4.7.5");
	CHECK_INT(desk.n_commits, 0);
	intake_close(in);
}

/* RFC 6376 3.4.4: the body is hashed as it is in the file. */
DESK_TEST(intake_signs_a_body_in_a_file)
{
	struct span hash[4];
	/* in memory; in a file; the same with another end of the last line; another body */
	static const struct {
		int64_t threshold;
		const char *end;
	} t[] = {
		{ 1 << 20, "x\r\n" }, { 1000, "x\r\n" }, { 1000, "x \r\n\r\n" }, { 1000, "y\r\n" }
	};

	EACH_ROW(t) {
		struct buf out = BUF(200 << 10);
		struct intake_no no;

		buf_puts(&out, FROM REST);
		for (size_t i = 0; i < 2000; i++)
			buf_puts(&out, "a line of the body, as many as it takes to be long\r\n");
		buf_puts(&out, t[row].end);
		desk.has_key = true;
		desk.set.store_blob_threshold = t[row].threshold;
		struct intake *in = desk_intake(INTAKE_SUBMISSION);
		CHECK_INT(desk_recipient(in, "u@away.test", &no), 0);
		CHECK_INT(desk_text(in, buf_span(&out), 5000), 0);
		CHECK_INT(desk.m.blob != 0, t[row].threshold == 1000);
		ptrdiff_t at = span_find_span(desk.m.prefix, SPAN("bh="));
		CHECK(at > 0);
		CHECK_INT(
		        arena_copy(&desk.mem, span_sub(desk.m.prefix, (size_t)at, 47), &hash[row]),
		        0);
		intake_close(in);
		buf_fini(&out);
	}
	CHECK(span_eq(hash[0], hash[1]));
	CHECK(span_eq(hash[0], hash[2]));
	CHECK(!span_eq(hash[0], hash[3]));
}
