/* controld/defence.c - what the defence would say of a message: the way of every message, without
 * the commit.
 */
#include "calls/mailbox.h"
#include "calls/record_found.h"
#include "controld/queue.h"
#include "defence/lists.h"
#include "intake/defend.h"
#include "policy/limits.h"

enum { LINE_MAX = 1 << 20 };

struct trial {
	struct controld_session *s;
	struct intake_source from;
	struct ip ip;
	struct lists_said lists;
	struct intake *in;
	struct intake_judgement *judged; /* NULL: it was refused before, for in->no */
	struct intake_no no;             /* a recipient, or sender, is refused          */
};

static int read_source(struct trial *t, json_t *request)
{
	struct span client = controld_string(request, "ip");
	struct address at;

	if (ip_parse(client, &t->ip) < 0)
		return err(ERR_SYNTAX, "%.*s is no IPv4 or IPv6 address", SPAN_ARG(client));
	char *text =
	        arena_printf(&t->s->mem, t->ip.n == 16 ? "[%.*s]:0" : "%.*s:0", SPAN_ARG(client));
	if (!text || address_parse(span_str(text), 0, &at) < 0)
		return err(ERR_SYNTAX, "%.*s is no address of a client", SPAN_ARG(client));
	t->from = (struct intake_source){
		.kind = INTAKE_TRANSFER,
		.may_relay = limits_in_networks(&at, &t->s->set->smtp_relay_networks),
		.answers_each = true,
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

static WAITS int read_envelope(struct trial *t, json_t *request)
{
	struct smtp_path from, to;
	int r = path_of(request, "sender", SMTP_PATH_NULL, &from);

	if (r >= 0)
		r = path_of(request, "recipient", SMTP_PATH_POSTMASTER, &to);
	if (r >= 0)
		r = intake_sender(t->in, &from, true, &t->no);   /* WAITS */
	return r < 0 ? r : intake_recipient(t->in, &to, &t->no); /* WAITS */
}

/* ---- the answer ---- */

static void put_reply(struct json *j, const struct intake_no *no)
{
	char reply[sizeof no->text + 32] = "";

	if (no->code)
		snprintf(reply, sizeof reply, "%d %s %s", no->code, no->enhanced, no->text);
	json_member_span(j, "reply", span_str(reply));
}

static void put_lists(struct trial *t, struct json *j)
{
	json_key(j, "lists");
	json_begin_object(j);
	json_member_int(j, "asked", t->from.may_relay ? 0 : (int64_t)t->s->set->defence_dnsbl.n);
	json_member_int(j, "score", t->lists.score);
	json_member_int(j, "reject_score", t->s->set->defence_reject_score);
	json_member_span(j, "words", span_str(t->lists.words));
	json_end_object(j);
}

static void put_findings(struct trial *t, struct json *j)
{
	struct record_findings f = { 0 };

	json_key(j, "defence");
	if (!t->in->found.n || record_findings_unpack(buf_span(&t->in->found), &t->s->mem, &f) < 0)
		f = (struct record_findings){ 0 };
	record_findings_json(&f, j);
}

static const char *place_of(const struct trial *t, uint32_t i)
{
	const struct intake_judgement *g = &t->judged[i];
	const bool here = t->in->rcpts[i].account.n > 0;

	if (intake_taken_out(t->in, i))
		return "taken out";
	if (g->decision == INTAKE_REFUSE)
		return "refused";
	if (!here)
		return g->decision == INTAKE_HOLD ? "held" : "on its way";
	return g->mailbox == MAILBOX_QUARANTINE ? "Quarantine"
	       : g->mailbox == MAILBOX_JUNK     ? "Junk"
	                                        : "INBOX";
}

/* What each step is set to, and who says so. */
static void put_set(struct trial *t, uint32_t i, struct json *j)
{
	struct intake_set set;

	intake_defend_set(t->in, i, &set);
	json_key(j, "set");
	json_begin_array(j);
	for (size_t k = 0; k < STEP_COUNT; k++) {
		json_begin_object(j);
		json_member_span(j, "step", span_str(step_name((enum step)k)));
		json_member_span(j, "action",
		                 span_str(step_action_name((enum step_action)set.own.of[k])));
		json_member_span(j, "by",
		                 set.own.of[k] != set.server.of[k] ? SPAN("domain or account")
		                 : set.server.of[k] != set.defaults.of[k] ? SPAN("server")
		                                                          : SPAN("default"));
		json_end_object(j);
	}
	json_end_array(j);
}

static void put_recipient(struct trial *t, uint32_t i, struct json *j)
{
	const struct record_recipient *to = &t->in->rcpts[i];
	const struct intake_judgement *g = &t->judged[i];
	const struct span nothing = SPAN("");

	json_begin_object(j);
	json_member_span(j, "address", to->address);
	json_member_span(j, "account", to->account);
	json_member_span(j, "goes", span_str(place_of(t, i)));
	json_member_span(j, "action",
	                 g->followed ? span_str(step_action_name((enum step_action)g->followed))
	                             : nothing);
	json_member_span(j, "step", g->followed ? span_str(step_name((enum step)g->by)) : nothing);
	put_reply(j, g->decision == INTAKE_REFUSE ? &g->no : &(struct intake_no){ 0 });
	json_member_span(j, "fields", g->prefix);
	put_set(t, i, j);
	json_end_object(j);
}

static WAITS int answer(struct trial *t)
{
	AUTO_BUF line = BUF(LINE_MAX);
	struct json j = JSON(&line);

	json_begin_object(&j);
	json_member_bool(&j, "ok", true);
	put_lists(t, &j);
	put_reply(&j, t->judged ? &(struct intake_no){ 0 } : &t->no);
	put_findings(t, &j);
	json_member_span(&j, "fields", buf_span(&t->in->prefix));
	json_key(&j, "recipients");
	json_begin_array(&j);
	for (uint32_t i = 0; t->judged && i < t->in->n_rcpts; i++)
		put_recipient(t, i, &j);
	json_end_array(&j);
	json_end_object(&j);
	return controld_put_line(t->s, &line); /* WAITS */
}

/* ---- the request ---- */

/* Behind the octets, whatever is wrong: then the next request follows. */
static WAITS int take_text(struct trial *t, int r, uint64_t n)
{
	int got = controld_take_text(t->s, r < 0 ? NULL : t->in, n); /* WAITS */

	t->s->lost |= got < 0;
	return got < 0 ? got : r;
}

static WAITS int try_it(struct trial *t, json_t *request, uint64_t n)
{
	int r = read_envelope(t, request); /* WAITS */

	r = take_text(t, r, n); /* WAITS */
	if (r >= 0 && !t->from.may_relay)
		r = lists_ask(t->s->set, &t->ip, &t->lists); /* WAITS */
	if (r >= 0) {
		r = intake_try(t->in, &t->judged); /* WAITS */
		t->no = t->in->no;
	}
	return r < 0 && (r != ERR_REFUSED || !t->no.code) ? r : answer(t); /* WAITS */
}

WAITS int controld_defence(struct controld_session *s, json_t *request)
{
	int64_t size = controld_number(request, "size", -1);
	struct trial t = { .s = s };

	if (size < 0) {
		s->lost = true;
		return err(ERR_SYNTAX, "size is no number of octets");
	}
	int r = read_source(&t, request);
	if (r >= 0)
		r = intake_open(s->set, &t.from, &t.in);
	if (r < 0)
		return take_text(&t, r, (uint64_t)size); /* WAITS */
	r = try_it(&t, request, (uint64_t)size);         /* WAITS */
	intake_close(t.in);                              /* WAITS */
	return r;
}
