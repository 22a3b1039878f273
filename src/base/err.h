/* base/err.h - one table of errors, and the detail of the latest.
 *
 * Floor 0.  A function that can fail returns an int: >= 0 is good, negative is
 * one of enum err.  Out-parameters are written on success only.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>

#include "base/attr.h"

enum err_class {
	ERR_CLASS_NONE,
	ERR_CLASS_TEMP, /* may work later: 4xx                      */
	ERR_CLASS_PERM, /* the request cannot be granted: 5xx       */
	ERR_CLASS_PEER, /* the other side broke the protocol        */
	ERR_CLASS_BUG,  /* our own fault: shown as 4xx, never 5xx   */
};

/* errs.def: ERR(name, number, class, smtp code, enhanced, text) */
enum err {
#define ERR(name, number, class, smtp, enhanced, text) ERR_##name = -(number),
#include "base/errs.def"
#undef ERR
};

enum { ERR_DETAIL_BYTES = 256 };

/* What err() wrote last on this fibre (or thread). */
struct err_detail {
	int code;
	char text[ERR_DETAIL_BYTES];
};

/* Where err() writes: the running fibre's record, set by rt at each switch;
 * NULL means a record of the thread's own. */
extern _Thread_local struct err_detail *err_here;

/* Notes code and detail, and returns code: `return err(ERR_QUOTA, "...")`.  A
 * macro, so that the compiler sees which number is returned. */
#define err(code, ...)                                                                             \
	({                                                                                         \
		int code_ = (code);                                                                \
		err_note(code_, __VA_ARGS__);                                                      \
		code_;                                                                             \
	})
void err_note(int code, const char *fmt, ...) PRINTF(2, 3);
/* As err(), with ": strerror(errno)" behind; chooses ERR_NO_SPACE for ENOSPC
 * and EDQUOT, ERR_NO_MEMORY for ENOMEM, ERR_LIMIT for EMFILE and ENFILE, else code. */
int err_errno(int code, const char *fmt, ...) PRINTF(2, 3);

/* Forgets the latest detail: where new work begins, lest an old detail explain a new error. */
void err_clear(void);

/* Detail noted for code if it is the latest, else the table's text. */
const char *err_str(int code);
const char *err_name(int code); /* "TIMEOUT"; "UNKNOWN_ERROR" for a foreign number */
enum err_class err_class(int code);
/* The reply that the table gives; *smtp is 3 digits, *enhanced "x.y.z". */
void err_reply(int code, int *smtp, const char **enhanced, const char **text);

#endif
