/* Permanent is what the code says, whatever the text (RFC 5321 4.2.1), but for too many recipients
 * at once (4.5.3.1.10); every verdict has words. */
#include "fuzz.h"

#include "wire/smtp/verdict/verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct smtp_outcome o = { 0 };
	struct smtp_verdict v;
	enum smtp_class back;

	if (size < 8)
		return 0;
	o.stage = data[0] % SMTP_STAGE_COUNT;
	o.cause = data[1] < 200 ? SMTP_CAUSE_NONE : data[1] % SMTP_CAUSE_COUNT;
	o.code = 200 + (data[2] | data[3] << 8) % 400;
	o.enhanced = (struct smtp_enhanced){ data[4] % 6, data[5] % 9,
		                             (uint16_t)((data[6] | data[7] << 8) % 1000) };
	o.text = span_make(data + 8, size - 8);
	v = smtp_verdict(&o);
	if (o.cause == SMTP_CAUSE_NONE) {
		MUST(v.permanent == (o.code >= 500 && !v.too_many_rcpts));
		MUST(!v.too_many_rcpts ||
		     (o.stage == SMTP_STAGE_RCPT && v.class == SMTP_CLASS_RATE_LIMITED));
		MUST((v.class == SMTP_CLASS_DELIVERED) == (o.code < 300));
	}
	MUST(smtp_class_from_name(span_str(smtp_class_name(v.class)), &back) == 0);
	MUST(back == v.class && smtp_verdict_sentence(v)[0] != '\0');
	return 0;
}
