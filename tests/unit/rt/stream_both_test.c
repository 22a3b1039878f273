/* A reader and a writer at once on one stream, in clear text and under TLS. */
#include "stream_harness.h"
#include "tls_harness.h"

#include <openssl/ssl.h>
#include <stdlib.h>

#include "rt/stream/stream_impl.h"
#include "rt/stream/tls_impl.h"

enum { MUCH = 1 << 20 };

/* One stream, used by two fibres at the same time. */
struct side {
	struct stream *s;
	char salt;  /* what this side sends differs from what it gets */
	bool rekey; /* half-way it asks for new keys of both sides, RFC 8446 4.6.3 */
	size_t n_got, n_wrong;
	int read_r, write_r;
};

static char octet_at(size_t i, char salt)
{
	return (char)(i * 31 + i / 251 + (size_t)salt);
}

static void read_all(void *arg)
{
	struct side *d = arg;
	while (d->n_got < MUCH && (d->read_r = stream_fill(d->s)) == 0) {
		struct span p = stream_peek(d->s);
		for (size_t i = 0; i < p.n; i++)
			d->n_wrong += p.p[i] != octet_at(d->n_got + i, (char)(1 - d->salt));
		d->n_got += p.n;
		stream_consume(d->s, p.n);
	}
}

/* Also larger pieces than the socket or a stream's buffer holds. */
static void write_all(void *arg)
{
	struct side *d = arg;
	char *all = malloc(MUCH);
	size_t n;
	for (size_t i = 0; i < MUCH; i++)
		all[i] = octet_at(i, d->salt);
	for (size_t at = 0; at < MUCH && d->write_r == 0; at += n) {
		n = (at * 7 + 1) % 150000;
		n = n < MUCH - at ? n : MUCH - at;
		d->write_r = stream_put(d->s, span_make(all + at, n));
		if (d->rekey && at + n > MUCH / 2) {
			CHECK_INT(SSL_key_update(d->s->tls->ssl, SSL_KEY_UPDATE_REQUESTED), 1);
			d->rekey = false;
		}
	}
	if (d->write_r == 0)
		d->write_r = stream_flush(d->s);
	free(all);
}

/* Everything goes both ways at once: whoever read only after writing would stand still. */
static void check_both_ways(struct stream *a, struct stream *b, bool rekey)
{
	struct side side[2] = { { .s = a, .rekey = rekey }, { .s = b, .salt = 1 } };
	struct nursery n;
	FIBRE_TIMEOUT(60000);
	nursery_init(&n);
	for (int i = 0; i < 2; i++) {
		CHECK_INT(nursery_spawn(&n, "reader", read_all, &side[i]), 0);
		CHECK_INT(nursery_spawn(&n, "writer", write_all, &side[i]), 0);
	}
	CHECK_INT(nursery_wait(&n), 0);
	for (int i = 0; i < 2; i++) {
		CHECK_INT(side[i].read_r, 0);
		CHECK_INT(side[i].write_r, 0);
		CHECK_INT(side[i].n_got, MUCH);
		CHECK_INT(side[i].n_wrong, 0);
		CHECK(!side[i].rekey); /* it was done */
	}
}

static void keep_small(struct stream *s)
{
	int small = 4096;
	test_time_calm(TEST_CALM_TCP_STALLS);
	CHECK_INT(setsockopt(stream_fd(s), SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
}

FIBRE_TEST(both_ways_at_once)
{
	struct stream *a, *b;
	int fd;
	a = stream_and_fd(&fd);
	CHECK_INT(stream_open_fd(fd, &b), 0);
	check_both_ways(a, b, false);
	stream_close(a);
	stream_close(b);
	tcp_pair(&a, &b);
	keep_small(a);
	keep_small(b);
	check_both_ways(a, b, false);
	stream_close(a);
	stream_close(b);
}

struct server {
	struct stream *s;
	struct tls_context *ctx;
};

static void accept_tls(void *arg)
{
	struct server *server = arg;
	CHECK_INT(stream_tls_accept(server->s, server->ctx), 0);
}

static void tls_pair(struct stream **client, struct stream **server, int version)
{
	struct server d = { .ctx = server_context("EC", "mx") };
	struct tls_context *ctx = NULL;
	struct nursery n;
	nursery_init(&n);
	SSL_CTX_set_max_proto_version(d.ctx->ssl, version);
	CHECK_INT(tls_client_new(false, &ctx), 0);
	tcp_pair(client, &d.s);
	CHECK_INT(nursery_spawn(&n, "server", accept_tls, &d), 0);
	CHECK_INT(stream_tls_connect(*client, ctx, "mx"), 0);
	CHECK_INT(nursery_wait(&n), 0);
	*server = d.s;
	tls_free(ctx);
	tls_free(d.ctx);
}

/* With keys that change while both write (RFC 8446 4.6.3). */
FIBRE_TEST(both_ways_at_once_over_tls)
{
	static const int versions[] = { TLS1_3_VERSION, TLS1_2_VERSION };
	EACH_ROW(versions) {
		for (int small = 0; small < 2; small++) {
			struct stream *client, *server;
			tls_pair(&client, &server, versions[row]);
			if (small)
				keep_small(client);
			if (small)
				keep_small(server);
			check_both_ways(client, server, versions[row] == TLS1_3_VERSION);
			check_both_ways(server, client, versions[row] == TLS1_3_VERSION);
			stream_close(client);
			stream_close(server);
		}
	}
}

enum { FLOOD = 600000 };

struct putter {
	struct stream *s;
	struct span octets;
	int64_t deadline_at;
	int r;
};

static void put_one(void *arg)
{
	struct putter *p = arg;
	if (p->deadline_at)
		fibre_deadline_set(p->deadline_at);
	p->r = stream_put(p->s, p->octets);
	if (p->r == 0)
		p->r = stream_flush(p->s);
}

static char *flood_of(char c)
{
	char *flood = malloc(FLOOD);
	memset(flood, c, FLOOD);
	return flood;
}

/* Three who write while the first still waits: each whole, in their order. */
FIBRE_TEST(a_put_comes_whole_and_in_its_turn)
{
	char *flood = flood_of('x');
	struct stream *a, *b;
	int fd;
	a = stream_and_fd(&fd);
	CHECK_INT(stream_open_fd(fd, &b), 0);
	struct putter p[3] = { { .s = a, .octets = span_make(flood, FLOOD) },
		               { .s = a, .octets = SPAN("one\r\n") },
		               { .s = a, .octets = SPAN("two\r\n") } };
	struct nursery n;
	struct span line;
	nursery_init(&n);
	for (int i = 0; i < 3; i++)
		CHECK_INT(nursery_spawn(&n, "putter", put_one, &p[i]), 0);
	settle();
	CHECK(a->out_busy);
	for (size_t n_got = 0; n_got < FLOOD;) {
		CHECK_INT(stream_fill(b), 0);
		size_t some = stream_peek(b).n < FLOOD - n_got ? stream_peek(b).n : FLOOD - n_got;
		CHECK(memchr(stream_peek(b).p, 'o', some) == NULL);
		stream_consume(b, some);
		n_got += some;
	}
	CHECK_INT(stream_read_line(b, 100, &line), 0);
	CHECK_SPAN(line, SPAN("one"));
	CHECK_INT(stream_read_line(b, 100, &line), 0);
	CHECK_SPAN(line, SPAN("two"));
	CHECK_INT(nursery_wait(&n), 0);
	for (int i = 0; i < 3; i++)
		CHECK_INT(p[i].r, 0);
	stream_close(a);
	stream_close(b);
	free(flood);
}

/* Half of a put went out and the rest will not: nothing may follow.  Who waited for
 * his turn learns of it; who was cancelled before it put nothing. */
FIBRE_TEST(half_a_put_ends_the_output)
{
	char *flood = flood_of('x');
	int fd;
	struct stream *s = stream_and_fd(&fd);
	struct putter p[3] = { { .s = s, .octets = span_make(flood, FLOOD) },
		               { .s = s, .octets = SPAN("one\r\n") },
		               { .s = s, .octets = SPAN("two\r\n") } };
	struct nursery first, second, third;
	nursery_init(&first);
	nursery_init(&second);
	nursery_init(&third);
	CHECK_INT(nursery_spawn(&first, "putter", put_one, &p[0]), 0);
	CHECK_INT(nursery_spawn(&second, "putter", put_one, &p[1]), 0);
	CHECK_INT(nursery_spawn(&third, "putter", put_one, &p[2]), 0);
	settle();
	nursery_cancel(&second);
	CHECK_INT(nursery_wait(&second), 0);
	CHECK_INT(p[1].r, ERR_CANCELLED);
	CHECK(s->out_busy);
	nursery_cancel(&first);
	CHECK_INT(nursery_wait(&first), 0);
	CHECK_INT(p[0].r, ERR_CANCELLED);
	CHECK_INT(nursery_wait(&third), 0);
	CHECK_INT(p[2].r, ERR_CANCELLED);
	CHECK_INT(stream_put(s, SPAN("x")), ERR_CANCELLED);
	feed(fd, SPAN("NOOP\r\n"));
	CHECK_INT(stream_fill(s), 0); /* the input goes on */
	stream_close(s);
	close(fd);
	free(flood);
}

struct reading {
	struct stream *s;
	struct span line;
	int r;
	bool over;
};

static void read_line(void *arg)
{
	struct reading *d = arg;
	d->r = stream_read_line(d->s, 100, &d->line);
	d->over = true;
}

/* The other side does not read, so the writer waits; a command is read all the same. */
FIBRE_TEST(a_stuck_writer_does_not_hold_the_reader)
{
	char *flood = flood_of('x');
	int fd;
	struct stream *s = stream_and_fd(&fd);
	struct putter p = { .s = s, .octets = span_make(flood, FLOOD) };
	struct reading d = { .s = s };
	struct nursery n;
	nursery_init(&n);
	CHECK_INT(nursery_spawn(&n, "putter", put_one, &p), 0);
	settle();
	CHECK_INT(fibre_spawn("reader", read_line, &d), 0);
	settle();
	feed(fd, SPAN("DONE\r\n"));
	settle();
	CHECK(d.over);
	CHECK_INT(d.r, 0);
	CHECK_SPAN(d.line, SPAN("DONE"));
	close(fd);
	CHECK_INT(nursery_wait(&n), 0);
	CHECK_INT(p.r, ERR_NET); /* and the writer hears of the end */
	stream_close(s);
	free(flood);
}
