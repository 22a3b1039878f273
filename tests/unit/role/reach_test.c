/* Unix sockets for the courier: those that delivery.routes name, and no other. */
#include "role/reach.h"

#include <errno.h>
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
		CHECK_INT(reach_answer(&set, pair[0], &m), 0);
		CHECK_INT(boot_recv(pair[1], &got), 0);
		CHECK_INT(got.type, BOOT_REACHED);
		CHECK_INT(got.arg, t[row].why);
		CHECK_STR(got.text, t[row].path);
		CHECK((got.fd >= 0) == !t[row].why);
		boot_drop(&got);
	}
	/* Who asks and does not read cannot make the parent wait. */
	while (r == 0 && n++ < QUESTIONS_MAX)
		r = reach_answer(&set, pair[0], &m);
	CHECK_INT(r, ERR_AGAIN);
	close(pair[0]);
	close(pair[1]);
	close(s);
	unlink(at.sun_path);
}
