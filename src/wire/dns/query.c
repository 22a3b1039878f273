/* wire/dns/query.c - see query.h. */
#include "wire/dns/query.h"

enum {
	HEADER_BYTES = 12,
	IS_REPLY = 0x80, /* of the third octet */
	OPCODE = 0x78,
	CUT = 0x02,
	RECURSION_DESIRED = 0x01,
	CLASS_IN = 1,
};

static void put_u16(struct dns_query *out, unsigned value)
{
	out->octets[out->n++] = (char)(value >> 8);
	out->octets[out->n++] = (char)value;
}

void dns_query_print(const struct dns_question *q, uint16_t id, struct dns_query *out)
{
	struct span name = span_str(q->name), label;

	out->n = 0;
	put_u16(out, id);
	put_u16(out, RECURSION_DESIRED << 8);
	put_u16(out, 1); /* question */
	for (int section = 0; section < 3; section++)
		put_u16(out, 0);
	while (span_split(&name, '.', &label)) {
		out->octets[out->n++] = (char)label.n;
		memcpy(out->octets + out->n, label.p, label.n);
		out->n += label.n;
	}
	out->octets[out->n++] = 0;
	put_u16(out, q->type);
	put_u16(out, CLASS_IN);
}

bool dns_query_is_answered_by(const struct dns_query *query, struct span packet)
{
	return packet.n >= query->n && memcmp(packet.p, query->octets, 2) == 0 &&
	       (packet.p[2] & IS_REPLY) && !(packet.p[2] & OPCODE) &&
	       memcmp(packet.p + 4, query->octets + 4, 2) == 0 &&
	       memcmp(packet.p + HEADER_BYTES, query->octets + HEADER_BYTES,
	              query->n - HEADER_BYTES) == 0;
}

bool dns_query_is_cut(struct span packet)
{
	return packet.p[2] & CUT;
}
