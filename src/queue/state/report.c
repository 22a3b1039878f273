/* queue/state/report.c - see report.h. */
#include "queue/state/report.h"

#include "suppressions/suppressions.h"
#include "wire/smtp/verdict/verdict.h"

const char *report_meaning(uint8_t report, uint8_t class)
{
	switch (report) {
	case RECIPIENT_COMPLAINED:
		return "The recipient, or who keeps the recipient's mail, calls the message "
		       "unwanted. Nothing more is sent to this address until its suppression is "
		       "lifted.";
	case RECIPIENT_AUTO_REPLIED:
		return "A program of the recipient's answered by itself. The message is there; "
		       "it may be read later.";
	case RECIPIENT_DELAYED:
		return "A server further on has the message and could not deliver it yet. It keeps "
		       "trying.";
	default:
		return smtp_verdict_sentence(
		        (struct smtp_verdict){ (enum smtp_class) class, true });
	}
}

static uint8_t why_of(const struct record_change *f)
{
	if (f->report == RECIPIENT_COMPLAINED)
		return SUPPRESSION_COMPLAINT;
	if (f->report != RECIPIENT_BOUNCED)
		return 0;
	switch (f->class) {
	case SMTP_CLASS_NO_SUCH_USER:
	case SMTP_CLASS_NO_SUCH_DOMAIN:
	case SMTP_CLASS_NULL_MX:
	case SMTP_CLASS_MAILBOX_DISABLED: return SUPPRESSION_HARD_BOUNCE;
	default: return 0;
	}
}

WAITS int report_suppress(struct span login, const struct record_change *f)
{
	const struct suppression row = {
		.address = f->address, .why = why_of(f), .message = f->message, .words = f->text
	};

	return row.why && login.n ? suppressions_add(login, &row) : 0; /* WAITS */
}
