/* wire/dns/reply.c - see reply.h. */
#include "wire/dns/reply.h"

#include "wire/dns/rdata.h"

enum {
	HEADER_BYTES = 12,
	REPLY = 0x80, /* QR: what has it not is a question */
	WIRE_NAME_MAX = 255,
	CLASS_IN = 1,
	RCODE_NO_NAME = 3,
};

/* A name uncompressed, as RFC 1035 3.1 has it. */
struct wire_name {
	char octets[WIRE_NAME_MAX];
	size_t n;
};

struct record {
	struct span owner; /* as text */
	unsigned type, class;
	size_t at, n; /* its data in the packet */
};

static bool get_u16(struct span in, size_t at, unsigned *out)
{
	if (at + 2 > in.n)
		return false;
	*out = (unsigned)(uint8_t)in.p[at] << 8 | (uint8_t)in.p[at + 1];
	return true;
}

/* Pointers lead backwards only, so that it ends.  *at moves behind the name. */
static int expand(struct span in, size_t *at, struct wire_name *out)
{
	size_t from = *at, lowest = *at;
	bool jumped = false;

	for (out->n = 0; from < in.n;) {
		size_t n = (uint8_t)in.p[from];
		unsigned pointer;

		if (n >= 0xc0) {
			if (!get_u16(in, from, &pointer) || (pointer & 0x3fff) >= lowest)
				return ERR_SYNTAX;
			if (!jumped)
				*at = from + 2;
			jumped = true;
			from = lowest = pointer & 0x3fff;
			continue;
		}
		if (n > DNS_LABEL_MAX || from + 1 + n > in.n || out->n + 1 + n > WIRE_NAME_MAX)
			return ERR_SYNTAX;
		memcpy(out->octets + out->n, in.p + from, 1 + n);
		out->n += 1 + n;
		from += 1 + n;
		if (n)
			continue;
		if (!jumped)
			*at = from;
		return 0;
	}
	return ERR_SYNTAX;
}

/* A name that is no plain host name is nobody's: empty. */
static int read_owner(struct span in, size_t *at, struct arena *mem, struct span *out)
{
	struct wire_name name;
	struct dns_record text;
	int r = expand(in, at, &name);

	if (r < 0)
		return r;
	*out = (struct span){ 0 };
	r = dns_rdata_parse(DNS_PTR, span_make(name.octets, name.n), mem, &text);
	if (r == 0)
		*out = text.name;
	return r == ERR_NO_MEMORY ? r : 0;
}

static int next_record(struct span in, size_t *at, struct arena *mem, struct record *out)
{
	unsigned n;
	int r = read_owner(in, at, mem, &out->owner);

	if (r < 0)
		return r;
	if (!get_u16(in, *at, &out->type) || !get_u16(in, *at + 2, &out->class) ||
	    !get_u16(in, *at + 8, &n) || *at + 10 + n > in.n)
		return ERR_SYNTAX;
	out->at = *at + 10;
	out->n = n;
	*at = out->at + n;
	return 0;
}

/* The data with the names in it uncompressed. */
static int read_data(struct span in, const struct record *record, struct arena *mem,
                     struct dns_record *out)
{
	enum { PREFERENCE = 2, SERVICE = 6 };
	char octets[SERVICE + WIRE_NAME_MAX];
	size_t fixed = record->type == DNS_MX    ? PREFERENCE
	               : record->type == DNS_SRV ? SERVICE
	                                         : 0,
	       at = record->at + fixed;
	struct wire_name name;
	int r;

	if (!fixed && record->type != DNS_CNAME && record->type != DNS_PTR)
		return dns_rdata_parse((enum dns_type)record->type,
		                       span_sub(in, record->at, record->n), mem, out);
	if (record->n < fixed)
		return ERR_SYNTAX;
	r = expand(in, &at, &name);
	if (r < 0 || at != record->at + record->n)
		return ERR_SYNTAX;
	memcpy(octets, in.p + record->at, fixed);
	memcpy(octets + fixed, name.octets, name.n);
	return dns_rdata_parse((enum dns_type)record->type, span_make(octets, fixed + name.n), mem,
	                       out);
}

/* The records of the answer section. */
static int read_records(struct span in, struct arena *mem, struct record *records, size_t *n)
{
	unsigned n_questions, n_answers;
	size_t at = HEADER_BYTES;
	struct wire_name name;

	if (!get_u16(in, 4, &n_questions) || !get_u16(in, 6, &n_answers))
		return ERR_SYNTAX;
	while (n_questions--) {
		if (expand(in, &at, &name) < 0)
			return ERR_SYNTAX;
		at += 4;
	}
	for (*n = 0; n_answers-- && *n < DNS_REPLY_RECORDS_MAX; (*n)++) {
		int r = next_record(in, &at, mem, &records[*n]);

		if (r < 0)
			return r;
	}
	return 0;
}

static bool is_of(const struct record *record, struct span owner, enum dns_type type)
{
	return record->class == CLASS_IN && record->type == type && span_eq(record->owner, owner);
}

/* Leads *name along the aliases. */
static int follow(struct span in, const struct record *records, size_t n, struct arena *mem,
                  struct span *name)
{
	for (int hop = 0; hop <= DNS_REPLY_ALIASES_MAX; hop++) {
		struct dns_record alias;
		size_t i = 0;

		while (i < n && !is_of(&records[i], *name, DNS_CNAME))
			i++;
		if (i == n)
			return 0;
		int r = read_data(in, &records[i], mem, &alias);
		if (r < 0)
			return r;
		*name = alias.name;
	}
	return ERR_SYNTAX;
}

static int take(struct span in, const struct record *records, size_t n, struct span name,
                enum dns_type type, struct arena *mem, struct dns_reply *out)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		if (!is_of(&records[i], name, type))
			continue;
		int r = read_data(in, &records[i], mem, &out->records[out->n]);
		if (r == ERR_NO_MEMORY)
			return r;
		any = true;
		out->n += r == 0;
	}
	if (any && !out->n)
		return ERR_SYNTAX;
	if (out->n)
		out->status = DNS_FOUND;
	return 0;
}

int dns_reply_parse(struct span packet, struct span name, enum dns_type type, struct arena *mem,
                    struct dns_reply *out)
{
	struct record *records = arena_array(mem, struct record, DNS_REPLY_RECORDS_MAX);
	struct dns_reply reply = { .status = DNS_NO_DATA };
	struct span last = name;
	size_t n;
	int r;

	reply.records = arena_array(mem, struct dns_record, DNS_REPLY_RECORDS_MAX);
	if (!records || !reply.records)
		return ERR_NO_MEMORY;
	if (packet.n < HEADER_BYTES || !((uint8_t)packet.p[2] & REPLY))
		return ERR_SYNTAX;
	reply.rcode = (uint8_t)packet.p[3] & 15;
	if (reply.rcode && reply.rcode != RCODE_NO_NAME) {
		reply.status = DNS_FAILED;
		*out = reply;
		return 0;
	}
	if (reply.rcode == RCODE_NO_NAME)
		reply.status = DNS_NO_NAME;
	r = read_records(packet, mem, records, &n);
	if (r >= 0 && type != DNS_CNAME)
		r = follow(packet, records, n, mem, &last);
	if (r >= 0)
		r = take(packet, records, n, last, type, mem, &reply);
	if (r < 0)
		return r;
	if (!span_eq(last, name))
		reply.canonical = last;
	*out = reply;
	return 0;
}
