/* doctor/providers.c - what the large providers ask of who sends to them, beside what was found.
 *
 * Sources, as of 2025: Gmail, "Email sender guidelines" (support.google.com/mail/answer/81126);
 * Yahoo, "Sender best practices" (senders.yahooinc.com); Microsoft, "Outlook's new requirements for
 * high-volume senders" (550 5.7.515).  RFC 8058 (one-click unsubscribe).
 */
#include "base/buf.h"
#include "doctor/doctor_impl.h"

static const struct ask {
	enum doctor_check check;
	const char *words;
} asks[] = {
	{ DOCTOR_AT_spf, "SPF" },
	{ DOCTOR_AT_dkim, "DKIM" },
	{ DOCTOR_AT_dmarc, "DMARC" },
	{ DOCTOR_AT_ptr, "a name of our address that leads back" },
	{ DOCTOR_AT_host, "a host name that leads here" },
};

/* A policy of none is enough for them. */
static bool is_met(const struct doctor *d, enum doctor_check check)
{
	enum doctor_level enough = check == DOCTOR_AT_dkim ? DOCTOR_WELL : DOCTOR_HINT;

	return d->worst[check] <= enough;
}

static void judge(struct doctor *d, const char *name, const char *wants)
{
	AUTO_BUF missing = BUF(1024), unseen = BUF(1024);

	for (size_t i = 0; i < N_ELEMS(asks); i++) {
		struct buf *to = d->worst[asks[i].check] == DOCTOR_UNSEEN ? &unseen : &missing;

		if (!is_met(d, asks[i].check))
			buf_printf(to, "%s%s", to->n ? ", " : "", asks[i].words);
	}
	if (missing.n)
		doctor_hint(d, d->domain, "%s asks %s; of that is missing here: %s%s%s", name,
		            wants, buf_str(&missing), unseen.n ? "; not seen now: " : "",
		            unseen.n ? buf_str(&unseen) : "");
	else if (unseen.n)
		doctor_unseen(d, d->domain, "%s asks %s; of that was not seen now: %s", name, wants,
		              buf_str(&unseen));
	else
		doctor_well(d, d->domain,
		            "%s asks %s; what can be seen from here is there, the last two are "
		            "yours to "
		            "see to",
		            name, wants);
}

void doctor_check_gmail(struct doctor *d)
{
	judge(d, "Gmail",
	      "everybody for SPF or DKIM, a confirmed PTR record and TLS, and who sends 5,000 "
	      "messages "
	      "a day for both, aligned with the author by DMARC, one-click unsubscribe in bulk "
	      "mail "
	      "(RFC 8058) and complaints under 0.3 %");
}

void doctor_check_yahoo(struct doctor *d)
{
	judge(d, "Yahoo",
	      "everybody for SPF or DKIM and a confirmed PTR record, and bulk senders for both, "
	      "aligned with the author by DMARC, one-click unsubscribe (RFC 8058) honoured within "
	      "two "
	      "days and complaints under 0.3 %");
}

void doctor_check_microsoft(struct doctor *d)
{
	judge(d, "Microsoft (Outlook.com, Hotmail)",
	      "who sends 5,000 messages a day for SPF and DKIM that pass, DMARC aligned with one "
	      "of "
	      "them, an unsubscribe link that works and lists without dead addresses");
}
