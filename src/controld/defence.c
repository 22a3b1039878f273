/* controld/defence.c - what the defence would say of a message: the way of every message, without
 * the commit.
 */
#include "controld/queue.h"
#include "controld/trial.h"
#include "policy/bans.h"
#include "policy/limits.h"

static int read_source(struct trial *t, json_t *request)
{
	struct span client = controld_string(request, "ip");

	if (ip_parse(client, &t->ip) < 0)
		return err(ERR_SYNTAX, "%.*s is no IPv4 or IPv6 address", SPAN_ARG(client));
	address_from_ip(&t->ip, 0, &t->client);
	t->from = (struct intake_source){
		.kind = INTAKE_TRANSFER,
		.may_relay = limits_in_networks(&t->client, &t->s->set->smtp_relay_networks),
		.client_address = client,
		.trace = { .helo = controld_string(request, "helo"), .ehlo = true },
	};
	return 0;
}

static int path_of(json_t *request, const char *key, unsigned permitted, struct smtp_path *out)
{
	struct span address = controld_string(request, key);

	return smtp_address_split(address, permitted, out) < 0
	               ? err(ERR_SYNTAX, "%s: %.*s is no address", key, SPAN_ARG(address))
	               : 0;
}

bool trial_is_listed(const struct trial *t)
{
	return *t->lists.words && !intake_is_always_open(&t->to);
}

bool trial_all_refuse(const struct trial *t)
{
	bool any = false;

	for (uint32_t i = 0; t->judged && i < t->in->n_rcpts; i++) {
		if (intake_taken_out(t->in, i))
			continue;
		if (t->judged[i].decision != INTAKE_REFUSE)
			return false;
		any = true;
	}
	return any;
}

/* The first counts. */
static void stop(struct trial *t, enum trial_stop at, int code, const char *enhanced,
                 const char *text)
{
	if (t->stop)
		return;
	t->stop = at;
	t->words = arena_str(&t->s->mem, span_str(text));
	t->reply = arena_printf(&t->s->mem, "%d %s %s", code, enhanced, text);
}

static void stop_by(struct trial *t, enum trial_stop at, const struct intake_no *no)
{
	stop(t, at, no->code, no->enhanced, no->text);
}

/* ---- before there is a message ---- */

static WAITS int ask_bans(struct trial *t)
{
	struct ban_order_args a = { .order = BAN_LOOK, .address = t->from.client_address };
	struct ban_order_reply got = { 0 };
	char text[BANS_TEXT_BYTES];
	int r = ban_order(&a, &t->s->mem, &got); /* WAITS */

	t->bans_silent = r < 0;
	if (r >= 0 && got.n_rows)
		t->ban = got.rows[0];
	if (t->ban.until_ms) {
		bans_refusal(t->s->set, &t->ban, text);
		stop(t, TRIAL_AT_CONNECTION, 421, "4.7.0", text);
	}
	return r == ERR_CANCELLED ? r : 0;
}

/* As smtpd does at MAIL. */
static WAITS int ask_about_client(struct trial *t)
{
	int r = ask_bans(t); /* WAITS */

	if (r >= 0 && !t->from.may_relay)
		r = lists_ask(t->s->set, &t->ip, &t->lists); /* WAITS */
	t->from.greylisted = !t->from.may_relay && t->lists.score >= 0;
	if (r >= 0 && !t->from.may_relay && !*t->lists.words)
		client_name_ask(t->s->set, &t->client, &t->s->mem, &t->name); /* WAITS */
	t->from.trace.rdns = t->name.name;
	return r;
}

/* What smtpd_client_note does; which of our addresses it would call is not known. */
static int note_client(struct trial *t)
{
	const struct ip unknown = { 0 };
	struct client_words *words = arena_new(&t->s->mem, struct client_words);
	struct inspect_finding f;
	int r = words ? 0 : ERR_NO_MEMORY;

	if (t->from.may_relay || r < 0)
		return r;
	if (t->from.trace.helo.n) {
		client_helo_find(t->s->set, t->from.trace.helo, &t->ip, &unknown, words, &f);
		r = intake_found(t->in, &f);
	}
	if (r < 0 || *t->lists.words)
		return r;
	client_name_find(&t->name, &t->client, words, &f);
	return intake_found(t->in, &f);
}

static int stop_listed(struct trial *t)
{
	char ip[ADDRESS_TEXT_BYTES], *text = arena_alloc(&t->s->mem, LISTS_REFUSAL_BYTES);

	if (!text)
		return err(ERR_NO_MEMORY, "no memory for a refusal");
	lists_refusal(t->s->set, address_text(&t->client, false, ip), t->lists.words, t->to.domain,
	              text);
	stop(t, TRIAL_AT_RCPT, 554, "5.7.1", text);
	return 0;
}

/* Who would be put off is looked at all the same, as if he had come again. */
static WAITS int name_recipient(struct trial *t)
{
	struct intake_no no = { 0 };
	int r = trial_is_listed(t) ? stop_listed(t) : 0;

	if (r < 0)
		return r;
	r = intake_recipient(t->in, &t->to, &no); /* WAITS */
	if (r == ERR_REFUSED)
		stop_by(t, TRIAL_AT_RCPT, &no);
	t->rcpt_no = r == ERR_REFUSED ? arena_str(&t->s->mem, span_str(no.text)) : NULL;
	if (r == ERR_REFUSED && t->in->greyed == INTAKE_NEW) {
		enum intake_greyed greyed = t->in->greyed;
		t->in->from.greylisted = false;
		r = intake_recipient(t->in, &t->to, &no); /* WAITS */
		t->in->greyed = greyed;
	}
	t->taken = r >= 0;
	return r;
}

static WAITS int name_sender(struct trial *t, const struct smtp_path *from)
{
	struct intake_no no = { 0 };
	int r = intake_sender(t->in, from, true, &no); /* WAITS */

	if (r == ERR_REFUSED)
		stop_by(t, TRIAL_AT_MAIL, &no);
	return r;
}

static WAITS int read_envelope(struct trial *t, json_t *request)
{
	struct smtp_path from;
	int r = path_of(request, "sender", SMTP_PATH_NULL, &from);

	if (r >= 0)
		r = path_of(request, "recipient", SMTP_PATH_POSTMASTER, &t->to);
	if (r >= 0)
		r = note_client(t);
	if (r >= 0)
		r = name_sender(t, &from);    /* WAITS */
	return r < 0 ? r : name_recipient(t); /* WAITS */
}

/* ---- the request ---- */

/* Behind the octets, whatever is wrong: then the next request follows. */
static WAITS int take_text(struct trial *t, int r, uint64_t n)
{
	int got = controld_take_text(t->s, r < 0 ? NULL : t->in, n); /* WAITS */

	t->s->lost |= got < 0;
	return got < 0 ? got : r;
}

/* As smtpd says a fault of ours. */
static void stop_ours(struct trial *t, int r)
{
	const char *enhanced, *text;
	int code;

	t->cause = arena_str(&t->s->mem, span_str(err_str(r)));
	err_reply(ERR_UNAVAILABLE, &code, &enhanced, &text);
	stop(t, TRIAL_AT_TEXT, code, enhanced, text);
}

static WAITS int judge(struct trial *t)
{
	int r = intake_try(t->in, &t->judged); /* WAITS */

	if (r == ERR_REFUSED && t->in->no.code)
		stop_by(t, TRIAL_AT_TEXT, &t->in->no);
	else if (r == ERR_UNAVAILABLE)
		stop_ours(t, r);
	else if (trial_all_refuse(t))
		stop_by(t, TRIAL_AT_TEXT, &t->judged[0].no);
	return r == ERR_REFUSED || r == ERR_UNAVAILABLE ? 0 : r;
}

static WAITS int try_it(struct trial *t, json_t *request, uint64_t n)
{
	t->in->trial = true;
	int r = read_envelope(t, request); /* WAITS */

	r = take_text(t, r, n); /* WAITS */
	if (r == ERR_REFUSED && t->stop)
		return trial_answer(t); /* WAITS */
	if (r >= 0)
		r = judge(t);               /* WAITS */
	return r < 0 ? r : trial_answer(t); /* WAITS */
}

static WAITS int serve(struct trial *t, json_t *request, uint64_t n)
{
	int r = read_source(t, request);

	if (r >= 0)
		r = ask_about_client(t); /* WAITS */
	if (r >= 0)
		r = intake_open(t->s->set, &t->from, &t->in);
	if (r < 0)
		return take_text(t, r, n); /* WAITS */
	r = try_it(t, request, n);         /* WAITS */
	intake_close(t->in);               /* WAITS */
	return r;
}

WAITS int controld_defence(struct controld_session *s, json_t *request)
{
	int64_t size = controld_number(request, "size", -1);
	struct trial *t = arena_new(&s->mem, struct trial);

	if (size < 0 || !t) {
		s->lost = true;
		return t ? err(ERR_SYNTAX, "size is no number of octets") : ERR_NO_MEMORY;
	}
	*t = (struct trial){ .s = s };
	return serve(t, request, (uint64_t)size); /* WAITS */
}
