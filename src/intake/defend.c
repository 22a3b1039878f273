/* intake/defend.c - see defend.h. */
#include "intake/defend.h"

#include <stdio.h>

#include "base/event.h"
#include "calls/inspect.h"
#include "calls/mailbox.h"
#include "calls/record_found.h"
#include "config/config_contact.h"
#include "intake/intake_impl.h"
#include "intake/wanted.h"
#include "metrics/metrics.h"

enum { FIELD_BYTES_MAX = 1024 };

struct defence {
	struct intake *in;
	enum step_direction direction;
	struct step_actions server;
	struct inspect_judge_reply found;
	const struct inspect_finding **wanted;    /* of the step `wanted`, one a recipient */
	const struct intake_unlearned *unlearned; /* nobody needs to read for that step */
};

static enum step_direction direction_of(const struct intake *in)
{
	return in->from.kind == INTAKE_TRANSFER && !in->from.may_relay ? STEP_IN : STEP_OUT;
}

/* Settings, and what the directory has, were looked at when they were set. */
void intake_add_actions(struct span words, enum step_direction d, struct step_actions *io)
{
	if (step_actions_parse(words, d, io) < 0)
		event_log(EVENT_internal_error, "what=%s reason=%s",
		          "words about the defence that cannot be read", err_str(ERR_SYNTAX));
}

void intake_server_actions(const struct intake *in, enum step_direction d, struct step_actions *out)
{
	const struct settings *set = in->set;

	step_actions_default(d, out);
	if (!set->defence_milters.n)
		out->of[STEP_milter] = STEP_OFF;
	if (!set->defence_rspamd[0])
		out->of[STEP_rspamd] = STEP_OFF;
	if (span_eq(span_str(set->defence_attachments), SPAN("off")))
		out->of[STEP_attachments] = STEP_OFF;
	for (size_t i = 0; i < set->defence_steps.n; i++)
		intake_add_actions(span_str(set->defence_steps.v[i]), d, out);
}

/* Recipients of one domain have the same words more often than not. */
struct actions_cache {
	struct span words;
	struct step_actions actions;
	bool known;
};

static const struct step_actions *actions_of(const struct defence *d, uint32_t i,
                                             struct actions_cache *cache)
{
	struct span words = d->direction == STEP_OUT ? d->in->sender_wish : d->in->wishes[i];

	if (!cache->known || !span_eq(cache->words, words)) {
		*cache = (struct actions_cache){ words, d->server, true };
		intake_add_actions(words, d->direction, &cache->actions);
	}
	return &cache->actions;
}

void intake_defend_set(struct intake *in, uint32_t i, struct intake_set *out)
{
	struct defence d = { .in = in, .direction = direction_of(in) };
	struct actions_cache cache = { 0 };

	step_actions_default(d.direction, &out->defaults);
	intake_server_actions(in, d.direction, &d.server);
	out->server = d.server;
	out->own = *actions_of(&d, i, &cache);
}

/* Behind another server of ours, and from this machine itself, who connects says nothing of whose
 * mail it is: no domain permits 127.0.0.1. */
bool intake_client_tells(const struct intake *in)
{
	struct span ip = in->from.client_address;

	return !in->from.trace.lmtp && !span_eq(ip, SPAN("127.0.0.1")) && !span_eq(ip, SPAN("::1"));
}

/* Bits (1 << enum step): wanted by somebody; refusing for everybody. */
static uint32_t wanted(const struct defence *d, uint32_t *decisive)
{
	struct actions_cache cache = { 0 };
	bool tells = intake_client_tells(d->in);
	uint32_t steps = 0;

	*decisive = UINT32_MAX;
	for (uint32_t i = 0; i < d->in->n_rcpts; i++) {
		const struct step_actions *a = actions_of(d, i, &cache);
		for (unsigned s = 0; s < STEP_COUNT; s++) {
			if ((!tells && step_has(s, STEP_OF_CLIENT)) || step_has(s, STEP_AT_RCPT))
				continue;
			steps |= a->of[s] != STEP_OFF ? 1u << s : 0;
			*decisive &= a->of[s] != STEP_REJECT ? ~(1u << s) : UINT32_MAX;
		}
	}
	*decisive &= ~(1u << STEP_own);  /* inspect does not know which domains are ours */
	if (!(steps & 1u << STEP_dmarc)) /* what that finds it goes by */
		steps &= ~(1u << STEP_own);
	return steps;
}

/* Which were found before the message came. */
static uint32_t steps_of_edge(void)
{
	uint32_t steps = 0;

	for (unsigned s = 0; s < STEP_COUNT; s++)
		steps |= step_has(s, STEP_OF_EDGE) ? 1u << s : 0;
	return steps;
}

/* What happened the operator has to know; the sender, that it is not his fault. */
static int unable_now(const struct defence *d, const char *step, const char *setting,
                      struct span reason)
{
	intake_refuse(d->in, 451, "4.3.0",
	              "The message could not be looked at now (%s); send it again later", step);
	if (!d->in->trial)
		event_log(EVENT_message_put_off,
		          "client=%.*s return_path=%.*s message_id=%.*s step=%s setting=%s "
		          "reason=%.*s",
		          SPAN_ARG(d->in->from.client_address), SPAN_ARG(d->in->return_path),
		          SPAN_ARG(d->in->facts.message_id), step, setting, SPAN_ARG(reason));
	return ERR_REFUSED;
}

static WAITS int ask(const struct intake_case *c, struct defence *d, uint32_t steps,
                     uint32_t decisive)
{
	FIBRE_TIMEOUT(DEFEND_MS);
	const struct intake *in = d->in;
	struct inspect_judge_args a = { .direction = (uint8_t)d->direction,
		                        .steps = steps,
		                        .decisive = decisive,
		                        .client_address = in->from.client_address,
		                        .helo = in->from.trace.helo,
		                        .return_path = in->return_path,
		                        .header = c->header,
		                        .body = c->body,
		                        .body_bytes = c->body_bytes,
		                        .rdns = in->from.trace.rdns };
	int r = steps & (1u << STEP_milter | 1u << STEP_rspamd) ? intake_recipients_tell(d->in, &a)
	                                                        : 0;
	if (r >= 0)
		r = inspect_judge(&a, c->file, &c->message->mem, &d->found); /* WAITS */

	return r < 0 && r != ERR_CANCELLED && r != ERR_NO_MEMORY
	               ? unable_now(d, "inspect", "none", span_str(err_str(r)))
	               : r;
}

/* The role may have been taken over by what it looked into. */
static int check(const struct defence *d)
{
	for (size_t i = 0; i < d->found.n_findings; i++) {
		const struct inspect_finding *f = &d->found.findings[i];
		if (f->step >= STEP_COUNT || step_has(f->step, STEP_OF_EDGE) ||
		    f->step == STEP_wanted || f->result > INSPECT_LATER ||
		    f->most >= STEP_ACTIONS || f->value.n > INSPECT_VALUE_MAX ||
		    f->words.n > INSPECT_WORDS_MAX || f->told.n > INSPECT_WORDS_MAX)
			return err(ERR_UNAVAILABLE, "inspect answered what cannot be");
	}
	return d->found.n_findings + d->in->n_seen > STEP_COUNT
	               ? err(ERR_UNAVAILABLE, "inspect found too much")
	               : intake_filters_check(d->in, &d->found);
}

/* Nothing is thrown away: who would have had it can still be given it. */
static void say_nobody(const struct defence *d)
{
	for (size_t k = 0; k < d->found.n_findings; k++) {
		struct inspect_finding *f = &d->found.findings[k];
		if (f->step != STEP_milter || f->result != INSPECT_PASSED)
			continue;
		f->result = INSPECT_FAILED;
		f->most = STEP_QUARANTINE;
		f->value = SPAN("discard");
		f->words = SPAN("a mail filter of this server takes out all recipients");
	}
}

/* Where anybody lets filters act.  The header and the body follow at the commit. */
static WAITS int rewrite(const struct defence *d, struct intake_judgement **all)
{
	struct actions_cache cache = { 0 };
	struct intake *in = d->in;
	size_t n_before = in->n_rcpts;

	if (d->found.n_body)
		in->new_body = d->found.body[0];
	for (uint32_t i = 0; i < in->n_rcpts && !in->filters_act; i++)
		in->filters_act = actions_of(d, i, &cache)->of[STEP_milter] > STEP_OBSERVE;
	if (!in->filters_act)
		return 0;
	in->edits = d->found.edits;
	in->n_edits = d->found.n_edits;
	int r = intake_envelope_rewrite(in, &d->found); /* WAITS */
	if (r == 0)
		say_nobody(d);
	if (r >= 0 && in->n_rcpts > n_before)
		*all = arena_array(&in->mem, struct intake_judgement, in->n_rcpts);
	return r < 0 || *all ? r : err(ERR_NO_MEMORY, "no memory for judgements");
}

/* What follows where a step cannot say: "tempfail", "tag" or "pass". */
static struct span failure_of(const struct settings *set, enum step s)
{
	return step_has(s, STEP_MUST_KNOW)    ? SPAN("tempfail")
	       : step_has(s, STEP_OF_SCANNER) ? span_str(set->defence_scan_failure)
	       : s == STEP_milter             ? span_str(set->defence_milter_failure)
	       : s == STEP_rspamd             ? span_str(set->defence_rspamd_failure)
	                                      : span_str(set->defence_failure);
}

static const char *failure_setting(enum step s)
{
	return step_has(s, STEP_MUST_KNOW)    ? "none"
	       : step_has(s, STEP_OF_SCANNER) ? "defence.scan_failure"
	       : s == STEP_milter             ? "defence.milter_failure"
	       : s == STEP_rspamd             ? "defence.rspamd_failure"
	                                      : "defence.failure";
}

/* For who sends it on (sign.c). */
static void note_chain(const struct defence *d)
{
	for (size_t i = 0; i < d->found.n_findings; i++)
		if (d->found.findings[i].step == STEP_arc &&
		    d->found.findings[i].result != INSPECT_UNABLE)
			d->in->chain = d->found.findings[i].value;
}

static enum step_action follows(const struct defence *d, const struct inspect_finding *f,
                                const struct step_actions *a)
{
	enum step_action action = a->of[f->step] < f->most ? a->of[f->step] : f->most;

	if (f->result == INSPECT_FAILED)
		return action;
	if (f->result == INSPECT_UNABLE && action > STEP_TAG &&
	    span_eq(failure_of(d->in->set, f->step), SPAN("tag")))
		return STEP_TAG;
	return STEP_OFF;
}

/* RFC 5321 4.5.1, RFC 2142 2 and 4: who is kept out in error for where he comes from can write to.
 */
static bool is_always_open(struct span address)
{
	struct span local = span_sub(address, 0, (size_t)span_find_last(address, '@'));

	return span_eq_nocase(local, SPAN("postmaster")) || span_eq_nocase(local, SPAN("abuse"));
}

static const struct inspect_finding *finding(const struct defence *d, size_t k, uint32_t i)
{
	const struct inspect_finding *f = &d->found.findings[k];

	return f->step == STEP_wanted && d->wanted && d->wanted[i] ? d->wanted[i] : f;
}

static enum step_action for_recipient(const struct defence *d, const struct inspect_finding *f,
                                      const struct step_actions *a, uint32_t rcpt)
{
	enum step_action here = follows(d, f, a);

	return here > STEP_TAG && step_has(f->step, STEP_OF_EDGE) &&
	                       is_always_open(d->in->rcpts[rcpt].address)
	               ? STEP_TAG
	               : here;
}

static const struct inspect_finding *strictest(const struct defence *d, uint32_t rcpt,
                                               const struct step_actions *a,
                                               enum step_action *action)
{
	const struct inspect_finding *by = NULL;

	*action = STEP_OFF;
	for (size_t k = 0; k < d->found.n_findings; k++) {
		const struct inspect_finding *f = finding(d, k, rcpt);
		enum step_action here = for_recipient(d, f, a, rcpt);
		if (here > *action) {
			*action = here;
			by = f;
		}
	}
	return by;
}

static struct span told(const struct inspect_finding *f)
{
	return f->told.n ? f->told : f->words;
}

/* "X-Postrider-Defence: attachments=program; WORDS", for who finds it in Junk or Quarantine. */
static int put_field(struct buf *out, const struct inspect_finding *f, struct span words)
{
	buf_printf(out, DEFENCE_FIELD ": %s=%.*s;\r\n ", step_name(f->step), SPAN_ARG(f->value));
	buf_put(out, words);
	return buf_puts(out, "\r\n");
}

/* A filter has refused one recipient. */
static const struct inspect_finding *refused(const struct defence *d, uint32_t i,
                                             const struct step_actions *a,
                                             struct inspect_finding *room, enum step_action *action)
{
	*room = (struct inspect_finding){ .step = STEP_milter,
		                          .result = INSPECT_FAILED,
		                          .most = STEP_REJECT,
		                          .value = SPAN("recipient") };
	for (size_t k = 0; k < d->found.n_refusals; k++)
		if (d->found.refusals[k].recipient == i && a->of[STEP_milter] > *action) {
			room->words = d->found.refusals[k].words;
			*action = a->of[STEP_milter];
			return room;
		}
	return NULL;
}

/* Whose domain's postmaster a refused sender can write to: the recipient's, of what comes. */
static struct span domain_of(const struct defence *d, uint32_t i)
{
	const struct record_recipient *to = &d->in->rcpts[i];

	return d->direction == STEP_IN && to->account.n ? to->domain : SPAN("");
}

/* Where the words do not say what to do, or the operator has set who can be asked, they end with
 * the way in; it counts more than the end of long words. */
static void put_refusal(const struct defence *d, uint32_t i, const struct inspect_finding *f,
                        struct intake_no *no)
{
	char contact[CONFIG_CONTACT_BYTES] = "";
	bool asks = step_has(f->step, STEP_OF_SCANNER) ||
	            (d->direction == STEP_IN && (span_str(d->in->set->defence_contact).n ||
	                                         step_has(f->step, STEP_OF_CLIENT)));

	if (asks)
		config_contact(d->in->set, domain_of(d, i), contact);
	size_t room = sizeof no->text - strlen(contact) - sizeof "; ...";
	struct span words = span_sub(told(f), 0, room);
	snprintf(no->text, sizeof no->text, "%.*s%s%s%s", SPAN_ARG(words),
	         words.n < told(f).n ? "..." : "", *contact ? "; " : "", contact);
}

static int decide(struct defence *d, uint32_t i, const struct step_actions *a,
                  struct intake_judgement *j)
{
	const bool here = d->in->rcpts[i].account.n > 0;
	enum step_action action;
	struct inspect_finding room;
	const struct inspect_finding *f = strictest(d, i, a, &action);
	const struct inspect_finding *alone = refused(d, i, a, &room, &action);
	AUTO_BUF field = BUF(FIELD_BYTES_MAX);

	f = alone ? alone : f;
	if (!f)
		return 0;
	j->followed = (uint8_t)action;
	j->by = f->step;
	if (action == STEP_OBSERVE)
		return 0;
	j->no = (struct intake_no){ .code = 550, .enhanced = step_enhanced(f->step) };
	put_refusal(d, i, f, &j->no);
	if (action == STEP_REJECT)
		j->decision = INTAKE_REFUSE;
	else if (action == STEP_QUARANTINE && !here)
		j->decision = INTAKE_HOLD;
	j->mailbox = !here                       ? MAILBOX_NO_ROLE
	             : action >= STEP_QUARANTINE ? MAILBOX_QUARANTINE
	             : action == STEP_JUNK       ? MAILBOX_JUNK
	                                         : MAILBOX_NO_ROLE;
	int r = put_field(&field, f, f->words);
	return r < 0 || !here ? r : arena_copy(&d->in->mem, buf_span(&field), &j->prefix);
}

static int put_found(const struct defence *d, struct buf *out)
{
	struct record_found all[STEP_COUNT];
	struct record_findings r = { .found = all };

	for (; r.n_found < d->found.n_findings; r.n_found++) {
		const struct inspect_finding *f = &d->found.findings[r.n_found];
		all[r.n_found] = (struct record_found){ span_str(step_name(f->step)), f->result,
			                                f->value, f->words, f->us };
	}
	return record_findings_pack(&r, out);
}

static void count(const struct inspect_finding *f, enum step_action most)
{
	metrics_add(METRIC_FOUND, f->step, f->result, 1);
	metrics_time(METRIC_STEP_TIME, f->step, 0, f->us);
	if (f->result != INSPECT_PASSED)
		metrics_add(METRIC_FOLLOWED, f->step, most, 1);
}

static void log_found(const struct defence *d, const struct inspect_finding *f, const char *action)
{
	event_log(EVENT_message_found,
	          "client=%.*s return_path=%.*s message_id=%.*s step=%s value=%.*s action=%s us=%u "
	          "reason=%.*s",
	          SPAN_ARG(d->in->from.client_address), SPAN_ARG(d->in->return_path),
	          SPAN_ARG(d->in->facts.message_id), step_name(f->step), SPAN_ARG(f->value), action,
	          f->us, SPAN_ARG(f->words));
}

/* What follows from one step by itself, of all recipients the strictest. */
static enum step_action strictest_of(const struct defence *d, size_t k, bool *any)
{
	struct actions_cache cache = { 0 };
	enum step_action most = STEP_OFF;

	*any = false;
	for (uint32_t i = 0; i < d->in->n_rcpts; i++) {
		const struct inspect_finding *f = finding(d, k, i);
		const struct step_actions *a = actions_of(d, i, &cache);
		enum step_action here = for_recipient(d, f, a, i);
		*any |= a->of[f->step] != STEP_OFF && f->result != INSPECT_PASSED;
		most = here > most ? here : most;
	}
	return most;
}

static void tell(const struct defence *d)
{
	for (size_t k = 0; k < d->found.n_findings; k++) {
		const struct inspect_finding *f = &d->found.findings[k];
		bool any;
		enum step_action most = strictest_of(d, k, &any);
		count(f, most);
		if (any)
			log_found(d, f, most == STEP_OFF ? "pass" : step_action_name(most));
	}
}

static bool puts_off(const struct defence *d, const struct inspect_finding *f)
{
	return f->result == INSPECT_LATER ||
	       (f->result == INSPECT_UNABLE &&
	        span_eq(failure_of(d->in->set, f->step), SPAN("tempfail")));
}

static WAITS int ask_wanted(struct defence *d, uint32_t steps)
{
	struct arena *mem = &d->in->mem;

	if (!(steps & 1u << STEP_wanted))
		return 0;
	d->wanted = (const struct inspect_finding **)arena_alloc_array(mem, d->in->n_rcpts,
	                                                               sizeof *d->wanted);
	if (!d->wanted)
		return err(ERR_NO_MEMORY, "no memory for whether a message is wanted");
	return intake_wanted(d->in, mem, d->unlearned, &d->found, d->wanted); /* WAITS */
}

/* Who asks for that himself is passed on. */
static int later(const struct defence *d, const struct inspect_finding *f)
{
	if (f->result != INSPECT_LATER)
		return unable_now(d, step_name(f->step), failure_setting(f->step), f->words);
	intake_refuse(d->in, 451, "4.7.1", "%.*s", SPAN_ARG(told(f)));
	if (!d->in->trial)
		log_found(d, f, "later");
	return ERR_REFUSED;
}

/* What a step cannot say now is no reason to refuse for good, and may be one to wait. */
static int put_off(const struct defence *d)
{
	struct actions_cache cache = { 0 };

	for (size_t k = 0; k < d->found.n_findings; k++) {
		const struct inspect_finding *f = &d->found.findings[k];
		for (uint32_t i = 0; i < d->in->n_rcpts && puts_off(d, f); i++)
			if (actions_of(d, i, &cache)->of[f->step] > STEP_TAG)
				return later(d, f);
	}
	return 0;
}

WAITS int intake_defend(const struct intake_case *c, struct intake_judgement **judgements,
                        struct intake_judged *out, UNUSED void *arg)
{
	struct defence d = { .in = c->message, .direction = direction_of(c->message) };
	struct actions_cache cache = { 0 };

	intake_server_actions(d.in, d.direction, &d.server);
	uint32_t decisive, steps = wanted(&d, &decisive);
	uint32_t others = steps & ~steps_of_edge();
	if (steps & 1u << STEP_wanted)
		d.unlearned = intake_wanted_unlearned(d.in, &d.in->mem); /* WAITS */
	if (d.unlearned)
		others &= ~(1u << STEP_wanted);
	int r = others ? ask(c, &d, others, decisive) : 0; /* WAITS */
	if (r >= 0)
		r = check(&d);
	if (r >= 0)
		r = intake_own(&d.found); /* WAITS */
	if (r >= 0)
		r = intake_client_put(c->message, steps, &d.found);
	if (r < 0 || !steps)
		return r;
	r = rewrite(&d, judgements); /* WAITS */
	struct intake_judgement *all = *judgements;
	if (r >= 0)
		r = ask_wanted(&d, steps); /* WAITS */
	if (r >= 0)
		r = put_found(&d, out->found);
	if (r >= 0)
		r = put_off(&d);
	for (uint32_t i = 0; i < d.in->n_rcpts && r >= 0; i++)
		if (!intake_taken_out(d.in, i))
			r = decide(&d, i, actions_of(&d, i, &cache), &all[i]);
	if (r >= 0 && d.found.n_results)
		r = intake_results_put(c->message, &d.found, out->prefix);
	if (r >= 0)
		note_chain(&d);
	if (r >= 0 && !d.in->trial)
		tell(&d);
	return r;
}
