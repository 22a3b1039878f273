/* base/coding/ip.c - see ip.h. */
#include "base/coding/ip.h"

#include <stdio.h>

enum { GROUPS = 8, NO_GAP = GROUPS + 1 };

struct net4 {
	uint32_t base;
	uint8_t bits;
};

#define NET4(a, b, c, d, bits)                                                                     \
	{                                                                                          \
		(uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d), (bits)                           \
	}

static const struct net4 special4[] = {
	NET4(0, 0, 0, 0, 8),      NET4(10, 0, 0, 0, 8),     NET4(100, 64, 0, 0, 10),
	NET4(127, 0, 0, 0, 8),    NET4(169, 254, 0, 0, 16), NET4(172, 16, 0, 0, 12),
	NET4(192, 0, 0, 0, 24),   NET4(192, 0, 2, 0, 24),   NET4(192, 88, 99, 0, 24),
	NET4(192, 168, 0, 0, 16), NET4(198, 18, 0, 0, 15),  NET4(198, 51, 100, 0, 24),
	NET4(203, 0, 113, 0, 24), NET4(224, 0, 0, 0, 4),    NET4(240, 0, 0, 0, 4),
};

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* ::ffff:192.0.2.1 */
static bool is_mapped(const struct ip *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return a->n == 16 && memcmp(a->octets, mapped, sizeof mapped) == 0;
}

static bool parse_four(struct span s, uint8_t out[4])
{
	for (int i = 0; i < 4; i++) {
		unsigned n = 0, digits = 0;

		while (digits < s.n && digits < 3 && s.p[digits] >= '0' && s.p[digits] <= '9')
			n = n * 10 + (unsigned)(s.p[digits++] - '0');
		if (digits == 0 || n > 255 || (digits > 1 && s.p[0] == '0'))
			return false;
		out[i] = (uint8_t)n;
		s = span_sub(s, digits, s.n);
		if (i < 3 && !span_eat(&s, SPAN(".")))
			return false;
	}
	return s.n == 0;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Takes up to four digits from the front; false without any. */
static bool eat_group(struct span *s, uint8_t out[2])
{
	unsigned n = 0;
	size_t digits = 0;

	while (digits < s->n && digits < 4 && hex(s->p[digits]) >= 0)
		n = n << 4 | (unsigned)hex(s->p[digits++]);
	*s = span_sub(*s, digits, s->n);
	out[0] = (uint8_t)(n >> 8);
	out[1] = (uint8_t)n;
	return digits > 0;
}

/* Groups to out; *gap is how many stand before "::", or NO_GAP.  False on what is no address. */
static bool parse_groups(struct span s, uint8_t out[16], unsigned *n, unsigned *gap)
{
	*n = 0;
	*gap = span_eat(&s, SPAN("::")) ? 0 : NO_GAP;
	while (s.n) {
		struct span group = s;

		if (*n == GROUPS)
			return false;
		if (*n <= GROUPS - 2 && parse_four(s, out + 2 * *n)) {
			*n += 2;
			return true;
		}
		if (!eat_group(&group, out + 2 * *n))
			return false;
		s = group;
		++*n;
		if (s.n == 0)
			return true;
		if (!span_eat(&s, SPAN(":")) || s.n == 0)
			return false;
		if (!span_eat(&s, SPAN(":")))
			continue;
		if (*gap != NO_GAP)
			return false;
		*gap = *n;
	}
	return true;
}

static bool parse_six(struct span s, uint8_t out[16])
{
	uint8_t got[16] = { 0 };
	unsigned n, gap;

	if (!parse_groups(s, got, &n, &gap))
		return false;
	if (gap == NO_GAP ? n < GROUPS : n == GROUPS)
		return false;
	if (gap == NO_GAP)
		gap = n;
	memset(out, 0, 16);
	memcpy(out, got, 2 * gap);
	memcpy(out + 16 - 2 * (n - gap), got + 2 * gap, 2 * (n - gap));
	return true;
}

int ip_parse(struct span text, struct ip *out)
{
	struct ip got = { .n = span_find(text, ':') >= 0 ? 16 : 4 };

	if (got.n == 16 ? !parse_six(text, got.octets) : !parse_four(text, got.octets))
		return ERR_SYNTAX;
	*out = got;
	return 0;
}

bool ip_eq(const struct ip *a, const struct ip *b)
{
	return a->n == b->n && memcmp(a->octets, b->octets, a->n) == 0;
}

static unsigned group(const struct ip *a, unsigned i)
{
	return (unsigned)a->octets[2 * i] << 8 | a->octets[2 * i + 1];
}

/* RFC 5952 4.2: the longest run of at least two zero groups, the first of equals.  False
 * when there is none. */
static bool find_zeros(const struct ip *a, unsigned *first, unsigned *end)
{
	unsigned longest = 1;

	for (unsigned i = 0; i < GROUPS; i++) {
		unsigned j = i;

		while (j < GROUPS && !group(a, j))
			j++;
		if (j - i > longest) {
			longest = j - i;
			*first = i;
			*end = j;
		}
	}
	return longest > 1;
}

static void put_six(const struct ip *a, char out[IP_TEXT_BYTES])
{
	unsigned zeros = GROUPS, end = GROUPS;
	bool squeeze = find_zeros(a, &zeros, &end);
	int n = 0;

	for (unsigned i = 0; i < GROUPS; i++) {
		if (squeeze && i == zeros) {
			n += snprintf(out + n, (size_t)(IP_TEXT_BYTES - n), "::");
			i = end - 1;
			continue;
		}
		n += snprintf(out + n, (size_t)(IP_TEXT_BYTES - n), i && i != end ? ":%x" : "%x",
		              group(a, i));
	}
}

const char *ip_text(const struct ip *a, char out[IP_TEXT_BYTES])
{
	const uint8_t *o = is_mapped(a) ? a->octets + 12 : a->octets;

	if (a->n == 4 || is_mapped(a))
		snprintf(out, IP_TEXT_BYTES, "%u.%u.%u.%u", o[0], o[1], o[2], o[3]);
	else if (a->n == 16)
		put_six(a, out);
	else
		out[0] = 0;
	return out;
}

bool ip_is_unspecified(const struct ip *a)
{
	static const uint8_t zero[16];

	return memcmp(a->octets, zero, a->n) == 0;
}

bool ip_is_loopback(const struct ip *a)
{
	static const uint8_t loopback[16] = { [15] = 1 };

	if (a->n == 16 && !is_mapped(a))
		return memcmp(a->octets, loopback, 16) == 0;
	return a->n && a->octets[a->n - 4] == 127;
}

static bool is_special4(uint32_t a)
{
	for (size_t i = 0; i < N_ELEMS(special4); i++)
		if ((a ^ special4[i].base) >> (32 - special4[i].bits) == 0)
			return true;
	return false;
}

/* Only 2000::/3 is for the world, but for some nets in it; an address that holds
 * an IPv4 one is judged by that. */
static bool is_special6(const uint8_t *p)
{
	static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b };
	uint32_t head = get32(p);

	if (memcmp(p, nat64, 12) == 0)
		return is_special4(get32(p + 12));
	if (head >> 16 == 0x2002)
		return is_special4(get32(p + 2));
	return head >> 29 != 1                 /* not 2000::/3 */
	       || head >> 9 == 0x20010000 >> 9 /* 2001::/23: protocols, Teredo */
	       || head == 0x20010db8           /* documentation */
	       || head >> 12 == 0x3fff0;       /* documentation */
}

bool ip_is_special(const struct ip *a)
{
	if (a->n == 16 && !is_mapped(a))
		return is_special6(a->octets);
	return !a->n || is_special4(get32(a->octets + a->n - 4));
}
