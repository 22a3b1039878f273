/* role/boot.h - what the parent hands a role: descriptors, one message each.
 *
 * A SOCK_SEQPACKET pair between the parent and each role, descriptor BOOT_FD in the
 * role.  The parent sends what the role needs, then BOOT_GO; the role enters its
 * sandbox, starts, and answers BOOT_READY.  Later messages: BOOT_LINK when another
 * role was started again, fresh BOOT_CREDENTIALS or certificates on a reload,
 * BOOT_REACHED for a BOOT_REACH, BOOT_STOP.  To a BOOT_GO behind what has changed the role says
 * BOOT_TAKEN.
 */
#ifndef ROLE_BOOT_H
#define ROLE_BOOT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "ipc/ipc.h"

enum { BOOT_FD = 3, BOOT_TEXT_MAX = 1024 };

enum boot_type {
	BOOT_CONFIG = 1,  /* the configuration file's octets; text: its path       */
	BOOT_CERTIFICATE, /* PEM */
	BOOT_KEY,         /* PEM */
	BOOT_LISTENER,    /* a bound, listening socket; arg: enum boot_listener     */
	BOOT_LINK,        /* an IPC socket, and one for descriptors or none; arg: its peer  */
	BOOT_GO,
	BOOT_STOP,
	BOOT_READY,       /* role -> parent */
	BOOT_TICKET_KEY,  /* for the auth and the store role */
	BOOT_CREDENTIALS, /* logins at relay hosts: for the auth role */
	BOOT_HOMES,       /* auth/homes.h: the file, open for reading and writing */
	BOOT_SECRET,      /* of the server, for as long as its data lives: for the auth role */
	BOOT_HASHES,      /* of viruses, for the inspect role */
	BOOT_REACH,       /* role -> parent; text: an endpoint (role/reach.h)               */
	BOOT_REACHED,     /* a socket, or arg: errno(3); text: the endpoint                 */
	BOOT_TAKEN,       /* role -> parent: what has changed counts; text: why not         */
	BOOT_RELOAD,      /* control -> parent: read all anew; back, a text of what changed,
	                   * arg 1: of what is wrong                                        */
	BOOT_ACME,        /* control -> parent -> acme: a text of names, arg 1: now; back: how
	                   * they stand, arg 1: something was issued                        */
	BOOT_CHALLENGE,   /* acme -> parent -> edge; text: of uacme's hook; back, arg 1: yes */
	BOOT_IDENTITIES,  /* more of both: struct role_inputs */
	BOOT_MIRROR,      /* ledger.mirror, where that is a file: for the mirror role */
};

enum boot_listener {
	BOOT_LISTEN_SMTP,
	BOOT_LISTEN_SUBMISSION,
	BOOT_LISTEN_SUBMISSIONS,
	BOOT_LISTEN_LMTP,
	BOOT_LISTEN_IMAP,
	BOOT_LISTEN_IMAPS,
	BOOT_LISTEN_POP3,
	BOOT_LISTEN_POP3S,
	BOOT_LISTEN_HTTP,
	BOOT_LISTEN_HTTPS,
	BOOT_LISTEN_CONTROL, /* from here on: the control role's */
	BOOT_LISTEN_METRICS,
	BOOT_LISTEN_ADMIN,
	BOOT_LISTEN_COUNT
};

/* An address as one octet: the role below, the instance above. */
uint8_t boot_address_pack(struct ipc_address a);
struct ipc_address boot_address(uint8_t packed);

struct boot_message {
	uint8_t type, arg;
	int fd, descriptors_fd; /* -1: none; the receiver's to close */
	char text[BOOT_TEXT_MAX];
};

/* Blocks for the moment that a local socket takes.  text may be NULL; fd stays the caller's. */
NODISCARD int boot_send(int sock, enum boot_type type, uint8_t arg, const char *text, int fd);
/* A text of up to 64 KiB, in a pipe: a role makes no files. */
NODISCARD int boot_send_text(int sock, enum boot_type type, uint8_t arg, struct span text);
/* What came so; appended.  ERR_IO. */
NODISCARD int boot_read_text(const struct boot_message *m, struct buf *out);
NODISCARD int boot_send_link(int sock, struct ipc_address peer, int fd, int descriptors_fd);
/* ERR_CLOSED at the end, ERR_AGAIN when non-blocking and nothing is there, ERR_SYNTAX. */
NODISCARD int boot_recv(int sock, struct boot_message *out);
/* Closes what m still holds. */
void boot_drop(struct boot_message *m);

#endif
