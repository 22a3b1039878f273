/* intake/defend.c - see defend.h. */
#include "intake/defend.h"

#include <stdio.h>

#include "base/event.h"
#include "calls/inspect.h"
#include "calls/mailbox.h"
#include "calls/record_found.h"
#include "intake/intake_impl.h"

enum { FIELD_BYTES_MAX = 1024 };

struct defence {
	struct intake *in;
	enum step_direction direction;
	struct step_actions server;
	struct inspect_judge_reply found;
};

static enum step_direction direction_of(const struct intake *in)
{
	return in->from.kind == INTAKE_TRANSFER && !in->from.may_relay ? STEP_IN : STEP_OUT;
}

/* Settings, and what the directory has, were looked at when they were set. */
static void add_words(const struct defence *d, struct span words, struct step_actions *io)
{
	if (step_actions_parse(words, d->direction, io) < 0)
		event_log(EVENT_internal_error, "what=%s reason=%s",
		          "words about the defence that cannot be read", err_str(ERR_SYNTAX));
}

static void server_actions(struct defence *d)
{
	const struct settings *set = d->in->set;

	step_actions_default(d->direction, &d->server);
	if (span_eq(span_str(set->defence_attachments), SPAN("off")))
		d->server.of[STEP_attachments] = STEP_OFF;
	for (size_t i = 0; i < set->defence_steps.n; i++)
		add_words(d, span_str(set->defence_steps.v[i]), &d->server);
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
		add_words(d, words, &cache->actions);
	}
	return &cache->actions;
}

/* Behind another server of ours, and from this machine itself, who connects says nothing of whose
 * mail it is: no domain permits 127.0.0.1. */
static bool client_tells(const struct intake *in)
{
	struct span ip = in->from.client_address;

	return !in->from.trace.lmtp && !span_eq(ip, SPAN("127.0.0.1")) && !span_eq(ip, SPAN("::1"));
}

/* Bits (1 << enum step): wanted by somebody; refusing for everybody. */
static uint32_t wanted(const struct defence *d, uint32_t *decisive)
{
	struct actions_cache cache = { 0 };
	bool tells = client_tells(d->in);
	uint32_t steps = 0;

	*decisive = UINT32_MAX;
	for (uint32_t i = 0; i < d->in->n_rcpts; i++) {
		const struct step_actions *a = actions_of(d, i, &cache);
		for (unsigned s = 0; s < STEP_COUNT; s++) {
			if (!tells && step_has(s, STEP_OF_CLIENT))
				continue;
			steps |= a->of[s] != STEP_OFF ? 1u << s : 0;
			*decisive &= a->of[s] != STEP_REJECT ? ~(1u << s) : UINT32_MAX;
		}
	}
	return steps;
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
		                        .body_bytes = c->body_bytes };
	int r = inspect_judge(&a, c->file, &c->message->mem, &d->found); /* WAITS */

	return r < 0 && r != ERR_CANCELLED && r != ERR_NO_MEMORY
	               ? err(ERR_UNAVAILABLE, "the message could not be looked into: %s",
	                     err_str(r))
	               : r;
}

/* The role may have been taken over by what it looked into. */
static int check(const struct defence *d)
{
	for (size_t i = 0; i < d->found.n_findings; i++) {
		const struct inspect_finding *f = &d->found.findings[i];
		if (f->step >= STEP_COUNT || f->result > INSPECT_UNABLE ||
		    f->most >= STEP_ACTIONS || f->value.n > INSPECT_VALUE_MAX ||
		    f->words.n > INSPECT_WORDS_MAX)
			return err(ERR_UNAVAILABLE, "inspect answered what cannot be");
	}
	return d->found.n_findings > STEP_COUNT ? err(ERR_UNAVAILABLE, "inspect found too much")
	                                        : 0;
}

static enum step_action follows(const struct defence *d, const struct inspect_finding *f,
                                const struct step_actions *a)
{
	enum step_action action = a->of[f->step] < f->most ? a->of[f->step] : f->most;

	if (f->result == INSPECT_FAILED)
		return action;
	if (f->result == INSPECT_UNABLE && action > STEP_TAG &&
	    span_eq(span_str(d->in->set->defence_failure), SPAN("tag")))
		return STEP_TAG;
	return STEP_OFF;
}

static const struct inspect_finding *
strictest(const struct defence *d, const struct step_actions *a, enum step_action *action)
{
	const struct inspect_finding *by = NULL;

	*action = STEP_OFF;
	for (size_t i = 0; i < d->found.n_findings; i++) {
		enum step_action here = follows(d, &d->found.findings[i], a);
		if (here > *action) {
			*action = here;
			by = &d->found.findings[i];
		}
	}
	return by;
}

/* "X-Postrider-Defence: attachments=program; WORDS", for who finds it in Junk or Quarantine. */
static int put_field(struct buf *out, const struct inspect_finding *f)
{
	buf_printf(out, "X-Postrider-Defence: %s=%.*s;\r\n ", step_name(f->step),
	           SPAN_ARG(f->value));
	buf_put(out, f->words);
	return buf_puts(out, "\r\n");
}

static int decide(struct defence *d, uint32_t i, const struct step_actions *a,
                  struct intake_judgement *j)
{
	const bool here = d->in->rcpts[i].account.n > 0;
	enum step_action action;
	const struct inspect_finding *f = strictest(d, a, &action);
	AUTO_BUF field = BUF(FIELD_BYTES_MAX);

	if (!f)
		return 0;
	j->followed = (uint8_t)action;
	j->by = f->step;
	if (action == STEP_OBSERVE)
		return 0;
	j->no = (struct intake_no){ .code = 550, .enhanced = step_enhanced(f->step) };
	snprintf(j->no.text, sizeof j->no.text, "%.*s", SPAN_ARG(f->words));
	if (action == STEP_REJECT)
		j->decision = INTAKE_REFUSE;
	else if (action == STEP_QUARANTINE && !here)
		j->decision = INTAKE_HOLD;
	j->mailbox = !here                       ? MAILBOX_NO_ROLE
	             : action >= STEP_QUARANTINE ? MAILBOX_QUARANTINE
	             : action == STEP_JUNK       ? MAILBOX_JUNK
	                                         : MAILBOX_NO_ROLE;
	int r = put_field(&field, f);
	return r < 0 || !here ? r : arena_copy(&d->in->mem, buf_span(&field), &j->prefix);
}

/* What goes elsewhere has one text for all. */
static int put_field_for_all(const struct defence *d, const struct intake_judgement *all,
                             struct buf *prefix)
{
	for (uint32_t i = 0; i < d->in->n_rcpts; i++)
		if (all[i].followed >= STEP_TAG && !d->in->rcpts[i].account.n)
			for (size_t k = 0; k < d->found.n_findings; k++)
				if (d->found.findings[k].step == all[i].by)
					return put_field(prefix, &d->found.findings[k]);
	return 0;
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

static void tell(const struct defence *d, const struct intake_judgement *all)
{
	for (size_t k = 0; k < d->found.n_findings; k++) {
		const struct inspect_finding *f = &d->found.findings[k];
		uint8_t most = STEP_OFF;
		for (uint32_t i = 0; i < d->in->n_rcpts; i++)
			if (all[i].by == f->step && all[i].followed > most)
				most = all[i].followed;
		if (f->result != INSPECT_PASSED)
			event_log(EVENT_message_found,
			          "client=%.*s return_path=%.*s step=%s value=%.*s action=%s us=%u "
			          "reason=%.*s",
			          SPAN_ARG(d->in->from.client_address),
			          SPAN_ARG(d->in->return_path), step_name(f->step),
			          SPAN_ARG(f->value), step_action_name(most), f->us,
			          SPAN_ARG(f->words));
	}
}

static bool puts_off(const struct defence *d, const struct inspect_finding *f)
{
	return f->result == INSPECT_UNABLE &&
	       (step_has(f->step, STEP_MUST_KNOW) ||
	        span_eq(span_str(d->in->set->defence_failure), SPAN("tempfail")));
}

/* What a step cannot say now is no reason to refuse for good, and may be one to wait. */
static int put_off(const struct defence *d)
{
	struct actions_cache cache = { 0 };

	for (size_t k = 0; k < d->found.n_findings; k++) {
		const struct inspect_finding *f = &d->found.findings[k];
		for (uint32_t i = 0; i < d->in->n_rcpts && puts_off(d, f); i++)
			if (actions_of(d, i, &cache)->of[f->step] > STEP_TAG)
				return err(ERR_UNAVAILABLE, "%s: %.*s", step_name(f->step),
				           SPAN_ARG(f->words));
	}
	return 0;
}

WAITS int intake_defend(const struct intake_case *c, struct intake_judgement *all,
                        struct intake_judged *out, UNUSED void *arg)
{
	struct defence d = { .in = c->message, .direction = direction_of(c->message) };
	struct actions_cache cache = { 0 };

	server_actions(&d);
	uint32_t decisive, steps = wanted(&d, &decisive);
	int r = steps ? ask(c, &d, steps, decisive) : 1; /* WAITS */
	if (r == 1)
		return 0;
	if (r >= 0)
		r = check(&d);
	if (r >= 0)
		r = put_off(&d);
	for (uint32_t i = 0; i < d.in->n_rcpts && r >= 0; i++)
		r = decide(&d, i, actions_of(&d, i, &cache), &all[i]);
	if (r >= 0)
		r = put_field_for_all(&d, all, out->prefix);
	if (r >= 0 && d.found.n_results)
		r = intake_results_put(c->message, &d.found, out->prefix);
	if (r >= 0)
		r = put_found(&d, out->found);
	if (r >= 0)
		tell(&d, all);
	return r;
}
