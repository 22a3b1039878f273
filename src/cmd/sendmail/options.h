/* cmd/sendmail/options.h - sendmail's options, as programs give them. */
#ifndef CMD_SENDMAIL_OPTIONS_H
#define CMD_SENDMAIL_OPTIONS_H

#include <stdbool.h>

enum sendmail_mode {
	SENDMAIL_SEND,  /* -bm, or none      */
	SENDMAIL_SMTP,  /* -bs               */
	SENDMAIL_QUEUE, /* -bp: what waits   */
	SENDMAIL_NONE,  /* -bi, -q: there is nothing to do */
};

struct sendmail_options {
	enum sendmail_mode mode;
	const char *sender; /* -f, -r; NULL: who calls */
	const char *name;   /* -F; NULL: who calls     */
	const char *config; /* -C                      */
	bool from_header;   /* -t                      */
	bool ignore_dots;   /* -i, -oi                 */
	bool verbose;       /* -v                      */
	char **recipients;  /* NULL at the end         */
};

/* Fills *out, which borrows from argv.  An exit status: EX_OK, or EX_USAGE, with what is wrong
 * printed. */
int sendmail_options(int argc, char **argv, struct sendmail_options *out);

#endif
