/* Which role is given what: the table of src/role/README.md, and nothing besides. */
#include "role/hand.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test.h"

enum { GIVEN_MAX = 32 };

static struct server_inputs inputs;
static int ends[2]; /* parent, role */

static int file(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	CHECK_INT(write(fd, name, strlen(name)), strlen(name));
	return fd;
}

static void set_up(void)
{
	static const enum boot_listener kinds[] = { BOOT_LISTEN_SMTP, BOOT_LISTEN_CONTROL,
		                                    BOOT_LISTEN_SUBMISSION, BOOT_LISTEN_SUBMISSIONS,
		                                    BOOT_LISTEN_LMTP };

	inputs = (struct server_inputs){ .config_path = "/etc/postrider.conf",
		                         .config_fd = file("config"),
		                         .certificate_fd = file("certificate"),
		                         .key_fd = file("key"),
		                         .certificates_fd = file("certificates"),
		                         .credentials_fd = file("credentials"),
		                         .homes_fd = file("homes"),
		                         .secret_fd = file("secret"),
		                         .ticket_key_fd = file("ticket key"),
		                         .hashes_fd = file("hashes"),
		                         .mirror_fd = file("mirror") };
	for (size_t i = 0; i < N_ELEMS(kinds); i++) {
		inputs.listeners[i].kind = kinds[i];
		inputs.listeners[i].fd = file("listener");
	}
	inputs.n_listeners = N_ELEMS(kinds);
	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
}

static void tear_down(void)
{
	const int fds[] = { inputs.config_fd,
		            inputs.certificate_fd,
		            inputs.key_fd,
		            inputs.certificates_fd,
		            inputs.credentials_fd,
		            inputs.homes_fd,
		            inputs.secret_fd,
		            inputs.ticket_key_fd,
		            inputs.hashes_fd,
		            inputs.mirror_fd,
		            ends[0],
		            ends[1] };

	for (size_t i = 0; i < N_ELEMS(fds); i++)
		close(fds[i]);
	for (size_t i = 0; i < inputs.n_listeners; i++)
		close(inputs.listeners[i].fd);
}

/* What has come, as words. */
static void put_given(struct buf *out)
{
	struct boot_message m;
	char octets[32];

	while (boot_recv(ends[1], &m) == 0) {
		ssize_t n = m.fd < 0 ? 0 : pread(m.fd, octets, sizeof octets, 0);
		buf_printf(out, "%s%.*s", out->n ? "," : "", (int)n, octets);
		if (m.type == BOOT_LISTENER)
			buf_printf(out, " %u", m.arg);
		if (m.type == BOOT_GO)
			buf_puts(out, "go");
		CHECK_STR(m.text, m.type == BOOT_CONFIG ? "/etc/postrider.conf" : "");
		boot_drop(&m);
	}
}

TEST(hand_gives_each_role_its_own)
{
	static const struct {
		enum role role;
		const char *inputs, *changes;
	} t[] = {
		{ ROLE_EDGE,
		  "config,certificate,key,certificates,listener 0,listener 1,listener 2,listener 3",
		  "config,certificate,key,certificates,go" },
		{ ROLE_AUTH, "config,credentials,homes,secret,ticket key",
		  "config,credentials,go" },
		{ ROLE_STORE, "config,ticket key", "config,go" },
		{ ROLE_COURIER, "config", "config,go" },
		{ ROLE_CONTROL, "config,listener 10", "config,go" },
		{ ROLE_INSPECT, "config,hashes", "config,hashes,go" },
		{ ROLE_MIRROR, "config,mirror", "config,go" },
	};
	_Static_assert(N_ELEMS(t) == ROLE_RUNNING_COUNT, "a role is not checked");

	set_up();
	EACH_ROW(t) {
		AUTO_BUF given = BUF(1024), changes = BUF(1024);
		CHECK_INT(hand_inputs(&inputs, t[row].role, ends[0]), 0);
		put_given(&given);
		CHECK_SPAN(buf_span(&given), span_str(t[row].inputs));
		CHECK_INT(hand_changes(&inputs, t[row].role, ends[0]), 0);
		put_given(&changes);
		CHECK_SPAN(buf_span(&changes), span_str(t[row].changes));
	}
	tear_down();
}

/* The types have the numbers that the test above cannot see. */
TEST(hand_names_what_it_gives)
{
	static const enum boot_type types[] = { BOOT_CONFIG, BOOT_CREDENTIALS, BOOT_HOMES,
		                                BOOT_SECRET, BOOT_TICKET_KEY };
	struct boot_message m;

	set_up();
	CHECK_INT(hand_inputs(&inputs, ROLE_AUTH, ends[0]), 0);
	EACH_ROW(types) {
		CHECK_INT(boot_recv(ends[1], &m), 0);
		CHECK_INT(m.type, types[row]);
		boot_drop(&m);
	}
	tear_down();
}

TEST(hand_to_a_role_that_has_ended)
{
	set_up();
	close(ends[1]);
	CHECK(hand_inputs(&inputs, ROLE_AUTH, ends[0]) < 0);
	CHECK(hand_changes(&inputs, ROLE_EDGE, ends[0]) < 0);
	CHECK(hand_certificates(&inputs, ends[0]) < 0);
	ends[1] = -1;
	tear_down();
}
