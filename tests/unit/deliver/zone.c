/* tests/unit/deliver/zone.c - see zone.h. */
#include "zone.h"

#include "test.h"
#include "wire/smtp/domain.h"

enum { RECORDS_MAX = 100 };

struct ip zone_ip(struct span text)
{
	AUTO_ARENA mem = { 0 };
	bool six = span_find(text, ':') >= 0;
	char *literal = arena_printf(&mem, six ? "[IPv6:%.*s]" : "[%.*s]", SPAN_ARG(text));
	struct smtp_literal parsed;
	struct ip ip = { .n = six ? 16 : 4 };

	CHECK_INT(smtp_literal_parse(span_str(literal), &parsed), 0);
	memcpy(ip.octets, parsed.octets, ip.n);
	return ip;
}

static void read_record(struct span data, enum deliver_type type, struct arena *mem,
                        struct deliver_record *out)
{
	uint64_t preference;
	struct span first;

	if (type == DELIVER_CNAME)
		return;
	if (type == DELIVER_TLSA) {
		out->tlsa = (struct tlsa){ (uint8_t)(data.p[0] - '0'), 1, 1,
			                   SPAN("01234567012345670123456701234567") };
		return;
	}
	if (type != DELIVER_MX) {
		out->ip = zone_ip(data);
		return;
	}
	CHECK(span_split(&data, ' ', &first));
	CHECK_INT(span_to_u64(first, 65535, &preference), 0);
	out->preference = (uint16_t)preference;
	CHECK_INT(arena_copy(mem, data, &out->name), 0);
}

static struct deliver_answer read_row(const struct zone_row *row, struct arena *mem)
{
	struct deliver_answer a = { .found = DELIVER_FOUND,
		                    .secure = row->secure,
		                    .canonical = span_str(row->canonical) };
	struct span data = span_str(row->data), one;
	struct deliver_record *records = arena_array(mem, struct deliver_record, RECORDS_MAX);

	if (span_eq(data, SPAN("SERVFAIL")) || span_eq(data, SPAN("TIMEOUT")))
		return (struct deliver_answer){ .found = DELIVER_UNANSWERED,
			                        .cause = SMTP_CAUSE_DNS,
			                        .why = data };
	while (span_split(&data, ',', &one))
		read_record(one, (enum deliver_type)row->type, mem, &records[a.n_records++]);
	a.records = records;
	return a;
}

struct deliver_answer zone_answer(const struct zone_row *rows, size_t n, struct deliver_question q,
                                  struct arena *mem)
{
	static const struct span good = SPAN("abcdefghijklmnopqrstuvwxyz0123456789-_.");
	struct deliver_answer none = { .found = DELIVER_NO_NAME };

	for (size_t i = 0; i < q.name.n; i++)
		if (span_find(good, q.name.p[i]) < 0)
			return (struct deliver_answer){ .found = DELIVER_BAD_NAME };
	for (size_t i = 0; i < n; i++) {
		if (!span_eq(span_str(rows[i].name), q.name))
			continue;
		if (rows[i].type == (int)q.type)
			return read_row(&rows[i], mem);
		none.found = DELIVER_NO_DATA;
		none.secure |= rows[i].secure;
	}
	return none;
}
