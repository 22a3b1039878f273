/* calls/dns.c - see dns.h. */
#include "calls/dns.h"

static struct dns_record take(const struct dns_ask_record *r)
{
	struct dns_record record = { .name = r->name,
		                     .text = r->text,
		                     .preference = r->preference };

	if (r->ip.n == 4 || r->ip.n == sizeof record.ip.octets) {
		record.ip.n = (uint8_t)r->ip.n;
		memcpy(record.ip.octets, r->ip.p, r->ip.n);
	}
	return record;
}

WAITS int dns_look_up(const struct dns_question *q, struct arena *mem, struct dns_answer *out)
{
	struct dns_ask_args args = { .name = span_str(q->name), .type = (uint16_t)q->type };
	struct dns_ask_reply reply = { 0 };
	int r = dns_ask(&args, mem, &reply); /* WAITS */

	*out = (struct dns_answer){ .status = DNS_FAILED };
	if (r == ERR_CANCELLED || r == ERR_NO_MEMORY)
		return r;
	if (r < 0)
		return arena_copy(mem, span_str(err_str(r)), &out->failure);
	if (reply.status > DNS_FAILED)
		return 0;
	struct dns_record *records = arena_array(mem, struct dns_record, reply.n_records);
	if (!records)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < reply.n_records; i++)
		records[i] = take(&reply.records[i]);
	*out = (struct dns_answer){ .status = reply.status,
		                    .secure = reply.secure,
		                    .ttl = reply.ttl,
		                    .records = records,
		                    .n = reply.n_records };
	return 0;
}
