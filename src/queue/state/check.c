/* queue/state/check.c - see check.h. */
#include "queue/state/check.h"

#include "base/utf8.h"
#include "calls/mailbox.h"
#include "calls/mailbox_records.h"
#include "calls/record_found.h"
#include "calls/record_sent.h"
#include "wire/message/header.h"
#include "wire/message/structure/cache.h"
#include "wire/smtp/reply.h"

enum {
	ADDED_BYTES_MAX = 64 << 10, /* of fields of ours, above smtp.size_max */
	FACTS_MAX = 16,             /* octets of a message's facts            */
};

static bool has_control(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
	return false;
}

struct span check_line(struct span text, size_t max, struct arena *mem)
{
	AUTO_BUF flat = BUF(max);
	struct span line = { 0 };

	if (text.n <= max && !has_control(text) && utf8_valid(text))
		return text;
	smtp_reply_put_flat(text, max, &flat);
	if (arena_copy(mem, buf_span(&flat), &line) < 0)
		return (struct span){ 0 };
	return line;
}

static int check_name(struct span s, const char *what, size_t max)
{
	if (has_control(s))
		return err(ERR_SYNTAX, "control octet in the %s", what);
	if (s.n > max)
		return err(ERR_TOO_LONG, "%s of %zu octets", what, s.n);
	return 0;
}

/* local@domain; which octets a local part may have was the session's to say. */
static int check_address(struct span address)
{
	ptrdiff_t at = span_find_last(address, '@');

	if (at <= 0 || (size_t)at + 1 == address.n)
		return err(ERR_SYNTAX, "an address without its parts");
	return check_name(address, "address", CHECK_ADDRESS_MAX);
}

/* Lower-case A-labels or a literal: what directory_route gives. */
static int check_domain(struct span domain)
{
	if (!domain.n || domain.n > 255)
		return err(ERR_SYNTAX, "a domain of %zu octets", domain.n);
	for (size_t i = 0; i < domain.n; i++) {
		unsigned char c = (unsigned char)domain.p[i];

		if (c <= ' ' || c >= 0x7f || (domain.p[0] != '[' && c >= 'A' && c <= 'Z'))
			return err(ERR_SYNTAX, "a domain that was not made ready for DNS");
	}
	return 0;
}

/* A recipient may come with a mailbox of its account, by path, or by what it is for. */
static int check_wish(const struct record_recipient *to, const struct record_item *item)
{
	struct record_delivery d = { 0 };

	if (!to->account.n || record_delivery_unpack(item->octets, NULL, &d) < 0 || d.account ||
	    d.mailbox || d.flags || d.modseq || d.path.n > MAILBOX_NAME_BYTES_MAX ||
	    (d.role && d.role != MAILBOX_JUNK && d.role != MAILBOX_QUARANTINE))
		return err(ERR_SYNTAX, "an item that is not the sender's to give");
	return 0;
}

static int check_wishes(const struct record_recipient *to)
{
	int r = 0;

	for (size_t i = 0; i < to->n_items && r >= 0; i++) {
		const struct record_item *item = &to->items[i];
		struct record_followed f = { 0 };

		if (record_item_find(to->items, i, item->kind))
			r = err(ERR_SYNTAX, "an item of kind %u twice", item->kind);
		else if (item->kind == RECORD_ITEM_LATER && !to->account.n && !item->octets.n)
			continue;
		else if (item->kind != RECORD_ITEM_VERDICTS_RCPT)
			r = item->kind == RECORD_ITEM_MAILBOX
			            ? check_wish(to, item)
			            : err(ERR_SYNTAX, "an item that is not the sender's to give");
		else if (item->octets.n > RECORD_FOLLOWED_BYTES_MAX ||
		         record_followed_unpack(item->octets, NULL, &f) < 0)
			r = err(ERR_SYNTAX, "an item of the defence that is none");
	}
	return r;
}

static int check_recipients(struct record_message *m)
{
	if (!m->n_recipients)
		return err(ERR_SYNTAX, "no recipient");
	if (m->n_recipients > CHECK_RCPTS_MAX)
		return err(ERR_LIMIT, "%zu recipients", m->n_recipients);
	for (size_t i = 0; i < m->n_recipients; i++) {
		struct record_recipient *to = &m->recipients[i];
		int r = check_address(to->address);

		if (r >= 0)
			r = check_domain(to->domain);
		if (r >= 0)
			r = check_name(to->account, "account", CHECK_NAME_MAX);
		if (r >= 0 && to->prefix.n && !to->account.n) /* attempts do not carry it yet */
			r = err(ERR_SYNTAX, "a prefix of its own for a recipient elsewhere");
		if (r >= 0)
			r = check_wishes(to);
		if (r < 0)
			return r;
		to->uid = 0;
	}
	return 0;
}

static int check_findings(struct span octets)
{
	AUTO_ARENA mem = { 0 };
	struct record_findings f;

	return record_findings_unpack(octets, &mem, &f);
}

static int check_once(struct span octets)
{
	struct record_once once;
	int r = record_once_unpack(octets, NULL, &once);

	if (r >= 0 && (!once.key.n || once.key.n > RECORD_ONCE_KEY_MAX || once.digest.n > 64))
		r = err(ERR_SYNTAX, "a key of %zu octets for a hand-over", once.key.n);
	return r;
}

static int check_send_at(struct span octets)
{
	struct record_send_at at;
	int r = record_send_at_unpack(octets, NULL, &at);

	return r >= 0 && at.time_ms <= 0 ? err(ERR_SYNTAX, "to be sent at no time") : r;
}

/* What else there is, is not for who receives to write. */
static int check_item(const struct record_item *item)
{
	if (item->kind == RECORD_ITEM_FACTS && item->octets.n <= FACTS_MAX)
		return 0;
	if (item->kind == RECORD_ITEM_SEND_AT)
		return check_send_at(item->octets);
	if (item->kind == RECORD_ITEM_ENVELOPE && item->octets.n <= MESSAGE_CACHE_MADE_BYTES &&
	    message_cache_check(item->octets) >= 0)
		return 0;
	if (item->kind == RECORD_ITEM_TAGS && item->octets.n <= RECORD_TAGS_BYTES_MAX)
		return record_tags_unpack(item->octets, NULL, &(struct record_tags){ 0 });
	if (item->kind == RECORD_ITEM_IDEMPOTENCY_KEY)
		return check_once(item->octets);
	if (item->kind == RECORD_ITEM_VERDICTS && item->octets.n <= RECORD_FINDINGS_BYTES_MAX &&
	    check_findings(item->octets) >= 0)
		return 0;
	return err(ERR_SYNTAX, "an item of kind %u that is not the sender's to give", item->kind);
}

static int check_items(const struct record_message *m)
{
	int r = 0;

	for (size_t i = 0; i < m->n_items && r >= 0; i++)
		r = record_item_find(m->items, i, m->items[i].kind)
		            ? err(ERR_SYNTAX, "an item of kind %u twice", m->items[i].kind)
		            : check_item(&m->items[i]);
	return r;
}

static int check_content(const struct settings *set, struct record_message *m)
{
	size_t n = m->prefix.n + m->header.n + m->body.n;

	if (m->body.n && m->blob)
		return err(ERR_SYNTAX, "a message has a body or a blob");
	if (!n && !m->blob)
		return err(ERR_SYNTAX, "a message of no octets");
	if (n > QUEUE_TEXT_BYTES_MAX || n > (uint64_t)set->smtp_size_max + ADDED_BYTES_MAX)
		return err(ERR_TOO_BIG, "a message of %zu octets", n);
	if (!m->blob) {
		m->body_bytes = m->body.n;
		m->size_bytes = n;
	}
	return 0;
}

int check_sender(struct span address)
{
	return address.n ? check_address(address) : 0;
}

int check_message(const struct settings *set, struct record_message *m, struct arena *mem)
{
	int r;

	if (m->id || m->time_ms)
		return err(ERR_SYNTAX, "id and time are not the sender's to give");
	if ((r = check_sender(m->return_path)) < 0 ||
	    (r = check_name(m->login, "login", CHECK_NAME_MAX)) < 0 ||
	    (r = check_name(m->client_address, "client's address", CHECK_NAME_MAX)) < 0 ||
	    (r = check_name(m->helo, "client's name", CHECK_NAME_MAX)) < 0 ||
	    (r = check_name(m->protocol, "protocol", CHECK_NAME_MAX)) < 0 ||
	    (r = check_recipients(m)) < 0 || (r = check_items(m)) < 0 ||
	    (r = check_content(set, m)) < 0)
		return r;
	m->subject = check_line(m->subject, CHECK_TEXT_MAX, mem);
	m->message_id = check_line(m->message_id, CHECK_TEXT_MAX, mem);
	return 0;
}

/* Counts fields of that name; ERR_SYNTAX: something else than fields and the empty line behind. */
static int count_received(struct span fields, size_t *n)
{
	struct message_header h;
	struct message_field f;

	message_header_begin(&h, fields);
	while (message_header_next(&h, &f))
		*n += span_eq_nocase(f.name, SPAN("Received"));
	return h.at == fields.n && h.end != MESSAGE_HEADER_CUT
	               ? 0
	               : err(ERR_SYNTAX, "a header section that is none, or has too many fields");
}

int check_header(const struct settings *set, const struct record_message *m)
{
	size_t n_hops = 0;
	int r = m->header.n > QUEUE_HEADER_BYTES_MAX
	                ? err(ERR_TOO_BIG, "a header section of %zu octets", m->header.n)
	                : count_received(m->prefix, &n_hops);

	if (r >= 0)
		r = count_received(m->header, &n_hops);
	/* Our own Received field is among them. */
	if (r >= 0 && n_hops > (uint64_t)set->smtp_hops_max)
		r = err(ERR_LOOP, "the message has passed %zu servers", n_hops);
	return r;
}
