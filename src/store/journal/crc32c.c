/* store/journal/crc32c.c - see crc32c.h.
 *
 * The crc32 instruction takes 3 cycles, but a new one may start in each: three
 * runs of LANE octets are summed side by side, and their sums joined by moving
 * the earlier ones past LANE zero octets, which is a linear map (four tables).
 */
#include "store/journal/crc32c.h"

#include <pthread.h>

enum { LANE = 2048 };

static uint32_t octet_table[256];
#ifdef __x86_64__
static uint32_t lane_table[4][256];
static bool has_instruction;
#endif

static uint32_t by_table(uint32_t state, const char *p, size_t n)
{
	while (n--)
		state = octet_table[(state ^ (unsigned char)*p++) & 0xff] ^ state >> 8;
	return state;
}

#ifdef __x86_64__
static uint32_t past_lane(uint32_t state)
{
	return lane_table[0][state & 0xff] ^ lane_table[1][state >> 8 & 0xff] ^
	       lane_table[2][state >> 16 & 0xff] ^ lane_table[3][state >> 24];
}

static inline uint64_t load(const char *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof v);
	return v;
}

__attribute__((target("sse4.2"))) static uint32_t three_lanes(uint32_t state, const char *p)
{
	uint64_t a = state, b = 0, c = 0;
	for (size_t i = 0; i < LANE; i += 8) {
		a = __builtin_ia32_crc32di(a, load(p + i));
		b = __builtin_ia32_crc32di(b, load(p + LANE + i));
		c = __builtin_ia32_crc32di(c, load(p + 2 * LANE + i));
	}
	return past_lane(past_lane((uint32_t)a) ^ (uint32_t)b) ^ (uint32_t)c;
}

__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t state, const char *p,
                                                                 size_t n)
{
	for (; n >= 3 * LANE; n -= 3 * LANE, p += 3 * LANE)
		state = three_lanes(state, p);
	uint64_t wide = state;
	for (; n >= 8; n -= 8, p += 8)
		wide = __builtin_ia32_crc32di(wide, load(p));
	state = (uint32_t)wide;
	for (; n; n--, p++)
		state = __builtin_ia32_crc32qi(state, (unsigned char)*p);
	return state;
}

static void lane_tables_fill(void)
{
	static const char zeros[LANE];
	for (unsigned bit = 0; bit < 32; bit++)
		lane_table[bit / 8][1u << bit % 8] = by_table(1u << bit, zeros, LANE);
	for (unsigned k = 0; k < 4; k++)
		for (uint32_t i = 1; i < 256; i++)
			lane_table[k][i] = lane_table[k][i & (i - 1)] ^ lane_table[k][i & -i];
	__builtin_cpu_init();
	has_instruction = __builtin_cpu_supports("sse4.2");
}
#endif

static void tables_fill(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;
		for (int bit = 0; bit < 8; bit++)
			c = c >> 1 ^ (c & 1 ? 0x82f63b78u : 0);
		octet_table[i] = c;
	}
#ifdef __x86_64__
	lane_tables_fill();
#endif
}

/* By the first who asks, on whatever thread; later it is a load. */
static void tables_need(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, tables_fill);
}

uint32_t crc32c_by_table(uint32_t crc, struct span s)
{
	tables_need();
	return ~by_table(~crc, s.p, s.n);
}

uint32_t crc32c(uint32_t crc, struct span s)
{
	tables_need();
#ifdef __x86_64__
	if (has_instruction)
		return ~by_instruction(~crc, s.p, s.n);
#endif
	return ~by_table(~crc, s.p, s.n);
}
