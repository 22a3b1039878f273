/* A date that is read prints as the same moment (RFC 5322 3.3). */
#include "fuzz.h"

#include "base/clock.h"
#include "wire/message/date.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_BUF text = BUF(64);
	int64_t ms, again;
	int zone, sent_zone = 0;
	bool sent = message_date_sent(span_make(data, size), &again, &sent_zone) == 0;

	MUST(!sent || (sent_zone > -6000 && sent_zone < 6000));
	if (message_date_parse(span_make(data, size), &ms, &zone) < 0)
		return 0;
	MUST(sent && again == ms && sent_zone == zone);
	MUST(zone > -6000 && zone < 6000);
	MUST(clock_put_rfc5322(&text, ms) == 0);
	/* A zone may shift the edge years out of what is read. */
	if (ms > -2208988800000 && ms < 253402300800000)
		MUST(message_date_parse(buf_span(&text), &again, NULL) == 0 && again == ms);
	return 0;
}
