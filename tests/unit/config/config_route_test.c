/* Routes: which lines are taken, what they mean, and which one is meant. */
#include "config/config_route.h"

#include "test.h"

TEST(route_lines_mean_what_they_say)
{
	static const struct {
		const char *line, *hop;
	} t[] = {
		{ "* direct", "direct" },
		{ "example.org hold", "hold" },
		{ "to=.example.org discard", "discard" },
		{ "from=news@example.org * relay smtp.example.net",
		  "relay smtp.example.net:25 tls=opportunistic" },
		{ "* relay smtp.example.net:587 login=main",
		  "relay smtp.example.net:587 tls=required login=main" },
		{ "* relay smtp.example.net:465", "relay smtp.example.net:465 tls=implicit" },
		{ "* relay smtp.example.net tls=implicit",
		  "relay smtp.example.net:465 tls=implicit" },
		{ "\t*   RELAY  192.0.2.1:2525  TLS=none ", "relay 192.0.2.1:2525 tls=none" },
		{ "* relay [2001:db8::1]:587", "relay [2001:db8::1]:587 tls=opportunistic" },
		{ "* relay [2001:db8::1]", "relay [2001:db8::1]:25 tls=opportunistic" },
		{ "* relay 127.0.0.1:2500 login=x",
		  "relay 127.0.0.1:2500 tls=opportunistic login=x" },
		{ "* lmtp 127.0.0.1", "lmtp 127.0.0.1:24 tls=opportunistic" },
		{ "* lmtp unix:/run/dovecot/lmtp", "lmtp unix:/run/dovecot/lmtp tls=none" },
		{ "* lmtp unix", "lmtp unix:24 tls=opportunistic" },
		{ "* lmtp unix:/a:24 login=x", "lmtp unix:/a:24 tls=none login=x" },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(512), again = BUF(512), line = BUF(512);
		struct config_route r;

		CHECK_INT(config_route_parse(exact(span_str(t[row].line)), &r), 0);
		CHECK_INT(config_route_print(&r, &out), 0);
		CHECK_STR(buf_str(&out), t[row].hop);
		buf_printf(&line, "* %s", buf_str(&out));
		CHECK_INT(config_route_parse(buf_span(&line), &r), 0);
		CHECK_INT(config_route_print(&r, &again), 0);
		CHECK_STR(buf_str(&again), t[row].hop);
	}
}

TEST(route_mistakes_are_told)
{
	static const struct {
		const char *line, *told;
	} t[] = {
		{ "", "is no route" },
		{ "relay smtp.example.net", "is no route" },
		{ "* forward smtp.example.net", "two patterns for one side: forward" },
		{ "*", "is no route" },
		{ "* relay", "names no host behind relay" },
		{ "* relay smtp_x!", "where a host is needed" },
		{ "* relay [2001:db8::1]:2:4", "where a host is needed" },
		{ "* relay smtp.example.net:0", "no port from 1 to 65535" },
		{ "* relay smtp.example.net:65536", "no port from 1 to 65535" },
		{ "* relay smtp.example.net tls=maybe", "tls=maybe" },
		{ "* relay smtp.example.net password=x", "neither tls=... nor login=..." },
		{ "* relay smtp.example.net login=a:b",
		  "a row of server.credentials is named there" },
		{ "* relay smtp.example.net login=a\x01",
		  "a row of server.credentials is named there" },
		{ "* relay smtp.example.net login=", "a row of server.credentials is named there" },
		{ "* relay smtp.example.net tls=none login=x", "password without TLS" },
		{ "* relay smtp.example.net tls=opportunistic login=x", "password without TLS" },
		{ "* lmtp unix:run/lmtp", "the whole path of a socket" },
		{ "* lmtp unix:", "the whole path of a socket" },
		{ "* relay unix:/run/smtp", "that is for lmtp" },
		{ "* lmtp unix:/run/lmtp tls=required", "tls= for a Unix socket" },
		{ "* hold smtp.example.net", "takes nothing more" },
		{ "@example.org hold", "has a pattern @example.org" },
		{ "b\xc3\xbc"
		  "cher.example hold",
		  "international names" },
		{ "from=a@example.org from=b@example.org hold", "two patterns" },
		{ "to=<> hold", "has a pattern <>" },
	};
	EACH_ROW(t) {
		struct config_route r;

		CHECK(config_route_parse(exact(span_str(t[row].line)), &r) < 0);
		CHECK(strstr(err_str(ERR_SYNTAX), t[row].told) ||
		      strstr(err_str(ERR_REFUSED), t[row].told));
	}
}

TEST(route_first_match_wins)
{
	static const char *lines[] = {
		"from=<> to=bounces.test discard",
		"from=news@home.test * relay bulk.test:587 login=bulk",
		"vip@corp.test direct",
		"corp.test lmtp 127.0.0.1:2400",
		".corp.test hold",
		"from=.home.test to=* relay sub.test",
		"from=home.test to=far.test relay far-relay.test",
	};
	static const struct {
		const char *return_path, *address;
		int line;
		const char *hop;
	} t[] = {
		{ "", "x@bounces.test", 0, "discard" },
		{ "a@home.test", "x@bounces.test", -1, "direct" },
		{ "NEWS@Home.Test", "x@corp.test", 1,
		  "relay bulk.test:587 tls=required login=bulk" },
		{ "a@home.test", "VIP@corp.test", 2, "direct" },
		{ "a@home.test", "x@Corp.Test", 3, "lmtp 127.0.0.1:2400 tls=opportunistic" },
		{ "a@home.test", "x@a.corp.test", 4, "hold" },
		{ "a@home.test", "x@a.b.corp.test", 4, "hold" },
		{ "a@home.test", "x@notcorp.test", -1, "direct" },
		{ "a@sub.home.test", "x@else.test", 5, "relay sub.test:25 tls=opportunistic" },
		{ "a@home.test", "x@far.test", 6, "relay far-relay.test:25 tls=opportunistic" },
		{ "", "x@far.test", -1, "direct" },
		{ "a@home.test", "\"x@corp.test\"@else.test", -1, "direct" },
	};
	const struct settings_list list = { lines, N_ELEMS(lines) };
	AUTO_ARENA mem = { 0 };
	struct config_route *routes;

	CHECK_INT(config_routes(&list, &mem, &routes), 0);

	EACH_ROW(t) {
		AUTO_BUF out = BUF(512);
		struct span address = exact(span_str(t[row].address));
		struct span domain =
		        span_sub(address, (size_t)span_find_last(address, '@') + 1, address.n);
		struct config_route r;

		CHECK_INT(config_route_find(routes, list.n, span_str(t[row].return_path), address,
		                            domain, &r),
		          t[row].line);
		CHECK_INT(config_route_print(&r, &out), 0);
		CHECK_STR(buf_str(&out), t[row].hop);
	}
}
