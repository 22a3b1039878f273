/* role/boot.c - messages with descriptors between parent and role (unix(7), SCM_RIGHTS). */
#include "role/boot.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
	char octets[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

uint8_t boot_address_pack(struct ipc_address a)
{
	return (uint8_t)(a.role | a.instance << 4);
}

struct ipc_address boot_address(uint8_t packed)
{
	return IPC_ADDRESS(packed & 0xf, packed >> 4);
}

int boot_send(int sock, enum boot_type type, uint8_t arg, const char *text, int fd)
{
	uint8_t head[2] = { (uint8_t)type, arg };
	size_t n = text ? strlen(text) : 0;
	struct iovec iov[2] = { { head, sizeof head }, { (void *)(uintptr_t)text, n } };
	union control control = { 0 };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = n ? 2 : 1 };

	if (n >= BOOT_TEXT_MAX)
		return err(ERR_TOO_LONG, "boot message text");
	if (fd >= 0) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof control;
		struct cmsghdr *header = CMSG_FIRSTHDR(&msg);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(header), &fd, sizeof fd);
	}
	while (sendmsg(sock, &msg, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return err_errno(ERR_UNAVAILABLE, "cannot send to a role");
	return 0;
}

/* CMSG_SPACE may have room for one more than was asked for: it is closed. */
static int take_first(const struct cmsghdr *header)
{
	size_t n = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	int first = -1, fd;

	for (size_t i = 0; i < n; i++) {
		memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
		if (i == 0)
			first = fd;
		else
			close(fd);
	}
	return first;
}

int boot_recv(int sock, struct boot_message *out)
{
	uint8_t head[2] = { 0 };
	struct iovec iov[2] = { { head, sizeof head }, { out->text, sizeof out->text - 1 } };
	union control control = { 0 };
	struct msghdr msg = { .msg_iov = iov,
		              .msg_iovlen = 2,
		              .msg_control = &control,
		              .msg_controllen = sizeof control };
	ssize_t n;

	while ((n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
		continue;
	if (n < 0)
		return errno == EAGAIN ? ERR_AGAIN : err_errno(ERR_CLOSED, "parent link");
	if (n == 0)
		return ERR_CLOSED;
	struct cmsghdr *header = CMSG_FIRSTHDR(&msg);
	out->fd = -1;
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
		out->fd = take_first(header);
	if (n < (ssize_t)sizeof head || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
		if (out->fd >= 0)
			close(out->fd);
		return err(ERR_SYNTAX, "malformed boot message");
	}
	out->type = head[0];
	out->arg = head[1];
	out->text[(size_t)n - sizeof head] = 0;
	return 0;
}
