/* What a client calls itself: RFC 5321 2.3.5, 4.1.1.1, 4.1.3. */
#include "defence/helo.h"

#include <stdlib.h>

#include "test.h"

TEST(helo)
{
	static const struct {
		const char *helo;
		enum helo_word word;
	} t[] = {
		{ "mx.example.org", HELO_GOOD },
		{ "mx.example.org.", HELO_GOOD },
		{ "b\xc3\xbc"
		  "cher.example",
		  HELO_GOOD },
		{ "us.example.net", HELO_OURS },
		{ "US.Example.NET.", HELO_OURS },
		{ "[192.0.2.1]", HELO_GOOD },
		{ "[IPv6:2001:db8::1]", HELO_OTHER_ADDRESS },
		{ "[192.0.2.25]", HELO_OUR_ADDRESS },
		{ "[192.0.2.2]", HELO_OTHER_ADDRESS },
		{ "[192.0.2.1", HELO_BAD_ADDRESS },
		{ "[mx.example.org]", HELO_BAD_ADDRESS },
		{ "[]", HELO_BAD_ADDRESS },
		{ "192.0.2.1", HELO_BAD_ADDRESS },
		{ "2001:db8::1", HELO_BAD_ADDRESS },
		{ "localhost", HELO_NO_DOT },
		{ "PC", HELO_NO_DOT },
		{ "a_b.example", HELO_NO_NAME },
		{ "a..example", HELO_NO_NAME },
		{ "-a.example", HELO_NO_NAME },
		{ "x'or'1", HELO_NO_NAME },
		{ ".", HELO_NO_NAME },
		{ "", HELO_NO_NAME },
	};
	static const struct ip client = { 4, { 192, 0, 2, 1 } }, here = { 4, { 192, 0, 2, 25 } };

	for (size_t i = 0; i < N_ELEMS(t); i++) {
		size_t n = strlen(t[i].helo);
		char *exact = malloc(n ? n : 1);

		memcpy(exact, t[i].helo, n);
		CHECK_STR(helo_word(helo_judge(span_make(exact, n), &client, &here,
		                               SPAN("us.example.net"))),
		          helo_word(t[i].word));
		free(exact);
	}
}
