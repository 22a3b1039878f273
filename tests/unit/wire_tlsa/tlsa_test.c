/* Which TLSA records SMTP can use: RFC 6698 2.1, RFC 7672 3.1. */
#include "wire/tlsa/tlsa.h"

#include "test.h"

#define OCTETS_8  "01234567"
#define OCTETS_32 OCTETS_8 OCTETS_8 OCTETS_8 OCTETS_8

TEST(records)
{
	static const struct {
		struct span rdata;
		int r;
		bool usable;
	} t[] = {
		{ SPAN("\3\1\1" OCTETS_32), 0, true },
		{ SPAN("\3\0\1" OCTETS_32), 0, true },
		{ SPAN("\2\0\1" OCTETS_32), 0, true },
		{ SPAN("\2\1\2" OCTETS_32 OCTETS_32), 0, true },
		{ SPAN("\3\1\0" OCTETS_8), 0, true },
		/* RFC 7672 3.1.3 */
		{ SPAN("\0\0\1" OCTETS_32), 0, false },
		{ SPAN("\1\1\1" OCTETS_32), 0, false },
		/* Not known to us. */
		{ SPAN("\4\1\1" OCTETS_32), 0, false },
		{ SPAN("\377\1\1" OCTETS_32), 0, false },
		{ SPAN("\3\2\1" OCTETS_32), 0, false },
		{ SPAN("\3\1\3" OCTETS_32), 0, false },
		/* Digests of no such length. */
		{ SPAN("\3\1\1" OCTETS_32 "x"), 0, false },
		{ SPAN("\3\1\2" OCTETS_32), 0, false },
		{ SPAN("\3\1\1x"), 0, false },
		/* No record. */
		{ SPAN("\3\1\1"), ERR_SYNTAX, false },
		{ SPAN("\3"), ERR_SYNTAX, false },
		{ SPAN(""), ERR_SYNTAX, false },
	};
	EACH_ROW(t) {
		struct tlsa got;

		CHECK_INT(tlsa_parse(exact(t[row].rdata), &got), t[row].r);
		if (t[row].r < 0)
			continue;
		CHECK_INT(got.data.n, t[row].rdata.n - 3);
		CHECK_INT(tlsa_is_usable(&got), t[row].usable);
	}
}
