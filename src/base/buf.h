/* base/buf.h - an owned, growing run of octets with a cap.
 *
 * Floor 0.  Growth past the cap is refused, never cut.  Errors stick: after a
 * failed put every further put fails the same, so that a writer may check
 * buf->err once at its end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>

#include "base/err.h"
#include "base/span.h"

struct buf {
	char *p;
	size_t n;    /* octets in use */
	size_t room; /* octets allocated */
	size_t cap;  /* most octets ever; 0 is no memory at all */
	int err; /* 0, ERR_TOO_LONG, ERR_NO_MEMORY or ERR_BUG (printf); sticks until buf_reset */
};

#define BUF(cap_) ((struct buf){ .cap = (cap_) })
#define AUTO_BUF  AUTO(buf_fini) struct buf

void buf_init(struct buf *b, size_t cap);
void buf_fini(struct buf *b);
/* n = 0 and err = 0; the memory stays. */
void buf_reset(struct buf *b);
/* As buf_fini, but the cap stays and the buffer may be used again. */
void buf_release(struct buf *b);

static inline struct span buf_span(const struct buf *b)
{
	return (struct span){ b->p, b->n };
}

/* Each returns 0, ERR_TOO_LONG (cap) or ERR_NO_MEMORY. */
int buf_put(struct buf *b, struct span s);
int buf_putc(struct buf *b, char c);
int buf_puts(struct buf *b, const char *z);
int buf_printf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
int buf_vprintf(struct buf *b, const char *fmt, va_list ap);
/* Room for n more octets at b->p + b->n; the caller then adds to b->n. */
NODISCARD int buf_reserve(struct buf *b, size_t n);
/* The same for what holds a secret: nothing of it is left where the octets were before. */
NODISCARD int buf_reserve_secret(struct buf *b, size_t n);
/* As buf_reset, and nothing of what was in it is left. */
void buf_wipe(struct buf *b);
/* Drops n octets from the front; all, when there are fewer. */
void buf_consume(struct buf *b, size_t n);
/* Puts s with control octets, DEL, and what is no valid UTF-8 as \xNN, for logs and terminals. */
int buf_put_escaped(struct buf *b, struct span s);
/* NUL-terminated view; the NUL is not counted.  NULL when out of memory or cap. */
const char *buf_str(struct buf *b);

#endif
