/* smtpd/body.h - receives one message's text, in flat memory.
 *
 * RFC 5321 4.1.1.4.  Up to store.blob_threshold the text is kept; past it, it goes to
 * the store piece by piece.  Once something is wrong (too big, a bare CR or LF, a
 * header that is refused) the rest is read and dropped, so that the dialogue stays in
 * step, and the refusal is told after the final dot.
 */
#ifndef SMTPD_BODY_H
#define SMTPD_BODY_H

#include "queue/intake.h"
#include "smtpd/session.h"
#include "wire/smtp/data.h"

struct smtpd_body {
	struct smtp_data_in scan;
	struct queue_intake intake;
	int64_t waited_ms; /* for the client */
	bool header_done;
	struct arena mem;
	struct span message_id, subject; /* from the header, for the ledger */
	struct {
		int code; /* 0: nothing is wrong */
		const char *enhanced;
		char text[256];
	} refusal;
};

void smtpd_body_init(struct smtpd_body *b, const struct settings *set);
/* Frees, and takes back a blob that was not committed. */
WAITS void smtpd_body_fini(struct smtpd_body *b);

/* For how long to wait for more: at most smtp.data_time (RFC 5321 4.5.3.2.5), and over all of the
 * text no longer than that and what n_bytes take at smtp.data_rate. */
int64_t smtpd_body_patience(const struct settings *set, uint64_t n_bytes, int64_t waited_ms);

/* Until the final dot.  Then refusal tells whether the message may be committed; if so
 * its text is in the intake.  Negative: the session ends. */
NODISCARD WAITS int smtpd_body_recv(struct smtpd_session *s, struct smtpd_body *b);

/* Notes the first refusal; later ones change nothing. */
void smtpd_body_refuse(struct smtpd_body *b, int code, const char *enhanced, const char *fmt, ...)
        PRINTF(4, 5);

/* smtpd/check.c: judges the header that the text begins with, and for a submission replaces it
 * (Date, Message-ID, no Bcc; RFC 6409 8).  Refusals go to b.  Negative: an error of ours. */
NODISCARD WAITS int smtpd_check_header(struct smtpd_session *s, struct smtpd_body *b);

#endif
