/* smtpd/body.h - receives one message's text into the transaction's intake, to the final dot.
 *
 * RFC 5321 4.1.1.4.  Once something is wrong the rest is read and dropped, so that the dialogue
 * stays in step, and the refusal is told after the final dot.
 */
#ifndef SMTPD_BODY_H
#define SMTPD_BODY_H

#include "smtpd/session.h"

/* For how long to wait for more: at most smtp.data_time (RFC 5321 4.5.3.2.5), and over all of the
 * text no longer than that and what n_bytes take at smtp.data_rate. */
int64_t smtpd_body_patience(const struct settings *set, uint64_t n_bytes, int64_t waited_ms);

/* Until the final dot; s->tx->no says whether something was wrong.  Negative: the session ends. */
NODISCARD WAITS int smtpd_body_recv(struct smtpd_session *s);

#endif
