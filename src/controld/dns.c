/* controld/dns.c - a question to DNS, for a command that looks further than one engine does. */
#include "controld/session.h"

#include "calls/dns.h"

enum { LINE_MAX = 512 << 10 };

static const char *const statuses[] = {
	[DNS_FOUND] = "found",
	[DNS_NO_DATA] = "no-data",
	[DNS_NO_NAME] = "no-name",
	[DNS_FAILED] = "failed",
};

/* Octets, as those of TLSA: JSON has none. */
static void put_hex(struct json *j, const char *key, struct span octets)
{
	AUTO_BUF hex = BUF(LINE_MAX / 4);

	for (size_t i = 0; i < octets.n; i++)
		buf_printf(&hex, "%02x", (unsigned char)octets.p[i]);
	json_member_span(j, key, buf_span(&hex));
}

static void put_record(struct json *j, enum dns_type type, const struct dns_record *r)
{
	char ip[IP_TEXT_BYTES];

	json_begin_object(j);
	if (type == DNS_A || type == DNS_AAAA)
		json_member_span(j, "ip", span_str(ip_text(&r->ip, ip)));
	else if (type == DNS_TLSA)
		put_hex(j, "hex", r->text);
	else if (type == DNS_TXT)
		json_member_span(j, "text", r->text);
	else
		json_member_span(j, "name", r->name);
	if (type == DNS_MX)
		json_member_int(j, "preference", r->preference);
	json_end_object(j);
}

static int print(const struct dns_answer *answer, enum dns_type type, struct buf *line)
{
	struct json j = JSON(line);

	json_begin_object(&j);
	json_member_bool(&j, "ok", true);
	json_member_span(&j, "status", span_str(statuses[answer->status]));
	json_member_bool(&j, "secure", answer->secure);
	if (answer->failure.n)
		json_member_span(&j, "why", answer->failure);
	json_key(&j, "records");
	json_begin_array(&j);
	for (size_t i = 0; i < answer->n; i++)
		put_record(&j, type, &answer->records[i]);
	json_end_array(&j);
	json_end_object(&j);
	return line->err;
}

WAITS int controld_dns(struct controld_session *s, json_t *request)
{
	struct span name = controld_string(request, "name");
	AUTO_BUF line = BUF(LINE_MAX);
	struct dns_question q = { .type = (enum dns_type)controld_number(request, "type", 0) };
	struct dns_answer answer;

	if (!name.n || name.n >= sizeof q.name)
		return err(ERR_SYNTAX, "that is no name in DNS");
	memcpy(q.name, name.p, name.n);
	int r = dns_look_up(&q, &s->mem, &answer); /* WAITS */
	if (r >= 0)
		r = print(&answer, q.type, &line);
	return r < 0 ? r : controld_put_line(s, &line);
}
