/* role/hand.c - see hand.h. */
#include "role/hand.h"

#include <stddef.h>

enum {
	ALL = (1 << ROLE_COUNT) - 1,
	AUTH = 1 << ROLE_AUTH,
	EDGE = 1 << ROLE_EDGE,
	STORE = 1 << ROLE_STORE,
	INSPECT = 1 << ROLE_INSPECT,
	MIRROR = 1 << ROLE_MIRROR,
};

static const struct {
	enum boot_type type;
	unsigned roles; /* who is given it; nobody else is */
	bool changes;   /* given anew when the parent has read its files again */
	size_t fd;      /* where, in struct server_inputs */
} files[] = {
	{ BOOT_CONFIG, ALL, true, offsetof(struct server_inputs, config_fd) },
	{ BOOT_CERTIFICATE, EDGE, true, offsetof(struct server_inputs, certificate_fd) },
	{ BOOT_KEY, EDGE, true, offsetof(struct server_inputs, key_fd) },
	{ BOOT_IDENTITIES, EDGE, true, offsetof(struct server_inputs, certificates_fd) },
	{ BOOT_CREDENTIALS, AUTH, true, offsetof(struct server_inputs, credentials_fd) },
	{ BOOT_HASHES, INSPECT, true, offsetof(struct server_inputs, hashes_fd) },
	{ BOOT_HOMES, AUTH, false, offsetof(struct server_inputs, homes_fd) },
	{ BOOT_SECRET, AUTH, false, offsetof(struct server_inputs, secret_fd) },
	{ BOOT_MIRROR, MIRROR, false, offsetof(struct server_inputs, mirror_fd) },
	{ BOOT_TICKET_KEY, AUTH | STORE, false, offsetof(struct server_inputs, ticket_key_fd) },
};

/* The operator's door is not the strangers' door. */
static enum role role_of_listener(enum boot_listener kind)
{
	return kind >= BOOT_LISTEN_CONTROL ? ROLE_CONTROL : ROLE_EDGE;
}

static int hand_file(const struct server_inputs *inputs, size_t i, int sock)
{
	const char *path = files[i].type == BOOT_CONFIG ? inputs->config_path : NULL;
	const int *fd = (const int *)((const char *)inputs + files[i].fd);

	return boot_send(sock, files[i].type, 0, path, *fd);
}

int hand_inputs(const struct server_inputs *inputs, enum role r, int sock)
{
	int e = 0;

	for (size_t i = 0; e >= 0 && i < N_ELEMS(files); i++)
		if (files[i].roles & 1u << r)
			e = hand_file(inputs, i, sock);
	for (size_t i = 0; e >= 0 && i < inputs->n_listeners; i++)
		if (r == role_of_listener(inputs->listeners[i].kind))
			e = boot_send(sock, BOOT_LISTENER, (uint8_t)inputs->listeners[i].kind, NULL,
			              inputs->listeners[i].fd);
	return e;
}

int hand_certificates(const struct server_inputs *inputs, int sock)
{
	int e = 0;

	for (size_t i = 0; e >= 0 && i < N_ELEMS(files); i++)
		if (files[i].type == BOOT_CERTIFICATE || files[i].type == BOOT_KEY ||
		    files[i].type == BOOT_IDENTITIES)
			e = hand_file(inputs, i, sock);
	return e < 0 ? e : boot_send(sock, BOOT_GO, 0, NULL, -1);
}

int hand_changes(const struct server_inputs *inputs, enum role r, int sock)
{
	int e = 0;

	for (size_t i = 0; e >= 0 && i < N_ELEMS(files); i++)
		if (files[i].changes && (files[i].roles & 1u << r))
			e = hand_file(inputs, i, sock);
	return e < 0 ? e : boot_send(sock, BOOT_GO, 0, NULL, -1);
}
