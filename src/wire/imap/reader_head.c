/* wire/imap/reader_head.c - what the end of a line says of a literal (RFC 3501 4.3, RFC 7888 3, RFC
 * 3516 4.4). */
#include "wire/imap/reader_impl.h"

#include "wire/imap/tag.h"

static bool is_number(struct span digits, uint64_t *n)
{
	for (size_t i = 0; i < digits.n; i++)
		if (digits.p[i] < '0' || digits.p[i] > '9')
			return false;
	if (digits.n == 0)
		return false;
	if (span_to_u64(digits, UINT64_MAX, n) < 0)
		*n = UINT64_MAX;
	return true;
}

bool imap_literal_head_find(struct span line, struct imap_literal_head *out)
{
	struct imap_literal_head got = { .sync = true };
	ptrdiff_t open = span_find_last(line, '{');
	struct span digits;

	if (open < 0 || line.p[line.n - 1] != '}')
		return false;
	digits = span_sub(line, (size_t)open + 1, line.n - (size_t)open - 2);
	if (digits.n > 0 && digits.p[digits.n - 1] == '+') {
		got.sync = false;
		digits.n--;
	}
	if (!is_number(digits, &got.n))
		return false;
	got.literal8 = open > 0 && line.p[open - 1] == '~';
	got.n_octets = line.n - (size_t)open + got.literal8;
	*out = got;
	return true;
}

bool imap_is_message(struct span command)
{
	struct span rest = span_sub(command, imap_tag_of(command).n, command.n);

	rest = span_trim_left(rest);
	return span_eat_nocase(&rest, SPAN("APPEND ")) && span_trim_left(rest).n > 0;
}
