/* smtpd/cmd_mail.c - MAIL FROM: begin a transaction.
 *
 * RFC 5321 4.1.1.2; RFC 1870 (SIZE), RFC 6152 (BODY), RFC 6531 (SMTPUTF8),
 * RFC 4954 5 (AUTH=, taken and not used); RFC 6409 6.1 (the sender is the account's own).
 */
#include "smtpd/session.h"

#include <stdlib.h>

#include "base/event.h"
#include "directory/route.h"
#include "calls/policy.h"

enum { RDNS_MS = 2000 };

/* The client's verified name, asked once a session; a special address has none. */
static WAITS void ask_rdns(struct smtpd_session *s)
{
	AUTO_ARENA mem = { 0 };
	struct policy_rdns_reply found = { 0 };
	char ip[ADDRESS_TEXT_BYTES];

	if (s->rdns || s->server->kind != SMTPD_SMTP)
		return;
	if (!address_is_special(stream_peer(s->stream))) {
		FIBRE_TIMEOUT(RDNS_MS);
		struct policy_rdns_args a = { span_str(
			address_text(stream_peer(s->stream), false, ip)) };
		if (policy_rdns(&a, &mem, &found) < 0)
			found.name = SPAN("");
	}
	s->rdns = strndup(found.name.n ? found.name.p : "", found.name.n);
}

/* RFC 6409 6.1: an account sends as itself. */
static WAITS int check_owner(struct smtpd_session *s, struct span return_path)
{
	AUTO_ARENA mem = { 0 };
	struct directory_route route;

	if (!smtpd_is_submission(s) || !return_path.n)
		return 0;
	int r = directory_route(return_path, &mem, &route);
	if (r == 0 && span_eq(route.account, span_str(s->login)))
		return 0;
	return r == 0 || r == ERR_NOT_FOUND || r == ERR_SYNTAX ? ERR_REFUSED : r;
}

static WAITS int open_tx(struct smtpd_session *s, const struct smtp_path *from, bool smtputf8)
{
	struct smtpd_tx *tx = calloc(1, sizeof *tx);
	if (!tx)
		return smtpd_reply_err(s, ERR_NO_MEMORY);
	s->tx = tx;
	tx->smtputf8 = smtputf8;
	if (from->local.n) {
		char *sender = arena_printf(&tx->mem, "%.*s@%.*s", SPAN_ARG(from->local),
		                            SPAN_ARG(from->domain));
		tx->return_path = span_str(sender);
		if (!sender) {
			smtpd_tx_end(s);
			return smtpd_reply_err(s, ERR_NO_MEMORY);
		}
	}
	int r = check_owner(s, tx->return_path);
	if (r < 0) {
		AUTO_BUF sender = BUF(2 * SMTP_PATH_MAX);
		buf_put(&sender, tx->return_path);
		smtpd_tx_end(s);
		return r != ERR_REFUSED
		               ? smtpd_reply_err(s, r)
		               : smtpd_reply(
		                         s, 553, "5.7.1",
		                         "%.*s is not yours: you are logged in as %s; send from "
		                         "that address",
		                         (int)sender.n, sender.p, s->login);
	}
	return smtpd_reply(s, 250, "2.1.0", "Sender ok");
}

int smtpd_cmd_mail(struct smtpd_session *s, struct span args)
{
	struct smtp_path from;
	struct smtp_mail_params params;

	if (s->tx)
		return smtpd_reply(s, 503, "5.5.1",
		                   "A transaction is open; end it with DATA or RSET");
	if (!span_eat_nocase(&args, SPAN("FROM:")))
		return smtpd_reply(s, 501, "5.5.4", "Syntax: MAIL FROM:<address>");
	int r = smtp_path_parse(span_trim_left(args), SMTP_PATH_NULL, &from, &args);
	if (r < 0)
		return smtpd_reply(s, 501, "5.1.7", "Bad sender address: %s", err_str(r));
	r = smtp_mail_params_parse(args, s->extensions, &params);
	if (r < 0)
		return smtpd_reply(s, r == ERR_UNKNOWN ? 555 : 501, "5.5.4", "Bad parameter: %s",
		                   err_str(r));
	if (from.utf8 && !params.smtputf8)
		return smtpd_reply(s, 553, "5.6.7", "The address needs SMTPUTF8");
	if (params.has_size && params.size > (uint64_t)s->set->smtp_size_max)
		return smtpd_reply(s, 552, "5.3.4", "Message too big: at most %jd octets",
		                   (intmax_t)s->set->smtp_size_max);
	ask_rdns(s);
	return open_tx(s, &from, params.smtputf8);
}
