/* Which packets are the reply to a question: it ends within its octets, and those that are can be
 * read.  The first octet is the question's number. */
#include "fuzz.h"

#include "wire/dns/query.h"
#include "wire/dns/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct dns_question question = { "a.test", DNS_MX };
	AUTO_ARENA mem = { 0 };
	struct dns_query query;
	struct dns_reply reply;
	struct span packet;

	if (!size)
		return 0;
	packet = span_make(data + 1, size - 1);
	dns_query_print(&question, data[0], &query);
	if (!dns_query_is_answered_by(&query, packet))
		return 0;
	(void)dns_query_is_cut(packet);
	MUST(packet.n >= query.n);
	(void)!dns_reply_parse(packet, span_str(question.name), question.type, &mem, &reply);
	return 0;
}
