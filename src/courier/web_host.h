/* courier/web_host.h - the addresses of a web server that we may connect to, as libcurl takes them.
 * Floor 5.
 */
#ifndef COURIER_WEB_HOST_H
#define COURIER_WEB_HOST_H

#include "base/arena.h"
#include "base/buf.h"
#include "rt/fibre.h"
#include "rt/stream/stream.h"

struct web_host {
	const char *name;
	uint16_t port;
	bool ipv6;
	const char *what; /* that is to go there, for the words of an error */
	bool (*may)(const struct address *a, void *arg);
	void *arg;
};

/* "NAME:PORT:192.0.2.1,[2001:db8::1]", of those that may be.  ERR_NET: there is none; ERR_DNS,
 * ERR_TIMEOUT: it cannot be known now; ERR_CANCELLED, ERR_NO_MEMORY. */
NODISCARD WAITS int web_host_find(const struct web_host *h, struct arena *mem, struct buf *out);

#endif
