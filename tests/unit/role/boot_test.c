/* What parent and role say to each other: whole messages, and none that leaves a descriptor open.
 */
#include "role/boot.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc/descriptor.h"
#include "test.h"

static int ends[2]; /* parent, role */

static void open_pair(void)
{
	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
}

static void close_pair(void)
{
	close(ends[0]);
	close(ends[1]);
}

static int count_open(void)
{
	int n = 0;
	DIR *d = opendir("/proc/self/fd");

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

TEST(boot_messages_come_as_they_were_sent)
{
	struct boot_message m;
	int before = count_open(), file = memfd_create("test", MFD_CLOEXEC);

	open_pair();
	CHECK_INT(boot_recv(ends[1], &m), ERR_AGAIN);
	CHECK_INT(boot_send(ends[0], BOOT_CONFIG, 0, "/etc/postrider.conf", file), 0);
	CHECK_INT(boot_send(ends[0], BOOT_GO, 7, NULL, -1), 0);
	CHECK_INT(boot_recv(ends[1], &m), 0);
	CHECK_INT(m.type, BOOT_CONFIG);
	CHECK_STR(m.text, "/etc/postrider.conf");
	CHECK(m.fd >= 0 && fcntl(m.fd, F_GETFD) == FD_CLOEXEC);
	CHECK_INT(m.descriptors_fd, -1);
	boot_drop(&m);
	CHECK_INT(m.fd, -1);
	CHECK_INT(boot_recv(ends[1], &m), 0);
	CHECK_INT(m.type, BOOT_GO);
	CHECK_INT(m.arg, 7);
	CHECK_STR(m.text, "");
	CHECK_INT(m.fd, -1);
	close(file);
	close(ends[0]);
	CHECK_INT(boot_recv(ends[1], &m), ERR_CLOSED);
	close(ends[1]);
	CHECK_INT(count_open(), before);
}

TEST(boot_links_name_their_peer)
{
	struct boot_message m;
	int one = memfd_create("one", MFD_CLOEXEC), two = memfd_create("two", MFD_CLOEXEC);

	open_pair();
	for (unsigned r = 0; r < ROLE_COUNT; r++)
		for (unsigned i = 0; i < IPC_INSTANCES_MAX; i++) {
			struct ipc_address peer = IPC_ADDRESS(r, i);
			CHECK_INT(boot_send_link(ends[0], peer, one, i % 2 ? two : -1), 0);
			CHECK_INT(boot_recv(ends[1], &m), 0);
			CHECK_INT(m.type, BOOT_LINK);
			CHECK_INT(boot_address(m.arg).role, r);
			CHECK_INT(boot_address(m.arg).instance, i);
			CHECK(m.fd >= 0);
			CHECK_INT(m.descriptors_fd >= 0, i % 2);
			boot_drop(&m);
		}
	close(one);
	close(two);
	close_pair();
}

/* From a role that was taken over to its parent, or the other way round. */
TEST(boot_messages_that_are_none)
{
	static char longest[2 + BOOT_TEXT_MAX + 100];
	static const struct {
		size_t octets, fds;
		int r;
	} t[] = {
		{ 1, 0, ERR_SYNTAX },
		{ 1, 2, ERR_SYNTAX },
		{ 2, 2, 0 },
		{ 2 + BOOT_TEXT_MAX - 1, 1, 0 },
		{ 2 + BOOT_TEXT_MAX, 1, ERR_SYNTAX },
		{ sizeof longest, 2, ERR_SYNTAX },
	};
	int fds[] = { memfd_create("one", MFD_CLOEXEC), memfd_create("two", MFD_CLOEXEC) };

	memset(longest, 'x', sizeof longest);
	EACH_ROW(t) {
		struct boot_message m = { .fd = -1, .descriptors_fd = -1 };
		open_pair();
		int before = count_open();
		CHECK_INT(descriptor_send(ends[0], span_make(longest, t[row].octets), fds,
		                          t[row].fds),
		          0);
		CHECK_INT(boot_recv(ends[1], &m), t[row].r);
		if (t[row].r == 0) {
			CHECK_INT(strlen(m.text), t[row].octets - 2);
			boot_drop(&m);
		}
		CHECK_INT(count_open(), before);
		close_pair();
	}
	close(fds[0]);
	close(fds[1]);
}

TEST(boot_text_too_long)
{
	static char text[BOOT_TEXT_MAX + 1];

	open_pair();
	memset(text, 'x', BOOT_TEXT_MAX);
	CHECK_INT(boot_send(ends[0], BOOT_CONFIG, 0, text, -1), ERR_TOO_LONG);
	text[BOOT_TEXT_MAX - 1] = 0;
	CHECK_INT(boot_send(ends[0], BOOT_CONFIG, 0, text, -1), 0);
	close_pair();
}
