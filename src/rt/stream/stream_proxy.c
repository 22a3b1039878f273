/* rt/stream/stream_proxy.c - who a connection is from, told by the proxy that it comes through.
 *
 * The header is read from the socket itself: what is behind it may be TLS, and stays there.
 */
#include <errno.h>

#include "rt/stream/stream_impl.h"
#include "wire/proxy/header.h"

enum { PIECE = 1024 };

/* As many octets as are the header's and there now.  1: it is whole. */
static int take(struct stream *s, struct buf *octets)
{
	char piece[PIECE];
	size_t n = 0;
	ssize_t got = recv(s->fd, piece, sizeof piece, MSG_PEEK);

	stream_counts.reads++;
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : err_errno(ERR_NET, "read");
	if (got == 0)
		return err(ERR_CLOSED, "the other side closed the connection");
	int r = proxy_header_feed(octets, span_make(piece, (size_t)got), &n);
	if (r >= 0 && recv(s->fd, piece, n, 0) != (ssize_t)n)
		return err(ERR_BUG, "octets that were seen cannot be read");
	return r;
}

static WAITS int take_all(struct stream *s, struct buf *octets)
{
	int r = take(s, octets);

	while (r == 0) {
		r = stream_wait(s, &s->reader, UV_READABLE, "a PROXY header");
		if (r == 0)
			r = take(s, octets);
	}
	return r;
}

WAITS int stream_proxy_accept(struct stream *s)
{
	AUTO_BUF octets = BUF(PROXY_HEADER_MAX);
	struct proxy_header h;

	s->local = !stream_peer(s)->len;
	s->raw = true;
	int r = take_all(s, &octets);
	s->raw = s->drained = false;
	if (r >= 0)
		r = proxy_header_parse(buf_span(&octets), &h);
	if (r >= 0 && h.client.n)
		address_from_ip(&h.client, h.port, &s->peer);
	return r < 0 ? r : 0;
}

bool stream_is_local(const struct stream *s)
{
	return s->local || !stream_peer(s)->len;
}
