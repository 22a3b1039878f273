/* A line of the configuration, an LF, an address, an LF, the words of an answer. */
#include "fuzz.h"

#include "wire/dnslist/dnslist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = span_make(data, size), line = { 0 }, address = { 0 };
	struct dnslist list;
	struct dns_question q;
	struct ip ip, value;
	char words[DNSLIST_REASON_MAX + 1];

	span_split(&all, '\n', &line);
	span_split(&all, '\n', &address);
	if (dnslist_parse(line, &list) < 0 || ip_parse(address, &ip) < 0)
		return 0;
	MUST(list.zone.n && list.weight >= 1 && list.weight <= DNSLIST_WEIGHT_MAX);
	MUST(dnslist_question(&list, &ip, DNS_A, &q));
	MUST(strlen(q.name) > list.zone.n && span_ends_nocase(span_str(q.name), list.zone));
	struct dns_record record = { .ip = ip, .text = all };
	struct dns_answer answer = { .status = DNS_FOUND, .records = &record, .n = 1 };
	enum dnslist_word word = dnslist_judge(&list, &answer, &value);
	MUST(word != DNSLIST_LISTED || value.octets[0] == 127);
	dnslist_reason(&answer, words);
	MUST(!strpbrk(words, "\r\n"));
	return 0;
}
