/* component/net/link_tls_windows.c - TLS over a link's socket, by Schannel.
 *
 * SSPI takes and gives octets; the socket is ours.  What was enciphered is sent before anything
 * else is done.  TLS 1.2 and later; 1.3 where the system has it.
 */
#define SECURITY_WIN32
#define SCHANNEL_USE_BLACKLISTS
#include <winsock2.h>
#include <windows.h>
#include <winternl.h>
#include <schannel.h>
#include <security.h>
#include <stdlib.h>

#include "component/net/certificate_windows.h"
#include "component/net/link_impl.h"
#include "component/net/socket.h"

enum { IN_MAX = 256 << 10, OUT_MAX = 256 << 10, READ_BYTES = 17 << 10, NAME_UNITS = 256 };

#define PROTOCOLS (SP_PROT_TLS1_2_CLIENT | SP_PROT_TLS1_3_CLIENT)

/* Made when first needed; links go on with credentials that are let go, so these stay. */
struct link_tls_shared {
	CredHandle credentials;
	struct certificate_roots roots;
	bool has_roots;
};

struct link_tls_session {
	struct link_tls *tls;
	int fd;
	CtxtHandle context;
	SecPkgContext_StreamSizes sizes;
	struct buf in, plain, out; /* from the socket; deciphered; to the socket */
	char name[NAME_UNITS];     /* "": none */
	bool verify, has_context, done, failed;
	const char *version;
};

/* ---- what is shared -------------------------------------------------------------------- */

static SECURITY_STATUS acquire_by(void *how, CredHandle *out)
{
	return AcquireCredentialsHandleW(NULL, (LPWSTR)UNISP_NAME_W, SECPKG_CRED_OUTBOUND, NULL,
	                                 how, NULL, NULL, out, NULL);
}

/* Systems before Windows 10 of 2018 do not know the newer form, nor TLS 1.3. */
static SECURITY_STATUS acquire(CredHandle *out)
{
	const DWORD flags =
	        SCH_CRED_MANUAL_CRED_VALIDATION | SCH_CRED_NO_DEFAULT_CREDS | SCH_USE_STRONG_CRYPTO;
	TLS_PARAMETERS tls = { .grbitDisabledProtocols = (DWORD)~PROTOCOLS };
	SCH_CREDENTIALS newer = { .dwVersion = SCH_CREDENTIALS_VERSION,
		                  .dwFlags = flags,
		                  .cTlsParameters = 1,
		                  .pTlsParameters = &tls };
	SCHANNEL_CRED older = { .dwVersion = SCHANNEL_CRED_VERSION,
		                .dwFlags = flags,
		                .grbitEnabledProtocols = SP_PROT_TLS1_2_CLIENT };
	SECURITY_STATUS r = acquire_by(&newer, out);

	return r == SEC_E_OK ? r : acquire_by(&older, out);
}

static int make_shared(struct link_tls *tls)
{
	struct link_tls_shared *s;
	SECURITY_STATUS status;

	if (tls->shared)
		return 0;
	s = calloc(1, sizeof *s);
	if (!s)
		return err(ERR_NO_MEMORY, "no memory for TLS");
	status = acquire(&s->credentials);
	if (status != SEC_E_OK) {
		free(s);
		return err(ERR_TLS, "Schannel: error %08lx", (unsigned long)status);
	}
	tls->shared = s;
	return 0;
}

static int open_roots(const struct link_tls *tls)
{
	struct link_tls_shared *s = tls->shared;
	int r;

	if (!tls->roots || s->has_roots)
		return 0;
	r = certificate_roots_open(tls->roots, &s->roots);
	s->has_roots = r >= 0;
	return r;
}

int link_tls_check_roots(const char *path)
{
	struct certificate_roots roots = { 0 };
	int r = certificate_roots_open(path, &roots);

	if (r >= 0)
		certificate_roots_close(&roots);
	return r;
}

void link_tls_reset(struct link_tls *tls, const char *roots)
{
	tls->roots = roots;
	if (!tls->shared)
		return;
	certificate_roots_close(&tls->shared->roots);
	tls->shared->has_roots = false;
}

void link_tls_fini(struct link_tls *tls)
{
	link_tls_reset(tls, NULL);
	if (tls->shared)
		FreeCredentialsHandle(&tls->shared->credentials);
	free(TAKE(tls->shared));
}

/* ---- the socket ------------------------------------------------------------------------ */

static int wait_for(struct link *l, short events)
{
	l->tls_wants = events;
	return ERR_AGAIN;
}

static int flush(struct link *l)
{
	struct link_tls_session *s = l->tls;

	while (s->out.n) {
		int n = socket_write(s->fd, buf_span(&s->out));
		if (n == ERR_AGAIN)
			return wait_for(l, POLLOUT);
		if (n < 0)
			return n;
		buf_consume(&s->out, (size_t)n);
	}
	return 0;
}

static int read_more(struct link *l)
{
	struct link_tls_session *s = l->tls;
	int n = buf_reserve(&s->in, READ_BYTES);

	if (n >= 0)
		n = socket_read(s->fd, s->in.p + s->in.n, READ_BYTES);
	if (n == ERR_AGAIN)
		return wait_for(l, POLLIN);
	if (n >= 0)
		s->in.n += (size_t)n;
	return n;
}

/* What Schannel did not look at stays, at the end of what it was given. */
static void keep_last(struct buf *in, const SecBuffer *buffers, size_t n)
{
	size_t extra = 0;

	for (size_t i = 0; i < n; i++)
		if (buffers[i].BufferType == SECBUFFER_EXTRA)
			extra = buffers[i].cbBuffer;
	buf_consume(in, in->n - (extra < in->n ? extra : in->n));
}

/* ---- the handshake --------------------------------------------------------------------- */

static int failed_by(struct link *l, SECURITY_STATUS status, const char *what)
{
	l->tls->failed = true;
	switch (status) {
	case SEC_E_ALGORITHM_MISMATCH:
	case SEC_E_UNSUPPORTED_FUNCTION:
		return err(ERR_TLS, "%s: no protocol or cipher in common", what);
	case SEC_E_ILLEGAL_MESSAGE:
	case SEC_E_INVALID_TOKEN:
		return err(ERR_TLS, "%s: what the other side sent is no TLS, or an alert", what);
	case SEC_E_MESSAGE_ALTERED:
	case SEC_E_DECRYPT_FAILURE:
		return err(ERR_TLS, "%s: what the other side sent was altered", what);
	default: return err(ERR_TLS, "%s: error %08lx", what, (unsigned long)status);
	}
}

/* SNI has names alone (RFC 6066 3). */
static WCHAR *sni_of(const struct link_tls_session *s, WCHAR wide[NAME_UNITS])
{
	struct ip ip;

	if (!s->name[0] || ip_parse(span_str(s->name), &ip) >= 0 ||
	    MultiByteToWideChar(CP_UTF8, 0, s->name, -1, wide, NAME_UNITS) <= 0)
		return NULL;
	return wide;
}

/* Gives Schannel what came, and keeps what it says to the server. */
static SECURITY_STATUS converse(struct link_tls_session *s)
{
	const DWORD wanted = ISC_REQ_SEQUENCE_DETECT | ISC_REQ_REPLAY_DETECT |
	                     ISC_REQ_CONFIDENTIALITY | ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_STREAM |
	                     ISC_REQ_MANUAL_CRED_VALIDATION | ISC_REQ_USE_SUPPLIED_CREDS;
	SecBuffer in[] = { { (ULONG)s->in.n, SECBUFFER_TOKEN, s->in.p }, { 0 } };
	SecBuffer out[] = { { 0, SECBUFFER_TOKEN, NULL } };
	SecBufferDesc ins = { SECBUFFER_VERSION, 2, in }, outs = { SECBUFFER_VERSION, 1, out };
	CtxtHandle *has = s->has_context ? &s->context : NULL;
	WCHAR wide[NAME_UNITS];
	ULONG got;
	SECURITY_STATUS status = InitializeSecurityContextW(
	        &s->tls->shared->credentials, has, sni_of(s, wide), wanted, 0, 0, has ? &ins : NULL,
	        0, has ? NULL : &s->context, &outs, &got, NULL);

	s->has_context = s->has_context || status >= 0;
	if (out[0].pvBuffer) {
		buf_put(&s->out, span_make(out[0].pvBuffer, out[0].cbBuffer));
		FreeContextBuffer(out[0].pvBuffer);
	}
	if (has && status != SEC_E_INCOMPLETE_MESSAGE && status != SEC_I_INCOMPLETE_CREDENTIALS)
		keep_last(&s->in, in, 2);
	return status;
}

static int verify(struct link *l)
{
	struct link_tls_session *s = l->tls;
	PCCERT_CONTEXT certificate;
	SECURITY_STATUS status;
	int r;

	if (!s->verify)
		return 0;
	status =
	        QueryContextAttributesW(&s->context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &certificate);
	if (status != SEC_E_OK)
		return failed_by(l, status, "certificate");
	r = certificate_verify(&s->tls->shared->roots, certificate, s->name);
	CertFreeCertificateContext(certificate);
	s->failed = r < 0;
	return r;
}

static int finish(struct link *l)
{
	struct link_tls_session *s = l->tls;
	SecPkgContext_ConnectionInfo info = { 0 };
	SECURITY_STATUS status =
	        QueryContextAttributesW(&s->context, SECPKG_ATTR_STREAM_SIZES, &s->sizes);

	if (status == SEC_E_OK)
		status = QueryContextAttributesW(&s->context, SECPKG_ATTR_CONNECTION_INFO, &info);
	if (status != SEC_E_OK)
		return failed_by(l, status, "handshake");
	if (!(info.dwProtocol & PROTOCOLS)) /* whatever Schannel was told (Wine does not listen) */
		return failed_by(l, SEC_E_ALGORITHM_MISMATCH, "handshake");
	s->version = info.dwProtocol & SP_PROT_TLS1_3_CLIENT ? "TLSv1.3" : "TLSv1.2";
	s->done = true;
	return verify(l);
}

/* One exchange; 0: go on. */
static int handshake_turn(struct link *l)
{
	struct link_tls_session *s = l->tls;
	SECURITY_STATUS status;

	if (s->has_context && !s->in.n)
		return read_more(l);
	status = converse(s);
	if (s->out.err < 0)
		return s->out.err;
	switch (status) {
	case SEC_E_OK: return finish(l);
	case SEC_I_CONTINUE_NEEDED:
	case SEC_I_INCOMPLETE_CREDENTIALS: return 0;
	case SEC_E_INCOMPLETE_MESSAGE: return read_more(l);
	default: break;
	}
	(void)flush(l); /* the alert */
	return failed_by(l, status, "handshake");
}

int link_tls_step(struct link *l)
{
	int r;

	l->tls_wants = 0;
	do {
		r = flush(l);
		if (r >= 0 && l->tls->done)
			return 0;
		if (r >= 0)
			r = handshake_turn(l);
	} while (r >= 0);
	if (r != ERR_AGAIN)
		l->tls->failed = true;
	return r == ERR_CLOSED ? err(r, "handshake: the other side closed the connection") : r;
}

int link_tls_begin(struct link *l, struct link_tls *tls, bool verify, const char *name,
                   const struct deliver_dane *dane)
{
	struct link_tls_session *s;
	int r = dane ? err(ERR_TLS, "there is no DANE on Windows") : make_shared(tls);

	if (r >= 0 && verify)
		r = open_roots(tls);
	if (r < 0)
		return r;
	if ((verify && !name) || (name && strlen(name) >= NAME_UNITS))
		return err(ERR_CERTIFICATE, "certificate: no name to check it by");
	s = calloc(1, sizeof *s);
	if (!s)
		return err(ERR_NO_MEMORY, "no memory for TLS");
	s->tls = tls;
	s->fd = l->fd;
	s->verify = verify;
	s->in = BUF(IN_MAX);
	s->plain = BUF(IN_MAX);
	s->out = BUF(OUT_MAX);
	memcpy(s->name, name ? name : "", name ? strlen(name) : 0);
	l->tls = s;
	return 0;
}

/* ---- octets ---------------------------------------------------------------------------- */

/* 0: some were deciphered, or none were in it.  ERR_AGAIN: no whole record is there. */
static int decipher(struct link *l)
{
	struct link_tls_session *s = l->tls;
	SecBuffer b[] = { { (ULONG)s->in.n, SECBUFFER_DATA, s->in.p }, { 0 }, { 0 }, { 0 } };
	SecBufferDesc all = { SECBUFFER_VERSION, 4, b };
	SECURITY_STATUS status =
	        s->in.n ? DecryptMessage(&s->context, &all, 0, NULL) : SEC_E_INCOMPLETE_MESSAGE;

	if (status == SEC_E_INCOMPLETE_MESSAGE)
		return ERR_AGAIN;
	if (status != SEC_E_OK && status != SEC_I_RENEGOTIATE && status != SEC_I_CONTEXT_EXPIRED)
		return failed_by(l, status, "read");
	for (size_t i = 0; i < 4; i++)
		if (b[i].BufferType == SECBUFFER_DATA && b[i].cbBuffer)
			buf_put(&s->plain, span_make(b[i].pvBuffer, b[i].cbBuffer));
	keep_last(&s->in, b, 4);
	if (s->plain.err < 0)
		return s->plain.err;
	if (status == SEC_I_CONTEXT_EXPIRED && !s->plain.n)
		return err(ERR_CLOSED, "the other side closed the connection");
	if (status != SEC_I_RENEGOTIATE)
		return 0;
	/* RFC 8446 4.6: tickets and new keys, which Schannel sees to itself. */
	status = converse(s);
	return status >= 0 ? 0 : failed_by(l, status, "read");
}

/* It reads on while the socket does not take what is to be sent: the server may wait for that. */
static int read_plain(struct link *l)
{
	struct link_tls_session *s = l->tls;
	int r = 0;

	while (r >= 0 && !s->plain.n) {
		r = flush(l);
		if (r >= 0 || r == ERR_AGAIN)
			r = decipher(l);
		if (r == ERR_AGAIN)
			r = read_more(l);
	}
	if (r == ERR_AGAIN && s->out.n)
		l->tls_wants |= POLLOUT;
	return s->plain.n ? 0 : r;
}

int link_tls_read(struct link *l, char *p, size_t n)
{
	struct buf *plain = &l->tls->plain;
	int r;

	l->tls_wants = 0;
	r = read_plain(l);
	if (r < 0)
		return r;
	if (n > plain->n)
		n = plain->n;
	memcpy(p, plain->p, n);
	buf_consume(plain, n);
	return (int)n;
}

static int encipher(struct link *l, struct span octets)
{
	struct link_tls_session *s = l->tls;
	size_t head = s->sizes.cbHeader, room = head + octets.n + s->sizes.cbTrailer;
	int r = buf_reserve(&s->out, room);

	if (r < 0)
		return r;
	char *p = s->out.p + s->out.n;
	SecBuffer b[] = { { s->sizes.cbHeader, SECBUFFER_STREAM_HEADER, p },
		          { (ULONG)octets.n, SECBUFFER_DATA, p + head },
		          { s->sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, p + head + octets.n },
		          { 0 } };
	SecBufferDesc all = { SECBUFFER_VERSION, 4, b };
	memcpy(p + head, octets.p, octets.n);
	SECURITY_STATUS status = EncryptMessage(&s->context, 0, &all, 0);
	if (status != SEC_E_OK)
		return failed_by(l, status, "write");
	s->out.n += b[0].cbBuffer + b[1].cbBuffer + b[2].cbBuffer;
	return 0;
}

/* Enciphered, they count as written: what the socket does not take goes out before all else. */
int link_tls_write(struct link *l, struct span octets)
{
	struct link_tls_session *s = l->tls;
	int r;

	l->tls_wants = 0;
	r = flush(l);
	if (r < 0)
		return r;
	octets = span_sub(octets, 0, s->sizes.cbMaximumMessage);
	r = encipher(l, octets);
	if (r < 0)
		return r;
	r = flush(l);
	l->tls_wants = 0;
	return r < 0 && r != ERR_AGAIN ? r : (int)octets.n;
}

const char *link_tls_version(const struct link *l)
{
	return l->tls && l->tls->done ? l->tls->version : NULL;
}

/* RFC 8446 6.1: as far as the socket takes it at once. */
static void say_goodbye(struct link *l)
{
	DWORD what = SCHANNEL_SHUTDOWN;
	SecBuffer b = { sizeof what, SECBUFFER_TOKEN, &what };
	SecBufferDesc all = { SECBUFFER_VERSION, 1, &b };

	buf_reset(&l->tls->in);
	if (ApplyControlToken(&l->tls->context, &all) != SEC_E_OK || converse(l->tls) < 0)
		return;
	(void)!flush(l);
}

void link_tls_close(struct link *l)
{
	struct link_tls_session *s = l->tls;

	if (!s)
		return;
	if (s->done && !s->failed)
		say_goodbye(l);
	if (s->has_context)
		DeleteSecurityContext(&s->context);
	buf_fini(&s->in);
	buf_wipe(&s->plain);
	buf_fini(&s->plain);
	buf_fini(&s->out);
	free(s);
	l->tls = NULL;
}
