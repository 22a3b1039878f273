/* component/net/link_tls.c - TLS over a link's socket, by OpenSSL.
 *
 * OpenSSL's own BIO for sockets would raise SIGPIPE in a program that is not ours.
 */
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "component/net/link_impl.h"
#include "rt/stream/tls_impl.h"

struct link_tls_session {
	SSL *ssl;
	int fd, sys_errno;
	bool eof, failed;
};

/* Contexts, and the BIO that sends without SIGPIPE. */
struct link_tls_shared {
	struct tls_context *any, *verified, *dane;
	BIO_METHOD *method;
};

static int bio_read(BIO *bio, char *p, size_t n, size_t *got)
{
	struct link_tls_session *s = BIO_get_data(bio);
	ssize_t r;

	BIO_clear_retry_flags(bio);
	do
		r = recv(s->fd, p, n, 0);
	while (r < 0 && errno == EINTR);
	if (r > 0) {
		*got = (size_t)r;
		return 1;
	}
	s->eof = r == 0;
	if (r < 0 && errno == EAGAIN)
		BIO_set_retry_read(bio);
	else if (r < 0)
		s->sys_errno = errno;
	return 0;
}

static int bio_write(BIO *bio, const char *p, size_t n, size_t *put)
{
	struct link_tls_session *s = BIO_get_data(bio);
	ssize_t r;

	BIO_clear_retry_flags(bio);
	do
		r = send(s->fd, p, n, MSG_NOSIGNAL);
	while (r < 0 && errno == EINTR);
	if (r >= 0) {
		*put = (size_t)r;
		return 1;
	}
	if (errno == EAGAIN)
		BIO_set_retry_write(bio);
	else
		s->sys_errno = errno;
	return 0;
}

static long bio_ctrl(BIO *bio, int what, long n, void *p)
{
	struct link_tls_session *s = BIO_get_data(bio);

	(void)n;
	(void)p;
	return what == BIO_CTRL_EOF ? s->eof : what == BIO_CTRL_FLUSH;
}

static int make_shared(struct link_tls *tls)
{
	struct link_tls_shared *shared = tls->shared;

	if (shared)
		return 0;
	shared = calloc(1, sizeof *shared);
	if (shared)
		shared->method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | 127, "postrider");
	if (!shared || !shared->method) {
		free(shared);
		return tls_err(ERR_NO_MEMORY, "TLS");
	}
	BIO_meth_set_read_ex(shared->method, bio_read);
	BIO_meth_set_write_ex(shared->method, bio_write);
	BIO_meth_set_ctrl(shared->method, bio_ctrl);
	tls->shared = shared;
	return 0;
}

static int make_verified(const char *roots, struct tls_context **out)
{
	struct tls_context *ctx;
	int r;

	if (!roots)
		return tls_client_new(true, out);
	r = tls_client_new(false, &ctx);
	if (r < 0)
		return r;
	if (!SSL_CTX_load_verify_file(ctx->ssl, roots)) {
		tls_free(ctx);
		return tls_err(ERR_CONFIG, roots);
	}
	SSL_CTX_set_verify(ctx->ssl, SSL_VERIFY_PEER, NULL);
	ctx->verify = true;
	*out = ctx;
	return 0;
}

int link_tls_check_roots(const char *path)
{
	struct tls_context *ctx = NULL;
	int r = make_verified(path, &ctx);

	if (r == ERR_CONFIG)
		r = err(r, "%s holds no certificates in PEM form", path);
	tls_free(ctx);
	return r;
}

static int context_for(struct link_tls *tls, bool verify, bool dane, struct tls_context **out)
{
	int r = make_shared(tls);

	if (r < 0)
		return r;
	struct link_tls_shared *s = tls->shared;
	struct tls_context **ctx = dane ? &s->dane : verify ? &s->verified : &s->any;
	if (!*ctx)
		r = dane     ? tls_client_dane_new(ctx)
		    : verify ? make_verified(tls->roots, ctx)
		             : tls_client_new(false, ctx);
	*out = *ctx;
	return r;
}

void link_tls_reset(struct link_tls *tls, const char *roots)
{
	struct link_tls_shared *s = tls->shared;

	tls->roots = roots;
	if (!s)
		return;
	tls_free(TAKE(s->any));
	tls_free(TAKE(s->verified));
	tls_free(TAKE(s->dane));
}

void link_tls_fini(struct link_tls *tls)
{
	link_tls_reset(tls, NULL);
	if (tls->shared)
		BIO_meth_free(tls->shared->method);
	free(TAKE(tls->shared));
}

/* The link's from here on, whatever becomes of it. */
static int make_session(struct link *l, const struct link_tls *tls, SSL_CTX *ctx)
{
	struct link_tls_session *s = calloc(1, sizeof *s);
	BIO *bio;

	if (!s)
		return err(ERR_NO_MEMORY, "no memory for TLS");
	l->tls = s;
	s->fd = l->fd;
	s->ssl = SSL_new(ctx);
	bio = s->ssl ? BIO_new(tls->shared->method) : NULL;
	if (!bio)
		return tls_err(ERR_NO_MEMORY, "TLS");
	BIO_set_data(bio, s);
	BIO_set_init(bio, 1);
	SSL_set_bio(s->ssl, bio, bio);
	SSL_set_connect_state(s->ssl);
	return 0;
}

int link_tls_begin(struct link *l, struct link_tls *tls, bool verify, const char *name,
                   const struct deliver_dane *dane)
{
	struct tls_context *ctx;
	int r = context_for(tls, verify, dane != NULL, &ctx);

	if (r >= 0)
		r = make_session(l, tls, ctx->ssl);
	if (r < 0)
		return r;
	if (!dane)
		return tls_expect_name(l->tls->ssl, verify, name);
	return tls_expect_dane(l->tls->ssl, &(struct tls_dane){ .records = dane->records,
	                                                        .n_records = dane->n_records,
	                                                        .name = dane->base,
	                                                        .more_names = dane->names });
}

/* After a call into OpenSSL that failed. */
static int why(struct link *l, int r, const char *what)
{
	long verified = SSL_get_verify_result(l->tls->ssl);

	switch (SSL_get_error(l->tls->ssl, r)) {
	case SSL_ERROR_WANT_READ: l->tls_wants = POLLIN; return ERR_AGAIN;
	case SSL_ERROR_WANT_WRITE: l->tls_wants = POLLOUT; return ERR_AGAIN;
	case SSL_ERROR_ZERO_RETURN: return err(ERR_CLOSED, "the other side closed the connection");
	default: break;
	}
	l->tls->failed = true;
	errno = l->tls->sys_errno;
	if (errno)
		return err_errno(ERR_NET, "%s", what);
	if (l->tls->eof)
		return err(ERR_CLOSED, "%s: the other side closed the connection", what);
	if (verified != X509_V_OK && SSL_get_verify_mode(l->tls->ssl) != SSL_VERIFY_NONE)
		return err(ERR_CERTIFICATE, "certificate: %s",
		           X509_verify_cert_error_string(verified));
	return tls_err(ERR_TLS, what);
}

static void begin_call(struct link *l)
{
	ERR_clear_error();
	l->tls_wants = 0;
}

int link_tls_step(struct link *l)
{
	begin_call(l);
	int r = SSL_do_handshake(l->tls->ssl);
	return r == 1 ? 0 : why(l, r, "handshake");
}

int link_tls_read(struct link *l, char *p, size_t n)
{
	size_t got;

	begin_call(l);
	int r = SSL_read_ex(l->tls->ssl, p, n > INT_MAX ? INT_MAX : n, &got);
	return r > 0 ? (int)got : why(l, r, "read");
}

int link_tls_write(struct link *l, struct span octets)
{
	size_t put;

	begin_call(l);
	int r = SSL_write_ex(l->tls->ssl, octets.p, octets.n > INT_MAX ? INT_MAX : octets.n, &put);
	return r > 0 ? (int)put : why(l, r, "write");
}

const char *link_tls_version(const struct link *l)
{
	return l->tls && SSL_is_init_finished(l->tls->ssl) ? SSL_get_version(l->tls->ssl) : NULL;
}

void link_tls_close(struct link *l)
{
	struct link_tls_session *s = TAKE(l->tls);

	if (!s)
		return;
	if (s->ssl && !s->failed && SSL_is_init_finished(s->ssl))
		SSL_shutdown(s->ssl);
	ERR_clear_error();
	SSL_free(s->ssl);
	free(s);
}
