/* Whatever comes back, what is read of it is bounded and safe to print (wire/report/report.h). */
#include "fuzz.h"

#include "wire/report/report.h"

static void check(struct span s)
{
	MUST(s.n <= REPORT_TEXT_MAX);
	for (size_t i = 0; i < s.n; i++)
		MUST((unsigned char)s.p[i] >= ' ' && s.p[i] != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA arena = { 0 };
	bool null_sender = size && data[0] & 1;
	struct report out;
	int r = report_read(span_make(data, size), null_sender, &arena, &out);

	MUST(r == 0 || r == 1);
	MUST(r == 0 || (out.n_about && out.n_about <= REPORT_RECIPIENTS_MAX));
	for (size_t i = 0; r && i < out.n_about; i++) {
		const struct report_about *a = &out.about[i];

		MUST(a->kind && a->kind < RECIPIENT_REPORTS && a->code < 600);
		check(a->text);
		check(a->enhanced);
		check(a->original);
	}
	if (r) {
		check(out.reporter);
		check(out.message_id);
		check(out.mail_from);
	}
	return 0;
}
