/* wire/message/names/seen.c - a name as a person sees it; see names.h. */
#include "base/utf8.h"
#include "wire/message/names/names_impl.h"

enum { RECENT = 8 };

/* Takes no room or turns the writing round: a person does not see it (UAX #9 2; UTS #39 4). */
static bool is_unseen(uint32_t c)
{
	return c < ' ' || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x34f || c == 0x61c ||
	       (c >= 0x180b && c <= 0x180e) || c == 0x115f || c == 0x1160 || c == 0x3164 ||
	       c == 0xffa0 || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff ||
	       (c >= 0xe0000 && c <= 0xe0fff);
}

/* What it looks like in ASCII. */
static uint32_t plain_of(uint32_t c)
{
	if (c >= 0xff01 && c <= 0xff5e)
		return c - 0xff01 + '!';
	if (c == 0x2024 || c == 0x3002 || c == 0xff61 || c == 0xfe52)
		return '.';
	if (c == 0x2044 || c == 0x2215)
		return '/';
	if (c == 0xa0 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f || c == 0x205f ||
	    c == 0x2800 || c == 0x3000)
		return ' ';
	return c;
}

static void put_seen(struct buf *out, struct span in)
{
	while (in.n && !out->err) {
		struct span before = in;
		uint32_t c;
		size_t n = names_escape(in);

		if (n) {
			in = span_sub(in, n, in.n);
			continue;
		}
		if (utf8_next(&in, &c) < 0) {
			buf_puts(out, "\xef\xbf\xbd");
			in = span_sub(before, 1, before.n);
			continue;
		}
		n = before.n - in.n;
		if (is_unseen(c))
			continue;
		if (plain_of(c) == c)
			buf_put(out, span_sub(before, 0, n));
		else
			buf_putc(out, (char)plain_of(c));
	}
}

static struct span last_of_path(struct span s)
{
	for (size_t i = s.n; i > 0; i--)
		if (s.p[i - 1] == '/' || s.p[i - 1] == '\\')
			return span_sub(s, i, s.n);
	return s;
}

static struct span without_end(struct span s)
{
	while (s.n && strchr(". '\"/\\", s.p[s.n - 1]))
		s.n--;
	return s;
}

/* The last octets of a name that is too long, from the beginning of a character. */
static struct span shortened(struct span s)
{
	if (s.n > MESSAGE_NAME_BYTES_MAX)
		s = span_sub(s, s.n - MESSAGE_NAME_BYTES_MAX, s.n);
	while (s.n && ((unsigned char)s.p[0] & 0xc0) == 0x80)
		s = span_sub(s, 1, s.n);
	return s;
}

/* Several readings of a field mostly give one name. */
static bool is_recent(const struct name_list *list, struct span name)
{
	const struct message_names *out = list->out;

	for (size_t i = 0; i < RECENT && i < out->n; i++) {
		const struct message_name *old = &out->names[out->n - 1 - i];

		if (old->part == list->part && span_eq(old->name, name))
			return true;
	}
	return false;
}

static int grow(struct name_list *list)
{
	size_t more = list->room ? list->room * 2 : 8;
	struct message_name *names = arena_array(list->arena, struct message_name, more);

	if (!names)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < list->out->n; i++)
		names[i] = list->out->names[i];
	list->out->names = names;
	list->room = more;
	return 0;
}

struct span message_name_seen(struct span octets, struct buf *seen)
{
	put_seen(seen, octets);
	return shortened(span_trim_left(without_end(last_of_path(without_end(buf_span(seen))))));
}

void name_list_add(struct name_list *list, struct span octets)
{
	AUTO_BUF seen = BUF(3 * octets.n + 1);
	struct message_name name = { .part = list->part };
	struct span s;

	s = message_name_seen(octets, &seen);
	if (seen.err && !list->err)
		list->err = seen.err;
	if (list->err || !s.n || is_recent(list, s))
		return;
	if (list->out->n == MESSAGE_NAMES_MAX) {
		list->out->cut = true;
		return;
	}
	if (list->out->n == list->room)
		list->err = grow(list);
	if (!list->err)
		list->err = arena_copy(list->arena, s, &name.name);
	if (!list->err)
		list->out->names[list->out->n++] = name;
}
