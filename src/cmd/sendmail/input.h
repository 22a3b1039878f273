/* cmd/sendmail/input.h - the message that a program writes to sendmail. */
#ifndef CMD_SENDMAIL_INPUT_H
#define CMD_SENDMAIL_INPUT_H

#include "base/arena.h"
#include "base/buf.h"
#include "cmd/sendmail/options.h"

enum { SENDMAIL_BYTES_MAX = 256 << 20, SENDMAIL_RECIPIENTS_MAX = 100000 };

/* Who calls; borrowed from the system's table until it is asked again. */
struct sendmail_caller {
	const char *user;
	struct span name; /* "Full Name", or empty */
};
void sendmail_caller(struct sendmail_caller *out);

/* The message and whom it goes to, complete: CRLF, a From, addresses with domains, no Bcc. */
struct sendmail_message {
	struct arena mem;
	struct buf text;
	struct span sender;      /* the return path, "" for none */
	struct span *recipients; /* each once */
	size_t n_recipients;
	bool smtputf8;
};

/* From standard input, which ends with itself or, without -i, with a line of one dot.
 * An exit status: EX_OK, EX_USAGE (no recipient), EX_DATAERR, EX_IOERR, EX_OSERR; printed. */
int sendmail_read(const struct sendmail_options *o, struct buf *raw);
/* raw: a message with any line ends, perhaps without a header, perhaps with an mbox's From line. */
int sendmail_message(const struct sendmail_options *o, const char *domain, const char *sender,
                     struct span raw, struct sendmail_message *out);
void sendmail_message_fini(struct sendmail_message *m);

#endif
