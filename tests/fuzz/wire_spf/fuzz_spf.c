/* Any policy ends, within the limits of RFC 7208 4.6.4, with a verdict that can be told.
 *
 * The input is lines: the sender, the HELO, then one answer to each question in turn; when they run
 * out they begin again.  An answer's first octet is its kind. */
#include "fuzz.h"

#include "wire/spf/spf.h"

enum { RECORDS_MAX = 20 };

static struct span next_line(struct span *rest, struct span all)
{
	struct span line;

	if (!span_split(rest, '\n', &line)) {
		*rest = all;
		if (!span_split(rest, '\n', &line))
			return (struct span){ 0 };
	}
	return line;
}

static void fill(struct span line, struct dns_record *records, struct dns_answer *out)
{
	char kind = line.n ? line.p[0] : 'n';
	struct span rest = span_sub(line, 1, line.n), one;

	*out = (struct dns_answer){ .status = DNS_FOUND, .records = records };
	if (kind == 'n' || kind == 'x' || kind == 'f')
		out->status = kind == 'n' ? DNS_NO_DATA : kind == 'x' ? DNS_NO_NAME : DNS_FAILED;
	/* One record, or as many as there are commas. */
	while (out->status == DNS_FOUND && out->n < RECORDS_MAX &&
	       span_split(&rest, kind == '1' ? '\0' : ',', &one)) {
		struct dns_record *r = &records[out->n++];

		*r = (struct dns_record){ .name = one, .text = one };
		if (ip_parse(one, &r->ip) < 0)
			r->ip = (struct ip){ .n = kind == '6' ? 16 : 4 };
	}
	if (out->n == 0 && out->status == DNS_FOUND)
		out->status = DNS_NO_DATA;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = span_make(data, size), rest = all;
	struct spf_subject subject = { .receiver = SPAN("r.test"), .now_s = 1 };
	struct dns_record records[RECORDS_MAX];
	AUTO_ARENA mem = { 0 };
	AUTO_BUF words = BUF(1 << 20);
	struct dns_question q, again;
	struct dns_answer a;
	struct spf *spf;
	unsigned n = 0;

	subject.ip.n = size % 2 ? 4 : 16;
	subject.ip.octets[0] = 0x20;
	subject.sender = next_line(&rest, all);
	subject.helo = next_line(&rest, all);
	MUST(spf_start(&subject, &mem, &spf) == 0);
	while (spf_next(spf, &q)) {
		MUST(spf_next(spf, &again) && strcmp(q.name, again.name) == 0);
		MUST(++n <= SPF_QUESTIONS_MAX);
		MUST(q.name[0] && strlen(q.name) < DNS_NAME_BYTES);
		fill(next_line(&rest, all), records, &a);
		spf_answer(spf, &a);
	}
	const struct spf_verdict *v = spf_verdict(spf);
	MUST(v->n_questions == n);
	MUST(v->explanation.n <= SPF_EXPLANATION_MAX);
	for (size_t i = 0; i < v->explanation.n; i++)
		MUST(v->explanation.p[i] >= ' ' && v->explanation.p[i] <= '~');
	MUST((v->result == SPF_PERMERROR || v->result == SPF_TEMPERROR) == (v->problem != NULL));
	MUST(spf_print(v, &subject, &words) == 0);
	for (size_t i = 0; i < words.n; i++)
		MUST((unsigned char)words.p[i] >= ' ' && words.p[i] != 0x7f);
	return 0;
}
