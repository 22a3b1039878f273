/* smtpd/cmd_rcpt.c - RCPT TO: name one recipient of the open transaction.
 *
 * RFC 5321 4.1.1.3 (command), 3.3 (order), 4.5.3.1.10 (452), 4.5.1 (postmaster).
 */
#include "smtpd/session.h"

#include "base/event.h"
#include "directory/route.h"

enum { OVER_MAX = 10000 }; /* recipients past smtp.rcpt_max, before each costs */

static WAITS int refuse(struct smtpd_session *s, int code, const char *enhanced, struct span rcpt,
                        const char *why)
{
	char ip[ADDRESS_TEXT_BYTES];

	event_log(EVENT_message_refused,
	          "client=%s return_path=%.*s recipient=%.*s code=%d reason=%s",
	          address_text(stream_peer(s->stream), false, ip), SPAN_ARG(s->tx->return_path),
	          SPAN_ARG(rcpt), code, why);
	return smtpd_reply(s, code, enhanced, "%s", why);
}

static int tx_room(struct smtpd_tx *tx)
{
	if (tx->n_rcpts < tx->room)
		return 0;
	size_t room = tx->room ? 2 * tx->room : 2;
	struct record_recipient *more = arena_array(&tx->mem, struct record_recipient, room);
	if (!more)
		return ERR_NO_MEMORY;
	if (tx->n_rcpts)
		memcpy(more, tx->rcpts, tx->n_rcpts * sizeof *more);
	tx->rcpts = more;
	tx->room = room;
	return 0;
}

/* Past the limit: the client sends the rest in another message (RFC 5321 4.5.3.1.10), and has
 * done nothing wrong, unless it never stops. */
static WAITS int put_off(struct smtpd_session *s)
{
	int r = ++s->tx->n_over > OVER_MAX ? smtpd_count_error(s) : 0;

	return r < 0 ? r
	             : smtpd_reply(s, 452, "4.5.3",
	                           "Too many recipients; send the rest in another message");
}

/* Policy, action, reply. */
static WAITS int add(struct smtpd_session *s, struct span address)
{
	struct directory_route route;

	if (tx_room(s->tx) < 0)
		return smtpd_reply_err(s, ERR_NO_MEMORY);
	int r = directory_route(address, &s->tx->mem, &route); /* WAITS */
	if (r == ERR_NOT_FOUND)
		return refuse(s, 550, "5.1.1", address, "No such user here");
	if (r == ERR_SYNTAX)
		return refuse(s, 553, "5.1.2", address, "That domain cannot exist");
	if (r < 0) {
		s->tx->put_off = true;
		return smtpd_reply_ours(s, r);
	}
	if (!route.local && !smtpd_may_relay(s))
		return refuse(s, 550, "5.7.1", address,
		              "We do not take mail for that domain, and you are not logged in");
	s->tx->rcpts[s->tx->n_rcpts++] = (struct record_recipient){
		.address = route.address,
		.domain = route.domain,
		.account = route.account,
	};
	return smtpd_reply(s, 250, "2.1.5", "Recipient ok");
}

int smtpd_cmd_rcpt(struct smtpd_session *s, struct span args)
{
	AUTO_BUF address = BUF(SMTP_PATH_MAX);
	struct smtp_path to;
	struct smtp_rcpt_params params;

	if (!s->tx)
		return smtpd_reply_no_tx(s);
	if (s->tx->n_rcpts >= (size_t)s->set->smtp_rcpt_max)
		return put_off(s);
	if (!span_eat_nocase(&args, SPAN("TO:")))
		return smtpd_reply(s, 501, "5.5.4", "Syntax: RCPT TO:<address>");
	int r = smtp_path_parse(span_trim_left(args), SMTP_PATH_POSTMASTER, &to, &args);
	if (r < 0)
		return smtpd_reply(s, 501, "5.1.3", "Bad recipient address: %s", err_str(r));
	r = smtp_rcpt_params_parse(args, s->extensions, &params);
	if (r < 0)
		return smtpd_reply(s, r == ERR_UNKNOWN ? 555 : 501, "5.5.4", "Bad parameter: %s",
		                   err_str(r));
	if (to.utf8 && !s->tx->smtputf8)
		return smtpd_reply(s, 553, "5.6.7", "The address needs SMTPUTF8");
	r = smtp_path_canonical(&to, &address);
	return r < 0 ? smtpd_reply_err(s, r) : add(s, buf_span(&address));
}
