/* tests/unit/rt/resolver_harness.h - name servers on loopback: nsd with a zone, and one of
 * ours that counts its questions, and answers when and what it is told.
 */
#ifndef TESTS_UNIT_RT_RESOLVER_HARNESS_H
#define TESTS_UNIT_RT_RESOLVER_HARNESS_H

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fibre_harness.h"
#include "config/config.h"
#include "resolver/resolver.h"

#define NSD "/usr/sbin/nsd"

/* ---- nsd --------------------------------------------------------------------------- */

static struct {
	char dir[64];
	int port;
	pid_t pid;
} nsd;

static const char nsd_zone[] =
        "$ORIGIN test.\n$TTL 300\n"
        "@ SOA ns hostmaster 1 3600 900 604800 60\n@ NS ns\nns A 127.0.0.1\n"
        "host A 192.0.2.1\nhost A 192.0.2.2\nhost AAAA 2001:db8::1\n"
        "many MX 20 Second\nmany MX 10 first-a\nmany MX 10 first-b\nmany MX 10 first-c\n"
        "many MX 30 third\n"
        "null MX 0 .\n"
        "txt TXT \"v=spf1 \" \"-all\"\ntxt TXT \"second\"\n"
        "_25._tcp.host TLSA 3 1 1 "
        "0102030405060708091011121314151617181920212223242526272829303132\n"
        "alias CNAME host\nchain CNAME alias\nloop CNAME loop2\nloop2 CNAME loop\n"
        "dangling CNAME nowhere\n"
        "evil MX 10 a\\.b\nevil MX 20 good\nworse MX 10 a\\000b\nworse MX 10 a\\010b\n"
        "short 1 A 192.0.2.9\n"
        "nodata TXT \"only\"\n";
#define REVERSE "$TTL 300\n@ SOA ns.test. hostmaster.test. 1 3600 900 604800 60\n@ NS ns.test.\n"

static void nsd_write(const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", nsd.dir, name);
	FILE *f = fopen(path, "w");

	CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

/* Free for both UDP and TCP, as far as one can know. */
static int free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
	bool ok = bind(tcp, (struct sockaddr *)&a, len) == 0 &&
	          getsockname(tcp, (struct sockaddr *)&a, &len) == 0 &&
	          bind(udp, (struct sockaddr *)&a, len) == 0;

	close(tcp);
	close(udp);
	return ok ? ntohs(a.sin_port) : 0;
}

/* Asks for test. SOA until there is an answer. */
static bool nsd_answers(void)
{
	static const char question[] = "\x12\x34\0\0\0\1\0\0\0\0\0\0\4test\0\0\6\0\1";
	struct sockaddr_in to = { .sin_family = AF_INET,
		                  .sin_port = htons((uint16_t)nsd.port),
		                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char answer[512];
	bool ok = false;

	CHECK_INT(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	for (int i = 0; i < 200 && !ok; i++) {
		if (send(fd, question, sizeof question - 1, 0) < 0 && errno != ECONNREFUSED)
			break;
		/* Refused ones come back at once; the wait is poll's. */
		ok = poll(&p, 1, 50) == 1 && recv(fd, answer, sizeof answer, 0) > 12 &&
		     !(answer[3] & 15);
		if (!ok)
			poll(NULL, 0, 20);
	}
	close(fd);
	return ok;
}

static void nsd_stop(void)
{
	static const char *const names[] = { "nsd.conf", "test",       "rev192",    "rev127",
		                             "rev10",    "xfrd.state", "zone.list", "log" };
	char path[128];
	int status;

	kill(nsd.pid, SIGTERM);
	waitpid(nsd.pid, &status, 0);
	for (size_t i = 0; i < N_ELEMS(names); i++) {
		snprintf(path, sizeof path, "%s/%s", nsd.dir, names[i]);
		unlink(path);
	}
	CHECK_INT(rmdir(nsd.dir), 0);
}

static void nsd_write_all(void)
{
	AUTO_BUF conf = BUF(4096);

	buf_printf(&conf,
	           "server:\n username: \"\"\n ip-address: 127.0.0.1\n port: %d\n"
	           " zonesdir: \"%s\"\n database: \"\"\n pidfile: \"\"\n server-count: 1\n"
	           " logfile: \"%s/log\"\n xfrdfile: \"%s/xfrd.state\"\n xfrdir: \"%s\"\n"
	           " zonelistfile: \"%s/zone.list\"\n rrl-ratelimit: 0\nremote-control:\n"
	           " control-enable: no\n"
	           "zone:\n name: test\n zonefile: test\n"
	           "zone:\n name: 2.0.192.in-addr.arpa\n zonefile: rev192\n"
	           "zone:\n name: 127.in-addr.arpa\n zonefile: rev127\n"
	           "zone:\n name: 10.in-addr.arpa\n zonefile: rev10\n",
	           nsd.port, nsd.dir, nsd.dir, nsd.dir, nsd.dir, nsd.dir);
	nsd_write("nsd.conf", buf_str(&conf));
	nsd_write("test", nsd_zone);
	nsd_write("rev192", REVERSE "1 PTR Host.test.\n");
	nsd_write("rev127", REVERSE "1.0.0 PTR loop.test.\n");
	nsd_write("rev10", REVERSE "4.3.2 PTR ten.test.\n");
}

/* False where there is no nsd. */
static bool nsd_start(void)
{
	char conf[128];

	if (access(NSD, X_OK) < 0)
		return false;
	snprintf(nsd.dir, sizeof nsd.dir, "/tmp/resolver_test.XXXXXX");
	CHECK(mkdtemp(nsd.dir) != NULL);
	nsd.port = free_port();
	nsd_write_all();
	snprintf(conf, sizeof conf, "%s/nsd.conf", nsd.dir);
	nsd.pid = fork();
	if (nsd.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM); /* when the test is killed */
		execl(NSD, NSD, "-d", "-c", conf, (char *)NULL);
		_exit(127);
	}
	bool ready = nsd_answers();
	CHECK(ready);
	if (!ready)
		nsd_stop();
	return ready;
}

/* ---- one of ours ------------------------------------------------------------------- */

enum { FAKE_HELD_MAX = 64, FAKE_PACKET_MAX = 512 };

static struct {
	uv_udp_t udp;
	int port;
	int n_questions;     /* that came */
	bool hold;           /* keep them for fake_release() */
	uint8_t rcode;       /* of each answer */
	struct span records; /* whole records, names as \xc0\x0c; */
	uint16_t n_records;
	struct {
		struct sockaddr_in from;
		char octets[FAKE_PACKET_MAX];
		size_t n;
	} held[FAKE_HELD_MAX];
	int n_held;
	char in[FAKE_PACKET_MAX];
} fake;

/* The end of the question: header, name, type, class. */
static size_t fake_question_end(const char *p, size_t n)
{
	size_t at = 12;

	while (at < n && p[at])
		at += 1 + (uint8_t)p[at];
	return at + 5 <= n ? at + 5 : 0;
}

static void fake_answer(const char *question, size_t n, const struct sockaddr_in *to)
{
	char out[2 * FAKE_PACKET_MAX];
	size_t end = fake_question_end(question, n);
	uv_buf_t b = { .base = out };

	if (!end || end + fake.records.n > sizeof out)
		return;
	memcpy(out, question, end);
	out[2] = (char)0x84; /* an answer, with authority */
	out[3] = (char)(0x80 | fake.rcode);
	memset(out + 6, 0, 6);
	out[7] = (char)fake.n_records;
	if (fake.records.n)
		memcpy(out + end, fake.records.p, fake.records.n);
	b.len = end + fake.records.n;
	uv_udp_try_send(&fake.udp, &b, 1, (const struct sockaddr *)to);
}

static void fake_alloc(uv_handle_t *h, size_t size, uv_buf_t *b)
{
	*b = (uv_buf_t){ .base = fake.in, .len = sizeof fake.in };
}

static void fake_recv(uv_udp_t *h, ssize_t n, const uv_buf_t *b, const struct sockaddr *from,
                      unsigned flags)
{
	if (n > 12 && from) {
		fake.n_questions++;
		if (!fake.hold) {
			fake_answer(b->base, (size_t)n, (const struct sockaddr_in *)from);
		} else if (fake.n_held < FAKE_HELD_MAX) {
			memcpy(fake.held[fake.n_held].octets, b->base, (size_t)n);
			fake.held[fake.n_held].n = (size_t)n;
			fake.held[fake.n_held++].from = *(const struct sockaddr_in *)from;
		}
	}
	loop_turn();
}

static void fake_release(void)
{
	fake.hold = false;
	for (int i = 0; i < fake.n_held; i++)
		fake_answer(fake.held[i].octets, fake.held[i].n, &fake.held[i].from);
	fake.n_held = 0;
}

/* 192.0.2.7 at the name that was asked; ttl is one octet. */
#define A_RECORD(ttl) "\xc0\x0c\0\1\0\1\0\0\0" ttl "\0\4\300\0\2\7"

static void fake_start(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int len = sizeof a;

	memset(&fake, 0, sizeof fake);
	CHECK_INT(uv_udp_init(loop_uv(), &fake.udp), 0);
	CHECK_INT(uv_udp_bind(&fake.udp, (struct sockaddr *)&a, 0), 0);
	CHECK_INT(uv_udp_getsockname(&fake.udp, (struct sockaddr *)&a, &len), 0);
	fake.port = ntohs(a.sin_port);
	fake.records = (struct span)SPAN(A_RECORD("\x64"));
	fake.n_records = 1;
	CHECK_INT(uv_udp_recv_start(&fake.udp, fake_alloc, fake_recv), 0);
}

static void fake_stop(void)
{
	uv_close((uv_handle_t *)&fake.udp, NULL);
}

/* ---- the resolver ------------------------------------------------------------------ */

/* port 0: from the root, without a forwarder. */
static void resolver_start(int port, bool dnssec, int64_t time_ms)
{
	AUTO_ARENA mem = { 0 };
	struct settings set;

	CHECK_INT(config_defaults(&mem, &set), 0);
	set.resolver_address = port ? "127.0.0.1" : "";
	set.resolver_port = port ? port : 53;
	set.resolver_dnssec = dnssec;
	set.resolver_time = time_ms;
	CHECK_INT(resolver_init(&set), 0);
}

/* fn in a fibre that ends the resolver itself; the server's port, or 0 for one of ours. */
static void with_resolver(int port, bool dnssec, int64_t time_ms, void (*fn)(void *))
{
	CHECK_INT(loop_init(0), 0);
	if (!port)
		fake_start();
	resolver_start(port ? port : fake.port, dnssec, time_ms);
	CHECK_INT(fibre_spawn("test", fn, NULL), 0);
	CHECK_INT(loop_run(), 0);
	CHECK_INT(fibre_count(), 0);
	loop_fini();
}

#endif
