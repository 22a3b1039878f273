/* rt/stream/stream.h - a byte stream over TCP, a Unix socket, or TLS on top.  Floor 1.
 *
 * Input is buffered: fill, peek, consume.  Output is gathered by stream_put and
 * written by stream_flush, or when STREAM_OUT_BYTES are waiting: flush only when
 * about to wait for input, which is pipelining for free.
 * One fibre reads, and any number write, each put whole and in its turn: a session
 * may read commands while another fibre writes what it pushes.  Parked, a stream may
 * be written to as well.
 */
#ifndef RT_STREAM_H
#define RT_STREAM_H

#include <sys/socket.h>
#include <netinet/in.h>

#include "base/buf.h"
#include "base/coding/ip.h"
#include "rt/fibre.h"
#include "rt/stream/tls.h"

enum { STREAM_IN_BYTES = 32 << 10, STREAM_OUT_BYTES = 32 << 10 };

/* An address of a peer or of ours. */
struct address {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	};
	socklen_t len; /* 0: a Unix socket or unknown */
};
/* "192.0.2.1", "2001:db8::1" (v4-mapped as IPv4) into out; with_port "192.0.2.1:25",
 * "[2001:db8::1]:25".  "unix" for neither. */
enum { ADDRESS_TEXT_BYTES = 56 };
const char *address_text(const struct address *a, bool with_port, char out[ADDRESS_TEXT_BYTES]);
/* "192.0.2.1", "[2001:db8::1]", each with optional ":port"; no names.  ERR_SYNTAX. */
NODISCARD int address_parse(struct span text, uint16_t default_port, struct address *out);
uint16_t address_port(const struct address *a); /* of IPv4 and IPv6 alone */
/* No address (n = 0) for a Unix socket. */
void address_ip(const struct address *a, struct ip *out);
void address_from_ip(const struct ip *ip, uint16_t port, struct address *out);
bool address_is_loopback(const struct address *a);
bool address_is_special(const struct address *a); /* ip_is_special */

struct stream;

/* Accepts on a bound, listening, non-blocking fd for ever; takes fd, also on
 * failure.  fn runs on the loop's stack with each new stream, which it owns (start
 * a fibre with fibre_run or fibre_spawn).
 * Out of file descriptors: accepting pauses and goes on by itself (threats 3.60). */
struct listener;
NODISCARD int listener_open(int fd, void (*fn)(struct stream *s, void *arg), void *arg,
                            struct listener **out);
void listener_close(struct listener *l);

NODISCARD int stream_open_fd(int fd, struct stream **out); /* takes fd, also on failure */
/* ERR_NET with the system's words, ERR_TIMEOUT. */
NODISCARD WAITS int stream_connect(const struct address *to, struct stream **out);
void stream_close(struct stream *s); /* discards unwritten output; NULL is nothing */
const struct address *stream_peer(const struct stream *s);
/* It came by a Unix socket. */
bool stream_is_local(const struct stream *s);
/* First of all: reads the header of a proxy (wire/proxy/header.h).  From then on stream_peer is the
 * client that it tells of, if it tells one.  ERR_SYNTAX: there is none; ERR_CLOSED, ERR_NET,
 * ERR_TIMEOUT. */
NODISCARD WAITS int stream_proxy_accept(struct stream *s);
int stream_fd(const struct stream *s);

/* What is buffered now; valid until the next fill, consume or line. */
struct span stream_peek(const struct stream *s);
void stream_consume(struct stream *s, size_t n);
/* Flushes output, then waits for at least one octet more than the last peek, line
 * or fill has seen.  0; ERR_CLOSED at the end of input; ERR_LIMIT when
 * STREAM_IN_BYTES are buffered unread; ERR_WOKEN by stream_wake; ERR_NET.  What
 * another fibre is writing it writes: that is not waited for. */
NODISCARD WAITS int stream_fill(struct stream *s);
/* Tells the peer at once that what was read has come, where the system would wait for something to
 * answer: a client that writes the last octets of its message by themselves does not send them
 * before (RFC 896; RFC 9293 3.8.6.3). */
void stream_acknowledge(struct stream *s);
/* As stream_fill without waiting: ERR_AGAIN when there is nothing. */
NODISCARD int stream_try_fill(struct stream *s);
/* One line up to `max` octets, without its CRLF, borrowed until the next call.
 * Only CRLF ends a line.  ERR_TOO_LONG: the line was longer; it has been skipped
 * to its CRLF, memory stayed flat.  Bare CR, bare LF and NUL are left in the line.
 * stream_try_line is the same without waiting (ERR_AGAIN). */
NODISCARD WAITS int stream_read_line(struct stream *s, size_t max, struct span *line);
NODISCARD int stream_try_line(struct stream *s, size_t max, struct span *line);

/* What comes from now on may hold a password, or does not any more: until then nothing of the input
 * is left in memory that is given back, nor, from then on, of what was consumed. */
void stream_guard(struct stream *s, bool on);

/* Gathers; may flush (and wait) when the buffer is full.  Nothing comes between the
 * octets of one put.  When one that is larger than the buffer ends early
 * (ERR_TIMEOUT, ERR_CANCELLED) with a part written, so does all output. */
NODISCARD WAITS int stream_put(struct stream *s, struct span octets);
NODISCARD WAITS int stream_printf(struct stream *s, const char *fmt, ...) PRINTF(2, 3);
NODISCARD WAITS int stream_flush(struct stream *s);

/* Flushes output (the 220 or nothing), then handshakes.  ERR_TLS with OpenSSL's
 * words; the stream is then good for stream_close only.  ERR_TIMEOUT, ERR_CLOSED.
 * Server side: what was buffered from before TLS is discarded (RFC 3207 4.2).
 * Client side: name is checked when the context verifies (ERR_CERTIFICATE), and sent as SNI; NULL
 * and an address literal are not sent.  Input from before TLS is ERR_TLS: somebody
 * put replies into the dialogue. */
NODISCARD WAITS int stream_tls_accept(struct stream *s, struct tls_context *ctx);
NODISCARD WAITS int stream_tls_connect(struct stream *s, struct tls_context *ctx, const char *name);
/* The same, the server being known by its TLSA records; ctx is of tls_client_dane_new. */
NODISCARD WAITS int stream_tls_connect_dane(struct stream *s, struct tls_context *ctx,
                                            const struct tls_dane *dane);
/* NULL without TLS. */
const struct tls_facts *stream_tls(const struct stream *s);
/* Why its certificate was not good, after ERR_CERTIFICATE or with facts that are not verified. */
enum tls_fault stream_tls_fault(const struct stream *s);
/* Appends what tells this connection from others to both of its ends: "tls-exporter" (RFC 9266),
 * which needs TLS 1.3, or "tls-server-end-point" (RFC 5929 4).  ERR_UNKNOWN: none of that name
 * here. */
NODISCARD int stream_tls_binding(const struct stream *s, struct span name, struct buf *out);
/* OpenSSL holds octets that were read and not yet given out; stream_park looks itself. */
bool stream_tls_buffered(struct stream *s);

/* Flushes output, then compresses both directions (RFC 1951, raw; RFC 4978).  What is buffered of
 * input counts as compressed.  Once in a stream's life; never under a TLS that compresses, of which
 * tls.h has none.  ERR_NO_MEMORY, and as stream_flush. */
NODISCARD WAITS int stream_compress(struct stream *s);
bool stream_compressed(const struct stream *s);

/* Burst parking: between commands a session is a record, not a stack.  Output
 * is flushed first (WAITS for that).  Buffers are given back.  When input comes, the
 * deadline passes (ERR_TIMEOUT), or streams are cancelled (ERR_CANCELLED), fn
 * runs in a fresh fibre with r = 0 or that error (the end of input is r = 0 and
 * shows in the next read).  The caller must return from its fibre at once after a
 * 0.  If input is there already: ERR_AGAIN, go on reading.  The beginning of a line
 * for which stream_try_line gave ERR_AGAIN does not count as such: it is kept, and
 * more must come.  Other errors, as of stream_flush, ERR_WOKEN, and ERR_CANCELLED in
 * a cancelled fibre: not parked. */
typedef void stream_resume_fn(void *arg, int r);
NODISCARD WAITS int stream_park(struct stream *s, int64_t deadline_at, const char *name,
                                stream_resume_fn *fn, void *arg);
/* Takes a parked stream back into use by the running fibre; its fn will not run.  False when
 * it is resumed already: fn has run or is about to, and owns the stream. */
bool stream_unpark(struct stream *s);
/* Ends, from within, the present or the next wait for input: a parked stream's fn runs
 * with ERR_WOKEN, stream_fill, stream_read_line and stream_park return it.  why: bits,
 * 1 to 0x80, of the session's own (an event came, the ticket is revoked); they gather
 * until stream_woken takes them, so no wake is lost and many cost one.  Input that is
 * there comes first.  On the loop's thread, in a fibre or not. */
void stream_wake(struct stream *s, unsigned why);
unsigned stream_woken(struct stream *s);
/* Wakes every parked stream with ERR_CANCELLED (shutdown). */
void stream_cancel_parked(void);
/* That has been called: who works long for an answer gives up, with ERR_CANCELLED. */
bool stream_shutdown(void);

/* Gives back what is kept for the next sessions: blocks, stacks, what the allocator has free. After
 * a storm of many sessions that is tens of MiB; takes a ms or so. */
void stream_rest(void);

/* System calls made by all streams since the start, for benchmarks and tests. */
struct stream_counts {
	uint64_t reads, writes, accepts;
};
extern struct stream_counts stream_counts;

#endif
