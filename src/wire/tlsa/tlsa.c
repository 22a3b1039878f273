/* wire/tlsa/tlsa.c - see tlsa.h. */
#include "wire/tlsa/tlsa.h"

int tlsa_parse(struct span rdata, struct tlsa *out)
{
	if (rdata.n < 4)
		return err(ERR_SYNTAX, "a TLSA record of %zu octets", rdata.n);
	*out = (struct tlsa){
		.usage = (uint8_t)rdata.p[0],
		.selector = (uint8_t)rdata.p[1],
		.matching = (uint8_t)rdata.p[2],
		.data = span_sub(rdata, 3, SIZE_MAX),
	};
	return 0;
}

bool tlsa_is_usable(const struct tlsa *t)
{
	if ((t->usage != TLSA_DANE_TA && t->usage != TLSA_DANE_EE) || t->selector > TLSA_PUBLIC_KEY)
		return false;
	switch (t->matching) {
	case TLSA_FULL: return true;
	case TLSA_SHA256: return t->data.n == 32;
	case TLSA_SHA512: return t->data.n == 64;
	default: return false;
	}
}
