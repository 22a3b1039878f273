/* Streams: filling, gathering, ends, deadlines, parking, counting. */
#include "stream_harness.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "rt/stream/stream_impl.h"

FIBRE_TEST(input_that_came_early_is_there_at_once)
{
	int fd;
	struct stream *s = stream_and_fd(&fd);
	CHECK_INT(stream_try_fill(s), ERR_AGAIN);
	feed(fd, SPAN("one"));
	settle(); /* trying has begun to watch */
	CHECK_INT(stream_try_fill(s), 0);
	CHECK_SPAN(stream_peek(s), SPAN("one"));
	feed(fd, SPAN("two"));
	settle(); /* nobody waits for it: read all the same */
	CHECK_INT(stream_try_fill(s), 0);
	CHECK_SPAN(stream_peek(s), SPAN("onetwo"));
	CHECK_INT(stream_try_fill(s), ERR_AGAIN);
	stream_consume(s, 6);
	feed(fd, SPAN("three"));
	settle();
	CHECK_INT(stream_fill(s), 0);
	CHECK_SPAN(stream_peek(s), SPAN("three"));
	stream_close(s);
	close(fd);
}

static size_t n_turns;

static void count_turn(UNUSED void *arg)
{
	n_turns++;
}

static size_t turns_in_ms(int64_t ms)
{
	n_turns = 0;
	CHECK_INT(fibre_sleep(ms), 0);
	return n_turns;
}

/* 60,000 octets and then the end, and nobody reads: the loop sleeps. */
REAL_TIME_TEST(a_full_buffer_and_an_end_do_not_spin)
{
	static struct loop_hook hook = { .fn = count_turn };
	static char flood[60000];
	int fd;
	struct stream *s = stream_and_fd(&fd);
	size_t n_got = 0;
	loop_before_sleep(&hook);
	feed(fd, span_make(flood, sizeof flood));
	CHECK_INT(stream_fill(s), 0);
	CHECK(turns_in_ms(10) < 8);
	CHECK_INT(stream_peek(s).n, STREAM_IN_BYTES);
	CHECK_INT(stream_fill(s), ERR_LIMIT);
	CHECK_INT(stream_try_fill(s), ERR_LIMIT);
	close(fd);
	CHECK(turns_in_ms(10) < 8);
	do {
		n_got += stream_peek(s).n;
		stream_consume(s, stream_peek(s).n);
	} while (stream_fill(s) == 0);
	CHECK_INT(n_got, sizeof flood);
	CHECK_INT(stream_fill(s), ERR_CLOSED);
	CHECK(turns_in_ms(10) < 8);
	stream_close(s);
}

enum { MUCH = 3 << 20 };

struct bulk {
	struct stream *s;
	size_t n_got, n_wrong;
	int end;
};

/* Octet i of what is sent is a function of i. */
static char octet_at(size_t i)
{
	return (char)(i * 31 + i / 251);
}

static void read_bulk(void *arg)
{
	struct bulk *b = arg;
	while ((b->end = stream_fill(b->s)) == 0) {
		struct span p = stream_peek(b->s);
		for (size_t i = 0; i < p.n; i++)
			b->n_wrong += p.p[i] != octet_at(b->n_got + i);
		b->n_got += p.n;
		stream_consume(b->s, p.n);
	}
	stream_close(TAKE(b->s));
}

/* By pieces of many sizes; more than the socket takes at once. */
static void send_bulk(struct stream *s)
{
	char *all = malloc(MUCH);
	size_t n = 1;
	for (size_t i = 0; i < MUCH; i++)
		all[i] = octet_at(i);
	for (size_t at = 0; at < MUCH; at += n) {
		n = (at * 7 + 1) % 90000;
		n = n < MUCH - at ? n + (n == 0) : MUCH - at;
		CHECK_INT(stream_put(s, span_make(all + at, n)), 0);
	}
	CHECK_INT(stream_flush(s), 0);
	free(all);
}

static void check_bulk(struct stream *from, struct stream *to)
{
	struct bulk b = { .s = to };
	CHECK_INT(fibre_spawn("reader", read_bulk, &b), 0);
	send_bulk(from);
	stream_close(from);
	while (b.s)
		CHECK_INT(fibre_yield(), 0);
	CHECK_INT(b.n_got, MUCH);
	CHECK_INT(b.n_wrong, 0);
	CHECK_INT(b.end, ERR_CLOSED);
}

FIBRE_TEST(much_output_is_written_in_part_and_goes_on)
{
	struct stream *a, *b;
	int fd, small = 4096;
	a = stream_and_fd(&fd);
	CHECK_INT(stream_open_fd(fd, &b), 0);
	check_bulk(a, b);
	tcp_pair(&a, &b);
	setsockopt(stream_fd(a), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	check_bulk(a, b);
}

FIBRE_TEST(printf_gathers_and_flushes_when_full)
{
	static char long_text[STREAM_OUT_BYTES];
	char got[100] = { 0 };
	int fd;
	struct stream *s = stream_and_fd(&fd);
	memset(long_text, 'x', sizeof long_text - 1);
	CHECK_INT(stream_printf(s, "%d %s\r\n", 250, "ok"), 0);
	CHECK_INT(recv(fd, got, sizeof got, 0), -1); /* gathered, not written */
	CHECK_INT(stream_printf(s, "%s", long_text), 0);
	CHECK_INT(recv(fd, got, sizeof got, 0), 8);
	CHECK_STR(got, "250 ok\r\n");
	CHECK_INT(stream_flush(s), 0);
	CHECK_INT(stream_printf(s, "%s.", long_text), ERR_TOO_LONG);
	stream_close(s);
	close(fd);
}

/* The client shuts its side; the answer still reaches it. */
FIBRE_TEST(a_half_closed_peer_still_gets_its_answer)
{
	struct stream *client, *server;
	struct span line;
	tcp_pair(&client, &server);
	CHECK_INT(stream_put(client, SPAN("QUIT\r\n")), 0);
	CHECK_INT(stream_flush(client), 0);
	CHECK_INT(shutdown(stream_fd(client), SHUT_WR), 0);
	CHECK_INT(stream_read_line(server, 100, &line), 0);
	CHECK_INT(stream_read_line(server, 100, &line), ERR_CLOSED);
	CHECK_INT(stream_put(server, SPAN("221 bye\r\n")), 0);
	CHECK_INT(stream_flush(server), 0);
	CHECK_INT(stream_read_line(server, 100, &line), ERR_CLOSED);
	CHECK_INT(stream_read_line(client, 100, &line), 0);
	CHECK_SPAN(line, SPAN("221 bye"));
	stream_close(client);
	stream_close(server);
}

static void reset_by_peer(struct stream *s)
{
	struct linger now = { .l_onoff = 1 };
	setsockopt(stream_fd(s), SOL_SOCKET, SO_LINGER, &now, sizeof now);
	stream_close(s);
}

FIBRE_TEST(a_reset_ends_reading_and_writing)
{
	struct stream *client, *server;
	tcp_pair(&client, &server);
	reset_by_peer(client);
	CHECK_INT(stream_fill(server), ERR_NET);
	CHECK_STR(err_str(ERR_NET), "read: Connection reset by peer");
	CHECK_INT(stream_put(server, SPAN("x")), 0);
	CHECK_INT(stream_flush(server), ERR_NET);
	CHECK_STR(err_str(ERR_NET), "write: Broken pipe");
	CHECK_INT(stream_put(server, SPAN("x")), ERR_NET);
	CHECK_INT(stream_fill(server), ERR_NET);
	stream_close(server);
}

FIBRE_TEST(deadlines_end_reads_and_writes_and_both_may_go_on)
{
	static char flood[1 << 20];
	struct bulk b = { 0 };
	int fd;
	struct stream *s = stream_and_fd(&fd);
	{
		FIBRE_TIMEOUT(3);
		CHECK_INT(stream_fill(s), ERR_TIMEOUT);
	}
	{
		FIBRE_TIMEOUT(3);
		CHECK_INT(stream_put(s, span_make(flood, sizeof flood)), ERR_TIMEOUT);
	}
	feed(fd, SPAN("x"));
	CHECK_INT(stream_open_fd(fd, &b.s), 0);
	CHECK_INT(fibre_spawn("reader", read_bulk, &b), 0);
	CHECK_INT(stream_fill(s), 0);
	stream_close(s);
	while (b.s)
		CHECK_INT(fibre_yield(), 0);
}

static void wait_for_input(void *arg)
{
	struct bulk *b = arg;
	CHECK_INT(stream_fill(b->s), 0);
	stream_consume(b->s, stream_peek(b->s).n);
	b->end = stream_fill(b->s);
}

/* While it waits with nothing buffered it holds no block. */
FIBRE_TEST(cancellation_ends_a_read)
{
	struct nursery n;
	struct bulk b;
	int fd;
	b.s = stream_and_fd(&fd);
	nursery_init(&n);
	feed(fd, SPAN("x"));
	CHECK_INT(nursery_spawn(&n, "reader", wait_for_input, &b), 0);
	settle();
	CHECK(b.s->reader.fibre && !b.s->in);
	nursery_cancel(&n);
	CHECK_INT(nursery_wait(&n), 0);
	CHECK_INT(b.end, ERR_CANCELLED);
	stream_close(b.s);
	close(fd);
}

FIBRE_TEST(connecting_fails_with_words)
{
	struct stream *s = NULL;
	struct address at;
	int fd = listening(&at, 8);
	close(fd);
	CHECK_INT(stream_connect(&at, &s), ERR_NET);
	CHECK(strstr(err_str(ERR_NET), "connect to 127.0.0.1:") != NULL);
	CHECK(strstr(err_str(ERR_NET), "refused") != NULL);
	CHECK(s == NULL);
}

static void accept_and_reset(void *arg)
{
	struct linger none = { .l_onoff = 1 };
	int fd = accept(*(int *)arg, NULL, NULL);
	CHECK_INT(setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none), 0);
	close(fd);
}

/* It was made: the other side ended it, which is not the same as not being there. */
FIBRE_TEST(a_connection_that_is_reset_at_once_was_made)
{
	struct stream *s = NULL;
	struct address at;
	int fd = listening(&at, 8);
	CHECK_INT(fibre_spawn("reset", accept_and_reset, &fd), 0);
	CHECK_INT(stream_connect(&at, &s), 0);
	if (s)
		CHECK_INT(stream_fill(s), ERR_CLOSED);
	stream_close(s);
	close(fd);
}

/* A listener whose queue is full answers nothing. */
FIBRE_TEST(connecting_ends_at_the_deadline)
{
	struct stream *s[8];
	struct address at;
	size_t n = 0;
	int r = 0, fd = listening(&at, 0);
	while (r == 0 && n < N_ELEMS(s)) {
		FIBRE_TIMEOUT(20);
		r = stream_connect(&at, &s[n]);
		n += r == 0;
	}
	CHECK_INT(r, ERR_TIMEOUT);
	while (n)
		stream_close(s[--n]);
	close(fd);
}

FIBRE_TEST(each_end_knows_its_addresses)
{
	struct stream *client, *server;
	struct sockaddr_in own = { 0 };
	socklen_t own_n = sizeof own;
	char a[ADDRESS_TEXT_BYTES];
	int fd, nodelay = 0;
	socklen_t n = sizeof nodelay;
	tcp_pair(&client, &server);
	CHECK_INT(getsockname(stream_fd(client), (struct sockaddr *)&own, &own_n), 0);
	CHECK_INT(stream_peer(server)->in.sin_port, own.sin_port);
	CHECK_INT(stream_peer(server)->in.sin_addr.s_addr, own.sin_addr.s_addr);
	CHECK(address_is_loopback(stream_peer(server)));
	CHECK_INT(getsockopt(stream_fd(server), IPPROTO_TCP, TCP_NODELAY, &nodelay, &n), 0);
	CHECK_INT(nodelay, 1);
	CHECK_INT(getsockopt(stream_fd(client), IPPROTO_TCP, TCP_NODELAY, &nodelay, &n), 0);
	CHECK_INT(nodelay, 1);
	stream_close(client);
	stream_close(server);
	client = stream_and_fd(&fd);
	CHECK_STR(address_text(stream_peer(client), true, a), "unix");
	stream_close(client);
	close(fd);
}

static void answer_all(void *arg)
{
	struct stream *s = arg;
	struct span line;
	while (stream_read_line(s, 100, &line) == 0)
		CHECK_INT(stream_printf(s, "250 %.*s\r\n", SPAN_ARG(line)), 0);
	stream_close(s);
}

enum { COMMANDS = 100 };

/* Both ends count: one read and one write each a command. */
FIBRE_TEST(a_command_costs_one_read_and_one_write)
{
	struct stream *client, *server;
	struct span line;
	tcp_pair(&client, &server);
	CHECK_INT(fibre_spawn("server", answer_all, server), 0);
	struct stream_counts before = stream_counts;
	for (int i = 0; i < COMMANDS; i++) {
		CHECK_INT(stream_printf(client, "NOOP %d\r\n", i), 0);
		CHECK_INT(stream_read_line(client, 100, &line), 0);
	}
	CHECK_INT(stream_counts.reads - before.reads, 2 * COMMANDS);
	CHECK_INT(stream_counts.writes - before.writes, 2 * COMMANDS);
	stream_close(client);
}

/* Many commands at once are answered in one write. */
FIBRE_TEST(pipelined_commands_are_answered_together)
{
	struct stream *client, *server;
	struct span line;
	tcp_pair(&client, &server);
	CHECK_INT(fibre_spawn("server", answer_all, server), 0);
	for (int i = 0; i < COMMANDS; i++)
		CHECK_INT(stream_printf(client, "NOOP %d\r\n", i), 0);
	struct stream_counts before = stream_counts;
	for (int i = 0; i < COMMANDS; i++)
		CHECK_INT(stream_read_line(client, 100, &line), 0);
	CHECK_INT(stream_counts.writes - before.writes, 2);
	CHECK_INT(stream_counts.reads - before.reads, 2);
	stream_close(client);
}

TEST(an_idle_stream_is_small)
{
	CHECK(sizeof(struct stream) <= 512);
}

/* A stream that is in the middle of something goes on. */
FIBRE_TEST(what_is_kept_for_others_is_given_back)
{
	int fd;
	struct stream *s = stream_and_fd(&fd);
	struct span line;

	for (int i = 0; i < 3; i++) {
		feed(fd, SPAN("one\r\ntwo\r\n"));
		CHECK_INT(stream_read_line(s, 100, &line), 0);
		CHECK_INT(stream_put(s, SPAN("1\r\n")), 0);
		stream_rest();
		CHECK_INT(stream_read_line(s, 100, &line), 0);
		CHECK_SPAN(line, SPAN("two"));
		CHECK_INT(stream_flush(s), 0);
		stream_rest();
	}
	stream_close(s);
	close(fd);
}
