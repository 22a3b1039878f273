/* wire/arc/seal.c - a set that is added.  RFC 8617 5.1. */
#include "wire/arc/arc.h"

int arc_sealing_begin(struct arc_sealing *s, struct span header, struct arena *mem)
{
	int r = arc_chain_read(header, mem, &s->chain);
	const struct arc_chain *c = &s->chain;

	if (r < 0 || c->highest >= ARC_SETS_MAX)
		return r < 0 ? r : false;
	if (c->highest && span_eq_nocase(c->sets[c->highest - 1].cv, SPAN("fail")))
		return false;
	s->how.arc_instance = (unsigned)c->highest + 1;
	return true;
}

int arc_results_put(const struct arc_sealing *s, struct buf *out)
{
	buf_printf(out, "ARC-Authentication-Results: i=%u;", s->how.arc_instance);
	return buf_put(out, s->results);
}

static struct message_field field_of(struct span whole)
{
	struct message_field f = { .whole = whole, .value = whole };

	span_split(&f.value, ':', &f.name);
	if (f.value.n >= 2 && f.value.p[f.value.n - 1] == '\n')
		f.value.n -= 2;
	return f;
}

int arc_seal_begin(const struct arc_sealing *s, struct span results, struct span signature,
                   const struct dkim_crypto *crypto, struct buf *field,
                   uint8_t digest[DKIM_HASH_BYTES])
{
	struct message_field own, first = field_of(results), second = field_of(signature);
	bool broken = s->found == ARC_FAIL;
	struct dkim_out out;
	int r = buf_printf(field,
	                   "ARC-Seal: i=%u; a=%s-sha256; t=%ju; cv=%s;\r\n\td=%.*s;\r\n\ts=%.*s;"
	                   "\r\n\tb=",
	                   s->how.arc_instance, s->how.ed25519 ? "ed25519" : "rsa",
	                   (uintmax_t)s->how.time, arc_result_word(s->found),
	                   SPAN_ARG(s->how.domain), SPAN_ARG(s->how.selector));

	if (r >= 0)
		r = dkim_out_begin(&out, crypto, UINT64_MAX);
	if (r < 0)
		return r;
	for (size_t i = 0; i < s->chain.n && !broken; i++)
		arc_set_put(&out, &s->chain.sets[i]);
	dkim_field_put(&out, DKIM_RELAXED, &first);
	dkim_field_put(&out, DKIM_RELAXED, &second);
	own = field_of(buf_span(field));
	dkim_own_field_put(&out, DKIM_RELAXED, &own, (struct span){ 0 });
	return dkim_out_end(&out, digest);
}
