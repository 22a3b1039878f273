/* queue/attempts/outcome.c - see outcome.h. */
#include "queue/attempts/outcome.h"

#include "queue/state/check.h"
#include "wire/smtp/verdict/verdict.h"

enum {
	TEXT_MAX = 512, /* octets of a server's words that are kept */
	HOST_MAX = 255, /* octets of a host, an address, the path of a socket */
	WORD_MAX = 64,  /* octets of a TLS version, a policy's name */
};

int outcome_check(const struct entry *e, const struct courier_outcomes *got)
{
	if (got->n_outcomes != e->n_rcpts)
		return err(ERR_SYNTAX, "%zu outcomes for %u recipients", got->n_outcomes,
		           e->n_rcpts);
	for (size_t i = 0; i < got->n_outcomes; i++) {
		const struct courier_outcome *o = &got->outcomes[i];

		if (o->recipient != e->rcpts[i].recipient)
			return err(ERR_SYNTAX, "an outcome of recipient %u, not %u", o->recipient,
			           e->rcpts[i].recipient);
		if (o->stage >= SMTP_STAGE_COUNT || o->code > 599 || (o->delivered && o->temporary))
			return err(ERR_SYNTAX, "an outcome that cannot be");
	}
	return 0;
}

int outcome_same(const struct entry *e, const struct courier_outcome *o, struct arena *mem,
                 struct courier_outcomes *out)
{
	struct courier_outcome *all = arena_array(mem, struct courier_outcome, e->n_rcpts);

	if (!all)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < e->n_rcpts; i++) {
		all[i] = *o;
		all[i].recipient = e->rcpts[i].recipient;
	}
	*out = (struct courier_outcomes){ .outcomes = all, .n_outcomes = e->n_rcpts };
	return 0;
}

struct courier_outcome outcome_local(const char *text)
{
	return (struct courier_outcome){
		.temporary = true,
		.stage = SMTP_STAGE_RESOLVE,
		.class = SMTP_CLASS_LOCAL_TROUBLE,
		.enhanced = SPAN("4.3.0"),
		.text = span_str(text),
	};
}

bool outcome_is_unreached(const struct courier_outcomes *got)
{
	for (size_t i = 0; i < got->n_outcomes; i++) {
		const struct courier_outcome *o = &got->outcomes[i];

		if (!o->temporary || o->stage > SMTP_STAGE_GREETING ||
		    o->class == SMTP_CLASS_LOCAL_TROUBLE)
			return false;
	}
	return got->n_outcomes > 0;
}

/* "x.y.z", or empty. */
static struct span enhanced(struct span text)
{
	struct smtp_enhanced e;
	struct span rest = text;

	if (smtp_enhanced_parse(&rest, &e) < 0 || rest.n || text.n > WORD_MAX)
		return (struct span){ 0 };
	return text;
}

static uint8_t state_of(const struct courier_outcome *o, int64_t next_try_ms)
{
	if (o->delivered)
		return RECIPIENT_DELIVERED;
	if (!o->temporary)
		return RECIPIENT_REFUSED;
	return next_try_ms ? RECIPIENT_DEFERRED : RECIPIENT_EXPIRED;
}

/* An expired one keeps the class of what was in its way, and says that we gave up; but that it may
 * have arrived is more to know. */
static struct smtp_verdict verdict_of(uint8_t state, uint8_t class)
{
	if (state == RECIPIENT_DELIVERED)
		return (struct smtp_verdict){ SMTP_CLASS_DELIVERED, false };
	if (state == RECIPIENT_EXPIRED && class != SMTP_CLASS_MAY_HAVE_ARRIVED)
		return (struct smtp_verdict){ SMTP_CLASS_EXPIRED, true };
	return (struct smtp_verdict){ class, state != RECIPIENT_DEFERRED };
}

static uint8_t class_of(const struct courier_outcome *o)
{
	if (o->delivered)
		return SMTP_CLASS_DELIVERED;
	return o->class == SMTP_CLASS_DELIVERED ? SMTP_CLASS_REFUSED : o->class;
}

void outcome_record(const struct retry_rule *rule, const struct entry *e, size_t i,
                    const struct courier_outcome *o, uint32_t attempt,
                    const struct outcome_time *time, struct arena *mem, struct record_change *out)
{
	int64_t next_ms = !o->temporary ? 0
	                                : retry_next_ms(rule, e->accepted_ms, &time->now, attempt,
	                                                time->step, e->message);
	uint8_t state = state_of(o, next_ms), class = class_of(o);

	*out = (struct record_change){
		.message = e->message,
		.recipient = e->rcpts[i].recipient,
		.return_path = e->return_path,
		.address = e->rcpts[i].address,
		.state = state,
		.attempt = attempt,
		.remote_host = check_line(o->remote_host, HOST_MAX, mem),
		.remote_address = check_line(o->remote_address, HOST_MAX, mem),
		.tls_version = check_line(o->tls_version, WORD_MAX, mem),
		.tls_policy = check_line(o->tls_policy, WORD_MAX, mem),
		.code = o->code,
		.enhanced = enhanced(o->enhanced),
		.text = check_line(o->text, TEXT_MAX, mem),
		.class = class,
		.meaning = span_str(smtp_verdict_sentence(verdict_of(state, class))),
		.elapsed_ms = o->elapsed_ms < 0 ? 0 : o->elapsed_ms,
		.next_try_ms = next_ms,
	};
}
