/* component/net/certificate_windows.c - see certificate_windows.h.
 *
 * RFC 5280 6 (paths), RFC 6125 (names).  Nothing is fetched while a session waits: neither what an
 * issuer has published nor whether it took something back.
 */
#include "component/net/certificate_windows.h"

#include "base/buf.h"
#include "base/coding/ip.h"
#include "component/mail/file.h"

enum {
	ROOTS_MAX = 16 << 20,
	PIECE_BYTES = 32 << 10,
	NAME_UNITS = 256,
	IGNORE_NAME = 0x1000, /* SECURITY_FLAG_IGNORE_CERT_CN_INVALID of wininet.h */
};

#define BEGIN SPAN("-----BEGIN CERTIFICATE-----")
#define END   SPAN("-----END CERTIFICATE-----")

/* ---- roots ----------------------------------------------------------------------------- */

static int read_file(const char *path, struct buf *out)
{
	struct file_stamp stamp;
	AUTO_FD int fd = file_open(path, true, &stamp);
	int n;

	if (fd < 0)
		return ERR_CONFIG;
	do {
		int r = buf_reserve(out, PIECE_BYTES);
		if (r < 0)
			return r;
		n = file_read(fd, out->p + out->n, PIECE_BYTES);
		out->n += (size_t)(n > 0 ? n : 0);
	} while (n > 0);
	return n;
}

static bool add(HCERTSTORE store, struct span pem)
{
	DWORD n = (DWORD)pem.n;
	BYTE *der = malloc(pem.n);
	bool good = der && CryptStringToBinaryA(pem.p, (DWORD)pem.n, CRYPT_STRING_BASE64HEADER, der,
	                                        &n, NULL, NULL);

	good = good && CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, der, n,
	                                                CERT_STORE_ADD_USE_EXISTING, NULL);
	free(der);
	return good;
}

static int add_all(HCERTSTORE store, struct span text)
{
	int n = 0;

	for (;;) {
		ptrdiff_t from = span_find_span(text, BEGIN), to;
		if (from < 0)
			return n;
		text = span_sub(text, (size_t)from, SIZE_MAX);
		to = span_find_span(text, END);
		if (to < 0 || !add(store, span_sub(text, 0, (size_t)to + END.n)))
			return -1;
		text = span_sub(text, (size_t)to + END.n, SIZE_MAX);
		n++;
	}
}

int certificate_roots_open(const char *path, struct certificate_roots *out)
{
	CERT_CHAIN_ENGINE_CONFIG how = { .cbSize = sizeof how };
	struct certificate_roots roots = { 0 };
	AUTO_BUF text = BUF(ROOTS_MAX);
	int r = read_file(path, &text);

	if (r < 0)
		return r == ERR_CONFIG ? r : err(ERR_CONFIG, "%s: it cannot be read", path);
	roots.store = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, NULL);
	if (!roots.store)
		return err(ERR_NO_MEMORY, "no memory for certificates");
	how.hExclusiveRoot = roots.store;
	if (add_all(roots.store, buf_span(&text)) <= 0)
		r = err(ERR_CONFIG, "%s: no certificates in PEM form", path);
	else if (!CertCreateCertificateChainEngine(&how, &roots.engine))
		r = err(ERR_CONFIG, "%s: error %08lx", path, (unsigned long)GetLastError());
	if (r < 0)
		certificate_roots_close(&roots);
	else
		*out = roots;
	return r;
}

void certificate_roots_close(struct certificate_roots *r)
{
	if (r->engine)
		CertFreeCertificateChainEngine(r->engine);
	if (r->store)
		CertCloseStore(r->store, 0);
	*r = (struct certificate_roots){ 0 };
}

/* ---- is it good? ----------------------------------------------------------------------- */

/* The words that OpenSSL has for it, where they are about the same. */
static int failed_by(DWORD why)
{
	const char *words = NULL;

	switch ((HRESULT)why) {
	case CERT_E_CN_NO_MATCH: words = "hostname mismatch"; break;
	case CERT_E_EXPIRED: words = "certificate has expired"; break;
	case CERT_E_UNTRUSTEDROOT: words = "nobody who is trusted has signed it"; break;
	case CERT_E_CHAINING: words = "unable to get local issuer certificate"; break;
	case CERT_E_WRONG_USAGE: words = "unsuitable certificate purpose"; break;
	case CERT_E_REVOKED: words = "certificate revoked"; break;
	case TRUST_E_CERT_SIGNATURE: words = "certificate signature failure"; break;
	case TRUST_E_BASIC_CONSTRAINTS: words = "invalid CA certificate"; break;
	default: break;
	}
	return words ? err(ERR_CERTIFICATE, "certificate: %s", words)
	             : err(ERR_CERTIFICATE, "certificate: error %08lx", (unsigned long)why);
}

static bool names_ip(const CERT_ALT_NAME_INFO *names, const struct ip *ip)
{
	for (DWORD i = 0; i < names->cAltEntry; i++) {
		const CERT_ALT_NAME_ENTRY *e = &names->rgAltEntry[i];
		if (e->dwAltNameChoice == CERT_ALT_NAME_IP_ADDRESS &&
		    e->IPAddress.cbData == ip->n &&
		    memcmp(e->IPAddress.pbData, ip->octets, ip->n) == 0)
			return true;
	}
	return false;
}

/* The system's policy knows names alone. */
static int check_ip(PCCERT_CONTEXT certificate, const struct ip *ip)
{
	const CERT_INFO *info = certificate->pCertInfo;
	CERT_EXTENSION *e =
	        CertFindExtension(szOID_SUBJECT_ALT_NAME2, info->cExtension, info->rgExtension);
	CERT_ALT_NAME_INFO *names;
	DWORD n;
	bool good;

	if (!e || !CryptDecodeObjectEx(X509_ASN_ENCODING, X509_ALTERNATE_NAME, e->Value.pbData,
	                               e->Value.cbData, CRYPT_DECODE_ALLOC_FLAG, NULL, &names, &n))
		return failed_by((DWORD)CERT_E_CN_NO_MATCH);
	good = names_ip(names, ip);
	LocalFree(names);
	return good ? 0 : failed_by((DWORD)CERT_E_CN_NO_MATCH);
}

static int check_policy(PCCERT_CHAIN_CONTEXT chain, const char *name, bool by_name)
{
	WCHAR wide[NAME_UNITS];
	SSL_EXTRA_CERT_CHAIN_POLICY_PARA server = { .dwAuthType = AUTHTYPE_SERVER,
		                                    .fdwChecks = by_name ? 0 : IGNORE_NAME,
		                                    .pwszServerName = by_name ? wide : NULL };
	CERT_CHAIN_POLICY_PARA how = { .cbSize = sizeof how, .pvExtraPolicyPara = &server };
	CERT_CHAIN_POLICY_STATUS status = { .cbSize = sizeof status };

	server.cbSize = sizeof server;
	if (MultiByteToWideChar(CP_UTF8, 0, name, -1, wide, NAME_UNITS) <= 0)
		return err(ERR_CERTIFICATE, "certificate: no name to check it by");
	if (!CertVerifyCertificateChainPolicy(CERT_CHAIN_POLICY_SSL, chain, &how, &status))
		return failed_by(GetLastError());
	return status.dwError ? failed_by(status.dwError) : 0;
}

int certificate_verify(const struct certificate_roots *roots, PCCERT_CONTEXT certificate,
                       const char *name)
{
	LPSTR server = (LPSTR)szOID_PKIX_KP_SERVER_AUTH;
	CERT_CHAIN_PARA para = { .cbSize = sizeof para };
	PCCERT_CHAIN_CONTEXT chain;
	struct ip ip;
	bool is_ip = ip_parse(span_str(name), &ip) >= 0;
	int r;

	para.RequestedUsage.dwType = USAGE_MATCH_TYPE_AND;
	para.RequestedUsage.Usage.cUsageIdentifier = 1;
	para.RequestedUsage.Usage.rgpszUsageIdentifier = &server;
	if (!CertGetCertificateChain(roots->engine, certificate, NULL, certificate->hCertStore,
	                             &para, CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL, NULL, &chain))
		return failed_by(GetLastError());
	r = check_policy(chain, name, !is_ip);
	CertFreeCertificateChain(chain);
	return r >= 0 && is_ip ? check_ip(certificate, &ip) : r;
}
