/* component/net/certificate_windows.h - is a server's certificate good for its name?  By the
 * system, or by roots of the program's. */
#ifndef COMPONENT_NET_CERTIFICATE_WINDOWS_H
#define COMPONENT_NET_CERTIFICATE_WINDOWS_H

#include <windows.h>
#include <wincrypt.h>

#include "base/err.h"

/* All zero: the system's roots. */
struct certificate_roots {
	HCERTSTORE store;
	HCERTCHAINENGINE engine;
};

/* A file of certificates in PEM.  ERR_CONFIG with words, ERR_NO_MEMORY. */
NODISCARD int certificate_roots_open(const char *path, struct certificate_roots *out);
void certificate_roots_close(struct certificate_roots *r);

/* name: a host's, or an address as text.  ERR_CERTIFICATE with words. */
NODISCARD int certificate_verify(const struct certificate_roots *roots, PCCERT_CONTEXT certificate,
                                 const char *name);

#endif
