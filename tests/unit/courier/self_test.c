/* Who we are (RFC 5321 5.1: loops), and which addresses are tried last. */
#include "courier/addr.h"
#include "courier/avoid.h"
#include "courier/self.h"

#include "config/config.h"
#include "test.h"

static struct address at(const char *text)
{
	struct address a = { 0 };

	CHECK_INT(address_parse(span_str(text), 25, &a), 0);
	return a;
}

TEST(our_listeners_are_known)
{
	static const struct {
		const char *listen, *address;
		bool ours;
	} t[] = {
		{ "0.0.0.0:25", "11.0.0.1:25", true },
		{ "0.0.0.0:25", "11.0.0.1:26", false },
		{ "0.0.0.0:25", "11.0.0.2:25", false },
		{ "0.0.0.0:25", "127.0.0.1:25", true },
		{ "0.0.0.0:25", "127.9.8.7:25", true }, /* all of 127.0.0.0/8 */
		{ "0.0.0.0:25", "0.0.0.0:25", true },
		{ "0.0.0.0:25", "[2620:fe::1]:25", false },
		{ "[::]:25", "[2620:fe::1]:25", true },
		{ "[::]:25", "[::1]:25", true },
		{ "[::]:25", "[2620:fe::2]:25", false },
		{ "[::]:25", "11.0.0.1:25", false },
		{ "127.0.0.1:2525", "127.0.0.1:2525", true },
		{ "127.0.0.1:2525", "127.0.0.2:2525", false },
		{ "127.0.0.1:2525", "11.0.0.1:2525", false },
		{ "11.0.0.9:25", "11.0.0.9:25", true }, /* behind a balancer: no interface */
	};
	EACH_ROW(t) {
		struct address interfaces[] = { at("11.0.0.1"), at("[2620:fe::1]") };
		struct address a = at(t[row].address);
		static struct self me;

		me.interfaces = interfaces;
		me.n_interfaces = 2;
		me.listens[0] = at(t[row].listen);
		me.n_listens = 1;
		CHECK_INT(self_is_address(&me, &a), t[row].ours);
	}
}

TEST(our_name_is_known)
{
	static const struct {
		const char *name;
		bool ours;
	} t[] = {
		{ "us.test", true },   { "US.Test", true }, { "us.test.example", false },
		{ "xus.test", false }, { "", false },
	};
	EACH_ROW(t) {
		static struct self me = { .hostname = "us.test" };

		CHECK_INT(self_is_name(&me, exact(span_str(t[row].name))), t[row].ours);
	}
}

TEST(self_comes_from_settings_and_the_system)
{
	AUTO_ARENA mem = { 0 };
	struct settings set;
	struct address loopback = at("127.0.0.1:587");
	static struct self me;

	CHECK_INT(config_defaults(&mem, &set), 0);
	set.server_hostname = "us.test";
	CHECK_INT(self_init(&me, &set), 0);
	CHECK(self_is_name(&me, SPAN("us.test")));
	CHECK(self_is_address(&me, &loopback)); /* every listener counts */
	CHECK(me.n_interfaces > 0);
	self_fini(&me);
	set.server_hostname = "";
	CHECK_INT(self_init(&me, &set), 0);
	CHECK(me.hostname[0]); /* the machine's */
	self_fini(&me);
}

TEST(an_address_is_avoided_for_a_while)
{
	struct address a = at("11.0.0.1:25"), b = at("11.0.0.2:25"), c = at("11.0.0.1:26");
	static struct avoid v;

	CHECK(!avoid_has(&v, &a, 1000));
	avoid_add(&v, &a, 1000);
	CHECK(avoid_has(&v, &a, 1000));
	CHECK(avoid_has(&v, &a, 1000 + AVOID_MS - 1));
	CHECK(!avoid_has(&v, &a, 1000 + AVOID_MS));
	CHECK(!avoid_has(&v, &b, 1000));
	CHECK(!avoid_has(&v, &c, 1000)); /* another port is another server */
	avoid_remove(&v, &b);
	CHECK(avoid_has(&v, &a, 1000));
	avoid_remove(&v, &a);
	CHECK(!avoid_has(&v, &a, 1000));
}
