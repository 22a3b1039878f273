/* A message's content on its way in: where it is kept, what is known of it, what is refused. */
#include "desk.h"

#include "calls/record_facts.h"

static struct span fill(struct buf *b, const char *front, size_t n, const char *line)
{
	buf_puts(b, front);
	while (b->n < n)
		buf_puts(b, line);
	return buf_span(b);
}

/* Whatever the parts it comes in: header section and body as they were, the latter in the store's
 * file past the threshold (1,000 octets). */
DESK_TEST(intake_keeps_content)
{
	static const struct {
		const char *header;
		size_t body_n;
		bool file;
	} t[] = {
		{ "Subject: x\r\n\r\n", 0, false },
		{ "Subject: x\r\n\r\n", 999, false },
		{ "Subject: x\r\n\r\n", 1002, true },
		{ "\r\n", 1500, true },
		{ "", 700, false }, /* a body begins with the first line that is no field */
		{ "Subject: x\r\nX: y\r\n", 3000, true },
		{ "Subject: x\r\n\r\n", 300000, true },
	};
	static const size_t parts[] = { 1, 7, 997, 32768 };

	EACH_ROW(t) {
		AUTO_BUF text = BUF(1 << 20);
		size_t n = strlen(t[row].header);

		fill(&text, t[row].header, n + t[row].body_n, "z\r\n");
		buf_span(&text);
		for (size_t i = 0; i < N_ELEMS(parts); i++) {
			if (parts[i] == 1 && t[row].body_n > 5000)
				continue;
			struct intake *in = desk_intake(INTAKE_TRANSFER);

			buf_reset(&desk.file);
			CHECK_INT(desk_text(in, buf_span(&text), parts[i]), 0);
			CHECK_SPAN(desk.m.header, span_sub(buf_span(&text), 0, n));
			CHECK_INT(desk.m.blob != 0, t[row].file);
			CHECK_SPAN(t[row].file ? buf_span(&desk.file) : desk.m.body,
			           span_sub(buf_span(&text), n, text.n));
			CHECK_INT(desk.m.body_bytes, text.n - n);
			CHECK_INT(desk.m.size_bytes, desk.m.prefix.n + text.n);
			intake_close(in);
		}
	}
}

DESK_TEST(intake_facts)
{
	static const struct {
		struct span text;
		bool asked, smtputf8, body_8bit;
		struct span subject, message_id;
		uint8_t facts;
	} t[] = {
		{ SPAN("Subject: a\r\n b\r\nMessage-ID: <1@x>\r\nSubject: c\r\n\r\nx\r\n"), true,
		  false, false, SPAN("a b"), SPAN("<1@x>"), 0 },
		{ SPAN("Subject: \xc3\xbc\r\n\r\nx\r\n"), true, true, false, SPAN("\xc3\xbc"),
		  SPAN(""), RECORD_FACT_HEADER_8BIT },
		{ SPAN("Subject: \xc3\xbc\r\n\r\nx\r\n"), false, false, false, SPAN("\xc3\xbc"),
		  SPAN(""), RECORD_FACT_HEADER_8BIT },
		{ SPAN("X: y\r\n\r\n\xc3\xbc\r\n"), true, false, true, SPAN(""), SPAN(""),
		  RECORD_FACT_BODY_8BIT },
		{ SPAN("X: y\r\nDKIM-Signature: v=1\r\n\r\n\xc3\xbc\r\n"), false, false, true,
		  SPAN(""), SPAN(""), RECORD_FACT_BODY_8BIT | RECORD_FACT_SIGNED },
		{ SPAN("Content-Type: multipart/signed\r\nX: y\r\n\r\nx\r\n"), false, false, false,
		  SPAN(""), SPAN(""), RECORD_FACT_SIGNED },
		{ SPAN("X: y\r\n\r\nDKIM-Signature: v=1\r\n"), false, false, false, SPAN(""),
		  SPAN(""), 0 },
	};
	EACH_ROW(t) {
		struct intake *in = desk_intake(INTAKE_TRANSFER);

		in->smtputf8 = t[row].asked;
		CHECK_INT(desk_text(in, exact(t[row].text), 5), 0);
		CHECK_INT(desk.m.smtputf8, t[row].smtputf8); /* RFC 6531 3.2 */
		CHECK_INT(desk.m.body_8bit, t[row].body_8bit);
		CHECK_SPAN(desk.m.subject, t[row].subject);
		CHECK_SPAN(desk.m.message_id, t[row].message_id);
		CHECK_INT(record_facts_get(&desk.m).hold, t[row].facts);
		CHECK_INT(record_facts_get(&desk.m).known, 7);
		intake_close(in);
	}
}

/* An 8-bit octet behind the threshold, in the store's file already. */
DESK_TEST(intake_sees_eight_bits_late)
{
	AUTO_BUF text = BUF(1 << 20);
	struct intake *in = desk_intake(INTAKE_TRANSFER);

	fill(&text, "X: y\r\n\r\n", 200000, "z\r\n");
	buf_puts(&text, "\xff\r\n");
	CHECK_INT(desk_text(in, buf_span(&text), 4096), 0);
	CHECK(desk.m.blob && desk.m.body_8bit);
	intake_close(in);
}

/* RFC 5321 4.4, 7.2. */
DESK_TEST(intake_puts_received_in_front)
{
	struct intake *in = desk_intake(INTAKE_TRANSFER);

	CHECK_INT(desk_text(in, SPAN("x\r\n"), 5), 0);
	CHECK(span_starts(desk.m.prefix, SPAN("Received: from client.test ")));
	CHECK(span_find_span(desk.m.prefix, SPAN("[192.0.2.1]")) > 0);
	CHECK(span_find_span(desk.m.prefix, SPAN("by mx.home.test")) > 0);
	CHECK(span_find_span(desk.m.prefix, SPAN("for <bob@home.test>")) > 0);
	CHECK_SPAN(desk.m.protocol, SPAN("ESMTP"));
	intake_close(in);
}

/* RFC 5321 4.4: the id has its place, wherever the judge's fields end, and whatever names say. */
DESK_TEST(intake_leaves_room_for_the_id)
{
	struct intake *in = desk_intake(INTAKE_TRANSFER);
	struct span rest;

	in->from.trace.helo = SPAN("x id 0000000000000");
	CHECK_INT(buf_put(&in->prefix, SPAN("X-Judged: a id 0000000000000 b\r\n")), 0);
	CHECK_INT(desk_text(in, SPAN("x\r\n"), 5), 0);
	rest = span_sub(desk.m.prefix, desk.id_at, desk.m.prefix.n);
	CHECK(span_starts(rest, SPAN("0000000000000\r\n\tfor <bob@home.test>")));
	CHECK(span_find_span(desk.m.prefix, SPAN("Received: from x?id?0000000000000 (")) > 0);
	intake_close(in);
}

/* Every cap of a header section, from below and from above: hops count over all of its fields. */
DESK_TEST(intake_header_limits)
{
	static const struct {
		const char *front, *line;
		size_t n_lines;
		const char *end;
		int code;
	} t[] = {
		{ "", "X: y\r\n", 9999, "\r\n", 0 },
		{ "", "X: y\r\n", 10000, "\r\n", 0 },
		{ "", "X: y\r\n", 10001, "\r\n", 552 },
		{ "", "X: y\r\n", 100000, "\r\n", 552 },
		{ "X:", " yyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n", 8191, "\r\n",
		  0 }, /* 253,925 octets */
		{ "X:", " yyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n", 8500, "\r\n", 552 },
		{ "X:", " yyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n", 8500, "", 552 },
		{ "", "Received: a\r\n", 49, "\r\n", 0 },
		{ "", "Received: a\r\n", 50, "\r\n", 554 },
		{ "", "Received: a\r\n", 60, "", 554 },
	};
	EACH_ROW(t) {
		AUTO_BUF text = BUF(2 << 20);
		struct intake *in = desk_intake(INTAKE_TRANSFER);

		buf_puts(&text, t[row].front);
		for (size_t i = 0; i < t[row].n_lines; i++)
			buf_puts(&text, t[row].line);
		buf_puts(&text, t[row].end);
		buf_puts(&text, "no field\r\n");
		CHECK_INT(desk_text(in, buf_span(&text), 32768), t[row].code ? ERR_REFUSED : 0);
		CHECK_INT(in->no.code, t[row].code);
		intake_close(in);
	}
	AUTO_BUF text = BUF(2 << 20);
	struct intake *in = desk_intake(INTAKE_TRANSFER);
	for (int i = 0; i < 9900; i++)
		buf_puts(&text, "X: y\r\n");
	for (int i = 0; i < 60; i++)
		buf_puts(&text, "Received: a\r\n");
	buf_puts(&text, "\r\nx\r\n");
	CHECK_INT(desk_text(in, buf_span(&text), 32768), ERR_REFUSED);
	CHECK_INT(in->no.code, 554);
	intake_close(in);
}

/* RFC 6409 6.1, 8; threats 3.12. */
DESK_TEST(intake_submissions)
{
	static const struct {
		struct span text;
		int code;
	} t[] = {
		{ SPAN("From: alice@home.test\r\n\r\nx\r\n"), 0 },
		{ SPAN("From: \"alice\"@HOME.test\r\n\r\nx\r\n"), 0 },
		{ SPAN("From: bob@home.test\r\n\r\nx\r\n"), 550 },
		{ SPAN("From: alice@home.test, bob@home.test\r\n\r\nx\r\n"), 550 },
		{ SPAN("From: alice@home.test\r\nSender: bob@home.test\r\n\r\nx\r\n"), 550 },
		{ SPAN("From: alice@home.test\r\nFrom: alice@home.test\r\n\r\nx\r\n"), 550 },
		{ SPAN("Subject: x\r\n\r\nx\r\n"), 550 },
		{ SPAN("From: alice@home.test\r\nno field\r\nBcc: x@y\r\n\r\nx\r\n"), 550 },
	};
	EACH_ROW(t) {
		struct intake *in = desk_intake(INTAKE_SUBMISSION);

		CHECK_INT(desk_text(in, exact(t[row].text), 9), t[row].code ? ERR_REFUSED : 0);
		CHECK_INT(in->no.code, t[row].code);
		intake_close(in);
	}
}

DESK_TEST(intake_completes_a_submission)
{
	for (int i = 0; i < 2; i++) {
		AUTO_BUF text = BUF(1 << 20);
		struct intake *in = desk_intake(INTAKE_SUBMISSION);

		buf_reset(&desk.file);
		buf_puts(&text, "Bcc: c@d\r\nFrom: alice@home.test\r\n\r\n");
		fill(&text, "", i ? 5000 : 500, "z\r\n");
		CHECK_INT(desk_text(in, buf_span(&text), 100), 0);
		CHECK(span_starts(desk.m.header, SPAN("From: alice@home.test\r\nDate: ")));
		CHECK(span_find_span(desk.m.header, SPAN("\r\nMessage-ID: <")) > 0);
		CHECK(span_find_span(desk.m.header, desk.m.message_id) > 0 && desk.m.message_id.n);
		CHECK(span_find_span(desk.m.header, SPAN("Bcc")) < 0);
		CHECK_INT(desk.m.blob != 0, i);
		CHECK(span_starts(i ? buf_span(&desk.file) : desk.m.body, SPAN("z\r\n")));
		CHECK_INT(desk.m.body_bytes, text.n - 35);
		intake_close(in);
	}
}

/* What was not committed is taken back; a disk that fails refuses for now, and in our words only
 * in the log. */
DESK_TEST(intake_gives_up)
{
	AUTO_BUF text = BUF(1 << 20);
	struct intake *in = desk_intake(INTAKE_TRANSFER);

	fill(&text, "X: y\r\n\r\n", 100000, "z\r\n");
	intake_put(in, span_sub(buf_span(&text), 0, 50000));
	CHECK_INT(intake_settle(in), 0);
	CHECK(desk.file_open);
	intake_close(in);
	CHECK(!desk.file_open);

	in = desk_intake(INTAKE_TRANSFER);
	desk.file_fails = ERR_NO_SPACE;
	CHECK_INT(desk_text(in, buf_span(&text), 10000), ERR_REFUSED);
	CHECK_INT(in->no.code, 452);
	CHECK_STR(in->no.text, "no space left");
	intake_close(in);

	desk.file_fails = 0;
	desk.set.smtp_size_max = 99999;
	in = desk_intake(INTAKE_TRANSFER);
	CHECK_INT(desk_text(in, buf_span(&text), 10000), ERR_REFUSED);
	CHECK_INT(in->no.code, 552);
	intake_close(in);
}

/* Texts that are held at the same time, in this order; each stays in memory or goes to the store,
 * or, with a header section that is not whole, has to wait. */
DESK_TEST(intake_shares_its_memory)
{
	static const struct {
		size_t n;
		bool file;
	} t[] = {
		{ 15000, false }, /* all in all 15,000 of 20,000 */
		{ 9000, true },   /* 24,000: it goes, and they are 15,000 again */
		{ 5000, false },  /* nearly full */
		{ 8000, false },  /* small ones always stay */
		{ 8400, true },
	};
	struct intake *in[N_ELEMS(t)];

	desk.set.smtp_memory = 20100;
	desk.set.store_blob_threshold = 100000;
	for (int round = 0; round < 2; round++) {
		EACH_ROW(t) {
			AUTO_BUF text = BUF(1 << 20);
			in[row] = desk_intake(INTAKE_TRANSFER);
			intake_put(in[row], fill(&text, "X: y\r\n\r\n", t[row].n, "z\r\n"));
			CHECK_INT(intake_settle(in[row]), 0);
			CHECK_INT(in[row]->spool.blob != 0, t[row].file);
			if (t[row].file)
				desk.file_open = false; /* the double has one file */
		}
		AUTO_BUF text = BUF(1 << 20);
		struct intake *waits = desk_intake(INTAKE_TRANSFER);
		intake_put(waits, fill(&text, "X: y", 9000, "\r\n zzzzzzzzzz"));
		CHECK_INT(intake_settle(waits), 0);
		CHECK_INT(waits->no.code, 452);
		intake_close(waits);
		EACH_ROW(t) {
			in[row]->spool.blob = 0;
			intake_close(in[row]);
		}
	}
}

/* No octet travels in a call: what is asked is room, once in QUEUE_FILE_STEP. */
DESK_TEST(intake_asks_for_room)
{
	AUTO_BUF text = BUF(16 << 20);
	struct intake *in = desk_intake(INTAKE_TRANSFER);

	desk.set.smtp_size_max = 16 << 20;
	fill(&text, "X: y\r\n\r\n", 10 << 20, "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\r\n");
	buf_fini(&desk.file);
	buf_init(&desk.file, 16 << 20);
	CHECK_INT(desk_text(in, buf_span(&text), 32768), 0);
	CHECK_INT(desk.n_asked, 4);
	CHECK_SPAN(buf_span(&desk.file), span_sub(buf_span(&text), 8, text.n));
	intake_close(in);
}

/* RFC 5321 4.5.3.2.5: a client that is slow and never silent for too long keeps its file: the store
 * hears of it at least every ten minutes and one block. */
DESK_TEST(intake_keeps_the_file_of_a_slow_client)
{
	AUTO_BUF text = BUF(1 << 20);
	struct intake *in = desk_intake(INTAKE_TRANSFER);
	struct queue_submit_reply done;

	fill(&text, "X: y\r\n\r\n", 3000, "z\r\n");
	intake_put(in, buf_span(&text));
	CHECK_INT(intake_settle(in), 0);
	CHECK_INT(desk.n_asked, 1);
	for (size_t i = 0; i < 12; i++) {
		CHECK_INT(fibre_sleep(5 * 60 * 1000), 0);
		intake_put(in, SPAN("z\r\n"));
		CHECK_INT(intake_settle(in), 0);
	}
	CHECK_INT(desk.n_asked, 7);
	CHECK_INT(intake_commit(in, &done), 0);
	intake_close(in);
}

/* What is kept where it is (RFC 9051 6.3.12) has nothing put in front, and no limit of hops; set
 * aside, even a small body is in a file, whose descriptor is closed. */
DESK_TEST(intake_content_is_kept_as_it_is)
{
	for (int aside = 0; aside < 2; aside++) {
		struct intake_source from = { .kind = INTAKE_KEPT };
		AUTO_BUF text = BUF(1 << 20);
		struct record_message m;
		struct intake *in = NULL;

		for (int i = 0; i < 150; i++)
			buf_puts(&text, "Received: x\r\nDelivered-To: a@home.test\r\n");
		buf_puts(&text, "\r\nz\r\n");
		CHECK_INT(intake_open(&desk.set, &from, &in), 0);
		intake_put(in, buf_span(&text));
		CHECK_INT(intake_settle(in), 0);
		CHECK_INT(intake_content(in, aside, &m), 0);
		CHECK_INT(m.prefix.n, 0);
		CHECK_INT(m.header.n + m.body_bytes, text.n);
		CHECK_INT(m.blob != 0, aside);
		CHECK_SPAN(m.body, aside ? SPAN("") : SPAN("z\r\n"));
		CHECK_INT(in->spool.fd, -1);
		intake_close(in);
	}
}
