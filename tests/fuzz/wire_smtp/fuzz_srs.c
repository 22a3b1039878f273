/* A return path comes back as it went, and what was not made here is nothing (wire/smtp/srs.h). */
#include "fuzz.h"

#include "wire/smtp/path.h"
#include "wire/smtp/srs.h"

static int mac_of(struct span octets, unsigned char out[SRS_MAC_BYTES], void *arg)
{
	unsigned h = 7;

	(void)arg;
	for (size_t i = 0; i < SRS_MAC_BYTES; i++) {
		for (size_t k = 0; k < octets.n; k++)
			h = (h ^ (unsigned char)octets.p[k]) * 16777619u;
		out[i] = (unsigned char)(h >> 24);
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_make(data, size);
	struct srs s = { .mac = mac_of, .day = 20000 };
	AUTO_BUF there = BUF(SMTP_PATH_MAX), back = BUF(2 * SMTP_PATH_MAX);
	struct smtp_path path;

	int r = srs_reverse(&s, in, &back);
	MUST(r == 0 || r == ERR_NOT_FOUND || r == ERR_TOO_LONG);
	buf_reset(&back);
	if (smtp_address_split(in, 0, &path) < 0)
		return 0;
	r = srs_forward(&s, in, SPAN("home.test"), &there);
	MUST(r == 0 || ((r == ERR_SYNTAX || r == ERR_TOO_LONG) && !there.n));
	if (r < 0)
		return 0;
	MUST(smtp_address_split(buf_span(&there), 0, &path) == 0);
	MUST(srs_reverse(&s, path.local, &back) == 0);
	MUST(srs_is(span_sub(in, 0, (size_t)span_find_last(in, '@'))) ||
	     span_eq(buf_span(&back), in));
	return 0;
}
