/* component/net/dns_answer.c - see dns_answer.h. */
#include "component/net/dns_answer.h"

#include "base/os.h"
#include "wire/dns/rdata.h"
#include "wire/dns/reply.h"

static const enum dns_type TYPES[] = {
	[DELIVER_MX] = DNS_MX,       [DELIVER_A] = DNS_A,       [DELIVER_AAAA] = DNS_AAAA,
	[DELIVER_CNAME] = DNS_CNAME, [DELIVER_TLSA] = DNS_TLSA,
};

int dns_answer_question(const struct deliver_question *q, struct dns_question *out)
{
	if (q->type == DELIVER_STS)
		return ERR_UNAVAILABLE;
	out->type = TYPES[q->type];
	return dns_name_parse(q->name, out->name);
}

/* RFC 5321 5.1: equals in random order. */
static void shuffle(struct deliver_record *records, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		uint32_t draw;
		os_random(&draw, sizeof draw);
		struct deliver_record swap = records[i - 1];
		records[i - 1] = records[draw % i];
		records[draw % i] = swap;
	}
}

static int take_records(const struct dns_question *q, const struct dns_reply *reply,
                        struct arena *mem, struct deliver_answer *out)
{
	struct deliver_record *records = arena_array(mem, struct deliver_record, reply->n);

	if (reply->n && !records)
		return err(ERR_NO_MEMORY, "no memory for an answer of DNS");
	for (size_t i = 0; i < reply->n; i++) {
		records[i].ip = reply->records[i].ip;
		records[i].name =
		        q->type == DNS_TXT ? reply->records[i].text : reply->records[i].name;
		records[i].preference = reply->records[i].preference;
		if (q->type == DNS_TLSA && tlsa_parse(reply->records[i].text, &records[i].tlsa) < 0)
			return err(ERR_BUG, "a TLSA record that was none");
	}
	shuffle(records, reply->n);
	out->records = records;
	out->n_records = reply->n;
	return 0;
}

void dns_answer_none(const struct dns_question *q, const char *why, struct arena *mem,
                     struct deliver_answer *out)
{
	*out = (struct deliver_answer){
		.found = DELIVER_UNANSWERED,
		.cause = SMTP_CAUSE_DNS,
		.why = span_str(arena_printf(mem, "DNS: %s: %s", q->name, why)),
	};
}

int dns_answer_read(const struct dns_question *q, struct span packet, struct arena *mem,
                    struct deliver_answer *out)
{
	struct dns_reply reply;
	int r = dns_reply_parse(packet, span_str(q->name), q->type, mem, &reply);

	if (r < 0)
		return r;
	switch (reply.status) {
	case DNS_FOUND: out->found = DELIVER_FOUND; break;
	case DNS_NO_DATA: out->found = DELIVER_NO_DATA; break;
	case DNS_NO_NAME: out->found = DELIVER_NO_NAME; break;
	case DNS_FAILED: return ERR_DNS;
	}
	out->canonical = reply.canonical;
	return take_records(q, &reply, mem, out);
}
