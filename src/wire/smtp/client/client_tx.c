/* wire/smtp/client/client_tx.c - one message to its recipients.
 *
 * RFC 5321 3.3, 4.1.1.2-5; RFC 2033 4.2 (a reply a recipient); RFC 2920 3.1.
 *
 * With PIPELINING, [RSET] MAIL RCPT... DATA go out in one flight, in windows.  DATA
 * behind recipients that may all be refused is safe for this reason: the message, and
 * even its final dot, is only ever sent when 354 has come AND at least one recipient
 * was accepted; replies come in order, so all RCPTs are answered before DATA is.  A
 * 354 with nobody accepted (RFC 2920 3.1 would have us send an empty message)
 * closes the connection instead: without CRLF.CRLF the server has to discard what it
 * has, which is nothing.  So no empty or partial message can be delivered, for the
 * price of a connection with a rare kind of server, and all others save a round trip.
 *
 * A transaction that the server may still hold open is reset in the next one's
 * first flight, so that outcomes need not wait for the reply to RSET.
 */
#include <assert.h>

#include "wire/smtp/client/client_state.h"
#include "wire/smtp/params.h"
#include "wire/smtp/path.h"
#include "wire/smtp/xtext.h"

static bool is_good(const struct smtp_reply *r)
{
	return r->code >= 200 && r->code <= 299;
}

static bool is_refusal(const struct smtp_reply *r)
{
	return r->code >= 400;
}

/* Each address is checked again, however well the queue was kept: what stands in a
 * command line decides what the server does.  *utf8: one needs SMTPUTF8. */
static int check_addresses(const struct smtp_client_tx *tx, bool *utf8)
{
	struct smtp_path path = { 0 };
	int r = smtp_address_split(tx->return_path, SMTP_PATH_NULL, &path);

	*utf8 = path.utf8;
	for (size_t i = 0; r == 0 && i < tx->n_rcpts; i++) {
		r = smtp_address_split(tx->rcpts[i].address, SMTP_PATH_POSTMASTER, &path);
		*utf8 |= path.utf8;
	}
	return r == 0 ? 0 : err(ERR_SYNTAX, "an address cannot be sent as it is");
}

static bool dsn_params_are_valid(const struct smtp_client_tx *tx)
{
	if (tx->envid.n > SMTP_ENVID_MAX || !smtp_xtext_valid(tx->envid))
		return false;
	for (size_t i = 0; i < tx->n_rcpts; i++) {
		struct span orcpt = tx->rcpts[i].orcpt;

		if (orcpt.n > SMTP_ORCPT_MAX || (orcpt.n && !smtp_orcpt_valid(orcpt, tx->smtputf8)))
			return false;
	}
	return true;
}

int smtp_client_begin(struct smtp_client *c, const struct smtp_client_tx *tx)
{
	struct smtp_client_tx own = *tx;
	bool utf8;
	int r;

	if (c->state == CLIENT_CLOSED || c->state == CLIENT_QUITTING)
		return err(ERR_CLOSED, "the session is over");
	if (c->has_tx)
		return err(ERR_EXISTS, "a transaction is running");
	if (tx->n_rcpts == 0)
		return err(ERR_SYNTAX, "a message needs a recipient");
	if (tx->n_rcpts > SMTP_CLIENT_RCPTS_MAX)
		return err(ERR_TOO_LONG, "more than %d recipients", SMTP_CLIENT_RCPTS_MAX);
	r = check_addresses(tx, &utf8);
	if (r < 0)
		return r;
	own.smtputf8 |= utf8;
	if (!dsn_params_are_valid(&own))
		return err(ERR_SYNTAX, "an ENVID or ORCPT cannot be sent as it is");
	r = client_results_new(c, tx->n_rcpts);
	if (r < 0)
		return r;
	c->tx = own;
	c->has_tx = true;
	if (c->state == CLIENT_IDLE)
		client_tx_start(c);
	client_check_output(c);
	return 0;
}

static void tx_over(struct smtp_client *c)
{
	assert(c->n_done == c->n_results);
	c->has_tx = false;
	c->state = CLIENT_IDLE;
}

/* What the server said of itself makes it useless to ask: RFC 1870 6.1, RFC 6531 3.2,
 * RFC 6152 3. */
static enum smtp_cause find_hindrance(const struct smtp_client *c)
{
	const struct smtp_ehlo *e = &c->facts.ehlo;

	if (e->size_max && c->tx.size > e->size_max)
		return SMTP_CAUSE_TOO_BIG;
	if (c->tx.smtputf8 && !(e->ext & SMTP_EXT_SMTPUTF8))
		return SMTP_CAUSE_NO_SMTPUTF8;
	if (c->tx.eight_bit && !(e->ext & SMTP_EXT_8BITMIME))
		return SMTP_CAUSE_NO_8BITMIME;
	return SMTP_CAUSE_NONE;
}

void client_tx_start(struct smtp_client *c)
{
	enum smtp_cause hindrance = find_hindrance(c);
	struct smtp_client_result result;

	if (hindrance != SMTP_CAUSE_NONE) {
		result = client_cause_result(SMTP_STAGE_MAIL, hindrance);
		client_decide_rest(c, &result);
		tx_over(c);
		return;
	}
	c->facts.n_transactions++;
	/* RFC 9422 4: RCPTMAX. */
	c->n_send = c->n_results;
	if (c->facts.ehlo.rcpt_max && c->n_send > c->facts.ehlo.rcpt_max)
		c->n_send = c->facts.ehlo.rcpt_max;
	result = client_cause_result(SMTP_STAGE_RCPT, SMTP_CAUSE_RCPT_LIMIT);
	for (size_t i = c->n_send; i < c->n_results; i++)
		client_decide(c, i, &result);

	c->state = CLIENT_SENDING;
	c->rset_due = c->dirty;
	c->mail_due = true;
	c->mail_refused = c->data_sent = false;
	c->next_rcpt = c->dot_rcpt = 0;
	smtp_data_out_init(&c->data);
	client_tx_advance(c);
}

static void put_mail(struct smtp_client *c)
{
	const struct smtp_client_tx *tx = &c->tx;
	unsigned ext = c->facts.ehlo.ext;
	struct buf *out = &c->out;

	buf_put(out, SPAN("MAIL FROM:<"));
	buf_put(out, tx->return_path);
	buf_putc(out, '>');
	if (tx->size && (ext & SMTP_EXT_SIZE))
		buf_printf(out, " SIZE=%ju", (uintmax_t)tx->size);
	if (tx->eight_bit)
		buf_put(out, SPAN(" BODY=8BITMIME"));
	if (tx->smtputf8)
		buf_put(out, SPAN(" SMTPUTF8"));
	if (tx->ret != SMTP_RET_UNSAID && (ext & SMTP_EXT_DSN))
		buf_puts(out, tx->ret == SMTP_RET_FULL ? " RET=FULL" : " RET=HDRS");
	if (tx->envid.n && (ext & SMTP_EXT_DSN)) {
		buf_put(out, SPAN(" ENVID="));
		buf_put(out, tx->envid);
	}
	client_command(c, EXPECT_MAIL, 0);
}

static void put_notify(struct buf *out, unsigned notify)
{
	static const struct {
		enum smtp_notify bit;
		const char *word;
	} words[] = { { SMTP_NOTIFY_NEVER, "NEVER" },
		      { SMTP_NOTIFY_SUCCESS, "SUCCESS" },
		      { SMTP_NOTIFY_FAILURE, "FAILURE" },
		      { SMTP_NOTIFY_DELAY, "DELAY" } };
	const char *before = " NOTIFY=";

	for (size_t i = 0; i < N_ELEMS(words); i++) {
		if (!(notify & words[i].bit))
			continue;
		buf_puts(out, before);
		buf_puts(out, words[i].word);
		before = ",";
	}
}

static void put_rcpt(struct smtp_client *c, size_t i)
{
	const struct smtp_client_rcpt *rcpt = &c->tx.rcpts[i];
	struct buf *out = &c->out;

	buf_put(out, SPAN("RCPT TO:<"));
	buf_put(out, rcpt->address);
	buf_putc(out, '>');
	if (c->facts.ehlo.ext & SMTP_EXT_DSN) {
		put_notify(out, rcpt->notify);
		if (rcpt->orcpt.n) {
			buf_put(out, SPAN(" ORCPT="));
			buf_put(out, rcpt->orcpt);
		}
	}
	client_command(c, EXPECT_RCPT, (uint32_t)i);
}

/* Puts the next command of the transaction; false when none is due now. */
static bool put_next(struct smtp_client *c)
{
	if (c->rset_due) {
		c->rset_due = false;
		buf_put(&c->out, SPAN("RSET"));
		client_command(c, EXPECT_RSET, 0);
	} else if (c->mail_due) {
		c->mail_due = false;
		put_mail(c);
	} else if (c->mail_refused || c->data_sent) {
		return false;
	} else if (c->next_rcpt < c->n_send) {
		put_rcpt(c, c->next_rcpt++);
	} else if (c->n_accepted || c->n_pending) {
		c->data_sent = true;
		buf_put(&c->out, SPAN("DATA"));
		client_command(c, EXPECT_DATA, 0);
	} else {
		return false;
	}
	return true;
}

/* The window is filled again when it is half empty, so that a long list of
 * recipients goes out in a few large writes. */
void client_tx_advance(struct smtp_client *c)
{
	bool pipelining = (c->facts.ehlo.ext & SMTP_EXT_PIPELINING) && !c->conf.no_pipelining;
	unsigned window = pipelining ? SMTP_CLIENT_WINDOW : 1;

	if (c->n_pending <= window / 2)
		while (c->n_pending < window && put_next(c))
			continue;
	if (c->n_pending == 0)
		tx_over(c);
}

void client_on_rset(struct smtp_client *c, const struct smtp_reply *r)
{
	/* Not the new message's fault, so never its final outcome. */
	if (!is_good(r))
		client_fail(c, SMTP_CAUSE_PROTOCOL);
	c->dirty = false;
}

void client_on_mail(struct smtp_client *c, const struct smtp_reply *r)
{
	struct smtp_client_result result;

	if (is_good(r)) {
		c->dirty = true;
	} else if (is_refusal(r)) {
		result = client_reply_result(c, SMTP_STAGE_MAIL, r);
		c->mail_refused = true;
		client_decide_rest(c, &result);
	} else {
		client_fail(c, SMTP_CAUSE_PROTOCOL);
	}
}

void client_on_rcpt(struct smtp_client *c, const struct smtp_reply *r, size_t rcpt)
{
	struct smtp_client_result result;

	if (!is_good(r) && !is_refusal(r)) {
		client_fail(c, SMTP_CAUSE_PROTOCOL);
	} else if (c->results[rcpt].done) {
		/* MAIL was refused; an odd server may have opened a transaction all the same. */
		c->dirty |= is_good(r);
	} else if (is_good(r)) {
		c->accepted[rcpt] = true;
		c->n_accepted++;
	} else {
		result = client_reply_result(c, SMTP_STAGE_RCPT, r);
		client_decide(c, rcpt, &result);
	}
}

void client_on_data(struct smtp_client *c, const struct smtp_reply *r)
{
	struct smtp_client_result result;

	if (is_refusal(r)) {
		result = client_reply_result(c, SMTP_STAGE_DATA, r);
		client_decide_rest(c, &result);
	} else if (r->code != 354) {
		client_fail(c, SMTP_CAUSE_PROTOCOL);
	} else if (c->n_accepted == 0) {
		client_close(c);
	} else {
		c->state = CLIENT_BODY;
	}
}

int smtp_client_body(struct smtp_client *c, struct span chunk)
{
	if (smtp_client_want(c) != SMTP_WANT_BODY)
		return err(ERR_BUG, "no message is wanted now");
	if (chunk.n > SMTP_CLIENT_CHUNK_MAX)
		return err(ERR_TOO_LONG, "a chunk of more than %d octets", SMTP_CLIENT_CHUNK_MAX);
	buf_consume(&c->out, c->out_from);
	c->out_from = 0;
	return smtp_data_out_put(&c->data, chunk, &c->out);
}

int smtp_client_body_end(struct smtp_client *c)
{
	int r;

	if (c->state != CLIENT_BODY)
		return err(ERR_BUG, "no message is wanted now");
	r = smtp_data_out_end(&c->data, &c->out);
	if (r < 0)
		return r;
	c->state = CLIENT_DOT;
	client_expect(c, EXPECT_DOT, 0);
	return 0;
}

/* RFC 2033 4.2: the next reply is for the next recipient that RCPT accepted. */
static void decide_next(struct smtp_client *c, const struct smtp_client_result *result)
{
	while (!c->accepted[c->dot_rcpt])
		c->dot_rcpt++;
	client_decide(c, c->dot_rcpt++, result);
	if (c->n_done < c->n_results)
		client_expect(c, EXPECT_DOT, 0);
}

void client_on_dot(struct smtp_client *c, const struct smtp_reply *r)
{
	struct smtp_client_result result;

	if (!is_good(r) && !is_refusal(r)) {
		client_fail(c, SMTP_CAUSE_PROTOCOL);
		return;
	}
	result = client_reply_result(c, SMTP_STAGE_BODY, r);
	c->dirty = false;
	if (c->conf.lmtp)
		decide_next(c, &result);
	else
		client_decide_rest(c, &result);
	if (c->n_done == c->n_results)
		tx_over(c);
}
