/* What of a message is looked at for viruses, and what is left of it. */
#include "inspect/virus/parts.h"

#include "test.h"

#define HEAD "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
#define FILE_HEAD                                                                                  \
	"--b\r\nContent-Type: application/x; name=f\r\nContent-Transfer-Encoding: base64\r\n\r\n"

static void check_rest(const struct virus_parts *parts, struct span want)
{
	AUTO_BUF got = BUF(10000);
	struct virus_rest rest = { 0 };
	struct span piece;

	while (virus_rest_next(&rest, parts, &piece))
		buf_put(&got, piece);
	CHECK_SPAN(buf_span(&got), want);
}

TEST(the_rest_lacks_what_can_be_decoded_in_one_way_only)
{
	static const struct {
		struct span message, rest, file;
		size_t n, n_files;
	} t[] = {
		{ SPAN("Subject: x\r\n\r\ntext\r\n"), SPAN("Subject: x\r\n\r\ntext\r\n"), SPAN(""),
		  1, 0 },
		{ SPAN(HEAD "--b\r\n\r\nlook\r\n" FILE_HEAD "aGVsbG8=\r\n\r\n--b--\r\n"),
		  SPAN(HEAD "--b\r\n\r\nlook\r\n" FILE_HEAD "\r\n--b--\r\n"), SPAN("hello"), 2, 1 },
		/* RFC 2045 6.8: foreign octets; a padding within; no whole group */
		{ SPAN(HEAD FILE_HEAD "aGV-sbG8=\r\n--b--\r\n"),
		  SPAN(HEAD FILE_HEAD "aGV-sbG8=\r\n--b--\r\n"), SPAN("hello"), 1, 1 },
		{ SPAN(HEAD FILE_HEAD "aGU=bGxv\r\n--b--\r\n"),
		  SPAN(HEAD FILE_HEAD "aGU=bGxv\r\n--b--\r\n"), SPAN("hello"), 1, 1 },
		{ SPAN(HEAD FILE_HEAD "aGVsbG8\r\n--b--\r\n"),
		  SPAN(HEAD FILE_HEAD "aGVsbG8\r\n--b--\r\n"), SPAN("hello"), 1, 1 },
		/* RFC 2046 5.1: readers may think differently of a message that is not closed */
		{ SPAN(HEAD FILE_HEAD "aGVsbG8=\r\n"), SPAN(HEAD FILE_HEAD "aGVsbG8=\r\n"),
		  SPAN("hello"), 1, 1 },
		/* RFC 2046 5.2.1: a message within, and one that is encoded besides */
		{ SPAN("Content-Type: message/rfc822\r\n\r\n" HEAD FILE_HEAD
		       "aGVsbG8=\r\n--b--\r\n"),
		  SPAN("Content-Type: message/rfc822\r\n\r\n" HEAD FILE_HEAD "\r\n--b--\r\n"),
		  SPAN("hello"), 1, 1 },
		{ SPAN("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n"
		       "\r\nU3ViamVjdDogeA0KDQpoaQ0K"),
		  SPAN("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n"
		       "\r\n"),
		  SPAN("Subject: x\r\n\r\nhi\r\n"), 2, 1 },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		AUTO_BUF octets = BUF(1000);
		struct virus_parts parts;
		size_t n_files = 0;

		CHECK_INT(virus_parts_find(exact(t[row].message), &mem, &parts), 0);
		CHECK_INT(parts.n, t[row].n);
		for (size_t i = 0; i < parts.n; i++)
			if (parts.v[i].is_file) {
				n_files++;
				CHECK_INT(virus_part_decode(&parts.v[i], &octets), 0);
			}
		CHECK_INT(n_files, t[row].n_files);
		CHECK_SPAN(buf_span(&octets), t[row].file);
		check_rest(&parts, t[row].rest);
	}
}
