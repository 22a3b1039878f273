/* auth/exchanges.c - see exchanges.h. */
#include "auth/exchanges.h"

#include "base/os.h"

struct exchange {
	int64_t begun_at;
	uint8_t nonce[EXCHANGES_NONCE_BYTES];
	uint8_t protocol; /* 0: none */
};

static struct exchange sets[EXCHANGES_SETS][EXCHANGES_WAYS];

static struct exchange *set_of(const char *nonce)
{
	uint16_t at;

	memcpy(&at, nonce, sizeof at);
	return sets[at % EXCHANGES_SETS];
}

void exchanges_begin(uint8_t protocol, int64_t now_at, uint8_t nonce[EXCHANGES_NONCE_BYTES])
{
	os_random(nonce, EXCHANGES_NONCE_BYTES);
	struct exchange *set = set_of((const char *)nonce), *place = set;
	for (size_t i = 1; place->protocol && i < EXCHANGES_WAYS; i++)
		if (!set[i].protocol || set[i].begun_at < place->begun_at)
			place = &set[i];
	*place = (struct exchange){ .begun_at = now_at, .protocol = protocol };
	memcpy(place->nonce, nonce, EXCHANGES_NONCE_BYTES);
}

bool exchanges_end(struct span nonce, uint8_t protocol, int64_t now_at)
{
	if (nonce.n != EXCHANGES_NONCE_BYTES)
		return false;
	struct exchange *set = set_of(nonce.p);
	for (size_t i = 0; i < EXCHANGES_WAYS; i++) {
		struct exchange e = set[i];
		if (!e.protocol || !span_eq(span_make(e.nonce, sizeof e.nonce), nonce))
			continue;
		set[i].protocol = 0;
		return e.protocol == protocol && now_at - e.begun_at <= EXCHANGES_MS;
	}
	return false;
}

void exchanges_close(void)
{
	memset(sets, 0, sizeof sets);
}
