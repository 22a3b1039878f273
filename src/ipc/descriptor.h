/* ipc/descriptor.h - a message with descriptors over a Unix socket (unix(7), SCM_RIGHTS).  Floor 1.
 *
 * For sockets that keep message boundaries (SOCK_SEQPACKET).  The other side is not trusted: what
 * it sends beyond what is asked for is closed.
 */
#ifndef IPC_DESCRIPTOR_H
#define IPC_DESCRIPTOR_H

#include "base/err.h"
#include "base/span.h"

enum { DESCRIPTORS_MAX = 2 }; /* in one message */

/* Sends octets (at least one) and n descriptors, which stay the caller's.  Never SIGPIPE.
 * ERR_AGAIN: the socket is non-blocking and takes no more now; ERR_CLOSED; ERR_LIMIT: too many
 * descriptors are under way; ERR_NET. */
NODISCARD int descriptor_send(int sock, struct span octets, const int *fds, size_t n);
/* Takes one message: *got octets into into, and at most n descriptors into fds, close-on-exec; the
 * rest of fds is -1.  ERR_CLOSED at the end, ERR_AGAIN, ERR_NET; ERR_SYNTAX: more octets than
 * room, or more descriptors than n, and all are closed. */
NODISCARD int descriptor_recv(int sock, char *into, size_t room, size_t *got, int *fds, size_t n);

#endif
