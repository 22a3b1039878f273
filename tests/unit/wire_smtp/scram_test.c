/* SCRAM-SHA-256: RFC 5802 5-7, and the conversation of RFC 7677 3. */
#include "wire/smtp/client/scram.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/base64.h"
#include "test.h"

/* The nonce of RFC 7677 3, so that all of it comes out as there. */
static int fixed_random(uint8_t *out, size_t n)
{
	AUTO_BUF nonce = BUF(64);

	CHECK_INT(base64_decode(SPAN("rOprNGfwEbeRWgbNEkqO"), &nonce), 0);
	for (size_t i = 0; i < n; i++)
		out[i] = i < nonce.n ? (uint8_t)nonce.p[i] : 0;
	return 0;
}

static int sha256(struct span in, uint8_t out[SMTP_SCRAM_HASH])
{
	return EVP_Digest(in.p, in.n, out, NULL, EVP_sha256(), NULL) - 1;
}

static int hmac(struct span key, struct span in, uint8_t out[SMTP_SCRAM_HASH])
{
	return HMAC(EVP_sha256(), key.p, (int)key.n, (const unsigned char *)in.p, in.n, out, NULL)
	               ? 0
	               : ERR_BUG;
}

static int pbkdf2(struct span password, struct span salt, uint32_t n, uint8_t out[SMTP_SCRAM_HASH])
{
	return PKCS5_PBKDF2_HMAC(password.p, (int)password.n, (const unsigned char *)salt.p,
	                         (int)salt.n, (int)n, EVP_sha256(), SMTP_SCRAM_HASH, out) -
	       1;
}

static const struct smtp_scram_crypto crypto = { fixed_random, sha256, hmac, pbkdf2 };

#define NONCE "rOprNGfwEbeRWgbNEkqO"
/* 18 octets are drawn, of which the vector has 15. */
#define OWN   NONCE "AAAA"
#define SALT  "W22ZaJ0SNY7soEsUEjb6gQ=="

TEST(scram_first_message)
{
	static const struct {
		const char *user, *first;
	} t[] = {
		{ "user", "n,,n=user,r=" OWN },
		{ "a,b=c", "n,,n=a=2Cb=3Dc,r=" OWN }, /* RFC 5802 5.1 */
	};
	EACH_ROW(t) {
		struct smtp_scram s = { 0 };
		AUTO_BUF out = BUF(1024);

		CHECK_INT(smtp_scram_first(&s, &crypto, span_str(t[row].user), &out), 0);
		CHECK_SPAN(buf_span(&out), span_str(t[row].first));
		smtp_scram_fini(&s);
	}
}

/* RFC 7677 3, with its own nonce put in place of ours. */
TEST(scram_conversation_of_rfc_7677)
{
	struct smtp_scram s = { 0 };
	AUTO_BUF first = BUF(1024), final = BUF(1024);

	CHECK_INT(smtp_scram_first(&s, &crypto, SPAN("user"), &first), 0);
	s.auth_message.n -= 4;
	s.nonce_n -= 4;
	CHECK_INT(smtp_scram_final(&s, SPAN("pencil"),
	                           exact(SPAN("r=" NONCE "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=" SALT
	                                      ",i=4096")),
	                           &final),
	          0);
	CHECK_SPAN(buf_span(&final), SPAN("c=biws,r=" NONCE "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
	                                  "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="));
	CHECK_INT(smtp_scram_check(&s, SPAN("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")), 0);
	CHECK_INT(smtp_scram_check(&s, SPAN("v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")),
	          ERR_AUTH);
	CHECK_INT(smtp_scram_check(&s, SPAN("v=6rri")), ERR_AUTH);
	CHECK_INT(smtp_scram_check(&s, SPAN("e=other-error")), ERR_AUTH);
	CHECK_INT(smtp_scram_check(&s, SPAN("")), ERR_AUTH);
	smtp_scram_fini(&s);
}

TEST(scram_challenges_are_checked)
{
	static const char *const t[] = {
		"",
		"r=" OWN "x",
		"r=" OWN ",s=" SALT ",i=4096",        /* nothing of the server's */
		"r=someone-else,s=" SALT ",i=4096",   /* nothing of ours         */
		"m=ext,r=" OWN "x,s=" SALT ",i=4096", /* RFC 5802 5.1: mandatory */
		"r=" OWN "x,s=,i=4096",
		"r=" OWN "x,s=not base64,i=4096",
		"r=" OWN "x,s=" SALT ",i=4095",    /* RFC 7677 4              */
		"r=" OWN "x,s=" SALT ",i=1000001", /* hours of our time       */
		"r=" OWN "x,s=" SALT ",i=-1",
		"r=" OWN "x,s=" SALT ",i=99999999999999999999",
		"r=" OWN "x,i=4096,s=" SALT,
	};
	EACH_ROW(t) {
		struct smtp_scram s = { 0 };
		AUTO_BUF first = BUF(1024), final = BUF(1024);

		CHECK_INT(smtp_scram_first(&s, &crypto, SPAN("user"), &first), 0);
		CHECK_INT(smtp_scram_final(&s, SPAN("pencil"), exact(span_str(t[row])), &final),
		          ERR_SYNTAX);
		CHECK_INT(final.n, 0);
		smtp_scram_fini(&s);
	}
}

TEST(scram_takes_ascii)
{
	static char longer[SMTP_SCRAM_USER_MAX + 1];

	memset(longer, 'x', sizeof longer);
	CHECK(smtp_scram_can(SPAN("user"), SPAN("pen cil~")));
	CHECK(!smtp_scram_can(SPAN("\xc3\xbcser"), SPAN("pencil")));
	CHECK(!smtp_scram_can(SPAN("user"), SPAN("p\xc3\xa9ncil")));
	CHECK(!smtp_scram_can(SPAN("us\ter"), SPAN("pencil")));
	CHECK(!smtp_scram_can(SPAN("user"), SPAN("")));
	CHECK(!smtp_scram_can(span_make(longer, sizeof longer), SPAN("pencil")));
}
