/* Any author and any records end, within the limits, with a verdict that can be told.  The input is
 * lines: the header's From, two identities, then answers ("!": DNS fails; empty: no such name). */
#include "fuzz.h"

#include "wire/dmarc/author.h"
#include "wire/dmarc/dmarc.h"

static void check_verdict(const struct dmarc_verdict *v, const struct dmarc_subject *subject)
{
	AUTO_BUF words = BUF(1 << 20);

	MUST(v->result != DMARC_RESULT_PASS || v->aligned);
	MUST(v->policy_domain.n <= subject->author.n);
	MUST(dmarc_print(v, subject, &words) == 0);
	for (size_t i = 0; i < words.n; i++)
		MUST((unsigned char)words.p[i] >= ' ' && words.p[i] != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = span_make(data, size), rest = all, from = { 0 };
	struct dmarc_identity ids[2] = { { .spf = true }, { .spf = false } };
	AUTO_BUF header = BUF(1 << 20), domain = BUF(1 << 20);
	AUTO_ARENA mem = { 0 };
	struct dns_question q;
	struct dmarc *d;
	unsigned n = 0;

	(void)dmarc_author(all, &domain);
	buf_reset(&domain);
	span_split(&rest, '\n', &from);
	span_split(&rest, '\n', &ids[0].domain);
	span_split(&rest, '\n', &ids[1].domain);
	(void)buf_printf(&header, "From: %.*s\r\n", SPAN_ARG(from));
	if (dmarc_author(buf_span(&header), &domain) != DMARC_AUTHOR_ONE)
		MUST(domain.n == 0);
	struct dmarc_subject subject = { domain.n ? buf_span(&domain) : from, ids, 2 };
	MUST(dmarc_start(&subject, &mem, &d) == 0);
	while (dmarc_next(d, &q)) {
		struct dns_record record = { .ip = { .n = 4 } };
		struct dns_answer a = { .status = DNS_FOUND, .records = &record, .n = 1 };

		MUST(++n <= DMARC_QUESTIONS_MAX && q.name[0] && strlen(q.name) < DNS_NAME_BYTES);
		if (!span_split(&rest, '\n', &record.text))
			a.status = DNS_NO_DATA;
		else if (record.text.n < 2)
			a.status = record.text.n ? DNS_FAILED : DNS_NO_NAME;
		dmarc_answer(d, &a);
	}
	check_verdict(dmarc_verdict(d), &subject);
	return 0;
}
