/* RFC 5802 3, RFC 7677: the keys of an account, and proofs. */
#include "auth/scram_keys.h"

#include "base/base64.h"
#include "test.h"

/* RFC 7677 3: user, pencil. */
#define SALT      "W22ZaJ0SNY7soEsUEjb6gQ=="
#define NONCES    "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define MESSAGE   "n=user,r=rOprNGfwEbeRWgbNEkqO,r=" NONCES ",s=" SALT ",i=4096,c=biws,r=" NONCES
#define PROOF     "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
#define SIGNATURE "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
#define TEXT                                                                                       \
	"SCRAM-SHA-256$4096:" SALT "$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="                 \
	":wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="

static struct scram_keys of_pencil(void)
{
	struct scram_keys k = { .iterations = 4096, .n_salt = 16 };
	AUTO_BUF salt = BUF(64);

	CHECK_INT(base64_decode(SPAN(SALT), &salt), 0);
	memcpy(k.salt, salt.p, salt.n);
	CHECK_INT(scram_keys_derive(&k, SPAN("pencil")), 0);
	return k;
}

/* RFC 7677 3. */
TEST(scram_keys_example)
{
	static const struct {
		struct span message, proof;
		int result;
	} t[] = {
		{ SPAN(MESSAGE), SPAN(PROOF), 0 },
		{ SPAN(MESSAGE "x"), SPAN(PROOF), ERR_AUTH },
		{ SPAN(MESSAGE), SPAN("eHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="), ERR_AUTH },
		{ SPAN(MESSAGE), SPAN("dHzb"), ERR_SYNTAX },
	};
	struct scram_keys k = of_pencil();

	EACH_ROW(t) {
		AUTO_BUF proof = BUF(64), text = BUF(64);
		uint8_t signature[SCRAM_HASH_BYTES] = { 0 };
		CHECK_INT(base64_decode(t[row].proof, &proof), 0);
		CHECK_INT(scram_keys_check(&k, exact(t[row].message), exact(buf_span(&proof)),
		                           signature),
		          t[row].result);
		base64_encode(&text, span_make(signature, sizeof signature));
		if (t[row].result == 0)
			CHECK_SPAN(buf_span(&text), SPAN(SIGNATURE));
	}
}

TEST(scram_keys_as_text)
{
	AUTO_BUF text = BUF(SCRAM_TEXT_MAX);
	struct scram_keys k = of_pencil(), again = { 0 };

	CHECK_INT(scram_keys_print(&k, &text), 0);
	CHECK_SPAN(buf_span(&text), SPAN(TEXT));
	CHECK_INT(scram_keys_parse(exact(buf_span(&text)), &again), 0);
	CHECK(memcmp(&k, &again, sizeof k) == 0);
}

TEST(scram_keys_refused)
{
#define KEY "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="
	static const struct span t[] = {
		SPAN(""),
		SPAN("SCRAM-SHA-1$4096:" SALT "$" KEY ":" KEY),
		SPAN("SCRAM-SHA-256$4095:" SALT "$" KEY ":" KEY), /* RFC 7677 4 */
		SPAN("SCRAM-SHA-256$10000001:" SALT "$" KEY ":" KEY),
		SPAN("SCRAM-SHA-256$4096:$" KEY ":" KEY),
		SPAN("SCRAM-SHA-256$4096:" SALT "$" KEY),
		SPAN("SCRAM-SHA-256$4096:" SALT "$" KEY ":"),
		SPAN("SCRAM-SHA-256$4096:" SALT "$" KEY ":WG5d"),
		SPAN("SCRAM-SHA-256$4096:" SALT "$" KEY ":" KEY "x"),
		SPAN("SCRAM-SHA-256$4096:" KEY KEY "$" KEY ":" KEY),
	};
	struct scram_keys k;

	EACH_ROW(t)
		CHECK_INT(scram_keys_parse(exact(t[row]), &k), ERR_SYNTAX);
}

/* Threats 3.22: what is told of who is not there does not change, and looks like the rest. */
TEST(scram_keys_decoys)
{
	struct scram_keys a, b;

	CHECK_INT(scram_keys_decoy(SPAN("secret"), SPAN("nobody@home.test"), &a), 0);
	CHECK_INT(scram_keys_decoy(SPAN("secret"), SPAN("nobody@home.test"), &b), 0);
	CHECK(memcmp(&a, &b, sizeof a) == 0);
	CHECK_INT(a.iterations, SCRAM_ITERATIONS);
	CHECK_INT(a.n_salt, SCRAM_SALT_BYTES);
	CHECK_INT(scram_keys_decoy(SPAN("secret"), SPAN("nobodi@home.test"), &b), 0);
	CHECK(memcmp(a.salt, b.salt, a.n_salt) != 0);
	CHECK_INT(scram_keys_decoy(SPAN("another"), SPAN("nobody@home.test"), &b), 0);
	CHECK(memcmp(a.salt, b.salt, a.n_salt) != 0);
}
