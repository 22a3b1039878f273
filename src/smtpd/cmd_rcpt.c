/* smtpd/cmd_rcpt.c - RCPT TO: name one recipient of the open transaction.
 *
 * RFC 5321 4.1.1.3 (command), 3.3 (order), 4.5.3.1.10 (452), 4.5.1 (postmaster).
 */
#include "smtpd/session.h"

#include "base/event.h"
#include "directory/route.h"

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

int smtpd_cmd_rcpt(struct smtpd_session *s, struct span args)
{
	struct smtp_path to;
	struct smtp_rcpt_params params;
	struct directory_route route;

	if (!s->tx)
		return smtpd_reply(s, 503, "5.5.1", "MAIL first");
	if (s->tx->n_rcpts >= (size_t)s->set->smtp_rcpt_max)
		return smtpd_reply(s, 452, "4.5.3",
		                   "Too many recipients; send the rest in another message");
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

	struct arena *mem = &s->tx->mem;
	char *address = to.domain.n ? arena_printf(mem, "%.*s@%.*s", SPAN_ARG(to.local),
	                                           SPAN_ARG(to.domain))
	                            : arena_printf(mem, "postmaster");
	if (!address || tx_room(s->tx) < 0)
		return smtpd_reply_err(s, ERR_NO_MEMORY);
	r = directory_route(span_str(address), mem, &route); /* WAITS */
	if (r == ERR_NOT_FOUND)
		return refuse(s, 550, "5.1.1", span_str(address), "No such user here");
	if (r == ERR_SYNTAX)
		return refuse(s, 553, "5.1.2", span_str(address), "That domain cannot exist");
	if (r < 0)
		return smtpd_reply_err(s, r);
	if (!route.local && !smtpd_may_relay(s))
		return refuse(s, 550, "5.7.1", span_str(address),
		              "We do not take mail for that domain, and you are not logged in");
	s->tx->rcpts[s->tx->n_rcpts++] = (struct record_recipient){
		.address = span_str(address),
		.domain = route.domain,
		.account = route.account,
	};
	return smtpd_reply(s, 250, "2.1.5", "Recipient ok");
}
