/* rt/stream/tls_expect.c - what a client holds a server's certificate to. */
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "rt/stream/tls_impl.h"

static bool is_literal(const char *name)
{
	struct in6_addr octets;
	return inet_pton(AF_INET, name, &octets) == 1 || inet_pton(AF_INET6, name, &octets) == 1;
}

int tls_expect_name(SSL *ssl, bool verify, const char *name)
{
	int good = 1;
	if (!name && verify)
		return err(ERR_TLS, "no name to check the certificate against");
	if (!name)
		return 0;
	if (is_literal(name))
		good = !verify || X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name);
	else
		good = SSL_set_tlsext_host_name(ssl, name) && (!verify || SSL_set1_host(ssl, name));
	return good ? 0 : tls_err(ERR_TLS, "name");
}

/* RFC 7671 5: OpenSSL checks what each record asks for.  A record that it cannot use vouches for
 * nobody. */
int tls_expect_dane(SSL *ssl, const struct tls_dane *dane)
{
	size_t n = 0;
	if (SSL_dane_enable(ssl, dane->name) <= 0)
		return tls_err(ERR_TLS, "DANE");
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	for (const char *const *name = dane->more_names; *name; name++)
		if (!SSL_add1_host(ssl, *name))
			return tls_err(ERR_TLS, "name");
	for (size_t i = 0; i < dane->n_records; i++) {
		const struct tlsa *t = &dane->records[i];
		n += SSL_dane_tlsa_add(ssl, t->usage, t->selector, t->matching,
		                       (const unsigned char *)t->data.p, t->data.n) > 0;
	}
	ERR_clear_error();
	return n ? 0 : err(ERR_CERTIFICATE, "certificate: no TLSA record holds a certificate");
}
