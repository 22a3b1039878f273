/* Our name and addresses (RFC 5321 5.1: loops), and which addresses are tried last. */
#include "courier/own_addresses.h"
#include "courier/unreachable.h"

#include "config/config.h"
#include "rt/stream/stream.h"
#include "test.h"

static struct deliver_candidate at(const char *text)
{
	struct deliver_candidate c = { 0 };
	struct address a = { 0 };

	CHECK_INT(address_parse(span_str(text), 25, &a), 0);
	address_ip(&a, &c.ip);
	c.port = address_port(&a);
	return c;
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
		struct ip interfaces[] = { at("11.0.0.1").ip, at("[2620:fe::1]").ip };
		struct deliver_candidate l = at(t[row].listen), c = at(t[row].address);
		static struct own_addresses own;

		own.interfaces = interfaces;
		own.n_interfaces = 2;
		own.listens[0].ip = l.ip;
		own.listens[0].port = l.port;
		own.n_listens = 1;
		CHECK_INT(own_addresses_has(&own, &c.ip, c.port), t[row].ours);
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
		static struct own_addresses own = { .hostname = "us.test" };

		CHECK_INT(own_addresses_has_name(&own, exact(span_str(t[row].name))), t[row].ours);
	}
}

TEST(own_addresses_come_from_settings_and_the_system)
{
	AUTO_ARENA mem = { 0 };
	struct settings set;
	struct deliver_candidate loopback = at("127.0.0.1:587");
	static struct own_addresses own;

	CHECK_INT(config_defaults(&mem, &set), 0);
	set.server_hostname = "us.test";
	CHECK_INT(own_addresses_init(&own, &set), 0);
	CHECK(own_addresses_has_name(&own, SPAN("us.test")));
	CHECK(own_addresses_has(&own, &loopback.ip, loopback.port)); /* every listener counts */
	CHECK(own.n_interfaces > 0);
	own_addresses_fini(&own);
	set.server_hostname = "";
	CHECK_INT(own_addresses_init(&own, &set), 0);
	CHECK(own.hostname[0]); /* the machine's */
	own_addresses_fini(&own);
}

TEST(an_unreachable_address_is_known_for_a_while)
{
	struct deliver_candidate a = at("11.0.0.1:25"), b = at("11.0.0.2:25"),
	                         c = at("11.0.0.1:26");
	static struct unreachable v;

	CHECK(!unreachable_has(&v, &a, 1000));
	unreachable_add(&v, &a, 1000);
	CHECK(unreachable_has(&v, &a, 1000));
	CHECK(unreachable_has(&v, &a, 1000 + UNREACHABLE_MS - 1));
	CHECK(!unreachable_has(&v, &a, 1000 + UNREACHABLE_MS));
	CHECK(!unreachable_has(&v, &b, 1000));
	CHECK(!unreachable_has(&v, &c, 1000)); /* another port is another server */
	unreachable_remove(&v, &b);
	CHECK(unreachable_has(&v, &a, 1000));
	unreachable_remove(&v, &a);
	CHECK(!unreachable_has(&v, &a, 1000));
}
