/* rt/stream/tls_challenge.c - see tls_challenge.h. */
#include "rt/stream/tls_challenge.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "rt/stream/tls_impl.h"

enum { NAME_MAX_BYTES = 253, VALID_S = 24 * 3600 };

#define PROTOCOL                                                                                   \
	"\x0a"                                                                                     \
	"acme-tls/1"

static struct challenge {
	char name[NAME_MAX_BYTES + 1]; /* empty: free */
	struct tls_identity shown;
} table[TLS_CHALLENGES_MAX];

/* Handshakes may run on pool threads. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct challenge *find(const char *name)
{
	for (struct challenge *c = table; c < table + TLS_CHALLENGES_MAX; c++)
		if (strcasecmp(c->name, name) == 0)
			return c;
	return NULL;
}

/* ---- the certificate: RFC 8737 3 ---- */

static int add_extension(X509 *x, X509_EXTENSION *e)
{
	int good = e && X509_add_ext(x, e, -1);

	X509_EXTENSION_free(e);
	return good;
}

/* id-pe-acmeIdentifier, critical: the digest as an OCTET STRING within the extension's. */
static X509_EXTENSION *identifier(const uint8_t digest[TLS_CHALLENGE_BYTES])
{
	unsigned char der[2 + TLS_CHALLENGE_BYTES] = { V_ASN1_OCTET_STRING, TLS_CHALLENGE_BYTES };
	ASN1_OBJECT *id = OBJ_txt2obj("1.3.6.1.5.5.7.1.31", 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *e = NULL;

	memcpy(der + 2, digest, TLS_CHALLENGE_BYTES);
	if (id && value && ASN1_OCTET_STRING_set(value, der, sizeof der))
		e = X509_EXTENSION_create_by_OBJ(NULL, id, 1, value);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(id);
	return e;
}

static int fill(X509 *x, EVP_PKEY *key, const char *name, const uint8_t digest[TLS_CHALLENGE_BYTES])
{
	char alternative[sizeof "DNS:" + NAME_MAX_BYTES];

	snprintf(alternative, sizeof alternative, "DNS:%s", name);
	return X509_set_version(x, X509_VERSION_3) &&
	       ASN1_INTEGER_set(X509_get_serialNumber(x), 1) &&
	       X509_gmtime_adj(X509_getm_notBefore(x), -VALID_S) &&
	       X509_gmtime_adj(X509_getm_notAfter(x), VALID_S) && X509_set_pubkey(x, key) &&
	       X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
	                                  (const unsigned char *)"acme", -1, -1, 0) &&
	       X509_set_issuer_name(x, X509_get_subject_name(x)) &&
	       add_extension(x,
	                     X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, alternative)) &&
	       add_extension(x, identifier(digest)) && X509_sign(x, key, EVP_sha256()) > 0;
}

static int make(const char *name, const uint8_t digest[TLS_CHALLENGE_BYTES],
                struct tls_identity *out)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();

	if (key && x && fill(x, key, name, digest)) {
		*out = (struct tls_identity){ .certificate = x, .key = key };
		return 0;
	}
	X509_free(x);
	EVP_PKEY_free(key);
	return tls_err(ERR_NO_MEMORY, "a challenge's certificate");
}

static bool is_name(struct span s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                              "0123456789-.";

	for (size_t i = 0; i < s.n; i++)
		if (!s.p[i] || !strchr(letters, s.p[i]))
			return false;
	return s.n && s.n <= NAME_MAX_BYTES;
}

int tls_challenge_put(struct span name, const uint8_t digest[TLS_CHALLENGE_BYTES])
{
	struct tls_identity i;
	char z[NAME_MAX_BYTES + 1] = "";

	if (!is_name(name))
		return err(ERR_SYNTAX, "no name for a challenge");
	memcpy(z, name.p, name.n);
	int r = make(z, digest, &i);
	if (r < 0)
		return r;
	tls_challenge_drop(name);
	pthread_mutex_lock(&lock);
	struct challenge *c = find("");
	if (c) {
		memcpy(c->name, z, sizeof z);
		c->shown = i;
	}
	pthread_mutex_unlock(&lock);
	if (c)
		return 0;
	tls_identity_free(&i);
	return err(ERR_LIMIT, "more than %d challenges at once", TLS_CHALLENGES_MAX);
}

void tls_challenge_drop(struct span name)
{
	char z[NAME_MAX_BYTES + 1] = "";

	if (!is_name(name))
		return;
	memcpy(z, name.p, name.n);
	pthread_mutex_lock(&lock);
	struct challenge *c = find(z);
	if (c) {
		tls_identity_free(&c->shown);
		*c = (struct challenge){ 0 };
	}
	pthread_mutex_unlock(&lock);
}

/* ---- the handshake ---- */

static int mark(void)
{
	static int index = -1;
	static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&once);
	if (index < 0)
		index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	pthread_mutex_unlock(&once);
	return index;
}

/* The protocols that are offered are looked at before a certificate is chosen. */
static int look(SSL *ssl, UNUSED int *alert, UNUSED void *arg)
{
	const unsigned char *p;
	size_t n;

	if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &p,
	                              &n) &&
	    n == 2 + sizeof PROTOCOL - 1 && memcmp(p + 2, PROTOCOL, sizeof PROTOCOL - 1) == 0)
		SSL_set_ex_data(ssl, mark(), table);
	return SSL_CLIENT_HELLO_SUCCESS;
}

bool tls_challenge_is_asked(const SSL *ssl)
{
	return SSL_get_ex_data(ssl, mark()) != NULL;
}

int tls_challenge_show(SSL *ssl)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	int shown = 0;

	pthread_mutex_lock(&lock);
	struct challenge *c = name && *name ? find(name) : NULL;
	if (c)
		shown = tls_identity_show(ssl, &c->shown);
	pthread_mutex_unlock(&lock);
	return shown;
}

void tls_challenges_serve(struct tls_context *ctx)
{
	(void)mark();
	SSL_CTX_set_client_hello_cb(ctx->ssl, look, NULL);
	tls_names_choose(ctx);
}
