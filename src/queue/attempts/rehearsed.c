/* queue/attempts/rehearsed.c - see rehearsed.h. */
#include "queue/attempts/rehearsed.h"

#include "base/event.h"
#include "queue/state/report.h"
#include "wire/smtp/verdict/verdict.h"

static struct record_change report_of(const struct record_change *f, uint8_t report)
{
	bool bounced = report == RECIPIENT_BOUNCED;
	uint8_t class = bounced ? SMTP_CLASS_NO_SUCH_USER : SMTP_CLASS_DELIVERED;

	return (struct record_change){
		.message = f->message,
		.recipient = f->recipient,
		.address = f->address,
		.return_path = f->return_path,
		.state = f->state,
		.attempt = f->attempt,
		.remote_host = SPAN(REHEARSE_DOMAIN),
		.code = bounced ? 550 : 0,
		.enhanced = bounced ? SPAN("5.1.1") : SPAN(""),
		.text = bounced ? SPAN("no such user, after all") : SPAN("abuse"),
		.class = class,
		.meaning = span_str(report_meaning(report, class)),
		.report = report,
		.who = SPAN("the test address"),
	};
}

static WAITS int record(struct queue *q, const struct record_change *f, uint8_t report)
{
	AUTO_ARENA mem = { 0 };
	struct record_change told = report_of(f, report);
	struct span login;
	int r = store_login(q->store, f->message, &mem, &login); /* WAITS */

	if (r >= 0)
		r = report_suppress(login, &told);           /* WAITS */
	return r < 0 ? r : store_record(q->store, &told, 1); /* WAITS */
}

WAITS void rehearsed_record(struct queue *q, const struct courier_outcomes *got,
                            const struct record_change *changes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct record_change *f = &changes[i];
		uint8_t report = got->outcomes[i].report;
		int r = report && report < RECIPIENT_REPORTS && f->state == RECIPIENT_DELIVERED
		                ? record(q, f, report) /* WAITS */
		                : 0;
		if (r < 0 && r != ERR_CANCELLED)
			event_log(EVENT_internal_error, "what=%s reason=%s",
			          "the report of a test address", err_str(r));
	}
}
