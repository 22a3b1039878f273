/* tests/unit/courier/server.c - scripted SMTP servers; see harness.h. */
#include "harness.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

uint16_t servers_port;

struct talk {
	struct server *server;
	struct stream *stream;
};

static struct span bio_span(BIO *b)
{
	char *p;
	long n = BIO_get_mem_data(b, &p);

	return span_make(p, (size_t)n);
}

/* A certificate that nobody vouches for: opportunistic TLS takes it. */
static struct tls_context *self_signed(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	BIO *key_pem = BIO_new(BIO_s_mem()), *cert_pem = BIO_new(BIO_s_mem());
	struct tls_context *ctx = NULL;

	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
	                           (const unsigned char *)"elsewhere.test", -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(cert));
	X509_sign(cert, key, EVP_sha256());
	PEM_write_bio_X509(cert_pem, cert);
	PEM_write_bio_PrivateKey(key_pem, key, NULL, NULL, 0, NULL, NULL);
	CHECK_INT(tls_server_new(bio_span(cert_pem), bio_span(key_pem), &ctx), 0);
	BIO_free(cert_pem);
	BIO_free(key_pem);
	X509_free(cert);
	EVP_PKEY_free(key);
	return ctx;
}

static int handshake(struct stream *s)
{
	struct tls_context *ctx = self_signed();
	int r = stream_tls_accept(s, ctx);

	tls_free(ctx);
	return r;
}

static int send_text(struct stream *s, struct span text, bool line)
{
	struct span part;
	int r = 0;

	while (r >= 0 && span_split(&text, '|', &part)) {
		r = stream_put(s, part);
		if (r >= 0 && (text.n || line))
			r = stream_put(s, SPAN("\r\n"));
	}
	return r;
}

static int expect(struct talk *t, struct span verb)
{
	struct span line;
	int r = stream_read_line(t->stream, 2000, &line);

	if (r < 0)
		return r;
	buf_put(&t->server->heard, line);
	buf_putc(&t->server->heard, '\n');
	if (span_starts_nocase(line, verb))
		return 0;
	t->server->n_wrong++;
	return ERR_SYNTAX;
}

static int read_message(struct talk *t)
{
	struct server *server = t->server;
	struct span line;
	int r;

	buf_reset(&server->body);
	while ((r = stream_read_line(t->stream, 2000, &line)) >= 0) {
		if (span_eq(line, SPAN("."))) {
			server->n_messages++;
			return 0;
		}
		span_eat(&line, SPAN("."));
		buf_put(&server->body, line);
		buf_put(&server->body, SPAN("\r\n"));
		server->n_body += line.n + 2;
	}
	return r;
}

static int read_octets(struct stream *s, struct span number)
{
	uint64_t n;
	int r;

	CHECK_INT(span_to_u64(number, 1 << 20, &n), 0);
	while (n) {
		struct span in = stream_peek(s);
		size_t take = in.n < n ? in.n : n;

		stream_consume(s, take);
		n -= take;
		if (n && (r = stream_fill(s)) < 0)
			return r;
	}
	return 0;
}

static int hang(struct stream *s)
{
	int r;

	while ((r = stream_fill(s)) >= 0)
		stream_consume(s, stream_peek(s).n);
	return r;
}

static int flood(struct stream *s)
{
	int r;

	while ((r = stream_put(s, SPAN("250-and so on, and so on\r\n"))) >= 0)
		continue;
	return r;
}

static int trickle(struct stream *s)
{
	int r;

	while ((r = stream_put(s, SPAN("2"))) >= 0 && (r = stream_flush(s)) >= 0)
		if ((r = fibre_sleep(20)) < 0)
			break;
	return r;
}

static int rest(struct talk *t)
{
	int r;

	while ((r = expect(t, SPAN(""))) >= 0) {
		bool quit = span_ends_nocase(buf_span(&t->server->heard), SPAN("QUIT\n"));

		r = send_text(t->stream, span_str(quit ? "221 bye" : "250 ok"), true);
		if (r < 0 || quit)
			break;
	}
	return r;
}

static int step(struct talk *t, struct span s)
{
	if (span_eat(&s, SPAN("> ")))
		return send_text(t->stream, s, true);
	if (span_eat(&s, SPAN("+ ")))
		return send_text(t->stream, s, false);
	if (span_eat(&s, SPAN("< ")))
		return expect(t, s);
	if (span_eat(&s, SPAN("cut ")))
		return read_octets(t->stream, s);
	if (span_eq(s, SPAN(".")))
		return read_message(t);
	if (span_eq(s, SPAN("tls")))
		return handshake(t->stream);
	if (span_eq(s, SPAN("flood")))
		return flood(t->stream);
	if (span_eq(s, SPAN("trickle")))
		return trickle(t->stream);
	if (span_eq(s, SPAN("rest")))
		return rest(t);
	CHECK_SPAN(s, SPAN("hang"));
	return hang(t->stream);
}

static void play(struct talk *t, struct span script)
{
	struct span mark = script, s;
	int r = 0;

	while (r >= 0 && span_split(&script, '\n', &s)) {
		if (span_eq(s, SPAN("mark")))
			mark = script;
		else if (span_eq(s, SPAN("again")))
			script = mark;
		else
			r = step(t, s);
	}
	if (r >= 0)
		(void)!stream_flush(t->stream);
}

static void serve(void *arg)
{
	struct talk *t = arg;
	struct server *server = t->server;
	unsigned i = server->n_connections++;

	while (i >= N_ELEMS(server->scripts) || !server->scripts[i])
		i--;
	server->n_open++;
	play(t, span_str(server->scripts[i]));
	server->n_open--;
	stream_close(t->stream);
	free(t);
}

static void on_accept(struct stream *s, void *arg)
{
	struct talk *t = calloc(1, sizeof *t);

	t->server = arg;
	t->stream = s;
	CHECK_INT(fibre_spawn("server", serve, t), 0);
}

static int bind_to(const char *address, uint16_t *port)
{
	struct address at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1,
	    small = 64 << 10;

	CHECK_INT(address_parse(span_str(address), *port, &at), 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	if (bind(fd, &at.sa, at.len) < 0 || getsockname(fd, &at.sa, &at.len) < 0) {
		close(fd);
		return -1;
	}
	*port = ntohs(at.in.sin_port);
	return fd;
}

uint16_t pick_port(void)
{
	for (;;) {
		uint16_t port = 0;
		int fd = bind_to("127.0.0.2", &port), fd2 = bind_to("127.0.0.3", &port);

		close(fd);
		if (fd2 < 0)
			continue;
		close(fd2);
		return port;
	}
}

int listen_on(const char *address, int backlog)
{
	int fd = bind_to(address, &servers_port);

	CHECK(fd >= 0);
	CHECK_INT(listen(fd, backlog), 0);
	return fd;
}

void server_open(struct server *s)
{
	int fd = listen_on(s->address, 128);

	s->heard = BUF(1 << 20);
	s->body = BUF(64 << 20);
	CHECK_INT(listener_open(fd, on_accept, s, &s->listener), 0);
}

void server_close(struct server *s)
{
	listener_close(s->listener);
	WAIT_FOR(!s->n_open);
	CHECK_INT(s->n_wrong, 0);
	buf_fini(&s->heard);
	buf_fini(&s->body);
}
