/* Connections for a role: to what the settings name for it, and no other. */
#include "role/reach.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "config/config.h"
#include "test.h"

enum { QUESTIONS_MAX = 100000 };

TEST(reach_gives_what_a_route_names)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF text = BUF(1024), errors = BUF(1024);
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	static struct settings set;
	static struct boot_message m = { .type = BOOT_REACH }, got;
	int pair[2], n = 0, r = 0, s = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(at.sun_path, sizeof at.sun_path, "/tmp/reach-test-%d", (int)getpid());
	CHECK_INT(bind(s, (struct sockaddr *)&at, sizeof at), 0);
	CHECK_INT(listen(s, 1), 0);
	buf_printf(&text,
	           "delivery { routes = { \"a.test lmtp unix:%s\", \"b.test lmtp "
	           "unix:/nowhere/lmtp\", \"c.test hold\" } }",
	           at.sun_path);
	CHECK_INT(config_parse(buf_span(&text), "test", &mem, &set, &errors), 0);
	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);

	const struct {
		const char *path;
		int why;
	} t[] = { { at.sun_path, 0 },
		  { "/nowhere/lmtp", ENOENT },
		  { "/run/dbus/system_bus_socket", EPERM },
		  { "", EPERM } };
	EACH_ROW(t) {
		snprintf(m.text, sizeof m.text, "%s", t[row].path);
		CHECK_INT(reach_answer(&set, ROLE_COURIER, pair[0], &m), 0);
		CHECK_INT(boot_recv(pair[1], &got), 0);
		CHECK_INT(got.type, BOOT_REACHED);
		CHECK_INT(got.arg, t[row].why);
		CHECK_STR(got.text, t[row].path);
		CHECK((got.fd >= 0) == !t[row].why);
		boot_drop(&got);
	}
	/* Who asks and does not read cannot make the parent wait. */
	while (r == 0 && n++ < QUESTIONS_MAX)
		r = reach_answer(&set, ROLE_COURIER, pair[0], &m);
	CHECK_INT(r, ERR_AGAIN);
	close(pair[0]);
	close(pair[1]);
	close(s);
	unlink(at.sun_path);
}

static void read_settings(struct arena *mem, const char *text, struct settings *out)
{
	AUTO_BUF errors = BUF(1024);

	CHECK_INT(config_parse(span_str(text), "test", mem, out, &errors), 0);
	CHECK_STR(buf_str(&errors), "");
}

TEST(reach_permits_what_is_named_for_the_role)
{
	static const struct {
		const char *clamd, *endpoint;
		enum role who;
		bool may;
	} t[] = {
		{ "auto", "/run/clamav/clamd.ctl", ROLE_INSPECT, true },
		{ "auto", "/run/clamav/clamd.ctl", ROLE_COURIER, false },
		{ "auto", "/run/clamav/clamd.ctl", ROLE_EDGE, false },
		{ "auto", "/run/l", ROLE_INSPECT, false },
		{ "auto", "/run/l", ROLE_COURIER, true },
		{ "off", "/run/clamav/clamd.ctl", ROLE_INSPECT, false },
		{ "off", "", ROLE_INSPECT, false },
		{ "unix:/run/c", "unix:/run/c", ROLE_INSPECT, true },
		{ "unix:/run/c", "/run/clamav/clamd.ctl", ROLE_INSPECT, false },
		{ "127.0.0.1:3310", "127.0.0.1:3310", ROLE_INSPECT, true },
		{ "127.0.0.1:3310", "127.0.0.1:3311", ROLE_INSPECT, false },
		{ "[::1]:3310", "[::1]:3310", ROLE_COURIER, false },
		{ "off", "127.0.0.1:8891", ROLE_INSPECT, true },
		{ "off", "unix:/run/m", ROLE_INSPECT, true },
		{ "off", "/run/m", ROLE_INSPECT, false },
		{ "off", "127.0.0.1:8891", ROLE_COURIER, false },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		AUTO_BUF text = BUF(1024);
		static struct settings set;

		buf_printf(&text,
		           "defence { clamd = \"%s\" milters = { \"unix:/run/m\", "
		           "\"127.0.0.1:8891\" } } delivery { routes = { \"* lmtp "
		           "unix:/run/l\" } }",
		           t[row].clamd);
		read_settings(&mem, buf_str(&text), &set);
		CHECK_INT(reach_permits(&set, t[row].who, span_str(t[row].endpoint)), t[row].may);
	}
}

/* TCP: the parent does not wait until the connection is there; the first octet does. */
TEST(reach_gives_a_connection_of_tcp)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF text = BUF(1024);
	static struct settings set;
	static struct boot_message m = { .type = BOOT_REACH }, got;
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t n = sizeof at;
	int pair[2], came, s = socket(AF_INET, SOCK_STREAM, 0);
	char octet = 0;

	CHECK_INT(bind(s, (struct sockaddr *)&at, n), 0);
	CHECK_INT(listen(s, 1), 0);
	CHECK_INT(getsockname(s, (struct sockaddr *)&at, &n), 0);
	snprintf(m.text, sizeof m.text, "127.0.0.1:%u", ntohs(at.sin_port));
	buf_printf(&text, "defence { clamd = \"%s\" }", m.text);
	read_settings(&mem, buf_str(&text), &set);
	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	CHECK_INT(reach_answer(&set, ROLE_INSPECT, pair[0], &m), 0);
	CHECK_INT(boot_recv(pair[1], &got), 0);
	CHECK_INT(got.arg, 0);
	came = accept(s, NULL, NULL);
	CHECK(came >= 0);
	CHECK_INT(write(got.fd, "x", 1), 1);
	CHECK_INT(read(came, &octet, 1), 1);
	CHECK_INT(octet, 'x');
	boot_drop(&got);
	close(came);
	close(pair[0]);
	close(pair[1]);
	close(s);
}
