/* Which addresses are one network. */
#include "auth/network.h"

#include "test.h"

TEST(network_same_or_other)
{
	static const struct {
		const char *first, *second;
		bool same;
	} t[] = {
		{ "192.0.2.1", "192.0.2.254", true },
		{ "192.0.2.1", "192.0.3.1", false },
		{ "2001:db8:1:2::1", "2001:db8:1:3:ffff::9", true },
		{ "2001:db8:1::1", "2001:db8:2::1", false },
		{ "192.0.2.1", "c000:200::", false }, /* the same octets */
		{ "::ffff:192.0.2.1", "192.0.2.7", true },
		{ "nonsense", "", true },
		{ "nonsense", "0.0.0.0", false },
		{ "::", "0.0.0.0", false },
		{ "1234:1234:1234:1234:1234:1234:1234:1234:1234:1234", "unix", true },
	};
	EACH_ROW(t) {
		unsigned char a[NETWORK_BYTES], b[NETWORK_BYTES];
		network_of(exact(span_str(t[row].first)), a);
		network_of(exact(span_str(t[row].second)), b);
		CHECK_INT(memcmp(a, b, sizeof a) == 0, t[row].same);
	}
}
