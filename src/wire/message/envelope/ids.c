/* wire/message/envelope/ids.c - see ids.h.  RFC 5322 3.6.4. */
#include "wire/message/envelope/ids.h"

static bool is_id(struct span s)
{
	ptrdiff_t at = span_find_last(s, '@');

	for (size_t i = 0; i < s.n; i++)
		if (!s.p[i] || ((unsigned char)s.p[i] < ' ' && !strchr("\t\r\n", s.p[i])))
			return false;
	return at > 1 && (size_t)at + 2 < s.n;
}

bool message_id_next(struct span *rest, struct span *id)
{
	size_t from = 0;
	bool open = false;

	for (size_t i = 0; i < rest->n; i++) {
		struct span s;

		if (rest->p[i] == '<') {
			from = i;
			open = true;
		}
		if (rest->p[i] != '>' || !open)
			continue;
		open = false;
		s = span_sub(*rest, from, i + 1 - from);
		if (!is_id(s))
			continue;
		*id = s;
		*rest = span_sub(*rest, i + 1, rest->n);
		return true;
	}
	*rest = span_sub(*rest, rest->n, 0);
	return false;
}

static bool is_kept(char c)
{
	return c != '"' && c != '\\' && (unsigned char)c > ' ';
}

int message_id_put(struct buf *out, struct span id)
{
	for (size_t i = 0; i < id.n; i++) {
		size_t from = i;

		while (i < id.n && is_kept(id.p[i]))
			i++;
		buf_put(out, span_sub(id, from, i - from));
		if (i + 1 < id.n && id.p[i] == '\\' && (unsigned char)id.p[i + 1] > ' ')
			buf_putc(out, id.p[++i]);
	}
	return out->err;
}
