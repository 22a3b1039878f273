/* ipc/descriptor.c - sendmsg and recvmsg with SCM_RIGHTS; see descriptor.h. */
#include "ipc/descriptor.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
	char octets[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
	struct cmsghdr align;
};

static int failed(const char *what)
{
	switch (errno) {
	case EAGAIN: return ERR_AGAIN;
	case EPIPE:
	case ECONNRESET: return ERR_CLOSED;
	case ETOOMANYREFS: return err_errno(ERR_LIMIT, "%s", what);
	default: return err_errno(ERR_NET, "%s", what);
	}
}

int descriptor_send(int sock, struct span octets, const int *fds, size_t n)
{
	struct iovec iov = { .iov_base = (void *)(uintptr_t)octets.p, .iov_len = octets.n };
	union control control = { 0 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	assert(n <= DESCRIPTORS_MAX && octets.n > 0);
	if (n) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(n * sizeof *fds);
		struct cmsghdr *header = CMSG_FIRSTHDR(&msg);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(n * sizeof *fds);
		memcpy(CMSG_DATA(header), fds, n * sizeof *fds);
	}
	while (sendmsg(sock, &msg, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return failed("cannot pass a descriptor");
	return 0;
}

/* CMSG_SPACE may have room for one more than was asked for, so what came is counted.  False: more
 * than n; they are closed. */
static bool take(struct msghdr *msg, int *fds, size_t n)
{
	bool fit = true;

	for (struct cmsghdr *h = CMSG_FIRSTHDR(msg); h; h = CMSG_NXTHDR(msg, h)) {
		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		size_t came = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < came; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(h) + i * sizeof fd, sizeof fd);
			if (i < n && fds[i] < 0) {
				fds[i] = fd;
			} else {
				close(fd);
				fit = false;
			}
		}
	}
	return fit;
}

int descriptor_recv(int sock, char *into, size_t room, size_t *got, int *fds, size_t n)
{
	struct iovec iov = { .iov_base = into, .iov_len = room };
	union control control = { 0 };
	struct msghdr msg = { .msg_iov = &iov,
		              .msg_iovlen = 1,
		              .msg_control = &control,
		              .msg_controllen = sizeof control };
	ssize_t came;

	for (size_t i = 0; i < n; i++)
		fds[i] = -1;
	while ((came = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
		continue;
	if (came < 0)
		return failed("cannot take a descriptor");
	bool fit = take(&msg, fds, n);
	if (fit && came > 0 && !(msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
		*got = (size_t)came;
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
	return came == 0 ? ERR_CLOSED : err(ERR_SYNTAX, "a malformed message with descriptors");
}
