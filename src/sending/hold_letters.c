/* sending/hold_letters.c - an account that is held by itself is told, and so is the operator: a
 * letter each, once a hold. */
#include <time.h>

#include "base/event.h"
#include "notice/notice.h"
#include "sending/sending_impl.h"
#include "store/store.h"

enum { TEXT_MAX = 4096, FRESH_S = 24 * 60 * 60 };

static int put_owners(struct buf *text, const struct hold_letters *h)
{
	buf_printf(text,
	           "Since %.*s this server takes no mail from your account\n%s, because it "
	           "has sent as spammers do:\n%.*s.\n\n",
	           SPAN_ARG(h->since), h->address, SPAN_ARG(h->why));
	return buf_puts(
	        text, "Mostly that means that somebody else knows its password and sends in your\n"
	              "name. Nothing is lost: mail to you comes as before, what of yours was on\n"
	              "its way waits here, and your mail program keeps what it could not send.\n\n"
	              "What to do:\n\n"
	              "- Set another password, and take back app passwords that you do not know.\n"
	              "- See that no other person and no malware uses your devices.\n"
	              "- Then ask the operator of this server to let the account go, also if you\n"
	              "  have sent all of it yourself. As you cannot write from this account now,\n"
	              "  call them, or write from another one.\n");
}

static int put_operators(struct buf *text, const struct hold_letters *h)
{
	buf_printf(text,
	           "Since %.*s the account %s\nis held, because it has sent as spammers do:\n"
	           "%.*s.\n\n"
	           "What it hands in is answered 450, what of it is in the queue waits, and mail "
	           "to\nit comes as before. Who has it finds a letter in INBOX.\n\n",
	           SPAN_ARG(h->since), h->address, SPAN_ARG(h->why));
	return buf_printf(text,
	                  "What to do:\n\n"
	                  "  postrider queue list --login %s\n      shows what waits\n"
	                  "  postrider queue cancel --quiet --login %s\n      ends it, where it "
	                  "is spam\n"
	                  "  postrider account password %s\n      sets another password\n"
	                  "  postrider account release %s\n      lets it send again, and what "
	                  "waits goes\n\n"
	                  "Where it is an honest sender, give it more room: limits.hold_unknown,\n"
	                  "limits.hold_networks, limits.hold_over in the configuration.\n",
	                  h->name, h->name, h->address, h->address);
}

/* The same hold always gets the same id. */
static int put_id(struct buf *id, const struct hold_letters *h, const char *whom)
{
	buf_puts(id, "held.");
	for (size_t i = 0; i < h->since.n; i++)
		if (h->since.p[i] >= '0' && h->since.p[i] <= '9')
			buf_putc(id, h->since.p[i]);
	buf_putc(id, '.');
	for (const char *c = h->name; *c; c++)
		buf_putc(id, (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') ? *c : '-');
	return buf_printf(id, ".%s@%s", whom, h->set->server_hostname);
}

static WAITS bool was_sent(struct store *store, struct span message_id)
{
	AUTO_BUF bracketed = BUF(TEXT_MAX);
	uint64_t id;

	buf_printf(&bracketed, "<%.*s>", SPAN_ARG(message_id));
	return store_find(store, buf_span(&bracketed), &id) >= 0; /* WAITS */
}

static bool is_final(int r)
{
	return r == ERR_NOT_FOUND || r == ERR_REFUSED || r == ERR_SYNTAX || r == ERR_LIMIT ||
	       r == ERR_TOO_LONG || r == ERR_QUOTA;
}

static WAITS int send(struct hold_letters *h, const char *whom, const char *to,
                      int (*put)(struct buf *text, const struct hold_letters *h))
{
	AUTO_BUF text = BUF(TEXT_MAX), id = BUF(TEXT_MAX), subject = BUF(TEXT_MAX);
	struct notice n = { .hostname = span_str(h->set->server_hostname), .to = span_str(to) };
	uint64_t sent;

	put(&text, h);
	put_id(&id, h, whom);
	buf_printf(&subject, "The account %s cannot send mail for now", h->address);
	n.text = buf_span(&text);
	n.message_id = buf_span(&id);
	n.subject = buf_span(&subject);
	if (text.err || id.err || subject.err)
		return ERR_NO_MEMORY;
	if (was_sent(h->store, n.message_id)) /* WAITS */
		return 0;
	int r = notice_send(&n, &sent); /* WAITS */
	if (r >= 0)
		event_log(EVENT_account_told, "account=%s to=%s", h->name, to);
	else if (is_final(r))
		event_log(EVENT_account_not_told, "account=%s to=%s reason=%s", h->name, to,
		          err_str(r));
	return is_final(r) ? 0 : r;
}

/* "since 2026-11-30T14:00:00.000Z: REASON", as hold_begin writes it: not what an operator says, and
 * not what is long ago, whose letters may be deleted. */
static bool is_fresh(const char *held, struct hold_letters *h)
{
	struct span rest = span_str(held), end;
	struct tm tm = { 0 };
	ptrdiff_t at;

	if (!span_eat(&rest, SPAN(HOLD_SINCE)) || (at = span_find_span(rest, SPAN(": "))) < 0 ||
	    !strptime(rest.p, "%Y-%m-%dT%H:%M:%S", &tm))
		return false;
	end = span_sub(rest, (size_t)at + 2, rest.n);
	h->since = span_sub(rest, 0, (size_t)at);
	h->why = end;
	return clock_wall_time_ms() / 1000 - timegm(&tm) < FRESH_S;
}

WAITS int hold_tell(struct hold_letters *h, const char *held)
{
	int r = 0;

	if (!is_fresh(held, h))
		return 0;
	if (!h->owner_told)
		r = send(h, "owner", h->address, put_owners); /* WAITS */
	h->owner_told = h->owner_told || r >= 0;
	if (r >= 0 && !h->operator_told)
		r = send(h, "operator", "postmaster", put_operators); /* WAITS */
	h->operator_told = h->operator_told || r >= 0;
	return r;
}
