/* base/buf.c - see buf.h.
 *
 * One octet more than room is allocated, for the NUL of printf and buf_str.
 */
#include "base/buf.h"

#include <stdlib.h>

#include "base/os.h"
#include "base/utf8.h"

enum { ROOM_MIN = 64 };

void buf_init(struct buf *b, size_t cap)
{
	*b = BUF(cap);
}

void buf_fini(struct buf *b)
{
	free(b->p);
	*b = BUF(0);
}

void buf_reset(struct buf *b)
{
	b->n = 0;
	b->err = 0;
}

void buf_release(struct buf *b)
{
	free(b->p);
	*b = BUF(b->cap);
}

static int grow(struct buf *b, size_t n)
{
	size_t room = b->room > b->cap / 2 ? b->cap : b->room * 2;
	char *p;

	if (n > b->cap - b->n)
		return err(ERR_TOO_LONG, "more than %zu octets", b->cap);
	if (room < ROOM_MIN)
		room = ROOM_MIN;
	if (room < b->n + n)
		room = b->n + n;
	if (room > b->cap)
		room = b->cap;
	p = realloc(b->p, room + 1);
	if (!p)
		return err(ERR_NO_MEMORY, "no memory for %zu octets", room);
	b->p = p;
	b->room = room;
	return 0;
}

int buf_reserve(struct buf *b, size_t n)
{
	if (!b->err && n > b->room - b->n)
		b->err = grow(b, n);
	return b->err;
}

int buf_reserve_secret(struct buf *b, size_t n)
{
	struct buf more = BUF(b->cap);

	if (b->err || n <= b->room - b->n || !b->p)
		return buf_reserve(b, n);
	if (n > b->cap - b->n || buf_reserve(&more, b->n + n) < 0)
		return buf_reserve(b, n); /* which says why not */
	memcpy(more.p, b->p, b->n);
	more.n = b->n;
	buf_wipe(b);
	free(b->p);
	*b = more;
	return 0;
}

void buf_wipe(struct buf *b)
{
	if (b->p)
		os_wipe(b->p, b->room);
	buf_reset(b);
}

int buf_put(struct buf *b, struct span s)
{
	int r = buf_reserve(b, s.n);

	if (r < 0 || s.n == 0)
		return r;
	memcpy(b->p + b->n, s.p, s.n);
	b->n += s.n;
	return 0;
}

int buf_putc(struct buf *b, char c)
{
	return buf_put(b, span_make(&c, 1));
}

int buf_puts(struct buf *b, const char *z)
{
	return buf_put(b, span_str(z));
}

void buf_consume(struct buf *b, size_t n)
{
	n = n < b->n ? n : b->n;
	if (n == 0)
		return;
	b->n -= n;
	memmove(b->p, b->p + n, b->n);
}

/* What changes how a line is shown: C0 and C1 controls, DEL, the separators of
 * lines and paragraphs, and the marks that turn the direction of writing. */
static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

/* How many octets at the front are printable ASCII: most lines are that from end to end. */
static size_t plain_run(struct span s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] >= ' ' && s.p[n] <= '~')
		n++;
	return n;
}

int buf_put_escaped(struct buf *b, struct span s)
{
	for (;;) {
		size_t plain = plain_run(s);

		buf_put(b, span_sub(s, 0, plain));
		s = span_sub(s, plain, s.n);
		if (!s.n)
			return b->err;
		struct span from = s;
		uint32_t c;
		bool good = utf8_next(&s, &c) >= 0;
		struct span one = span_sub(from, 0, from.n - s.n);

		if (good && !is_control(c)) {
			buf_put(b, one);
			continue;
		}
		for (size_t i = 0; i < one.n; i++)
			buf_printf(b, "\\x%02x", (unsigned char)one.p[i]);
	}
}

const char *buf_str(struct buf *b)
{
	if (b->cap == 0 || (!b->p && grow(b, 0) < 0))
		return NULL;
	b->p[b->n] = '\0';
	return b->p;
}
