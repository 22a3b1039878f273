/* wire/proxy/header.c - see header.h. */
#include "wire/proxy/header.h"

enum {
	V2 = 2 << 4,
	LOCAL = 0,
	PROXY = 1,
	TCP4 = 0x11,
	TCP6 = 0x21,
	ADDRESSES_4 = 12, /* octets of two addresses and two ports */
	ADDRESSES_6 = 36,
	ADDRESSES_UNIX = 216,
	TLV_HEAD_BYTES = 3,
	TLV_CRC32C = 3,
	CRC32C_BYTES = 4,
};

static const struct span v1_begin = { "PROXY ", 6 };
static const struct span v2_begin = { "\r\n\r\n\0\r\nQUIT\n", 12 };

static unsigned number(struct span s, size_t at)
{
	return (unsigned)(uint8_t)s.p[at] << 8 | (uint8_t)s.p[at + 1];
}

/* ---- where it ends ---- */

/* How many octets are surely the header's; at most as many as there are, until it is whole. */
static int length(struct span s, bool *whole, size_t *n)
{
	bool one = span_starts(s, span_sub(v1_begin, 0, s.n));
	bool two = span_starts(s, span_sub(v2_begin, 0, s.n));
	ptrdiff_t lf = one ? span_find(s, '\n') : -1;

	*whole = false;
	*n = s.n;
	if (!one && !two)
		return err(ERR_SYNTAX, "no PROXY header");
	if (one) {
		*n = lf >= 0 ? (size_t)lf + 1 : s.n;
		*whole = lf >= 0;
		return *n > PROXY_V1_MAX
		               ? err(ERR_SYNTAX, "a PROXY line of over %d octets", PROXY_V1_MAX)
		               : 0;
	}
	if (s.n < PROXY_V2_HEAD_BYTES)
		return 0;
	size_t all = PROXY_V2_HEAD_BYTES + number(s, 14);
	*whole = s.n >= all;
	*n = *whole ? all : s.n;
	return 0;
}

int proxy_header_feed(struct buf *octets, struct span seen, size_t *n)
{
	size_t before = octets->n, all;
	bool whole;

	*n = 0;
	int r = buf_put(octets, span_sub(seen, 0, octets->cap - before));
	if (r >= 0)
		r = length(buf_span(octets), &whole, &all);
	if (r < 0)
		return r;
	octets->n = all;
	*n = all - before;
	return whole;
}

/* ---- version 1 ---- */

static int line_bad(void)
{
	return err(ERR_SYNTAX, "a malformed PROXY line");
}

static int port(struct span text, uint16_t *out)
{
	uint64_t n;

	if (!text.n || (text.n > 1 && text.p[0] == '0') || span_to_u64(text, UINT16_MAX, &n) < 0)
		return line_bad();
	*out = (uint16_t)n;
	return 0;
}

static int address(struct span text, bool six, struct ip *out)
{
	return ip_parse(text, out) < 0 || (out->n == 16) != six ? line_bad() : 0;
}

static int parse_line(struct span line, struct proxy_header *out)
{
	struct proxy_header h = { 0 };
	struct span words[6], rest = line;
	struct ip server;
	uint16_t server_port;
	size_t n = 0;

	if (line.n < 2 || line.p[line.n - 2] != '\r')
		return line_bad();
	rest.n -= 2;
	while (n < N_ELEMS(words) && span_split(&rest, ' ', &words[n]))
		n++;
	if (n > 1 && span_eq(words[1], SPAN("UNKNOWN"))) {
		*out = h;
		return 0;
	}
	bool six = n > 1 && span_eq(words[1], SPAN("TCP6"));
	if (n != N_ELEMS(words) || rest.n || (!six && !span_eq(words[1], SPAN("TCP4"))))
		return line_bad();
	int r = address(words[2], six, &h.client);
	if (r >= 0)
		r = address(words[3], six, &server);
	if (r >= 0)
		r = port(words[4], &h.port);
	if (r >= 0)
		r = port(words[5], &server_port);
	if (r >= 0)
		*out = h;
	return r;
}

/* ---- version 2 ---- */

/* RFC 3720 B.4, a bit at a time: headers are short (store/journal/crc32c.h is for what is long). */
static uint32_t crc32c_put(uint32_t state, uint8_t octet)
{
	state ^= octet;
	for (int bit = 0; bit < 8; bit++)
		state = state >> 1 ^ (state & 1 ? 0x82f63b78u : 0);
	return state;
}

/* Over the whole header, the checksum's own octets counted as zero (2.2.3). */
static int check(struct span all, size_t at)
{
	uint32_t told = (uint32_t)number(all, at) << 16 | number(all, at + 2), state = ~0u;

	for (size_t i = 0; i < all.n; i++)
		state = crc32c_put(state, i - at < CRC32C_BYTES ? 0 : (uint8_t)all.p[i]);
	return ~state == told ? 0 : err(ERR_SYNTAX, "the checksum of a PROXY header is wrong");
}

/* What stands behind the addresses, from `at` on: passed over, but for a checksum. */
static int check_rest(struct span all, size_t at)
{
	int r = 0;

	while (r >= 0 && at < all.n) {
		size_t left = all.n - at;
		size_t n = left < TLV_HEAD_BYTES ? 0 : number(all, at + 1);
		if (left < TLV_HEAD_BYTES || n > left - TLV_HEAD_BYTES)
			return err(ERR_SYNTAX, "a PROXY header ends within a value");
		if (all.p[at] == TLV_CRC32C)
			r = n == CRC32C_BYTES
			            ? check(all, at + TLV_HEAD_BYTES)
			            : err(ERR_SYNTAX, "a PROXY header's checksum of %zu octets", n);
		at += TLV_HEAD_BYTES + n;
	}
	return r;
}

static size_t n_addresses(uint8_t family)
{
	switch (family >> 4) {
	case 1: return ADDRESSES_4;
	case 2: return ADDRESSES_6;
	case 3: return ADDRESSES_UNIX;
	default: return 0;
	}
}

static int parse_binary(struct span all, struct proxy_header *out)
{
	struct proxy_header h = { 0 };
	uint8_t verb = (uint8_t)all.p[12], family = (uint8_t)all.p[13];
	size_t n = n_addresses(family);

	if (all.n != PROXY_V2_HEAD_BYTES + number(all, 14))
		return err(ERR_SYNTAX, "a PROXY header of another length");
	if (verb == (V2 | LOCAL)) { /* the proxy itself: what stands behind is not looked at */
		*out = h;
		return 0;
	}
	if (verb != (V2 | PROXY) || family >> 4 > 3 || (family & 15) > 2)
		return err(ERR_SYNTAX, "a PROXY header of an unknown kind (%02x %02x)", verb,
		           family);
	if (all.n < PROXY_V2_HEAD_BYTES + n)
		return err(ERR_SYNTAX, "a PROXY header without its addresses");
	if (family == TCP4 || family == TCP6) {
		h.client.n = family == TCP4 ? 4 : 16;
		memcpy(h.client.octets, all.p + PROXY_V2_HEAD_BYTES, h.client.n);
		h.port = (uint16_t)number(all, PROXY_V2_HEAD_BYTES + 2 * (size_t)h.client.n);
	}
	int r = check_rest(all, PROXY_V2_HEAD_BYTES + n);
	if (r >= 0)
		*out = h;
	return r;
}

int proxy_header_parse(struct span octets, struct proxy_header *out)
{
	if (octets.n >= PROXY_V2_HEAD_BYTES && span_starts(octets, v2_begin))
		return parse_binary(octets, out);
	if (!span_starts(octets, v1_begin))
		return err(ERR_SYNTAX, "no PROXY header");
	return parse_line(octets, out);
}
