/* wire/clamd/hash_line.c - see hash_line.h. */
#include "wire/clamd/hash_line.h"

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_hash(struct span s, struct clamd_hash *out)
{
	if (s.n != 32 && s.n != 40 && s.n != 64)
		return false;
	out->hash_n = s.n / 2;
	for (size_t i = 0; i < out->hash_n; i++) {
		int high = hex_value(s.p[2 * i]), low = hex_value(s.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out->hash[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static bool read_size(struct span s, struct clamd_hash *out)
{
	uint64_t n;

	out->size = CLAMD_HASH_ANY_SIZE;
	if (span_eq(s, SPAN("*")))
		return true;
	if (span_to_u64(s, INT64_MAX, &n) < 0)
		return false;
	out->size = (int64_t)n;
	return true;
}

static bool is_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
	return s.n && s.n <= CLAMD_HASH_NAME_MAX;
}

int clamd_hash_line(struct span line, struct clamd_hash *out)
{
	struct clamd_hash h = { 0 };
	struct span hash, size;

	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	line = span_trim(line);
	if (!line.n || line.p[0] == '#')
		return 0;
	if (!span_split(&line, ':', &hash) || !span_split(&line, ':', &size))
		return err(ERR_SYNTAX, "the line is not HASH:SIZE:NAME");
	span_split(&line, ':', &h.name);
	if (!read_hash(hash, &h) || !read_size(size, &h) || !is_name(h.name))
		return err(ERR_SYNTAX, "the line is not HASH:SIZE:NAME");
	*out = h;
	return 1;
}
