/* inspect/virus/scanner.c - see scanner.h.  clamd(8). */
#include "inspect/virus/scanner.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/event.h"
#include "rt/stream/stream.h"
#include "wire/clamd/clamd.h"

enum {
	IDLE_MS = 10 * 1000, /* clamd itself waits 30 s for a command */
	VERSION_MS = 60 * 1000,
	CHUNK_BYTES = 256 << 10,
	COMMAND_BYTES = 64,
};

struct scanner_session {
	struct list link; /* among those that nobody uses */
	struct stream *stream;
	uint32_t n_asked;
	int64_t used_at;
	bool broken;
};

static struct {
	struct span endpoint;
	bool usual, seen, told;
	scanner_reach_fn *reach;
	struct list idle;
	size_t n_used;
	struct cond free;
	int64_t version_at; /* it was asked for its version */
	char version[VIRUS_VERSION_BYTES];
} scanner = { .idle = LIST_INIT(scanner.idle) };

void scanner_use(struct span endpoint, bool usual, scanner_reach_fn *reach)
{
	scanner.endpoint = endpoint;
	scanner.usual = usual;
	scanner.reach = reach;
	cond_init(&scanner.free);
}

bool scanner_is_named(void)
{
	return scanner.endpoint.n > 0;
}

static void drop(struct scanner_session *s)
{
	stream_close(s->stream);
	free(s);
}

/* The time that is left, and memory, are told as what they are. */
static int fail(int r)
{
	if (r == ERR_CANCELLED || r == ERR_NO_MEMORY)
		return r;
	return err(r == ERR_TIMEOUT ? r : ERR_UNAVAILABLE, "clamd at %.*s: %s",
	           SPAN_ARG(scanner.endpoint), err_str(r));
}

/* ---- sessions ---- */

/* The loop may not have heard yet that the other side closed it; or it said something unasked. */
static bool is_silent(const struct scanner_session *s)
{
	char octet;

	return !stream_peek(s->stream).n &&
	       recv(stream_fd(s->stream), &octet, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
	       (errno == EAGAIN || errno == EINTR);
}

static bool is_good(const struct scanner_session *s)
{
	return clock_now_at() - s->used_at < IDLE_MS && is_silent(s);
}

static struct scanner_session *take_idle(void)
{
	struct scanner_session *s;

	while (!list_empty(&scanner.idle)) {
		s = LIST_FIRST(&scanner.idle, struct scanner_session, link);
		list_remove(&s->link);
		if (is_good(s))
			return s;
		drop(s);
	}
	return NULL;
}

static int absent(int r)
{
	if (!scanner.usual || scanner.seen)
		return fail(r);
	if (!scanner.told)
		event_log(EVENT_scanner_absent, "address=%.*s", SPAN_ARG(scanner.endpoint));
	scanner.told = true;
	return ERR_NOT_FOUND;
}

static WAITS int connect_new(struct scanner_session **out)
{
	struct scanner_session *s;
	int fd, r = scanner.reach(scanner.endpoint, &fd); /* WAITS */

	if (r < 0)
		return r == ERR_NOT_FOUND ? absent(r) : fail(r);
	s = calloc(1, sizeof *s);
	if (!s) {
		close(fd);
		return err(ERR_NO_MEMORY, "no memory for a session with clamd");
	}
	r = stream_open_fd(fd, &s->stream);
	if (r < 0) {
		free(s);
		return r;
	}
	AUTO_BUF hello = BUF(COMMAND_BYTES);
	clamd_session_put(&hello);
	r = stream_put(s->stream, buf_span(&hello)); /* WAITS */
	if (r < 0) {
		drop(s);
		return fail(r);
	}
	scanner.seen = true;
	*out = s;
	return 0;
}

static WAITS int wait_turn(void)
{
	while (scanner.n_used >= SCANNER_SESSIONS_MAX) {
		int r = cond_wait(&scanner.free, "a session with clamd"); /* WAITS */
		if (r < 0)
			return fail(r);
	}
	scanner.n_used++;
	return 0;
}

static void give_turn(void)
{
	scanner.n_used--;
	cond_signal(&scanner.free);
}

void scanner_close(struct scanner_session *s)
{
	if (!s)
		return;
	give_turn();
	if (s->broken) {
		drop(s);
		return;
	}
	s->used_at = clock_now_at();
	list_push_front(&scanner.idle, &s->link);
}

/* ---- questions ---- */

/* The reply to the last question.  What was sent may not have been taken whole: a scanner that has
 * had enough says so and closes. */
static WAITS int read_reply(struct scanner_session *s, struct clamd_reply *out)
{
	struct span in = stream_peek(s->stream);
	int r;

	while ((r = clamd_reply_take(&in, out)) == 0) {
		r = stream_fill(s->stream); /* WAITS */
		if (r < 0)
			return r;
		in = stream_peek(s->stream);
	}
	bool of_session = r > 0 && !out->stream &&
	                  (out->verdict == CLAMD_LIMIT || out->verdict == CLAMD_ERROR);
	if (r > 0 && !of_session && out->stream != s->n_asked)
		r = err(ERR_SYNTAX, "it answers another question");
	return r;
}

static void consume_reply(struct scanner_session *s)
{
	ptrdiff_t end = span_find(stream_peek(s->stream), '\0');

	stream_consume(s->stream, (size_t)end + 1);
}

static WAITS int put_octets(struct stream *to, struct span octets)
{
	int r = 0;

	for (size_t at = 0; r >= 0 && at < octets.n; at += CHUNK_BYTES) {
		struct span chunk = span_sub(octets, at, CHUNK_BYTES);
		AUTO_BUF head = BUF(CLAMD_CHUNK_HEAD_BYTES);
		clamd_chunk_head(&head, chunk.n);
		r = stream_put(to, buf_span(&head)); /* WAITS */
		if (r >= 0)
			r = stream_put(to, chunk); /* WAITS */
	}
	return r;
}

static WAITS int put_command(struct scanner_session *s, int (*command)(struct buf *out))
{
	AUTO_BUF out = BUF(COMMAND_BYTES);
	int r = command(&out);

	s->n_asked += command != clamd_stream_end;
	return r < 0 ? r : stream_put(s->stream, buf_span(&out)); /* WAITS */
}

static void copy_words(struct span words, struct scanner_reply *out)
{
	words = span_sub(words, 0, sizeof out->words - 1);
	if (words.n)
		memcpy(out->words, words.p, words.n);
	out->words[words.n] = '\0';
}

/* The end of the octets.  Only behind it can somebody know that they are clean; what they hold, and
 * that there are too many, clamd may say before. */
static WAITS int put_end(struct scanner_session *s, bool *early)
{
	*early = !is_silent(s);
	return put_command(s, clamd_stream_end); /* WAITS */
}

/* sent: what became of sending the question. */
static WAITS int finish(struct scanner_session *s, int sent, bool early, struct scanner_reply *out)
{
	struct clamd_reply reply;
	int r = sent == ERR_TIMEOUT || sent == ERR_CANCELLED ? sent : 0;

	if (r >= 0)
		r = read_reply(s, &reply); /* WAITS */
	if (r >= 0 && reply.verdict == CLAMD_VERSION)
		r = err(ERR_SYNTAX, "it answers another question");
	if (r >= 0 && reply.verdict == CLAMD_CLEAN && (early || sent < 0))
		r = err(ERR_SYNTAX, "it calls clean what it has not seen");
	s->broken = r < 0 || sent < 0 || reply.verdict == CLAMD_ERROR || !reply.stream;
	if (r < 0)
		return fail(r);
	out->verdict = reply.verdict == CLAMD_CLEAN   ? SCANNER_CLEAN
	               : reply.verdict == CLAMD_FOUND ? SCANNER_FOUND
	                                              : SCANNER_UNKNOWN;
	copy_words(reply.words, out);
	consume_reply(s);
	return 0;
}

WAITS int scanner_ask(struct scanner_session *s, struct span octets, struct scanner_reply *out)
{
	bool early = false;
	int r = put_command(s, clamd_stream_put); /* WAITS */

	if (r >= 0)
		r = put_octets(s->stream, octets); /* WAITS */
	if (r >= 0)
		r = put_end(s, &early);  /* WAITS */
	return finish(s, r, early, out); /* WAITS */
}

WAITS int scanner_ask_rest(struct scanner_session *s, const struct virus_parts *parts,
                           struct scanner_reply *out)
{
	struct virus_rest rest = { 0 };
	struct span piece;
	bool early = false;
	int r = put_command(s, clamd_stream_put); /* WAITS */

	while (r >= 0 && virus_rest_next(&rest, parts, &piece))
		r = put_octets(s->stream, piece); /* WAITS */
	if (r >= 0)
		r = put_end(s, &early);  /* WAITS */
	return finish(s, r, early, out); /* WAITS */
}

static WAITS int ask_version(struct scanner_session *s)
{
	struct clamd_reply reply;
	int r = put_command(s, clamd_version_put); /* WAITS */

	if (r >= 0)
		r = read_reply(s, &reply); /* WAITS */
	if (r >= 0 && reply.verdict != CLAMD_VERSION)
		r = err(ERR_SYNTAX, "it does not tell its version");
	if (r < 0) {
		s->broken = true;
		return fail(r);
	}
	virus_known_version(reply.words);
	snprintf(scanner.version, sizeof scanner.version, "%.*s", SPAN_ARG(reply.words));
	consume_reply(s);
	scanner.version_at = clock_now_at();
	return 0;
}

WAITS int scanner_open(struct scanner_session **out)
{
	struct scanner_session *s = NULL;
	int r = wait_turn(); /* WAITS */

	if (r < 0)
		return r;
	s = take_idle();
	if (!s)
		r = connect_new(&s); /* WAITS */
	if (r < 0) {
		give_turn();
		return r;
	}
	if (!scanner.version_at || clock_now_at() - scanner.version_at >= VERSION_MS)
		r = ask_version(s); /* WAITS */
	if (r < 0)
		scanner_close(s);
	else
		*out = s;
	return r;
}

WAITS int scanner_probe(char version[VIRUS_VERSION_BYTES])
{
	struct scanner_session *s = NULL;

	scanner.version_at = 0;
	int r = scanner_open(&s); /* WAITS */
	if (r < 0)
		return r;
	memcpy(version, scanner.version, VIRUS_VERSION_BYTES);
	scanner_close(s);
	return 0;
}
