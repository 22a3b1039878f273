/* RFC 4616, RFC 5802, RFC 7677: the server's side of a login, message by message. */
#include "wire/sasl/sasl.h"

#include "base/base64.h"
#include "test.h"

static const uint8_t nonce[SASL_NONCE_BYTES] = "eighteen octets..";
#define OURS "ZWlnaHRlZW4gb2N0ZXRzLi4A"

TEST(sasl_finds_mechanisms)
{
	static const struct {
		struct span name;
		int result, found;
	} t[] = {
		{ SPAN("plain"), 0, SASL_PLAIN },
		{ SPAN("SCRAM-SHA-256"), 0, SASL_SCRAM_SHA_256 },
		{ SPAN("Scram-SHA-256-PLUS"), 0, SASL_SCRAM_SHA_256_PLUS },
		{ SPAN("SCRAM-SHA-1"), ERR_UNKNOWN, 0 },
		{ SPAN(""), ERR_UNKNOWN, 0 },
	};
	EACH_ROW(t) {
		enum sasl_mechanism m = 0;
		CHECK_INT(sasl_find(exact(t[row].name), &m), t[row].result);
		CHECK_INT(m, t[row].found);
	}
}

TEST(sasl_plain)
{
	static const struct {
		struct span octets;
		int result;
		struct span name, password;
	} t[] = {
		{ SPAN("\0alice@home.test\0secret"), SASL_ASK_PASSWORD, SPAN("alice@home.test"),
		  SPAN("secret") },
		{ SPAN("Alice\0alice\0a b"), SASL_ASK_PASSWORD, SPAN("alice"), SPAN("a b") },
		{ SPAN("bob\0alice\0secret"), ERR_AUTH, SPAN("alice"), SPAN("") },
		{ SPAN(""), ERR_SYNTAX, SPAN(""), SPAN("") },
		{ SPAN("alice"), ERR_SYNTAX, SPAN(""), SPAN("") },
		{ SPAN("\0alice"), ERR_SYNTAX, SPAN("alice"), SPAN("") },
		{ SPAN("\0alice\0"), ERR_SYNTAX, SPAN("alice"), SPAN("") },
		{ SPAN("\0\0secret"), ERR_SYNTAX, SPAN(""), SPAN("") },
		{ SPAN("\0alice\0sec\0ret"), ERR_SYNTAX, SPAN("alice"), SPAN("") },
	};
	EACH_ROW(t) {
		struct sasl s;
		sasl_init(&s, SASL_PLAIN, true);
		CHECK_INT(sasl_begin(&s), SASL_CHALLENGE);
		CHECK_SPAN(buf_span(&s.out), SPAN(""));
		CHECK_INT(sasl_feed(&s, exact(t[row].octets)), t[row].result);
		CHECK_SPAN(s.name, t[row].name);
		CHECK_SPAN(s.password, t[row].password);
		if (t[row].result == SASL_ASK_PASSWORD)
			CHECK_INT(sasl_right(&s, SPAN("")), SASL_DONE);
		sasl_fini(&s);
	}
}

TEST(sasl_login)
{
	struct sasl s;

	sasl_init(&s, SASL_LOGIN, true);
	CHECK_INT(sasl_begin(&s), SASL_CHALLENGE);
	CHECK_SPAN(buf_span(&s.out), SPAN("Username:"));
	CHECK_INT(sasl_feed(&s, exact(SPAN("alice"))), SASL_CHALLENGE);
	CHECK_SPAN(buf_span(&s.out), SPAN("Password:"));
	CHECK_INT(sasl_feed(&s, exact(SPAN("secret"))), SASL_ASK_PASSWORD);
	CHECK_SPAN(s.name, SPAN("alice"));
	CHECK_SPAN(s.password, SPAN("secret"));
	CHECK_INT(sasl_right(&s, SPAN("")), SASL_DONE);
	sasl_fini(&s);
}

/* RFC 5802 5, 5.1, 7: what the client begins with. */
TEST(sasl_scram_first)
{
	static const struct {
		enum sasl_mechanism m;
		struct span octets;
		bool plus;
		int result;
		struct span name;
	} t[] = {
		{ SASL_SCRAM_SHA_256, SPAN("n,,n=user,r=abc"), true, SASL_ASK_SALT, SPAN("user") },
		{ SASL_SCRAM_SHA_256, SPAN("y,,n=user,r=abc"), false, SASL_ASK_SALT, SPAN("user") },
		/* RFC 5802 6: it was hidden from the client */
		{ SASL_SCRAM_SHA_256, SPAN("y,,n=user,r=abc"), true, ERR_AUTH, SPAN("") },
		{ SASL_SCRAM_SHA_256, SPAN("n,a=user,n=user,r=abc"), true, SASL_ASK_SALT,
		  SPAN("user") },
		{ SASL_SCRAM_SHA_256, SPAN("n,a=bob,n=user,r=abc"), true, ERR_AUTH, SPAN("user") },
		{ SASL_SCRAM_SHA_256, SPAN("n,,n=a=2Cb=3Dc,r=abc"), true, SASL_ASK_SALT,
		  SPAN("a,b=c") },
		{ SASL_SCRAM_SHA_256, SPAN("n,,n=a=2cb,r=abc"), true, ERR_SYNTAX, SPAN("a") },
		{ SASL_SCRAM_SHA_256, SPAN("n,,m=x,n=user,r=abc"), true, ERR_UNKNOWN, SPAN("") },
		{ SASL_SCRAM_SHA_256, SPAN("n,,n=user,r=abc,x=y"), true, SASL_ASK_SALT,
		  SPAN("user") },
		{ SASL_SCRAM_SHA_256, SPAN("n,,n=user,r="), true, ERR_SYNTAX, SPAN("") },
		{ SASL_SCRAM_SHA_256, SPAN("n,,n=user,r=a b"), true, ERR_SYNTAX, SPAN("") },
		{ SASL_SCRAM_SHA_256, SPAN("n,,n=,r=abc"), true, ERR_SYNTAX, SPAN("") },
		{ SASL_SCRAM_SHA_256, SPAN("n,,r=abc"), true, ERR_SYNTAX, SPAN("") },
		{ SASL_SCRAM_SHA_256, SPAN("n"), true, ERR_SYNTAX, SPAN("") },
		{ SASL_SCRAM_SHA_256, SPAN(""), true, ERR_SYNTAX, SPAN("") },
		{ SASL_SCRAM_SHA_256, SPAN("p=tls-exporter,,n=user,r=abc"), true, ERR_SYNTAX,
		  SPAN("") },
		{ SASL_SCRAM_SHA_256_PLUS, SPAN("p=tls-exporter,,n=user,r=abc"), true,
		  SASL_ASK_BINDING, SPAN("user") },
		{ SASL_SCRAM_SHA_256_PLUS, SPAN("n,,n=user,r=abc"), true, ERR_SYNTAX, SPAN("") },
		{ SASL_SCRAM_SHA_256_PLUS, SPAN("p=,,n=user,r=abc"), true, ERR_SYNTAX, SPAN("") },
	};
	EACH_ROW(t) {
		struct sasl s;
		sasl_init(&s, t[row].m, t[row].plus);
		CHECK_INT(sasl_feed(&s, exact(t[row].octets)), t[row].result);
		CHECK_SPAN(s.name, t[row].name);
		sasl_fini(&s);
	}
}

#define PROOF "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

/* RFC 5802 5: the whole, and what the client's last message must repeat. */
TEST(sasl_scram_final)
{
	static const struct {
		struct span octets;
		int result;
	} t[] = {
		{ SPAN("c=biws,r=abc" OURS ",p=" PROOF), SASL_ASK_PROOF },
		{ SPAN("c=biws,r=abc" OURS ",x=y,p=" PROOF), ERR_UNKNOWN },
		{ SPAN("c=eSws,r=abc" OURS ",p=" PROOF), ERR_AUTH }, /* y,, now */
		{ SPAN("c=biws,r=abd" OURS ",p=" PROOF), ERR_AUTH },
		{ SPAN("c=biws,r=abc,p=" PROOF), ERR_AUTH },
		{ SPAN("c=biws,r=abc" OURS "x,p=" PROOF), ERR_AUTH },
		{ SPAN("c=biws,r=abc" OURS ",p=MDEy"), ERR_SYNTAX },
		{ SPAN("c=biws,r=abc" OURS), ERR_SYNTAX },
		{ SPAN("r=abc" OURS ",p=" PROOF), ERR_SYNTAX },
		{ SPAN(""), ERR_SYNTAX },
	};
	EACH_ROW(t) {
		struct sasl s;
		sasl_init(&s, SASL_SCRAM_SHA_256, true);
		CHECK_INT(sasl_feed(&s, exact(SPAN("n,,n=user,r=abc"))), SASL_ASK_SALT);
		CHECK_INT(sasl_salt(&s, nonce, SPAN("salt"), 4096), SASL_CHALLENGE);
		CHECK_SPAN(buf_span(&s.out), SPAN("r=abc" OURS ",s=c2FsdA==,i=4096"));
		CHECK_INT(sasl_feed(&s, exact(t[row].octets)), t[row].result);
		if (row == 0) {
			CHECK_SPAN(s.message, SPAN("n=user,r=abc,r=abc" OURS
			                           ",s=c2FsdA==,i=4096,c=biws,r=abc" OURS));
			CHECK_SPAN(span_make(s.proof, sizeof s.proof),
			           SPAN("0123456789abcdef0123456789abcdef"));
			CHECK_INT(sasl_right(&s, SPAN("signature")), SASL_CHALLENGE);
			CHECK_SPAN(buf_span(&s.out), SPAN("v=c2lnbmF0dXJl"));
			CHECK_INT(sasl_feed(&s, SPAN("")), SASL_DONE);
		}
		sasl_fini(&s);
	}
}

/* RFC 5802 6, RFC 9266: the binding's octets stand behind the header in "c=". */
TEST(sasl_scram_binds)
{
	static const struct span bindings[] = { SPAN("channel"), SPAN("another") };

	EACH_ROW(bindings) {
		AUTO_BUF text = BUF(512);
		struct sasl s;

		sasl_init(&s, SASL_SCRAM_SHA_256_PLUS, true);
		CHECK_INT(sasl_feed(&s, exact(SPAN("p=tls-exporter,,n=user,r=abc"))),
		          SASL_ASK_BINDING);
		CHECK_SPAN(s.binding_name, SPAN("tls-exporter"));
		CHECK_INT(sasl_binding(&s, bindings[row]), SASL_ASK_SALT);
		CHECK_INT(sasl_salt(&s, nonce, SPAN("salt"), 4096), SASL_CHALLENGE);
		buf_puts(&text, "c=");
		base64_encode(&text, SPAN("p=tls-exporter,,channel"));
		buf_puts(&text, ",r=abc" OURS ",p=" PROOF);
		CHECK_INT(sasl_feed(&s, exact(buf_span(&text))), row ? ERR_AUTH : SASL_ASK_PROOF);
		sasl_fini(&s);
	}
}
