/* What comes back from an rspamd: in one piece and cut anywhere it is the same reply. */
#include "fuzz.h"

#include "wire/rspamd/rspamd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_make(data, size);
	AUTO_BUF room = BUF(RSPAMD_REPLY_BYTES_MAX), room2 = BUF(RSPAMD_REPLY_BYTES_MAX);
	struct rspamd_http whole, part;
	struct rspamd_verdict v;
	int r = rspamd_http_read(in, true, &room, &whole);

	MUST(r != 0);
	for (size_t n = 0; n < size && n < 300; n++) {
		int cut = rspamd_http_read(span_sub(in, 0, n), false, &room2, &part);
		if (cut == 1)
			MUST(r == 1 && part.code == whole.code && span_eq(part.body, whole.body));
	}
	(void)!rspamd_verdict_parse(in, &v);
	if (r == 1) {
		MUST(whole.code >= 200 && whole.code < 600);
		if (rspamd_verdict_parse(whole.body, &v) == 0)
			MUST(v.action < RSPAMD_ACTIONS && v.n_symbols <= RSPAMD_SYMBOLS_MAX);
	}
	return 0;
}
