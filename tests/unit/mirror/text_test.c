/* Texts as databases take them: mirror/text.h. */
#include "mirror/text.h"

#include <stdlib.h>

#include "test.h"

enum { MOST = 8 };

TEST(text_is_utf_16)
{
	static const struct {
		struct span in;
		uint16_t out[MOST];
		size_t n;
	} t[] = {
		{ SPAN(""), { 0 }, 0 },
		{ SPAN("a'\"\\"), { 'a', '\'', '"', '\\' }, 4 },
		{ SPAN("gr\xc3\xbc\xe6\x97\xa5"), { 'g', 'r', 0xfc, 0x65e5 }, 4 },
		{ SPAN("\xf0\x9f\x98\x80"), { 0xd83d, 0xde00 }, 2 },
		{ SPAN("\xf4\x8f\xbf\xbf"), { 0xdbff, 0xdfff }, 2 },
		{ SPAN("a\0b"), { 'a', 0xfffd, 'b' }, 3 },
		{ SPAN("\xff"
		       "a"),
		  { 0xfffd, 'a' },
		  2 },
		{ SPAN("12345678"), { '1', '2', '3', '4', '5', '6', '7', '8' }, 8 },
		{ SPAN("123456789"), { '1', '2', '3', '4', '5', '6', '7', '8' }, 8 },
		{ SPAN("1234567\xf0\x9f\x98\x80"), { '1', '2', '3', '4', '5', '6', '7' }, 7 },
		{ SPAN("123456\xf0\x9f\x98\x80"),
		  { '1', '2', '3', '4', '5', '6', 0xd83d, 0xde00 },
		  8 },
	};

	EACH_ROW(t) {
		uint16_t *out = calloc(MOST, sizeof *out); /* exactly: ASan sees what is behind */

		CHECK_INT(mirror_text(t[row].in, MOST, out), t[row].n);
		for (size_t i = 0; i < t[row].n; i++)
			CHECK_INT(out[i], t[row].out[i]);
		free(out);
	}
}
