/* cmd/doctor/dialogue.h - one SMTP session, as far as a recipient's acceptance.  Blocking, bounded
 * in time.
 */
#ifndef CMD_DOCTOR_DIALOGUE_H
#define CMD_DOCTOR_DIALOGUE_H

#include "doctor/seen.h"
#include "rt/stream/stream.h"

struct dialogue {
	struct address to;
	const char *hello;       /* what we say in EHLO; "": the address that we call from */
	bool tls_first;          /* RFC 8314 3.3 */
	const uint8_t *expected; /* SHA-256 of the certificate; not NULL: STARTTLS is tried */
	const char *recipient;   /* not NULL: whether <> may send to it is tried */
	struct address from;     /* out: the address that was called from; n = 0 without */
};

/* What came of it, whatever that is. */
void dialogue_run(struct dialogue *how, struct doctor_dialogue *out);

#endif
