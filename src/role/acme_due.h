/* role/acme_due.h - how a certificate by ACME stands, and whether it is to be renewed.
 *
 * In tls.acme_dir, which is the working directory, as uacme has it: NAME/cert.pem,
 * private/NAME/key.pem; and beside them NAME.failed: when it was tried last, how often in vain, and
 * why.  Renewed at two thirds of its life, a little earlier by chance (of the name, so that the
 * time does not move); after failures it waits an hour, then twice as long, up to a day.
 */
#ifndef ROLE_ACME_DUE_H
#define ROLE_ACME_DUE_H

#include "base/buf.h"

enum { ACME_NAME_MAX = 253, ACME_WORDS_MAX = 240 };

struct acme_standing {
	int64_t from_s, until_s; /* seconds since 1970; 0: there is none */
	bool fits;               /* it bears all the names */
	unsigned n_failed;       /* since the last that succeeded */
	int64_t failed_s;
	char words[ACME_WORDS_MAX]; /* of the last failure */
};

void acme_standing_read(const char *name, struct span names, struct acme_standing *out);
bool acme_is_due(const struct acme_standing *s, const char *name, int64_t now_s);
/* When it is to be renewed. */
int64_t acme_renew_s(const struct acme_standing *s, const char *name);
/* words NULL: it succeeded. */
void acme_outcome_keep(const char *name, const struct acme_standing *before, const char *words,
                       int64_t now_s);
/* "NAMES TAB until_s TAB renew_s TAB WORDS LF" */
void acme_standing_put(const struct acme_standing *s, struct span names, const char *name,
                       struct buf *out);

#endif
