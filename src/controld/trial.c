/* controld/trial.c - a trial's answer: each step in the order in which it is asked, what it says or
 * why nobody asks it, and what becomes of the message. */
#include "controld/trial.h"

#include "calls/mailbox.h"
#include "calls/record_found.h"
#include "controld/queue.h"

enum { LINE_MAX = 1 << 20, WHY_BYTES = 400 };

/* ---- one step ---- */

struct row {
	const char *step, *result;
	struct span value, words;
	uint32_t us;
	enum trial_stop at; /* in which part of the dialogue it says so */
};

static void put_row(const struct trial *t, struct json *j, const struct row *row)
{
	struct span words = row->words.n ? row->words : SPAN("nothing speaks against it");

	json_begin_object(j);
	json_member_span(j, "step", span_str(row->step));
	json_member_span(j, "result", span_str(row->result));
	json_member_span(j, "value", row->value);
	json_member_span(j, "words", words);
	json_member_int(j, "us", row->us);
	json_member_bool(j, "reached", !t->stop || row->at <= t->stop);
	json_end_object(j);
}

static void put_not_asked(const struct trial *t, struct json *j, const char *step,
                          enum trial_stop at, const char *why)
{
	put_row(t, j,
	        &(struct row){
	                .step = step, .result = "not asked", .words = span_str(why), .at = at });
}

static void put_bans(const struct trial *t, struct json *j)
{
	char words[WHY_BYTES];
	struct row row = { .step = "bans", .result = "passed", .at = TRIAL_AT_CONNECTION };

	if (t->bans_silent) {
		row.result = "unknown";
		row.words = SPAN("the process that listens to strangers does not answer");
	} else if (t->ban.until_ms) {
		row.result = "failed";
		row.value = SPAN("shut-out");
		row.words = span_str(t->words);
	} else {
		snprintf(words, sizeof words,
		         t->s->set->defence_ban_debt
		                 ? "it is not shut out; it owes %u at most, and %lld shut out"
		                 : "nobody is shut out by itself (defence.ban_debt = 0)",
		         t->ban.debt, (long long)t->s->set->defence_ban_debt);
		row.words = span_str(words);
	}
	put_row(t, j, &row);
}

/* Not asked of whom mail is taken for anywhere. */
static bool put_relayed(const struct trial *t, struct json *j, const char *step, enum trial_stop at)
{
	if (t->from.may_relay)
		put_not_asked(t, j, step, at,
		              "the client may send to anywhere (smtp.relay_networks)");
	return t->from.may_relay;
}

static void put_lists(const struct trial *t, struct json *j)
{
	const struct settings *set = t->s->set;
	char words[WHY_BYTES];

	if (put_relayed(t, j, "blocklists", TRIAL_AT_MAIL))
		return;
	if (!set->defence_dnsbl.n && !set->defence_dnswl.n) {
		put_not_asked(t, j, "blocklists", TRIAL_AT_MAIL,
		              "defence.dnsbl and defence.dnswl name none");
		return;
	}
	snprintf(words, sizeof words, "score %lld, refused from %lld on", (long long)t->lists.score,
	         (long long)set->defence_reject_score);
	put_row(t, j,
	        &(struct row){ .step = "blocklists",
	                       .result = *t->lists.words ? "failed" : "passed",
	                       .words = span_str(*t->lists.words ? t->lists.words : words),
	                       .at = TRIAL_AT_MAIL });
}

static void put_limits(const struct trial *t, struct json *j)
{
	char words[WHY_BYTES];
	struct row row = { .step = "limits", .result = "passed", .at = TRIAL_AT_MAIL };
	bool over = !t->taken && t->from.may_relay && t->reply && *t->reply == '4';

	if (!t->from.may_relay) {
		put_not_asked(t, j, "limits", TRIAL_AT_MAIL,
		              "only what accounts and smtp.relay_networks send is counted");
		return;
	}
	snprintf(words, sizeof words, "%u recipients more may be sent to now", t->in->room);
	row.result = over ? "failed" : "passed";
	row.words = span_str(over                        ? t->words
	                     : t->in->room >= UINT32_MAX ? "no limit holds for it"
	                                                 : words);
	put_row(t, j, &row);
}

static void put_recipient_row(const struct trial *t, struct json *j)
{
	struct row row = { .step = "recipient", .at = TRIAL_AT_RCPT, .result = "passed" };

	if (!t->taken && !t->rcpt_no) {
		put_not_asked(t, j, "recipient", TRIAL_AT_RCPT, "the client would not name it");
		return;
	}
	if (!t->taken)
		row.result = "failed";
	row.words = t->taken ? SPAN("mail for it is taken") : span_str(t->rcpt_no);
	put_row(t, j, &row);
}

/* ---- why a step was not asked ---- */

static const char *by_whom(const struct intake_set *set, enum step s)
{
	return set->own.of[s] != set->server.of[s]        ? "domain or account"
	       : set->server.of[s] != set->defaults.of[s] ? "server"
	                                                  : "default";
}

static const char *off_why(const struct trial *t, enum step s, char out[WHY_BYTES])
{
	const struct settings *set = t->s->set;
	struct intake_set actions;

	for (uint32_t i = 0; i < t->in->n_rcpts; i++) {
		intake_defend_set(t->in, i, &actions);
		if (actions.own.of[s] != STEP_OFF)
			return NULL;
	}
	if (s == STEP_milter && !set->defence_milters.n)
		return "defence.milters names none";
	if (s == STEP_rspamd && !set->defence_rspamd[0])
		return "defence.rspamd names none";
	if (s == STEP_attachments && span_eq(span_str(set->defence_attachments), SPAN("off")))
		return "defence.attachments is off";
	snprintf(out, WHY_BYTES, "it is off (%s)", by_whom(&actions, s));
	return out;
}

static bool is_this_machine(const struct trial *t)
{
	return span_eq(t->from.client_address, SPAN("127.0.0.1")) ||
	       span_eq(t->from.client_address, SPAN("::1"));
}

static const char *why_not(const struct trial *t, enum step s, char out[WHY_BYTES])
{
	const char *off;

	if (!t->taken)
		return "the recipient is refused before there is a message";
	if (t->from.may_relay && !step_has(s, STEP_OUT))
		return "the client may send to anywhere (smtp.relay_networks)";
	if (is_this_machine(t) && step_has(s, STEP_OF_CLIENT))
		return "the client is this machine itself";
	off = off_why(t, s, out);
	if (off)
		return off;
	if (s == STEP_early)
		return "a file does not tell whether its client waits for the greeting";
	if (s == STEP_helo)
		return "no --helo was given";
	if (s == STEP_rdns && *t->lists.words)
		return "who is on a blocklist is not asked about further";
	if (s == STEP_greylist)
		return intake_is_always_open(&t->to)
		               ? "postmaster and abuse get their mail from everybody"
		               : "a list of defence.dnswl knows the client";
	if (s == STEP_virus && !t->cause && t->judged && !trial_all_refuse(t))
		return "nobody looks: there is no clamd (defence.clamd), and defence.hashes has "
		       "no hashes";
	return t->judged ? "what was found before has decided" : "the message is put off before";
}

/* ---- steps by what they found ---- */

/* Where it is asked, though what follows is said behind the text. */
static enum trial_stop stage_of(enum step s)
{
	return step_has(s, STEP_OF_EDGE) ? TRIAL_AT_MAIL : TRIAL_AT_TEXT;
}

static bool put_seen(const struct trial *t, struct json *j, enum step s)
{
	for (size_t i = 0; i < t->in->n_seen; i++) {
		const struct inspect_finding *f = &t->in->seen[i];
		if (f->step != s)
			continue;
		put_row(t, j,
		        &(struct row){ step_name(s), record_result_name(f->result), f->value,
		                       f->words, f->us, stage_of(s) });
		return true;
	}
	return false;
}

static bool put_found(const struct trial *t, const struct record_findings *found, struct json *j,
                      enum step s)
{
	for (size_t i = 0; i < found->n_found; i++) {
		const struct record_found *f = &found->found[i];
		if (!span_eq(f->step, span_str(step_name(s))))
			continue;
		put_row(t, j,
		        &(struct row){ step_name(s), record_result_name(f->result), f->value,
		                       f->words, f->us, stage_of(s) });
		return true;
	}
	return false;
}

static void put_step(const struct trial *t, const struct record_findings *found, struct json *j,
                     enum step s)
{
	char why[WHY_BYTES];

	if (!put_found(t, found, j, s) && (t->taken || !put_seen(t, j, s)))
		put_not_asked(t, j, step_name(s), stage_of(s), why_not(t, s, why));
}

static void put_greylist(const struct trial *t, struct json *j)
{
	static const struct row rows[] = {
		[INTAKE_KNOWN] = { "greylist", "passed", SPAN("known"),
		                   SPAN("it has come again before, or has waited long enough"), 0,
		                   TRIAL_AT_RCPT },
		[INTAKE_PERMITTED] = { "greylist", "passed", SPAN("new"),
		                       SPAN("the sender's domain permits the client "
		                            "(defence.greylist_spf)"),
		                       0, TRIAL_AT_RCPT },
		[INTAKE_NEW] = { "greylist", "failed", SPAN("new"),
		                 SPAN("mail from its network by this sender to this recipient "
		                      "is new; it has to come again"),
		                 0, TRIAL_AT_RCPT },
	};
	char why[WHY_BYTES];

	if (t->in->greyed != INTAKE_NOT_GREYED)
		put_row(t, j, &rows[t->in->greyed]);
	else
		put_not_asked(t, j, "greylist", TRIAL_AT_RCPT, why_not(t, STEP_greylist, why));
}

/* In the order in which the server asks. */
static void put_chain(const struct trial *t, const struct record_findings *found, struct json *j)
{
	static const enum step of_text[] = { STEP_attachments, STEP_spf,    STEP_dkim,
		                             STEP_arc,         STEP_dmarc,  STEP_virus,
		                             STEP_rspamd,      STEP_milter, STEP_wanted };

	json_key(j, "chain");
	json_begin_array(j);
	put_bans(t, j);
	put_step(t, found, j, STEP_early);
	put_step(t, found, j, STEP_helo);
	put_lists(t, j);
	put_step(t, found, j, STEP_rdns);
	put_limits(t, j);
	put_recipient_row(t, j);
	put_greylist(t, j);
	for (size_t i = 0; i < N_ELEMS(of_text); i++)
		put_step(t, found, j, of_text[i]);
	json_end_array(j);
}

/* ---- the answer ---- */

static void put_reply(struct json *j, const struct intake_no *no)
{
	char reply[sizeof no->text + 32] = "";

	if (no->code)
		snprintf(reply, sizeof reply, "%d %s %s", no->code, no->enhanced, no->text);
	json_member_span(j, "reply", span_str(reply));
}

static void put_stop(const struct trial *t, struct json *j)
{
	static const char *const names[] = { "", "connection", "MAIL", "RCPT", "text" };

	json_member_span(j, "refused_at", span_str(names[t->stop]));
	json_member_span(j, "reply", span_str(t->reply));
	json_member_span(j, "cause", span_str(t->cause));
}

static void put_list_sum(const struct trial *t, struct json *j)
{
	json_key(j, "lists");
	json_begin_object(j);
	json_member_int(j, "asked", t->from.may_relay ? 0 : (int64_t)t->s->set->defence_dnsbl.n);
	json_member_int(j, "score", t->lists.score);
	json_member_int(j, "reject_score", t->s->set->defence_reject_score);
	json_member_span(j, "words", span_str(t->lists.words));
	json_end_object(j);
}

static const char *place_of(const struct trial *t, uint32_t i)
{
	const struct intake_judgement *g = &t->judged[i];
	const bool here = t->in->rcpts[i].account.n > 0;

	if (intake_taken_out(t->in, i))
		return "taken out";
	if (trial_all_refuse(t))
		return "refused";
	if (!here)
		return g->decision == INTAKE_ACCEPT ? "on its way" : "held";
	return g->mailbox == MAILBOX_QUARANTINE ? "Quarantine"
	       : g->mailbox == MAILBOX_JUNK     ? "Junk"
	                                        : "INBOX";
}

/* What each step is set to, and who says so. */
static void put_set(const struct trial *t, uint32_t i, struct json *j)
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
		json_member_span(j, "by", span_str(by_whom(&set, (enum step)k)));
		json_end_object(j);
	}
	json_end_array(j);
}

static void put_recipient(const struct trial *t, uint32_t i, struct json *j)
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

WAITS int trial_answer(struct trial *t)
{
	AUTO_BUF line = BUF(LINE_MAX);
	struct json j = JSON(&line);
	struct record_findings found = { 0 };

	if (t->in->found.n &&
	    record_findings_unpack(buf_span(&t->in->found), &t->s->mem, &found) < 0)
		found = (struct record_findings){ 0 };
	json_begin_object(&j);
	json_member_bool(&j, "ok", true);
	put_list_sum(t, &j);
	put_chain(t, &found, &j);
	json_key(&j, "defence");
	record_findings_json(&found, &j);
	json_member_span(&j, "fields", buf_span(&t->in->prefix));
	json_key(&j, "recipients");
	json_begin_array(&j);
	for (uint32_t i = 0; t->judged && i < t->in->n_rcpts; i++)
		put_recipient(t, i, &j);
	json_end_array(&j);
	put_stop(t, &j);
	json_end_object(&j);
	return controld_put_line(t->s, &line); /* WAITS */
}
