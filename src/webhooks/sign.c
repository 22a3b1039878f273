/* webhooks/sign.c - see sign.h. */
#include "webhooks/sign.h"

#include "base/base64.h"
#include "crypto/hash.h"

enum { TEXT_MAX = (64 << 10) + 1024 };

int sign_put(struct buf *out, struct span secret, struct span id, int64_t time_s, struct span body)
{
	AUTO_BUF text = BUF(TEXT_MAX);
	uint8_t mac[CRYPTO_SHA256];

	buf_printf(&text, "%.*s.%jd.", SPAN_ARG(id), (intmax_t)time_s);
	buf_put(&text, body);
	int r = text.err ? text.err : crypto_hmac_sha256(secret, buf_span(&text), mac);
	if (r < 0)
		return r;
	buf_puts(out, out->n ? " v1," : "v1,");
	return base64_encode(out, span_make(mac, sizeof mac));
}
