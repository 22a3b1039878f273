/* Session counts by client, and networks. */
#include "policy/limits.h"

#include "test.h"

static struct address at(const char *text)
{
	struct address a = { 0 };
	CHECK_INT(address_parse(span_str(text), 25, &a), 0);
	return a;
}

TEST(limits_by_client)
{
	static const struct settings set = { .smtp_sessions_max = 5,
		                             .smtp_sessions_per_client = 2 };
	static const struct {
		const char *client;
		int result;
	} t[] = {
		{ "192.0.2.1", 0 },
		{ "192.0.2.1", 0 },
		{ "192.0.2.1", ERR_LIMIT },
		{ "192.0.2.2", 0 },
		{ "[2001:db8:1:2::1]", 0 },
		{ "[2001:db8:1:2:ffff::2]", 0 },    /* the same /64 */
		{ "[2001:db8:1:2::3]", ERR_LIMIT }, /* sessions_max and the /64's limit */
		{ "198.51.100.1", ERR_LIMIT },      /* sessions_max */
	};
	EACH_ROW(t) {
		struct address a = at(t[row].client);
		CHECK_INT(limits_session_begin(&set, &a), t[row].result);
	}
	EACH_ROW(t) {
		struct address a = at(t[row].client);
		if (t[row].result == 0)
			limits_session_end(&a);
	}
	struct address again = at("192.0.2.1");
	CHECK_INT(limits_session_begin(&set, &again), 0);
	limits_session_end(&again);
}

TEST(limits_networks)
{
	static const struct {
		const char *network, *address;
		bool in;
	} t[] = {
		{ "192.0.2.0/24", "192.0.2.255", true },
		{ "192.0.2.0/24", "192.0.3.0", false },
		{ "192.0.2.64/26", "192.0.2.127", true },
		{ "192.0.2.64/26", "192.0.2.128", false },
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.2", false },
		{ "0.0.0.0/0", "203.0.113.9", true },
		{ "0.0.0.0/0", "[2001:db8::1]", false },
		{ "2001:db8::/33", "[2001:db8:7fff::1]", true },
		{ "2001:db8::/33", "[2001:db8:8000::1]", false },
		{ "127.0.0.0/8", "[::ffff:127.0.0.1]", true },
		{ "nonsense/8", "127.0.0.1", false },
		{ "127.0.0.0/99", "127.0.0.1", false },
	};
	EACH_ROW(t) {
		struct address a = at(t[row].address);
		struct settings_list list = { (const char *[]){ t[row].network }, 1 };
		CHECK_INT(limits_in_networks(&a, &list), t[row].in);
	}
}
