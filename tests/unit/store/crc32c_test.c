/* crc32c: RFC 3720 B.4's vectors, the instruction against the table, sums of pieces. */
#include "store/journal/crc32c.h"
#include "test.h"

#include <stdlib.h>

TEST(vectors)
{
	char zeros[32] = { 0 }, ones[32], rising[32], falling[32];
	for (size_t i = 0; i < 32; i++) {
		ones[i] = (char)0xff;
		rising[i] = (char)i;
		falling[i] = (char)(31 - i);
	}
	const struct {
		struct span in;
		uint32_t want;
	} t[] = {
		{ { 0 }, 0 },
		{ SPAN("123456789"), 0xe3069283 },
		{ { zeros, 32 }, 0x8a9136aa },
		{ { ones, 32 }, 0x62a8ab43 },
		{ { rising, 32 }, 0x46dd794e },
		{ { falling, 32 }, 0x113fdb5c },
	};
	EACH_ROW(t) {
		CHECK_INT(crc32c(0, exact(t[row].in)), t[row].want);
		CHECK_INT(crc32c_by_table(0, exact(t[row].in)), t[row].want);
	}
}

/* Around the length of a lane (2048) and of three, at odd beginnings, in two pieces. */
TEST(the_instruction_agrees_with_the_table)
{
	enum { MOST = 20000 };
	char *p = malloc(MOST);
	for (size_t i = 0; i < MOST; i++)
		p[i] = (char)(i * 2654435761u >> 13);
	static const size_t lengths[] = { 0,    1,    7,    8,    9,    15,   2047,  2048,  2049,
		                          6143, 6144, 6145, 6151, 6152, 8192, 12288, 12289, 19000 };
	for (size_t from = 0; from < 9; from++)
		EACH_ROW(lengths) {
			struct span s = { p + from, lengths[row] };
			uint32_t want = crc32c_by_table(0, s);
			CHECK_INT(crc32c(0, s), want);
			size_t half = s.n / 3;
			CHECK_INT(crc32c(crc32c(0, span_sub(s, 0, half)), span_sub(s, half, s.n)),
			          want);
		}
	free(p);
}
