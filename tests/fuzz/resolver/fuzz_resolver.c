/* A record's octets, chosen by whoever runs a zone: its names are harmless, and its parts
 * lie within it.  The first octet of the input is the type.
 */
#include "fuzz.h"

#include "resolver/resolver_rdata.h"

static void check_name(struct span name)
{
	bool first = true; /* in a label */

	MUST(name.n <= RESOLVER_NAME_MAX);
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		MUST(c > ' ' && c < 0x7f && !(c >= 'A' && c <= 'Z'));
		MUST(c != '.' || !first);
		first = c == '.';
	}
	MUST(!name.n || !first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum resolver_type types[] = { RESOLVER_A,   RESOLVER_PTR,  RESOLVER_MX,
		                                    RESOLVER_TXT, RESOLVER_AAAA, RESOLVER_TLSA };
	AUTO_ARENA mem = { 0 };
	struct resolver_record record = { 0 };
	char name[RESOLVER_NAME_MAX + 1];
	struct span in = span_make(data, size);

	if (!size)
		return 0;
	in = span_sub(in, 1, SIZE_MAX);
	if (resolver_rdata_parse(types[data[0] % N_ELEMS(types)], in, &mem, &record) == 0) {
		check_name(record.name);
		MUST(record.text.n <= in.n);
	}
	if (resolver_name_parse(in, name) == 0)
		check_name(span_str(name));
	return 0;
}
