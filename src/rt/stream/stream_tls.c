/* rt/stream/stream_tls.c - TLS over a stream's socket.
 *
 * OpenSSL reads and writes by a BIO of ours straight on the socket: one copy less
 * than memory BIOs, and it knows when a read was short, so that OpenSSL's next one
 * is answered "not now" without a system call.
 *
 * Reading goes on while a write waits for room, by the same SSL.  That is good without
 * renegotiation; only a peer that changes its keys twice in that time loses the
 * connection (OpenSSL 3.0 puts its answer into the middle of the record that waits).
 */
#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>

#include "rt/stream/stream_impl.h"
#include "rt/stream/tls_impl.h"

static int bio_read(BIO *bio, char *p, size_t n, size_t *got)
{
	struct stream *s = BIO_get_data(bio);
	ssize_t r;
	BIO_clear_retry_flags(bio);
	if (s->drained) {
		BIO_set_retry_read(bio);
		return 0;
	}
	do {
		r = recv(s->fd, p, n, 0);
		s->tls->reads++;
	} while (r < 0 && errno == EINTR);
	s->drained = r < (ssize_t)n;
	if (r > 0) {
		*got = (size_t)r;
		return 1;
	}
	s->tls->eof = r == 0;
	if (r < 0 && errno == EAGAIN)
		BIO_set_retry_read(bio);
	else if (r < 0)
		s->tls->sys_errno = errno;
	return 0;
}

static int bio_write(BIO *bio, const char *p, size_t n, size_t *put)
{
	struct stream *s = BIO_get_data(bio);
	ssize_t r;
	BIO_clear_retry_flags(bio);
	do {
		r = send(s->fd, p, n, MSG_NOSIGNAL);
		s->tls->writes++;
	} while (r < 0 && errno == EINTR);
	if (r >= 0) {
		*put = (size_t)r;
		return 1;
	}
	if (errno == EAGAIN)
		BIO_set_retry_write(bio);
	else
		s->tls->sys_errno = errno;
	return 0;
}

static long bio_ctrl(BIO *bio, int what, long n, void *p)
{
	struct stream *s = BIO_get_data(bio);
	(void)n;
	(void)p;
	if (what == BIO_CTRL_EOF)
		return s->tls->eof;
	return what == BIO_CTRL_FLUSH;
}

static BIO *bio_new(struct stream *s)
{
	static BIO_METHOD *method;
	if (!method) {
		method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream");
		if (!method)
			return NULL;
		BIO_meth_set_read_ex(method, bio_read);
		BIO_meth_set_write_ex(method, bio_write);
		BIO_meth_set_ctrl(method, bio_ctrl);
	}
	BIO *bio = BIO_new(method);
	if (bio) {
		BIO_set_data(bio, s);
		BIO_set_init(bio, 1);
	}
	return bio;
}

static void count(struct stream_tls *tls)
{
	stream_counts.reads += tls->reads;
	stream_counts.writes += tls->writes;
	tls->reads = tls->writes = 0;
}

/* After a call into OpenSSL that failed, on the same thread: UV_READABLE or
 * UV_WRITABLE to wait for, or the error with its words. */
static int why(struct stream_tls *tls, int r, const char *what)
{
	long verified = SSL_get_verify_result(tls->ssl);
	switch (SSL_get_error(tls->ssl, r)) {
	case SSL_ERROR_WANT_READ: return UV_READABLE;
	case SSL_ERROR_WANT_WRITE: return UV_WRITABLE;
	case SSL_ERROR_ZERO_RETURN: return ERR_CLOSED;
	default: break;
	}
	tls->failed = true;
	errno = tls->sys_errno;
	if (errno)
		return err_errno(ERR_NET, "%s", what);
	if (tls->eof)
		return err(ERR_CLOSED, "%s: the other side closed the connection", what);
	if (verified != X509_V_OK && SSL_get_verify_mode(tls->ssl) != SSL_VERIFY_NONE)
		return err(ERR_CERTIFICATE, "certificate: %s",
		           X509_verify_cert_error_string(verified));
	return tls_err(ERR_TLS, what);
}

int stream_tls_read(struct stream *s, char *p, size_t n)
{
	size_t got;
	ERR_clear_error();
	int r = SSL_read_ex(s->tls->ssl, p, n, &got);
	count(s->tls);
	s->in_wants = UV_READABLE;
	if (r > 0)
		return (int)got;
	r = why(s->tls, r, "read");
	if (r < 0)
		return stream_in_end(s, r, s->tls->sys_errno);
	s->in_wants = (uint8_t)r;
	return ERR_AGAIN;
}

int stream_tls_write(struct stream *s, const char *p, size_t n, int *wants)
{
	size_t put;
	ERR_clear_error();
	int r = SSL_write_ex(s->tls->ssl, p, n, &put);
	count(s->tls);
	if (r > 0)
		return (int)put;
	r = why(s->tls, r, "write");
	if (r < 0)
		return stream_out_end(s, r, s->tls->sys_errno);
	*wants = r;
	return ERR_AGAIN;
}

/* One step of the handshake; on the loop's thread or a pool thread.  0: done. */
static int step(void *arg)
{
	struct stream_tls *tls = arg;
	ERR_clear_error();
	int r = SSL_do_handshake(tls->ssl);
	return r == 1 ? 0 : why(tls, r, "handshake");
}

static WAITS int handshake(struct stream *s, bool slow)
{
	for (;;) {
		int r = slow ? offload(step, s->tls, "TLS handshake in the pool") : step(s->tls);
		count(s->tls);
		if (r <= 0)
			return r;
		r = stream_wait(s, &s->reader, r, "TLS handshake");
		if (r < 0)
			return r;
		s->drained = false;
	}
}

static int attach(struct stream *s, struct tls_context *ctx)
{
	struct stream_tls *tls = calloc(1, sizeof *tls);
	SSL *ssl = tls ? SSL_new(ctx->ssl) : NULL;
	BIO *bio = ssl ? bio_new(s) : NULL;
	if (!bio) {
		SSL_free(ssl);
		free(tls);
		return tls_err(ERR_NO_MEMORY, "TLS");
	}
	SSL_set_bio(ssl, bio, bio);
	tls->ssl = ssl;
	s->tls = tls;
	stream_tls_guard(s);
	return 0;
}

void stream_tls_guard(struct stream *s)
{
	if (!s->tls)
		return;
	if (s->guarded)
		SSL_set_options(s->tls->ssl, SSL_OP_CLEANSE_PLAINTEXT);
	else
		SSL_clear_options(s->tls->ssl, SSL_OP_CLEANSE_PLAINTEXT);
}

static void note_facts(struct stream_tls *tls, const struct tls_context *ctx)
{
	tls->facts.version = SSL_get_version(tls->ssl);
	tls->facts.cipher = SSL_get_cipher_name(tls->ssl);
	tls->facts.bits = SSL_get_cipher_bits(tls->ssl, NULL);
	tls->facts.verified = ctx->verify && SSL_get_verify_result(tls->ssl) == X509_V_OK;
}

/* From here on events only wake: what comes is for OpenSSL.  The caller may write;
 * finish() ends that and this. */
static int start(struct stream *s, struct tls_context *ctx)
{
	tls_ref(ctx);
	int r = s->tls ? err(ERR_BUG, "TLS within TLS") : 0;
	s->raw = true;
	if (r == 0)
		r = stream_out_flush(s);
	return r < 0 ? r : attach(s, ctx);
}

static WAITS int finish(struct stream *s, struct tls_context *ctx, int r)
{
	if (r == 0)
		r = handshake(s, ctx->slow);
	s->raw = false;
	if (r == 0 && ctx->server && tls_challenge_is_asked(s->tls->ssl))
		r = err(ERR_CLOSED, "a challenge of an ACME server was answered");
	if (r == 0)
		note_facts(s->tls, ctx);
	tls_free(ctx);
	stream_out_give(s);
	if (r == 0)
		return 0;
	if (s->tls)
		s->tls->failed = true;
	stream_in_end(s, r, 0);
	return stream_out_end(s, r, 0);
}

WAITS int stream_tls_accept(struct stream *s, struct tls_context *ctx)
{
	int r = stream_out_take(s);
	if (r < 0)
		return r;
	stream_in_release(s);
	s->skipping = s->fresh = false;
	r = start(s, ctx);
	if (r == 0) {
		tls_rotate_tickets(ctx, loop_now_at());
		SSL_set_accept_state(s->tls->ssl);
	}
	return finish(s, ctx, r);
}

/* The client's side as far as the handshake. */
static int start_connect(struct stream *s, struct tls_context *ctx)
{
	int r = start(s, ctx);
	if (r == 0 && s->in_to > s->in_from)
		r = err(ERR_TLS, "the server spoke before TLS began");
	if (r == 0)
		SSL_set_connect_state(s->tls->ssl);
	return r;
}

WAITS int stream_tls_connect(struct stream *s, struct tls_context *ctx, const char *name)
{
	int r = stream_out_take(s);
	if (r < 0)
		return r;
	r = start_connect(s, ctx);
	if (r == 0)
		r = tls_expect_name(s->tls->ssl, ctx->verify, name);
	return finish(s, ctx, r);
}

WAITS int stream_tls_connect_dane(struct stream *s, struct tls_context *ctx,
                                  const struct tls_dane *dane)
{
	int r = stream_out_take(s);
	if (r < 0)
		return r;
	r = start_connect(s, ctx);
	if (r == 0)
		r = tls_expect_dane(s->tls->ssl, dane);
	return finish(s, ctx, r);
}

const struct tls_facts *stream_tls(const struct stream *s)
{
	return s->tls && s->tls->facts.version ? &s->tls->facts : NULL;
}

enum tls_fault stream_tls_fault(const struct stream *s)
{
	switch (s->tls ? SSL_get_verify_result(s->tls->ssl) : X509_V_OK) {
	case X509_V_OK: return TLS_FAULT_NONE;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH: return TLS_FAULT_NAME;
	case X509_V_ERR_CERT_NOT_YET_VALID:
	case X509_V_ERR_CERT_HAS_EXPIRED: return TLS_FAULT_EXPIRED;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: return TLS_FAULT_UNKNOWN;
	default: return TLS_FAULT_OTHER;
	}
}

bool stream_tls_buffered(struct stream *s)
{
	return s->tls && SSL_has_pending(s->tls->ssl);
}

void stream_tls_close(struct stream *s)
{
	if (!s->tls)
		return;
	if (!s->tls->failed && !s->out_err && SSL_is_init_finished(s->tls->ssl)) {
		ERR_clear_error();
		SSL_shutdown(s->tls->ssl);
		ERR_clear_error();
		count(s->tls);
	}
	SSL_free(s->tls->ssl);
	free(TAKE(s->tls));
}
