/* An exchange of SCRAM is good for one proof, by its protocol, for a while. */
#include "auth/exchanges.h"

#include "test.h"

enum { SMTP = 1, IMAP = 3 };

TEST(exchanges_end_once)
{
	static const struct {
		uint8_t protocol;
		int64_t after;
		bool good;
	} t[] = { { SMTP, 0, true },
		  { SMTP, EXCHANGES_MS, true },
		  { SMTP, EXCHANGES_MS + 1, false },
		  { IMAP, 0, false } };
	uint8_t nonce[EXCHANGES_NONCE_BYTES];
	struct span octets = span_make(nonce, sizeof nonce);

	EACH_ROW(t) {
		exchanges_begin(SMTP, 1000, nonce);
		CHECK_INT(exchanges_end(exact(octets), t[row].protocol, 1000 + t[row].after),
		          t[row].good);
		CHECK_INT(exchanges_end(exact(octets), SMTP, 1000), false);
	}
	nonce[EXCHANGES_NONCE_BYTES - 1] ^= 1;
	CHECK_INT(exchanges_end(octets, SMTP, 1000), false);
	CHECK_INT(exchanges_end(SPAN(""), SMTP, 1000), false);
	exchanges_close();
}

/* Thousands under way do not push each other out; what is older does make way. */
TEST(exchanges_many)
{
	enum { MANY = 4000 };
	static uint8_t nonces[MANY][EXCHANGES_NONCE_BYTES];
	uint8_t other[EXCHANGES_NONCE_BYTES];
	size_t n_good = 0;

	for (size_t i = 0; i < 4 * (size_t)EXCHANGES_SETS * EXCHANGES_WAYS; i++)
		exchanges_begin(SMTP, 1000, other);
	for (size_t i = 0; i < MANY; i++)
		exchanges_begin(SMTP, 2000, nonces[i]);
	for (size_t i = 0; i < MANY; i++)
		n_good += exchanges_end(span_make(nonces[i], sizeof nonces[i]), SMTP, 2000);
	CHECK_INT(n_good, MANY);
	exchanges_close();
}
