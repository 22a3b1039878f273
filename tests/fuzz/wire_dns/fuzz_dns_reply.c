/* A name server's reply: it ends, within its octets.  The first octet is the type that was asked
 * for. */
#include "fuzz.h"

#include "wire/dns/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum dns_type types[] = {
		DNS_A, DNS_CNAME, DNS_MX, DNS_AAAA, DNS_TLSA, DNS_SRV
	};
	AUTO_ARENA mem = { 0 };
	struct dns_reply reply;

	if (!size)
		return 0;
	if (dns_reply_parse(span_make(data + 1, size - 1), SPAN("a.test"),
	                    types[data[0] % N_ELEMS(types)], &mem, &reply) == 0) {
		MUST(reply.n <= DNS_REPLY_RECORDS_MAX);
		MUST(!reply.n == (reply.status != DNS_FOUND));
	}
	return 0;
}
