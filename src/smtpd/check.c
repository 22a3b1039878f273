/* smtpd/check.c - is this header one that we take?
 *
 * RFC 5321 6.3 (loops); RFC 6409 6.1 and 8 (a submission: whose From it is, Date,
 * Message-ID, Bcc).
 */
#include "smtpd/body.h"

#include <unistd.h>

#include "directory/route.h"
#include "wire/message/address.h"
#include "wire/message/header.h"
#include "wire/message/submit.h"
#include "wire/smtp/path.h"

enum { LEDGER_TEXT_MAX = 500, HEADER_ROOM = 4096 };

/* One walk: hops, and what the ledger shows. */
static void read_fields(struct smtpd_session *s, struct smtpd_body *b, struct span in)
{
	struct message_header h;
	struct message_field f;
	int64_t hops = 0;

	message_header_begin(&h, in);
	while (message_header_next(&h, &f)) {
		if (span_eq_nocase(f.name, SPAN("Received")))
			hops++;
		else if (!b->subject.p && span_eq_nocase(f.name, SPAN("Subject")))
			b->subject = message_value_text(f.value, LEDGER_TEXT_MAX, &b->mem);
		else if (!b->message_id.p && span_eq_nocase(f.name, SPAN("Message-ID")))
			b->message_id = message_value_text(f.value, LEDGER_TEXT_MAX, &b->mem);
	}
	if (hops >= s->set->smtp_hops_max)
		smtpd_body_refuse(b, 554, "5.4.6", "Mail loop: it has passed %jd servers",
		                  (intmax_t)hops);
	if (h.end == MESSAGE_HEADER_ALL && !b->scan.ended)
		smtpd_body_refuse(b, 552, "5.3.4", "The header alone is over %jd octets",
		                  (intmax_t)s->set->store_blob_threshold);
}

/* RFC 6409 6.1: each From and Sender mailbox belongs to the login. */
static WAITS int check_authors(struct smtpd_session *s, struct smtpd_body *b,
                               const struct message_mailbox *who, size_t n, const char *field)
{
	for (size_t i = 0; i < n; i++) {
		AUTO_BUF address = BUF(SMTP_PATH_MAX * 4);
		struct directory_route route = { 0 };
		int r = message_address_put(&address, &who[i]);

		if (r >= 0)
			r = directory_route(buf_span(&address), &b->mem, &route);
		if (r == 0 && span_eq(route.account, span_str(s->login)))
			continue;
		if (r < 0 && r != ERR_NOT_FOUND && r != ERR_SYNTAX && r != ERR_TOO_LONG)
			return r;
		smtpd_body_refuse(
		        b, 550, "5.7.1",
		        "%s names %.*s, and you are logged in as %s; send from your own address",
		        field, (int)address.n, address.p, s->login);
	}
	return 0;
}

static int replace_header(struct smtpd_body *b, size_t old_n, struct span header)
{
	size_t body_n = b->intake.text.n - old_n;
	int r = header.n > old_n ? buf_reserve(&b->intake.text, header.n - old_n) : 0;

	if (r < 0)
		return r;
	memmove(b->intake.text.p + header.n, b->intake.text.p + old_n, body_n);
	memcpy(b->intake.text.p, header.p, header.n);
	b->intake.text.n = header.n + body_n;
	return 0;
}

/* "4d2.1f0a3c" - unique for ever with the host name behind it. */
static const char *unique_id(struct arena *mem)
{
	static unsigned counter;
	return arena_printf(mem, "%jx.%x.%x", (uintmax_t)clock_wall_time_ms(), (unsigned)getpid(),
	                    ++counter);
}

static WAITS int check_submission(struct smtpd_session *s, struct smtpd_body *b, struct span in)
{
	AUTO_BUF header = BUF((size_t)s->set->store_blob_threshold + HEADER_ROOM);
	struct message_submit done;
	struct message_submit_facts facts = { .time_ms = clock_wall_time_ms(),
		                              .hostname = span_str(s->set->server_hostname),
		                              .id = span_str(unique_id(&b->mem)) };

	int r = message_submit(in, &facts, &b->mem, &header, &done);
	if (r == ERR_SYNTAX || r == ERR_TOO_BIG || r == ERR_LIMIT) {
		smtpd_body_refuse(b, 550, "5.6.0", "Bad message header: %s", err_str(r));
		return 0;
	}
	unsigned fatal = MESSAGE_FAULT_NO_FROM | MESSAGE_FAULT_FROM_TWICE |
	                 MESSAGE_FAULT_FROM_SYNTAX | MESSAGE_FAULT_FROM_GROUP |
	                 MESSAGE_FAULT_SENDER_SYNTAX |
	                 MESSAGE_FAULT_MALFORMED; /* a Bcc behind it would stay */
	if (r >= 0 && (done.faults & fatal)) {
		smtpd_body_refuse(b, 550, "5.6.0", "Bad message header: %s",
		                  message_submit_fault_str(done.faults & fatal));
		return 0;
	}
	if (r >= 0 && s->login)
		r = check_authors(s, b, done.from, done.n_from, "From");
	if (r >= 0 && s->login)
		r = check_authors(s, b, done.sender, done.n_sender, "Sender");
	return r < 0 ? r : replace_header(b, done.header_n, buf_span(&header));
}

int smtpd_check_header(struct smtpd_session *s, struct smtpd_body *b)
{
	struct span in = buf_span(&b->intake.text);

	if (smtpd_is_submission(s)) {
		int r = check_submission(s, b, in);
		if (r < 0 || b->refusal.code)
			return r;
		in = buf_span(&b->intake.text);
	}
	read_fields(s, b, in);
	return 0;
}
