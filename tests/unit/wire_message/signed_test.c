/* wire/message/signed.h: RFC 6376 3.5, RFC 8617 4.1.2, RFC 1847 2. */
#include "test.h"

#include "wire/message/signed.h"

TEST(fields_that_sign)
{
	static const struct {
		struct span field;
		bool signs;
	} t[] = {
		{ SPAN("DKIM-Signature: v=1\r\n"), true },
		{ SPAN("dkim-signature:\r\n"), true },
		{ SPAN("ARC-Message-Signature: i=1\r\n"), true },
		{ SPAN("DomainKey-Signature: a=b\r\n"), true },
		{ SPAN("ARC-Seal: i=1\r\n"), false }, /* over header fields alone */
		{ SPAN("X-DKIM-Signature: v=1\r\n"), false },
		{ SPAN("Content-Type: multipart/signed; boundary=b\r\n"), true },
		{ SPAN("CONTENT-TYPE: (x)\r\n Multipart/Encrypted\r\n"), true },
		{ SPAN("Content-Type: multipart/mixed; micalg=signed\r\n"), false },
		{ SPAN("Content-Type: application/signed\r\n"), false },
		{ SPAN("Content-Type: multipart\r\n"), false },
		{ SPAN("Content-Type:\r\n"), false },
		{ SPAN("Content-Description: multipart/signed\r\n"), false },
	};
	EACH_ROW(t) {
		struct message_header h;
		struct message_field f;

		message_header_begin(&h, exact(t[row].field));
		CHECK(message_header_next(&h, &f));
		CHECK_INT(message_field_signs(&f), t[row].signs);
	}
}
