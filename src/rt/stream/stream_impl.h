/* rt/stream/stream_impl.h - the stream itself: for stream*.c and listener.c. */
#ifndef RT_STREAM_IMPL_H
#define RT_STREAM_IMPL_H

#include "rt/loop.h"
#include "rt/stream/stream.h"

/* A fibre that waits, or NULL, and for which events. */
struct stream_waiter {
	struct fibre *fibre;
	int events;
};

/* An idle, parked one is this and nothing else in user space. */
struct stream {
	uv_poll_t poll;
	int fd;
	int in_err, in_errno;   /* the end of input; sticks.  errno for its words, or 0 */
	int out_err, out_errno; /* of output */
	uint8_t armed;          /* what uv watches for: UV_READABLE, UV_WRITABLE */
	uint8_t in_wants;       /* what a read needs next: UV_READABLE, seldom UV_WRITABLE (TLS) */
	bool drained;           /* the socket has no more: no read before the next event */
	bool raw;               /* connecting, or a handshake runs: an event reads nothing */
	bool fresh;             /* input came that no call has shown yet */
	bool skipping;          /* within a line that was too long */
	bool in_small;          /* in is of in_to octets only: what is kept while parked */
	bool guarded;           /* stream_guard */
	bool local; /* by a Unix socket, whatever its proxy tells (stream_proxy_accept) */
	bool parked;
	bool out_busy;     /* a fibre writes or handshakes: others wait for out_free */
	uint8_t why_woken; /* reasons of stream_wake that nobody has taken yet */
	struct stream_waiter reader, writer;
	struct cond out_free;
	char *in, *out; /* blocks of STREAM_IN_BYTES and STREAM_OUT_BYTES, or NULL */
	uint32_t in_from, in_to;
	uint32_t in_scanned; /* octets from in_from on that hold no end of line */
	uint32_t out_from, out_to;
	struct stream_tls *tls;
	struct stream_pack *pack; /* NULL: not compressed */
	struct address peer;      /* len 0: not asked yet */

	struct list node; /* in the list of those parked */
	struct loop_timer timer;
	const char *park_name;
	stream_resume_fn *park_fn;
	void *park_arg;
	int park_result;
};

/* Blocks of 32 KiB; NULL when out of memory. */
char *stream_block_take(void);
void stream_block_give(char *block);

/* Watches for exactly these events; 0 is none. */
void stream_watch(struct stream *s, int events);
/* Waits for one of the events as the stream's reader or its writer. */
NODISCARD WAITS int stream_wait(struct stream *s, struct stream_waiter *as, int events,
                                const char *what);
/* The right to write: one fibre at a time, the others in their order. */
NODISCARD WAITS int stream_out_take(struct stream *s);
void stream_out_give(struct stream *s);
/* stream_flush for the one who has that right. */
NODISCARD WAITS int stream_out_flush(struct stream *s);
/* stream_flush, but when another fibre writes it is left to that one. */
NODISCARD WAITS int stream_out_settle(struct stream *s);

/* Reads what is there behind the buffered input, without moving that.  0: something
 * came; ERR_AGAIN, ERR_LIMIT, ERR_NO_MEMORY, or what ended the input. */
NODISCARD int stream_pull(struct stream *s);
/* Notes the end of input or output and returns code. */
int stream_in_end(struct stream *s, int code, int sys_errno);
int stream_out_end(struct stream *s, int code, int sys_errno);
void stream_in_release(struct stream *s);
/* Gives the block back; the octets that are unread go to a smaller one. */
void stream_in_shrink(struct stream *s);
void stream_out_release(struct stream *s);
/* Input came, or ended, while the stream is parked. */
void stream_park_ended(struct stream *s, int r);

/* TLS beneath stream_pull and stream_flush.  Octets, or ERR_AGAIN with what to wait
 * for in *wants, or what ended it. */
NODISCARD int stream_tls_read(struct stream *s, char *p, size_t n);
NODISCARD int stream_tls_write(struct stream *s, const char *p, size_t n, int *wants);
void stream_tls_close(struct stream *s);
/* Whether OpenSSL wipes what it has read, too. */
void stream_tls_guard(struct stream *s);

/* Octets of the socket or of TLS, or ERR_AGAIN, or what ended the input. */
NODISCARD int stream_read_raw(struct stream *s, char *p, size_t n);

/* Compression, above both. */
struct stream_pack {
	struct z_stream_s *in, *out; /* NULL: at rest */
	char *window;                /* of in, at rest */
	uint32_t n_window;
	bool in_more, out_more; /* the engine holds octets that had no room */
	char *raw_in, *raw_out; /* blocks of what is compressed, or NULL */
	uint32_t in_from, in_to, out_from, out_to;
};
/* As stream_pull. */
NODISCARD int stream_pack_pull(struct stream *s);
/* Input that came is not all given out. */
bool stream_pack_buffered(const struct stream *s);
/* Octets to be written stand here, besides those gathered. */
bool stream_pack_holds(const struct stream *s);
/* The next of them, of those gathered where none stand here.  They stay until they are written. */
NODISCARD int stream_pack_next(struct stream *s, struct span *out);
void stream_pack_written(struct stream *s, size_t n);
/* Gives back what is not needed until more comes or goes. */
void stream_pack_rest(struct stream *s);
void stream_pack_close(struct stream *s);

#endif
