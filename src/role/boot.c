/* role/boot.c - messages with descriptors between parent and role; see boot.h. */
#include "role/boot.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/span.h"
#include "ipc/descriptor.h"

enum { HEAD_BYTES = 2, TEXT_STEP = 4096 };

uint8_t boot_address_pack(struct ipc_address a)
{
	return (uint8_t)(a.role | a.instance << 4);
}

struct ipc_address boot_address(uint8_t packed)
{
	return IPC_ADDRESS(packed & 0xf, packed >> 4);
}

static int send(int sock, enum boot_type type, uint8_t arg, const char *text, const int *fds,
                size_t n_fds)
{
	char octets[HEAD_BYTES + BOOT_TEXT_MAX] = { (char)type, (char)arg };
	size_t n = text ? strlen(text) : 0;

	if (n >= BOOT_TEXT_MAX)
		return err(ERR_TOO_LONG, "boot message text");
	if (n)
		memcpy(octets + HEAD_BYTES, text, n);
	return descriptor_send(sock, span_make(octets, HEAD_BYTES + n), fds, n_fds);
}

int boot_send(int sock, enum boot_type type, uint8_t arg, const char *text, int fd)
{
	return send(sock, type, arg, text, &fd, fd >= 0);
}

int boot_send_text(int sock, enum boot_type type, uint8_t arg, struct span text)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_errno(ERR_LIMIT, "pipe");
	bool whole = !text.n || write(ends[1], text.p, text.n) == (ssize_t)text.n;
	close(ends[1]); /* before it is sent: who reads finds its end */
	int r = whole ? boot_send(sock, type, arg, NULL, ends[0])
	              : err_errno(ERR_LIMIT, "a text of %zu octets for a role", text.n);
	close(ends[0]);
	return r;
}

int boot_read_text(const struct boot_message *m, struct buf *out)
{
	ssize_t n = -1;

	while (m->fd >= 0 && buf_reserve(out, TEXT_STEP) >= 0 &&
	       (n = read(m->fd, out->p + out->n, TEXT_STEP)) > 0)
		out->n += (size_t)n;
	return n == 0 ? 0 : err(ERR_IO, "a text of another role cannot be read");
}

int boot_send_link(int sock, struct ipc_address peer, int fd, int descriptors_fd)
{
	int fds[] = { fd, descriptors_fd };

	return send(sock, BOOT_LINK, boot_address_pack(peer), NULL, fds,
	            descriptors_fd >= 0 ? 2 : 1);
}

int boot_recv(int sock, struct boot_message *out)
{
	char octets[HEAD_BYTES + BOOT_TEXT_MAX - 1];
	int fds[DESCRIPTORS_MAX];
	size_t n;
	int r = descriptor_recv(sock, octets, sizeof octets, &n, fds, N_ELEMS(fds));

	if (r < 0)
		return r;
	*out = (struct boot_message){ .fd = fds[0], .descriptors_fd = fds[1] };
	if (n < HEAD_BYTES) {
		boot_drop(out);
		return err(ERR_SYNTAX, "malformed boot message");
	}
	out->type = (uint8_t)octets[0];
	out->arg = (uint8_t)octets[1];
	memcpy(out->text, octets + HEAD_BYTES, n - HEAD_BYTES);
	return 0;
}

void boot_drop(struct boot_message *m)
{
	if (m->fd >= 0)
		close(m->fd);
	if (m->descriptors_fd >= 0)
		close(m->descriptors_fd);
	m->fd = m->descriptors_fd = -1;
}
