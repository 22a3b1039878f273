/* signing/seal.c - seals what is sent on: a set of ARC fields.  RFC 8617 5.1. */
#include "base/clock.h"
#include "calls/dkim.h"
#include "crypto/dkim_crypto.h"
#include "signing/signing_impl.h"
#include "wire/arc/arc.h"

/* RSA, which whoever validates has. */
static WAITS int find_key(struct span domain, struct arena *mem, struct dkim_signing *how)
{
	struct dkim_keys_args a = { domain };
	struct dkim_keys_reply keys;
	int r = dkim_keys(&a, mem, &keys); /* WAITS */

	for (size_t i = 0; r >= 0 && i < keys.n_keys && !how->selector.n; i++)
		if (!keys.keys[i].ed25519) {
			how->domain = keys.domain;
			how->selector = keys.keys[i].selector;
		}
	return r;
}

static WAITS int sign(const struct dkim_signing *how, const uint8_t digest[DKIM_HASH_BYTES],
                      struct arena *mem, struct buf *field)
{
	struct dkim_hash hash = { how->selector, span_make(digest, DKIM_HASH_BYTES) };
	struct dkim_sign_hashes_args a = { .domain = how->domain, .hashes = &hash, .n_hashes = 1 };
	struct dkim_sign_hashes_reply got;
	int r = dkim_sign_hashes(&a, mem, &got); /* WAITS */

	if (r >= 0 && got.n_signatures != 1)
		r = err(ERR_SYNTAX, "%zu signatures for a seal", got.n_signatures);
	return r < 0 ? r : dkim_sign_end(got.signatures[0].octets, field);
}

static WAITS int put_set(const struct arc_sealing *s, const struct signing_text *text,
                         struct arena *mem, struct buf *out)
{
	AUTO_BUF results = BUF(SIGNING_FIELD_BYTES_MAX);
	AUTO_BUF signature = BUF(SIGNING_FIELD_BYTES_MAX);
	AUTO_BUF seal = BUF(SIGNING_FIELD_BYTES_MAX);
	uint8_t digest[DKIM_HASH_BYTES];
	int r = signing_body_hash(text, digest); /* WAITS */

	if (r >= 0)
		r = arc_results_put(s, &results);
	if (r >= 0)
		r = dkim_sign_begin(&s->how, text->header, digest, &dkim_crypto, mem, &signature,
		                    digest);
	if (r >= 0)
		r = sign(&s->how, digest, mem, &signature); /* WAITS */
	if (r >= 0)
		r = arc_seal_begin(s, buf_span(&results), buf_span(&signature), &dkim_crypto, &seal,
		                   digest);
	if (r >= 0)
		r = sign(&s->how, digest, mem, &seal); /* WAITS */
	if (r >= 0)
		r = buf_reserve(out, seal.n + signature.n + results.n);
	if (r >= 0)
		r = buf_put(out, buf_span(&seal));
	if (r >= 0)
		r = buf_put(out, buf_span(&signature));
	return r < 0 ? r : buf_put(out, buf_span(&results));
}

WAITS int signing_seal(const struct signing_text *text, const struct signing_passed *passed,
                       struct arena *mem, struct buf *out)
{
	struct arc_sealing s = { .how.time = (uint64_t)(clock_wall_time_ms() / 1000),
		                 .results = passed->results,
		                 .found = span_eq(passed->chain, SPAN("pass"))   ? ARC_PASS
		                          : span_eq(passed->chain, SPAN("fail")) ? ARC_FAIL
		                                                                 : ARC_NONE };
	int r = arc_sealing_begin(&s, text->header, mem);

	if (r != true)
		return r;
	r = find_key(passed->domain, mem, &s.how); /* WAITS */
	if (r < 0 || !s.how.selector.n)
		return r;
	r = put_set(&s, text, mem, out); /* WAITS */
	return r == ERR_REFUSED ? 0 : r; /* so many fields of one name: not one message */
}
