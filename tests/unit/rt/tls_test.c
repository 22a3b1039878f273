/* TLS contexts and streams with TLS: handshakes, trust, STARTTLS, parking. */
#include "stream_harness.h"
#include "tls_harness.h"

#include <openssl/ssl.h>
#include <stdio.h>

#include "rt/stream/stream_impl.h"
#include "rt/stream/tls_impl.h"

struct side {
	struct stream *s;
	struct tls_context *ctx;
	struct span before; /* what is put before the handshake */
	int r;              /* of the handshake */
	bool over;
};

static void accept_tls(void *arg)
{
	struct side *side = arg;
	if (side->before.n)
		CHECK_INT(stream_put(side->s, side->before), 0);
	side->r = stream_tls_accept(side->s, side->ctx);
	side->over = true;
}

static void wait_for(const bool *over)
{
	while (!*over)
		CHECK_INT(fibre_yield(), 0);
}

/* Both handshake over TCP; returns what the client's gave. */
static int shake(struct side *client, struct side *server, const char *name)
{
	tcp_pair(&client->s, &server->s);
	CHECK_INT(fibre_spawn("server", accept_tls, server), 0);
	client->r = stream_tls_connect(client->s, client->ctx, name);
	wait_for(&server->over);
	return client->r;
}

static void close_both(struct side *client, struct side *server)
{
	stream_close(client->s);
	stream_close(server->s);
	tls_free(client->ctx);
	tls_free(server->ctx);
}

static void read_all_lines(void *arg)
{
	struct side *side = arg;
	struct span line;
	while (stream_read_line(side->s, 1000, &line) == 0)
		CHECK_INT(stream_printf(side->s, "got %.*s\r\n", SPAN_ARG(line)), 0);
	side->over = true;
}

FIBRE_TEST(lines_travel_over_tls)
{
	static const char *const algorithms[] = { "EC", "RSA" };
	EACH_ROW(algorithms) {
		struct side client = { 0 },
		            server = { .ctx = server_context(algorithms[row], "mx") };
		struct span line;
		char want[40];
		CHECK_INT(tls_client_new(false, &client.ctx), 0);
		CHECK_INT(shake(&client, &server, "mx"), 0);
		CHECK_INT(server.r, 0);
		CHECK_STR(stream_tls(client.s)->version, "TLSv1.3");
		CHECK_STR(stream_tls(server.s)->version, "TLSv1.3");
		CHECK_STR(stream_tls(client.s)->cipher, stream_tls(server.s)->cipher);
		CHECK_INT(stream_tls(server.s)->bits, 256);
		CHECK(!stream_tls(client.s)->verified);
		server.over = false;
		CHECK_INT(fibre_spawn("server", read_all_lines, &server), 0);
		for (int i = 0; i < 20; i++) {
			CHECK_INT(stream_printf(client.s, "NOOP %d\r\n", i), 0);
			CHECK_INT(stream_read_line(client.s, 1000, &line), 0);
			snprintf(want, sizeof want, "got NOOP %d", i);
			CHECK_SPAN(line, span_str(want));
		}
		stream_close(TAKE(client.s)); /* close_notify ends the server's input */
		wait_for(&server.over);
		CHECK_INT(stream_fill(server.s), ERR_CLOSED);
		close_both(&client, &server);
	}
}

static bool pool_seen;

static void look_at(UNUSED const char *name, const char *waits_for, UNUSED int64_t since_at,
                    UNUSED void *arg)
{
	pool_seen |= waits_for && strstr(waits_for, "pool");
}

static void look(UNUSED void *arg)
{
	fibre_each(look_at, NULL);
}

/* Half a millisecond of RSA would hold up everybody; P-256 would not. */
FIBRE_TEST(rsa_handshakes_go_to_the_pool)
{
	static const char *const algorithms[] = { "EC", "RSA" };
	static struct loop_hook hook = { .fn = look };
	loop_before_sleep(&hook);
	EACH_ROW(algorithms) {
		struct side client = { 0 },
		            server = { .ctx = server_context(algorithms[row], "mx") };
		CHECK_INT(tls_client_new(false, &client.ctx), 0);
		pool_seen = false;
		CHECK_INT(shake(&client, &server, "mx"), 0);
		CHECK_INT(pool_seen, row == 1);
		close_both(&client, &server);
	}
	printf("stack high-water: %zu octets\n", fibre_stack_high_water());
}

FIBRE_TEST(a_command_over_tls_costs_one_read_and_one_write)
{
	enum { COMMANDS = 50 };
	struct side client = { 0 }, server = { .ctx = server_context("EC", "mx") };
	struct span line;
	CHECK_INT(tls_client_new(false, &client.ctx), 0);
	CHECK_INT(shake(&client, &server, "mx"), 0);
	server.over = false;
	CHECK_INT(fibre_spawn("server", read_all_lines, &server), 0);
	CHECK_INT(stream_printf(client.s, "EHLO a\r\n"), 0);
	CHECK_INT(stream_read_line(client.s, 1000, &line), 0); /* the ticket came before */
	struct stream_counts before = stream_counts;
	for (int i = 0; i < COMMANDS; i++) {
		CHECK_INT(stream_printf(client.s, "NOOP %d\r\n", i), 0);
		CHECK_INT(stream_read_line(client.s, 1000, &line), 0);
	}
	CHECK_INT(stream_counts.reads - before.reads, 2 * COMMANDS);
	CHECK_INT(stream_counts.writes - before.writes, 2 * COMMANDS);
	stream_close(TAKE(client.s));
	wait_for(&server.over);
	close_both(&client, &server);
}

enum { MUCH = 1 << 20 };

static void send_much(void *arg)
{
	struct side *side = arg;
	char *p = malloc(MUCH);
	for (size_t i = 0; i < MUCH; i++)
		p[i] = (char)(i * 7 + i / 256);
	CHECK_INT(stream_put(side->s, span_make(p, 100)), 0);
	CHECK_INT(stream_put(side->s, span_make(p + 100, MUCH - 100)), 0);
	CHECK_INT(stream_flush(side->s), 0);
	free(p);
	side->over = true;
}

FIBRE_TEST(much_travels_over_tls)
{
	struct side client = { 0 }, server = { .ctx = server_context("EC", "mx") };
	size_t n = 0, n_wrong = 0;
	int small = 4096;
	CHECK_INT(tls_client_new(false, &client.ctx), 0);
	CHECK_INT(shake(&client, &server, "mx"), 0);
	setsockopt(stream_fd(server.s), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	server.over = false;
	CHECK_INT(fibre_spawn("sender", send_much, &server), 0);
	while (n < MUCH && stream_fill(client.s) == 0) {
		struct span p = stream_peek(client.s);
		for (size_t i = 0; i < p.n; i++)
			n_wrong += p.p[i] != (char)((n + i) * 7 + (n + i) / 256);
		n += p.n;
		stream_consume(client.s, p.n);
	}
	CHECK_INT(n, MUCH);
	CHECK_INT(n_wrong, 0);
	wait_for(&server.over);
	close_both(&client, &server);
}

/* RFC 3207 4.2: what came in clear text behind STARTTLS is not answered inside TLS. */
FIBRE_TEST(commands_from_before_tls_are_discarded)
{
	struct side client = { 0 },
	            server = { .ctx = server_context("EC", "mx"), .before = SPAN("220 go\r\n") };
	struct span line;
	CHECK_INT(tls_client_new(false, &client.ctx), 0);
	tcp_pair(&client.s, &server.s);
	CHECK_INT(stream_put(client.s, SPAN("STARTTLS\r\nRSET\r\nNO")), 0);
	CHECK_INT(stream_flush(client.s), 0);
	CHECK_INT(stream_read_line(server.s, 100, &line), 0);
	CHECK_SPAN(stream_peek(server.s), SPAN("RSET\r\nNO"));
	CHECK_INT(fibre_spawn("server", accept_tls, &server), 0);
	CHECK_INT(stream_read_line(client.s, 100, &line), 0);
	CHECK_SPAN(line, SPAN("220 go"));
	CHECK_INT(stream_tls_connect(client.s, client.ctx, "mx"), 0);
	wait_for(&server.over);
	CHECK_INT(server.r, 0);
	CHECK_INT(stream_put(client.s, SPAN("EHLO a\r\n")), 0);
	CHECK_INT(stream_flush(client.s), 0);
	CHECK_INT(stream_read_line(server.s, 100, &line), 0);
	CHECK_SPAN(line, SPAN("EHLO a"));
	close_both(&client, &server);
}

/* The other way round: replies put behind the 220 end the dialogue. */
FIBRE_TEST(replies_from_before_tls_are_refused)
{
	struct side client = { 0 };
	struct span line;
	int fd;
	CHECK_INT(tls_client_new(false, &client.ctx), 0);
	client.s = stream_and_fd(&fd);
	feed(fd, SPAN("220 go\r\n250 injected\r\n"));
	CHECK_INT(stream_read_line(client.s, 100, &line), 0);
	CHECK_INT(stream_tls_connect(client.s, client.ctx, "mx"), ERR_TLS);
	CHECK(stream_tls(client.s) == NULL);
	CHECK_INT(stream_fill(client.s), ERR_TLS);
	close(fd);
	stream_close(client.s);
	tls_free(client.ctx);
}

/* A file of roots that holds only c, for the contexts made while it is there. */
static void trust(const struct certificate *c, struct tls_context **out)
{
	char path[] = "/tmp/postrider-roots-XXXXXX";
	int fd = mkstemp(path);
	CHECK_INT(write(fd, c->certificate.p, c->certificate.n), c->certificate.n);
	setenv("SSL_CERT_FILE", path, 1);
	CHECK_INT(tls_client_new(true, out), 0);
	unsetenv("SSL_CERT_FILE");
	unlink(path);
	close(fd);
}

FIBRE_TEST(a_verifying_client_checks_chain_and_name)
{
	static const struct {
		bool known; /* the server's certificate is among the roots */
		const char *name;
		int r;
		const char *words;
	} t[] = {
		{ true, "mx.example", 0, NULL },
		{ true, "other.example", ERR_CERTIFICATE, "certificate: hostname mismatch" },
		{ true, "192.0.2.1", ERR_CERTIFICATE, "certificate: IP address mismatch" },
		{ true, NULL, ERR_TLS, "no name to check the certificate against" },
		{ false, "mx.example", ERR_CERTIFICATE, "certificate: self-signed certificate" },
	};
	struct certificate good = certificate_new("EC", "mx.example");
	struct certificate other = certificate_new("EC", "mx.example");
	EACH_ROW(t) {
		struct side client = { 0 }, server = { 0 };
		const struct certificate *c = t[row].known ? &good : &other;
		trust(&good, &client.ctx);
		CHECK_INT(tls_server_new(c->certificate, c->key, &server.ctx), 0);
		tcp_pair(&client.s, &server.s);
		CHECK_INT(fibre_spawn("server", accept_tls, &server), 0);
		CHECK_INT(stream_tls_connect(client.s, client.ctx, t[row].name), t[row].r);
		if (t[row].r == 0)
			CHECK(stream_tls(client.s)->verified);
		else
			CHECK_STR(err_str(t[row].r), t[row].words);
		stream_close(TAKE(client.s));
		wait_for(&server.over);
		close_both(&client, &server);
	}
	certificate_free(&good);
	certificate_free(&other);
}

/* RFC 6066 3 */
FIBRE_TEST(a_name_chooses_the_certificate)
{
	static const struct {
		const char *asked, *shown;
	} t[] = {
		{ "mx.example", "mx.example" },
		{ "autoconfig.example", "autoconfig.example" },
		{ "x.wild.example", "*.wild.example" },
		{ "two.example", "two.example" },
		{ "TWO.example", "two.example" },
		{ "other.example", "mx.example" },
		{ "y.x.wild.example", "mx.example" },
		{ NULL, "mx.example" },
	};
	static const char *const names[] = { "autoconfig.example", "*.wild.example", "two.example",
		                             "two.example" };

	for (int rsa = 0; rsa < 2; rsa++) {
		struct side server = { .ctx = server_context("EC", "mx.example") };
		for (size_t i = 0; i < N_ELEMS(names); i++) {
			struct certificate c = certificate_new(rsa ? "RSA" : "EC", names[i]);
			AUTO_BUF pem = BUF(1 << 16);
			buf_put(&pem, i % 2 ? c.key : c.certificate);
			buf_put(&pem, i % 2 ? c.certificate : c.key);
			CHECK_INT(tls_server_add(server.ctx, exact(buf_span(&pem))), 0);
			CHECK_INT(tls_server_add(server.ctx, exact(c.certificate)), ERR_CONFIG);
			CHECK_INT(tls_server_add(server.ctx, exact(c.key)), ERR_CONFIG);
			certificate_free(&c);
		}
		EACH_ROW(t) {
			struct side client = { 0 };
			char shown[256] = "";
			CHECK_INT(tls_client_new(false, &client.ctx), 0);
			tcp_pair(&client.s, &server.s);
			server.over = false;
			CHECK_INT(fibre_spawn("server", accept_tls, &server), 0);
			CHECK_INT(stream_tls_connect(client.s, client.ctx, t[row].asked), 0);
			X509 *x = SSL_get1_peer_certificate(client.s->tls->ssl);
			X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, shown,
			                          sizeof shown);
			X509_free(x);
			CHECK_STR(shown, t[row].shown);
			stream_close(TAKE(client.s));
			wait_for(&server.over);
			stream_close(TAKE(server.s));
			tls_free(client.ctx);
		}
		tls_free(server.ctx);
	}
}

FIBRE_TEST(what_is_no_handshake_fails)
{
	static const struct {
		struct span sent;
		bool then_close;
		int r;
	} t[] = {
		{ SPAN("EHLO a\r\n"), false, ERR_TLS },
		{ SPAN("GET / HTTP/1.1\r\n\r\n"), false, ERR_TLS },
		{ SPAN("\x16\x03\x01"), true, ERR_CLOSED },
		{ SPAN(""), true, ERR_CLOSED },
		{ SPAN("\x16\x03\x01"), false, ERR_TIMEOUT },
	};
	EACH_ROW(t) {
		struct tls_context *ctx = server_context("EC", "mx");
		int fd;
		struct stream *s = stream_and_fd(&fd);
		FIBRE_TIMEOUT(t[row].r == ERR_TIMEOUT ? 10 : 5000);
		feed(fd, t[row].sent);
		if (t[row].then_close)
			shutdown(fd, SHUT_WR);
		CHECK_INT(stream_tls_accept(s, ctx), t[row].r);
		CHECK_INT(stream_put(s, SPAN("x")), t[row].r);
		CHECK_INT(stream_try_fill(s), t[row].r);
		stream_close(s);
		close(fd);
		tls_free(ctx);
	}
}

static size_t n_resumed;
static struct cond resumed;

static void on_resume(void *arg, int r)
{
	CHECK_INT(r, 0);
	*(bool *)arg = true;
	n_resumed++;
	cond_broadcast(&resumed);
}

/* A new certificate replaces the old one while a client is in its handshake. */
FIBRE_TEST(a_context_may_be_freed_during_a_handshake)
{
	struct side client = { 0 }, server = { .ctx = server_context("RSA", "mx") };
	tls_server_protocol(server.ctx, "smtp");
	CHECK_INT(tls_client_new(false, &client.ctx), 0);
	tcp_pair(&client.s, &server.s);
	CHECK_INT(fibre_spawn("server", accept_tls, &server), 0);
	CHECK_INT(fibre_yield(), 0);
	CHECK(!server.over);
	tls_free(TAKE(server.ctx));
	CHECK_INT(stream_tls_connect(client.s, client.ctx, "mx"), 0);
	wait_for(&server.over);
	CHECK_INT(server.r, 0);
	close_both(&client, &server);
}

/* Two commands in one record: the second waits in OpenSSL's or our buffer, where
 * epoll does not see it, so the stream must not park. */
FIBRE_TEST(a_tls_stream_parks_when_nothing_is_buffered)
{
	struct side client = { 0 }, server = { .ctx = server_context("EC", "mx") };
	struct span line;
	bool there = false;
	cond_init(&resumed);
	CHECK_INT(tls_client_new(false, &client.ctx), 0);
	CHECK_INT(shake(&client, &server, "mx"), 0);
	CHECK_INT(stream_put(client.s, SPAN("one\r\ntwo\r\n")), 0);
	CHECK_INT(stream_flush(client.s), 0);
	CHECK_INT(stream_read_line(server.s, 100, &line), 0);
	CHECK_INT(stream_park(server.s, CLOCK_NEVER, "s", on_resume, &there), ERR_AGAIN);
	CHECK_INT(stream_read_line(server.s, 100, &line), 0);
	CHECK_SPAN(line, SPAN("two"));
	CHECK_INT(stream_park(server.s, CLOCK_NEVER, "s", on_resume, &there), 0);
	CHECK(!server.s->in && !server.s->out);
	settle();
	CHECK(!there);
	CHECK_INT(stream_put(client.s, SPAN("three\r\n")), 0);
	CHECK_INT(stream_flush(client.s), 0);
	while (!there)
		CHECK_INT(cond_wait(&resumed, "resume"), 0);
	CHECK_INT(stream_try_line(server.s, 100, &line), 0);
	CHECK_SPAN(line, SPAN("three"));
	close_both(&client, &server);
}

/* What our buffer had no room for waits in OpenSSL's, and the socket is empty. */
FIBRE_TEST(a_tls_stream_with_octets_in_openssl_does_not_park)
{
	enum { BYTES = 100, RECORDS = STREAM_IN_BYTES / BYTES + 1 };
	static char octets[BYTES];
	struct side client = { 0 }, server = { .ctx = server_context("EC", "mx") };
	bool there = false;
	CHECK_INT(tls_client_new(false, &client.ctx), 0);
	CHECK_INT(shake(&client, &server, "mx"), 0);
	for (int i = 0; i < RECORDS; i++) {
		CHECK_INT(stream_put(client.s, span_make(octets, sizeof octets)), 0);
		CHECK_INT(stream_flush(client.s), 0);
	}
	while (stream_peek(server.s).n < STREAM_IN_BYTES)
		CHECK_INT(stream_fill(server.s), 0);
	CHECK(server.s->drained && stream_tls_buffered(server.s));
	stream_consume(server.s, STREAM_IN_BYTES);
	CHECK_INT(stream_park(server.s, CLOCK_NEVER, "s", on_resume, &there), ERR_AGAIN);
	CHECK_INT(stream_peek(server.s).n, RECORDS * BYTES - STREAM_IN_BYTES);
	close_both(&client, &server);
}

/* The server's session ticket reaches a client that is parked: no command, no fibre. */
FIBRE_TEST(a_record_without_content_does_not_resume)
{
	struct side client = { 0 }, server = { .ctx = server_context("EC", "mx") };
	bool there = false;
	cond_init(&resumed);
	CHECK_INT(tls_client_new(false, &client.ctx), 0);
	tcp_pair(&client.s, &server.s);
	CHECK_INT(fibre_spawn("server", accept_tls, &server), 0);
	CHECK_INT(stream_tls_connect(client.s, client.ctx, "mx"), 0);
	CHECK_INT(stream_park(client.s, CLOCK_NEVER, "c", on_resume, &there), 0);
	struct stream_counts before = stream_counts;
	wait_for(&server.over);
	settle();
	CHECK(stream_counts.reads > before.reads);
	CHECK(!there);
	CHECK(client.s->parked && !client.s->in);
	CHECK_INT(stream_put(server.s, SPAN("250 x\r\n")), 0);
	CHECK_INT(stream_flush(server.s), 0);
	while (!there)
		CHECK_INT(cond_wait(&resumed, "resume"), 0);
	close_both(&client, &server);
}

/* RFC 7301: threats 20, a browser that is made to talk to us offers h2. */
FIBRE_TEST(other_protocols_are_refused)
{
	static const struct {
		const char *offered;
		int r;
	} t[] = {
		{ NULL, 0 }, { "\4smtp", 0 }, { "\2h2\4smtp", 0 }, { "\2h2\10http/1.1", ERR_TLS }
	};
	EACH_ROW(t) {
		struct side server = { .ctx = server_context("EC", "mx") };
		SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
		SSL *ssl = SSL_new(ctx);
		struct stream *s;
		int r, fd;
		tls_server_protocol(server.ctx, "smtp");
		server.s = stream_and_fd(&fd);
		s = server.s;
		if (t[row].offered)
			SSL_set_alpn_protos(ssl, (const unsigned char *)t[row].offered,
			                    (unsigned)strlen(t[row].offered));
		SSL_set_fd(ssl, fd);
		CHECK_INT(fibre_spawn("server", accept_tls, &server), 0);
		while ((r = SSL_connect(ssl)) != 1 && SSL_get_error(ssl, r) == SSL_ERROR_WANT_READ)
			CHECK_INT(fibre_yield(), 0);
		wait_for(&server.over);
		CHECK_INT(server.r, t[row].r);
		CHECK_INT(r == 1, t[row].r == 0);
		stream_close(s);
		SSL_free(ssl);
		SSL_CTX_free(ctx);
		tls_free(server.ctx);
		close(fd);
	}
}

TEST(bad_certificates_and_keys_are_refused_with_words)
{
	struct certificate a = certificate_new("EC", "mx"), b = certificate_new("EC", "mx");
	const struct {
		struct span certificate, key;
	} t[] = {
		{ SPAN(""), a.key },
		{ SPAN("no certificate"), a.key },
		{ a.key, a.key },
		{ a.certificate, SPAN("") },
		{ a.certificate, a.certificate },
		{ a.certificate, b.key },
		{ a.certificate,
		  SPAN("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n") },
	};
	EACH_ROW(t) {
		struct tls_context *ctx = NULL;
		CHECK_INT(tls_server_new(exact(t[row].certificate), exact(t[row].key), &ctx),
		          ERR_CONFIG);
		CHECK(strstr(err_str(ERR_CONFIG), ": ") != NULL);
		CHECK(ctx == NULL);
	}
	certificate_free(&a);
	certificate_free(&b);
}

/* RFC 9266, RFC 5929 4: both ends have the same octets; those of tls-exporter are of one connection
 * alone. */
FIBRE_TEST(channel_bindings)
{
	static const struct {
		const char *name;
		int version, result;
		bool same; /* for each connection to this certificate */
	} t[] = {
		{ "tls-exporter", TLS1_3_VERSION, 0, false },
		{ "tls-exporter", TLS1_2_VERSION, ERR_UNKNOWN, false },
		{ "tls-server-end-point", TLS1_3_VERSION, 0, true },
		{ "tls-server-end-point", TLS1_2_VERSION, 0, true },
		{ "tls-unique", TLS1_2_VERSION, ERR_UNKNOWN, false },
		{ "", TLS1_3_VERSION, ERR_UNKNOWN, false },
	};
	struct side client = { 0 }, server = { .ctx = server_context("EC", "mx") };

	CHECK_INT(tls_client_new(false, &client.ctx), 0);
	EACH_ROW(t) {
		AUTO_BUF all = BUF(1024);
		size_t n[4] = { 0 };
		SSL_CTX_set_max_proto_version(client.ctx->ssl, t[row].version);
		for (int i = 0; i < 2; i++) {
			server.over = false;
			CHECK_INT(shake(&client, &server, "mx"), 0);
			CHECK_INT(stream_tls_binding(client.s, span_str(t[row].name), &all),
			          t[row].result);
			n[2 * i] = all.n;
			CHECK_INT(stream_tls_binding(server.s, span_str(t[row].name), &all),
			          t[row].result);
			n[2 * i + 1] = all.n;
			stream_close(client.s);
			stream_close(server.s);
		}
		if (t[row].result < 0)
			continue;
		CHECK_INT(all.n, 4 * 32);
		CHECK(memcmp(all.p, all.p + n[0], 32) == 0);
		CHECK(memcmp(all.p + n[1], all.p + n[2], 32) == 0);
		CHECK_INT(memcmp(all.p, all.p + n[1], 32) == 0, t[row].same);
	}
	tls_free(client.ctx);
	tls_free(server.ctx);
}

FIBRE_TEST(nothing_to_bind_to_without_tls)
{
	AUTO_BUF octets = BUF(64);
	struct stream *a, *b;

	tcp_pair(&a, &b);
	CHECK_INT(stream_tls_binding(a, SPAN("tls-exporter"), &octets), ERR_UNKNOWN);
	stream_close(a);
	stream_close(b);
}
