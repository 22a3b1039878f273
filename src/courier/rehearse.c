/* courier/rehearse.c - see rehearse.h. */
#include "courier/rehearse.h"

#include "wire/smtp/path.h"
#include "wire/smtp/verdict/verdict.h"

enum { SEEN_MAX = 1024 };

static const struct act {
	struct span name;
	enum smtp_stage stage;
	int code;
	struct smtp_enhanced enhanced;
	const char *text;
	uint8_t report; /* what comes later */
} acts[] = {
	{ SPAN("delivered"), SMTP_STAGE_BODY, 250, { 2, 0, 0 }, "taken" },
	{ SPAN("bounced"), SMTP_STAGE_RCPT, 550, { 5, 1, 1 }, "no such user" },
	{ SPAN("full"), SMTP_STAGE_RCPT, 552, { 5, 2, 2 }, "mailbox full" },
	{ SPAN("greylisted"), SMTP_STAGE_RCPT, 451, { 4, 7, 1 }, "greylisted, come again" },
	{ SPAN("slow"), SMTP_STAGE_BODY, 250, { 2, 0, 0 }, "taken, after a while" },
	{ SPAN("complained"), SMTP_STAGE_BODY, 250, { 2, 0, 0 }, "taken", RECIPIENT_COMPLAINED },
	{ SPAN("bounced-later"), SMTP_STAGE_BODY, 250, { 2, 0, 0 }, "taken", RECIPIENT_BOUNCED },
};
enum { DELIVERED = 0, GREYLISTED = 3, SLOW = 4 };
static const struct act unknown = {
	{ 0 },
	SMTP_STAGE_RCPT,
	550,
	{ 5, 1, 1 },
	"no such user: delivered, bounced, full, greylisted, slow, complained and bounced-later "
	"are",
	0,
};

/* Who has come once; a restart forgets it. */
static uint64_t seen[SEEN_MAX];

static bool comes_again(uint64_t message, uint32_t recipient)
{
	uint64_t one = message ^ (uint64_t)recipient << 40;
	bool again = seen[one % SEEN_MAX] == one;

	seen[one % SEEN_MAX] = one;
	return again;
}

static const struct act *act_of(const struct courier_attempt_args *args,
                                const struct courier_rcpt *to)
{
	struct smtp_path path;
	struct span rest, name = { 0 };

	if (smtp_address_split(to->address, 0, &path) < 0)
		return &unknown;
	rest = path.local;
	(void)span_split(&rest, '+', &name);
	for (size_t i = 0; i < N_ELEMS(acts); i++) {
		if (!span_eq_nocase(name, acts[i].name))
			continue;
		return i == GREYLISTED && comes_again(args->message, to->recipient)
		               ? &acts[DELIVERED]
		               : &acts[i];
	}
	return &unknown;
}

static int put(const struct courier_rcpt *to, const struct act *act, struct arena *mem,
               struct courier_outcome *out)
{
	const struct smtp_outcome said = { .stage = act->stage,
		                           .code = act->code,
		                           .enhanced = act->enhanced,
		                           .text = span_str(act->text) };
	struct smtp_verdict v = smtp_verdict(&said);
	const char *enhanced = arena_printf(mem, "%u.%u.%u", act->enhanced.class,
	                                    act->enhanced.subject, act->enhanced.detail);

	*out = (struct courier_outcome){ .recipient = to->recipient,
		                         .delivered = v.class == SMTP_CLASS_DELIVERED,
		                         .temporary = act->code / 100 == 4,
		                         .stage = (uint8_t)act->stage,
		                         .class = (uint8_t)v.class,
		                         .code = (uint16_t)act->code,
		                         .enhanced = span_str(enhanced),
		                         .text = said.text,
		                         .report = act->report,
		                         .remote_host = SPAN(REHEARSE_DOMAIN) };
	return enhanced ? 0 : ERR_NO_MEMORY;
}

WAITS int rehearse(const struct courier_attempt_args *args, struct arena *mem,
                   struct courier_outcomes *out)
{
	struct courier_outcome *all = arena_array(mem, struct courier_outcome, args->n_recipients);
	int64_t began_at = clock_now_at();
	bool waits = false;
	int r = all ? 0 : ERR_NO_MEMORY;

	for (size_t i = 0; r >= 0 && i < args->n_recipients; i++) {
		const struct act *act = act_of(args, &args->recipients[i]);

		r = put(&args->recipients[i], act, mem, &all[i]);
		waits = waits || act == &acts[SLOW];
	}
	if (r >= 0 && waits)
		r = fibre_sleep(REHEARSE_SLOW_MS); /* WAITS */
	for (size_t i = 0; r >= 0 && i < args->n_recipients; i++)
		all[i].elapsed_ms = clock_now_at() - began_at;
	*out = (struct courier_outcomes){ .outcomes = all, .n_outcomes = args->n_recipients };
	return r < 0 ? r : 0;
}
