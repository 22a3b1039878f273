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
	bool no = r == 0 || r == ERR_NOT_FOUND || r == ERR_SYNTAX || r == ERR_TOO_LONG;
	return no ? ERR_REFUSED : r;
}

static int tx_new(const struct smtp_path *from, bool smtputf8, struct smtpd_tx **out)
{
	AUTO_BUF sender = BUF(SMTP_PATH_MAX);
	struct smtpd_tx *tx = calloc(1, sizeof *tx);
	int r = smtp_path_canonical(from, &sender);

	if (!tx)
		return ERR_NO_MEMORY;
	if (r >= 0)
		r = arena_copy(&tx->mem, buf_span(&sender), &tx->return_path);
	if (r < 0) {
		free(tx);
		return r;
	}
	tx->smtputf8 = smtputf8;
	*out = tx;
	return 0;
}

static WAITS int open_tx(struct smtpd_session *s, const struct smtp_path *from, bool smtputf8)
{
	int r = tx_new(from, smtputf8, &s->tx);

	if (r >= 0)
		r = check_owner(s, s->tx->return_path);
	if (r >= 0)
		return smtpd_reply(s, 250, "2.1.0", "Sender ok");
	smtpd_tx_end(s);
	if (r != ERR_REFUSED)
		return smtpd_reply_ours(s, r);
	return smtpd_reply(
	        s, 553, "5.7.1",
	        "%.*s@%.*s is not yours: you are logged in as %s; send from that address",
	        SPAN_ARG(from->local), SPAN_ARG(from->domain), s->login);
}

static WAITS int begin(struct smtpd_session *s, struct span args)
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

int smtpd_cmd_mail(struct smtpd_session *s, struct span args)
{
	int r = begin(s, args);

	s->mail_refused = s->tx ? 0 : s->code;
	return r;
}
