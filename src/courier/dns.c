/* courier/dns.c - DNS for the roles that have no network. */
#include "courier/courier.h"

#include "resolver/resolver.h"

static int put_record(enum dns_type type, const struct resolver_record *in, struct arena *mem,
                      struct dns_ask_record *out)
{
	struct ip ip;
	int r = 0;

	*out = (struct dns_ask_record){ .name = in->name,
		                        .text = in->text,
		                        .preference = in->preference };
	if (type == DNS_A || type == DNS_AAAA) {
		address_ip(&in->address, &ip);
		r = arena_copy(mem, span_make(ip.octets, ip.n), &out->ip);
	}
	return r;
}

static bool is_known(uint16_t type)
{
	switch (type) {
	case DNS_A:
	case DNS_PTR:
	case DNS_MX:
	case DNS_TXT:
	case DNS_AAAA:
	case DNS_CNAME:
	case DNS_SRV:
	case DNS_TLSA: return true;
	default: return false;
	}
}

WAITS int dns_ask_here(const struct dns_ask_args *args, struct arena *mem,
                       struct dns_ask_reply *out)
{
	static const uint8_t status[] = { [RESOLVER_FOUND] = DNS_FOUND,
		                          [RESOLVER_NO_DATA] = DNS_NO_DATA,
		                          [RESOLVER_NO_NAME] = DNS_NO_NAME };
	struct resolver_answer answer;
	int r;

	if (!is_known(args->type))
		return err(ERR_SYNTAX, "records of type %u are not asked for", args->type);
	r = resolver_ask(args->name, (enum resolver_type)args->type, mem, &answer); /* WAITS */
	if (r == ERR_SYNTAX) {
		*out = (struct dns_ask_reply){ .status = DNS_NO_NAME }; /* it cannot be */
		return 0;
	}
	if (r < 0)
		return r;
	struct dns_ask_record *records = arena_array(mem, struct dns_ask_record, answer.n_records);
	r = records ? 0 : ERR_NO_MEMORY;
	for (size_t i = 0; r >= 0 && i < answer.n_records; i++)
		r = put_record(args->type, &answer.records[i], mem, &records[i]);
	if (r >= 0)
		*out = (struct dns_ask_reply){ .status = status[answer.status],
			                       .secure = answer.secure,
			                       .ttl = answer.ttl,
			                       .records = records,
			                       .n_records = answer.n_records };
	return r;
}
