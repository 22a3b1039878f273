/* rt/stream/stream_binding.c - what tells one TLS connection from another, to both of its ends.
 *
 * RFC 9266 (tls-exporter), RFC 5929 4 (tls-server-end-point).
 */
#include <openssl/err.h>
#include <openssl/x509.h>

#include "rt/stream/stream_impl.h"
#include "rt/stream/tls_impl.h"

enum { EXPORTER_BYTES = 32 };

/* With TLS 1.3 alone: below, not every connection has keys of its own (RFC 9266 3). */
static int exporter(SSL *ssl, struct buf *out)
{
	static const char label[] = "EXPORTER-Channel-Binding";
	unsigned char octets[EXPORTER_BYTES];

	if (SSL_version(ssl) < TLS1_3_VERSION)
		return err(ERR_UNKNOWN, "tls-exporter needs TLS 1.3");
	if (SSL_export_keying_material(ssl, octets, sizeof octets, label, sizeof label - 1, NULL, 0,
	                               0) != 1)
		return tls_err(ERR_TLS, "tls-exporter");
	return buf_put(out, span_make(octets, sizeof octets));
}

/* The server's certificate, by the hash that its signature has; SHA-256 for MD5 and SHA-1. */
static int end_point(SSL *ssl, struct buf *out)
{
	X509 *x = SSL_is_server(ssl) ? SSL_get_certificate(ssl) : SSL_get0_peer_certificate(ssl);
	unsigned char octets[EVP_MAX_MD_SIZE];
	int hash = NID_undef;
	unsigned n = 0;

	if (!x || !X509_get_signature_info(x, &hash, NULL, NULL, NULL))
		return tls_err(ERR_TLS, "tls-server-end-point");
	const EVP_MD *md =
	        hash == NID_md5 || hash == NID_sha1 ? EVP_sha256() : EVP_get_digestbynid(hash);
	if (!md)
		return err(ERR_UNKNOWN, "tls-server-end-point is not defined for the certificate");
	if (X509_digest(x, md, octets, &n) != 1)
		return tls_err(ERR_TLS, "tls-server-end-point");
	return buf_put(out, span_make(octets, n));
}

int stream_tls_binding(const struct stream *s, struct span name, struct buf *out)
{
	if (!stream_tls(s))
		return err(ERR_UNKNOWN, "there is no TLS to bind to");
	if (span_eq(name, SPAN("tls-exporter")))
		return exporter(s->tls->ssl, out);
	if (span_eq(name, SPAN("tls-server-end-point")))
		return end_point(s->tls->ssl, out);
	return err(ERR_UNKNOWN, "a channel binding that is not known here");
}
