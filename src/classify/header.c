/* classify/header.c - what a message's header says of it: who, with what program, and how. */
#include "base/buf.h"
#include "classify/feature_impl.h"
#include "wire/message/address.h"
#include "wire/message/header.h"
#include "wire/message/words.h"

enum { FIELD_BYTES = 4 << 10, RECIPIENTS_LOOK = 10 };

/* A field's text, decoded; empty when it is too long to be one that tells. */
static struct span value_of(struct span value, struct buf *b)
{
	buf_reset(b);
	if (value.n <= FIELD_BYTES)
		(void)message_words_get(value, b);
	return span_trim(buf_span(b));
}

static void read_subject(struct gathering *g, struct span value, struct buf *b)
{
	struct span text = value_of(value, b);

	gather_words(g, "the subject's \"", text);
	gather_traits(g, "the subject has ", text);
	if (span_find_span(text, SPAN("    ")) >= 0)
		gather_fact(g, "the subject has a gap");
	if (span_find_span(value, SPAN("=?")) >= 0)
		gather_word(g, "the subject's charset ",
		            span_sub(value, (size_t)span_find_span(value, SPAN("=?")) + 2, 8));
}

/* ADDRESS, its domain, and the words of its name. */
static void add_address(struct gathering *g, const char *before, const struct message_mailbox *m,
                        struct buf *b)
{
	gather_word(g, before, m->domain);
	buf_reset(b);
	if (message_address_put(b, m) >= 0)
		gather_word(g, before, buf_span(b));
}

static bool first_address(struct span value, struct message_mailbox *out)
{
	struct message_addresses it;

	message_addresses_begin(&it, value);
	return message_addresses_next(&it, out) == 1;
}

static void read_from(struct gathering *g, struct span value, struct buf *b)
{
	AUTO_BUF name = BUF(FIELD_BYTES);
	struct message_mailbox m;

	if (value.n > FIELD_BYTES || !first_address(value, &m)) {
		gather_fact(g, "a From that is no address");
		return;
	}
	add_address(g, "from ", &m, b);
	if (message_name_put(&name, &m) >= 0)
		gather_words(g, "from \"", value_of(buf_span(&name), b));
}

static void read_reply_to(struct gathering *g, struct span value, struct buf *b)
{
	struct message_mailbox m;

	if (value.n <= FIELD_BYTES && first_address(value, &m))
		add_address(g, "answers to ", &m, b);
}

static void read_mailer(struct gathering *g, struct span value, struct buf *b)
{
	gather_words(g, "the mail program's \"", value_of(value, b));
}

static void read_list(struct gathering *g, struct span value, struct buf *b)
{
	gather_words(g, "the mailing list's \"", value_of(value, b));
}

/* The zone that it was written in. */
static void read_date(struct gathering *g, struct span value, struct buf *b)
{
	struct span text = value_of(value, b);
	ptrdiff_t at = span_find_last(text, ':');

	if (at > 0)
		gather_word(g, "the time zone ", span_sub(text, (size_t)at + 4, 5));
}

static void read_message_id(struct gathering *g, struct span value, struct buf *b)
{
	struct span text = value_of(value, b);
	ptrdiff_t at = span_find_last(text, '@');

	if (at > 0)
		gather_word(g, "a Message-ID of ",
		            span_sub(text, (size_t)at + 1, text.n - (size_t)at - 2));
}

static void read_to(struct gathering *g, struct span value, UNUSED struct buf *b)
{
	struct message_addresses it;
	struct message_mailbox m;
	size_t n = 0;

	message_addresses_begin(&it, value);
	while (n < RECIPIENTS_LOOK && message_addresses_next(&it, &m) == 1)
		n++;
	gather_fact(g, n == 0                ? "to no address"
	               : n == 1              ? "to one address"
	               : n < RECIPIENTS_LOOK ? "to several addresses"
	                                     : "to many addresses");
	if (n)
		gathering_add(g, m.name.n ? "to a name" : "to a bare address", SPAN(""), "",
		              SPAN(""), "");
}

static void read_priority(struct gathering *g, struct span value, struct buf *b)
{
	gather_word(g, "its priority ", span_sub(value_of(value, b), 0, 1));
}

static const struct row {
	const char *name;
	void (*read)(struct gathering *g, struct span value, struct buf *b);
	const char *missing; /* what it says when there is none; NULL: nothing */
} rows[] = {
	{ "From", read_from, "no From" },
	{ "Reply-To", read_reply_to, NULL },
	{ "Subject", read_subject, "no subject" },
	{ "To", read_to, "no To" },
	{ "Message-ID", read_message_id, "no Message-ID" },
	{ "Date", read_date, "no Date" },
	{ "In-Reply-To", NULL, "no answer to another message" },
	{ "X-Mailer", read_mailer, NULL },
	{ "User-Agent", read_mailer, NULL },
	{ "List-Id", read_list, NULL },
	{ "X-Priority", read_priority, NULL },
};

/* That they are there says something. */
static const char *const told[] = { "MIME-Version",
	                            "Organization",
	                            "References",
	                            "Sender",
	                            "Cc",
	                            "X-MimeOLE",
	                            "X-MSMail-Priority",
	                            "X-Accept-Language",
	                            "Content-Disposition",
	                            "Mail-Followup-To",
	                            "List-Unsubscribe",
	                            "Precedence",
	                            "Auto-Submitted",
	                            "Thread-Index",
	                            "DKIM-Signature",
	                            "Errors-To" };

void gather_header(struct gathering *g, struct span message)
{
	AUTO_BUF b = BUF(2 * FIELD_BYTES);

	for (size_t i = 0; i < N_ELEMS(rows); i++) {
		struct message_field f;
		bool there = message_header_find(message, span_str(rows[i].name), &f);
		if (there && rows[i].read)
			rows[i].read(g, f.value, &b);
		if (!there && rows[i].missing)
			gather_fact(g, rows[i].missing);
	}
	for (size_t i = 0; i < N_ELEMS(told); i++) {
		struct message_field f;
		if (message_header_find(message, span_str(told[i]), &f))
			gathering_add(g, "a field ", span_str(told[i]), "", SPAN(""), "");
	}
}
