/* base/verb.h - the verbs of printf that are printed here rather than by libc: %s %.*s %d %u %x %%,
 * the numbers also as j or z and with leading zeros (%02d).  Floor 0; for buf_print.c and event.c.
 */
#ifndef BASE_VERB_H
#define BASE_VERB_H

#include "base/buf.h"

enum { VERB_WIDTH_MAX = 20 };

struct verb {
	char kind;     /* s d u x % */
	bool some;     /* %.*s: an int comes before the text */
	bool wide;     /* intmax_t, or size_t, which is as wide */
	uint8_t width; /* of a number, with leading zeros; 0: as it comes */
};

/* fmt: behind the per cent sign.  Returns what follows the verb, NULL when it is another. */
const char *verb_take(const char *fmt, struct verb *out);
/* Takes the number from *ap. */
void verb_put_number(struct buf *b, struct verb v, va_list *ap);

#endif
