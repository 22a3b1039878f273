/* An address is what the C library takes for one, and is read again as it was printed. */
#include "fuzz.h"

#include <arpa/inet.h>

#include "base/coding/ip.h"

static void check(struct span text, const struct ip *ip, int r)
{
	char z[64] = "", printed[IP_TEXT_BYTES];
	uint8_t theirs[16];
	bool six = span_find(text, ':') >= 0;
	struct ip again;

	memcpy(z, text.p, text.n);
	MUST((r == 0) == (inet_pton(six ? AF_INET6 : AF_INET, z, theirs) == 1));
	if (r < 0)
		return;
	MUST(ip->n == (six ? 16 : 4) && memcmp(ip->octets, theirs, ip->n) == 0);
	MUST(ip_parse(span_str(ip_text(ip, printed)), &again) == 0);
	MUST(memcmp(again.octets, ip->octets + (ip->n - again.n), again.n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_make(data, size);
	struct ip ip = { 0 };
	int r = ip_parse(text, &ip);

	if (size < 64 && (!size || !memchr(data, 0, size)))
		check(text, &ip, r);
	else
		MUST(r < 0);
	return 0;
}
