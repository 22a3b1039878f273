/* inspect/virus/digest.c - see digest.h. */
#include "inspect/virus/digest.h"

#include <openssl/evp.h>

enum { TEST_FILE_MAX = 128 };

int virus_digest(enum clamd_hash_kind kind, struct span octets, unsigned char out[])
{
	const EVP_MD *md = kind == CLAMD_MD5    ? EVP_md5()
	                   : kind == CLAMD_SHA1 ? EVP_sha1()
	                                        : EVP_sha256();
	unsigned n;

	if (EVP_Digest(octets.p ? octets.p : "", octets.n, out, &n, md, NULL) != 1)
		return err(ERR_UNAVAILABLE, "a file's hash could not be made");
	return (int)n;
}

bool virus_is_test_file(struct span octets)
{
	/* In two pieces, or a scanner would find this program. */
	static const struct span pieces[] = { SPAN("X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-"),
		                              SPAN("STANDARD-ANTIVIRUS-TEST-FILE!$H+H*") };

	bool good = octets.n <= TEST_FILE_MAX && span_eat(&octets, pieces[0]) &&
	            span_eat(&octets, pieces[1]);
	for (size_t i = 0; good && i < octets.n; i++)
		good = octets.p[i] == ' ' || (octets.p[i] >= '\t' && octets.p[i] <= '\r') ||
		       octets.p[i] == 0x1a; /* CP/M's end of a text */
	return good;
}
