/* One login: mechanism, whether -PLUS is offered, then the client's messages, each behind its
 * length in an octet. */
#include "fuzz.h"

#include "wire/sasl/sasl.h"

static const uint8_t nonce[SASL_NONCE_BYTES] = { 0 };

static int answer(struct sasl *s, int r)
{
	switch (r) {
	case SASL_ASK_BINDING: return sasl_binding(s, SPAN("binding"));
	case SASL_ASK_SALT: return sasl_salt(s, nonce, SPAN("saltsaltsaltsalt"), 4096);
	case SASL_ASK_PASSWORD:
		MUST(s->name.n && s->password.n && s->password.n <= SASL_OCTETS_MAX);
		return sasl_right(s, SPAN(""));
	case SASL_ASK_PROOF:
		MUST(s->name.n && span_ends_nocase(s->message, SPAN("AAAAAAAAAAAAAAAAAAAAAAAA")));
		return sasl_right(s, SPAN("01234567012345670123456701234567"));
	default: return r;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sasl s;
	int r = SASL_CHALLENGE;

	if (size < 1)
		return 0;
	sasl_init(&s, data[0] % SASL_MECHANISMS, data[0] & 128);
	for (size_t at = 1; r == SASL_CHALLENGE && at < size;) {
		size_t n = data[at++];
		n = n < size - at ? n : size - at;
		r = sasl_feed(&s, span_make(data + at, n));
		for (int i = 0; r > SASL_CHALLENGE && r < SASL_DONE; i++) {
			MUST(i < 3);
			r = answer(&s, r);
		}
		at += n;
	}
	MUST(r == SASL_CHALLENGE || r == SASL_DONE || r == ERR_SYNTAX || r == ERR_AUTH ||
	     r == ERR_UNKNOWN || r == ERR_TOO_LONG);
	sasl_fini(&s);
	return 0;
}
