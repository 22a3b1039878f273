/* wire/message/words.h: RFC 2047. */
#include "test.h"

#include "base/err.h"
#include "base/utf8.h"
#include "wire/message/words.h"

TEST(words_decode)
{
	static const struct {
		struct span in, out;
	} t[] = {
		{ SPAN("plain text"), SPAN("plain text") },
		{ SPAN(" a\r\n b "), SPAN("a b") },
		{ SPAN("=?utf-8?q?a=C3=A9_b?="), SPAN("a\xc3\xa9 b") },
		{ SPAN("=?UTF-8?B?w6k=?="), SPAN("\xc3\xa9") },
		{ SPAN("=?iso-8859-1?Q?=E9?= x"), SPAN("\xc3\xa9 x") },
		{ SPAN("=?us-ascii*en?q?a?="), SPAN("a") }, /* RFC 2231 5 */
		/* 6.2: white space between two words is none */
		{ SPAN("=?utf-8?q?a?= \r\n =?utf-8?q?b?= c =?utf-8?q?d?="), SPAN("ab c d") },
		{ SPAN("=?utf-8?q?a?= =?iso-8859-1?q?=E9?= =?utf-8?q?b?="), SPAN("a\xc3\xa9"
		                                                                 "b") },
		/* a character split between words */
		{ SPAN("=?utf-8?b?4oI=?= =?UTF-8?b?rA==?="), SPAN("\xe2\x82\xac") },
		/* what is no word stays */
		{ SPAN("=?utf-8?q?a b?="), SPAN("=?utf-8?q?a b?=") },
		{ SPAN("=?utf-8?x?a?="), SPAN("=?utf-8?x?a?=") },
		{ SPAN("=?utf-8?q?a"), SPAN("=?utf-8?q?a") },
		{ SPAN("=??q?a?="), SPAN("=??q?a?=") },
		{ SPAN("=?=?utf-8?q?a?="), SPAN("=?a") },
		{ SPAN("=?"), SPAN("=?") },
		/* what a word hides is no control */
		{ SPAN("=?utf-8?q?a=0D=0ABcc:_x=00=7F?="), SPAN("a  Bcc: x  ") },
		{ SPAN("=?klingon?q?a=FF?="), SPAN("a\xef\xbf\xbd") },
		{ SPAN("raw \xff"), SPAN("raw \xef\xbf\xbd") },
		{ SPAN("=?utf-8?q?=C3?= x"), SPAN("\xef\xbf\xbd x") },
		{ SPAN(""), SPAN("") },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(200);

		CHECK_INT(message_words_get(exact(t[row].in), &out), 0);
		CHECK_SPAN(buf_span(&out), t[row].out);
	}
}

/* 2: at most 75 octets, whole code points; and back. */
TEST(words_encode)
{
	static const struct span t[] = {
		SPAN("Gr\xc3\xbc\xc3\x9f"
		     "e"),
		SPAN("\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2"
		     "\x82\xac"
		     "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2"
		     "\x82\xac"
		     "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"),
		SPAN("\xf0\x9f\x93\xae\xf0\x9f\x93\xae\xf0\x9f\x93\xae\xf0\x9f\x93\xae\xf0\x9f\x93"
		     "\xae"),
		SPAN("a=b?c_d \"e\" =?utf-8?q?x?="),
		SPAN("  spaces  "),
	};
	for (int q = 0; q < 2; q++)
		EACH_ROW(t) {
			AUTO_BUF all = BUF(1000);
			AUTO_BUF back = BUF(1000);
			struct span text = exact(t[row]);

			while (text.n) {
				AUTO_BUF word = BUF(100);
				AUTO_BUF alone = BUF(100);

				CHECK_INT(message_word_put(&word, &text, 999, q), 0);
				CHECK(word.n <= MESSAGE_WORD_MAX);
				CHECK_INT(message_words_get(buf_span(&word), &alone), 0);
				CHECK(span_find_span(buf_span(&alone), SPAN("\xef\xbf\xbd")) < 0);
				buf_put(&all, buf_span(&word));
				buf_puts(&all, "\r\n ");
			}
			CHECK_INT(message_words_get(exact(buf_span(&all)), &back), 0);
			CHECK_SPAN(buf_span(&back), t[row]);
		}
}

TEST(word_refuses)
{
	static const struct {
		struct span in;
		size_t room;
		bool q;
		int r;
	} t[] = {
		{ SPAN("\xff"), 75, true, ERR_SYNTAX },
		{ SPAN("a"), 12, true, ERR_REFUSED },
		{ SPAN("a"), 13, true, 0 },
		{ SPAN("a"), 15, false, ERR_REFUSED },
		{ SPAN("a"), 16, false, 0 },
		{ SPAN("\xf0\x9f\x93\xae"), 23, true, ERR_REFUSED },
		{ SPAN("\xf0\x9f\x93\xae"), 24, true, 0 },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(100);
		struct span text = exact(t[row].in);

		CHECK_INT(message_word_put(&out, &text, t[row].room, t[row].q), t[row].r);
		CHECK_INT(text.n, t[row].r == 0 ? 0 : t[row].in.n);
	}
}

TEST(words_keep_the_cap)
{
	static const struct span t[] = { SPAN("abcdef"), SPAN("=?utf-8?q?abcdef?=") };
	EACH_ROW(t) {
		AUTO_BUF out = BUF(5);

		CHECK_INT(message_words_get(exact(t[row]), &out), ERR_TOO_LONG);
		CHECK(out.n <= 5);
	}
}
