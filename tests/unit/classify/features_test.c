/* What of a message is seen, and how much of it at most. */
#include "test.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "classify/feature.h"

static bool has(const struct classify_features *f, const char *text)
{
	for (size_t i = 0; i < f->n; i++)
		if (span_eq(f->v[i].text, span_str(text)))
			return true;
	return false;
}

static void check(struct span message, const char *feature, bool there)
{
	AUTO_ARENA mem = { 0 };
	struct classify_features f;

	CHECK_INT(classify_read(exact(message), &mem, &f), 0);
	CHECK_INT(has(&f, feature), there);
}

#define TEXT "Content-Type: text/plain; charset=utf-8\r\n\r\n"
#define HTML "Content-Type: text/html; charset=utf-8\r\n\r\n"

TEST(what_is_seen)
{
	static const struct {
		struct span message;
		const char *feature;
		bool there;
	} t[] = {
		{ SPAN("Subject: Cheap Watches\r\n\r\nx"), "the subject's \"cheap watches\"",
		  true },
		{ SPAN("Subject: =?utf-8?q?Cheap?=\r\n\r\nx"), "the subject's \"cheap\"", true },
		{ SPAN("From: Bob <bob@Example.ORG>\r\n\r\nx"), "from example.org", true },
		{ SPAN("From: Bob <bob@example.org>\r\n\r\nx"), "from \"bob\"", true },
		{ SPAN("From: nobody\r\n\r\nx"), "a From that is no address", true },
		{ SPAN("Subject: x\r\n\r\nx"), "no From", true },
		{ SPAN(TEXT "Very CHEAP, watches!"), "\"cheap watches\"", true },
		{ SPAN(TEXT "Very CHEAP, watches!"), "\"very watches\"", false },
		{ SPAN(TEXT "\xc3\x84RGER"), "\"\xc3\xa4rger\"", true },
		{ SPAN(TEXT "vi\xe2\x80\x8b"
		            "ag\xc2\xad"
		            "ra"),
		  "\"viagra\"", true }, /* no room taken */
		{ SPAN(TEXT "\xe6\x9d\xb1\xe4\xba\xac"), "\"\xe6\x9d\xb1 \xe4\xba\xac\"", true },
		{ SPAN(TEXT "see http://user@WWW.Example.biz:80/x"), "links to www.example.biz",
		  true },
		{ SPAN(TEXT "see http://user@WWW.Example.biz:80/x"), "links to example.biz", true },
		{ SPAN(TEXT "http://192.0.2.1/x"), "links to a bare address", true },
		{ SPAN(HTML "<style>hidden</style><p>vi<!-- -->agra</p>"), "\"viagra\"", true },
		{ SPAN(HTML "<style>hidden</style><p>x</p>"), "\"hidden\"", false },
		{ SPAN(HTML "<a href='http://example.biz'>x</a>"), "links to example.biz", true },
		{ SPAN(HTML "<FORM action=x>x"), "a tag <form>", true },
		{ SPAN("Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n"
		       "Y2hlYXAgd2F0Y2hlcw==\r\n"),
		  "\"cheap watches\"", true },
		{ SPAN("Content-Type: application/pdf; name=\"Bill.PDF\"\r\n\r\nx"), "a file .pdf",
		  true },
		/* Who took it, and what others thought of it, is not what it is. */
		{ SPAN("X-Spam-Flag: YES\r\nReceived: from viagra\r\n\r\nx"), "\"viagra\"", false },
	};

	EACH_ROW(t)
		check(t[row].message, t[row].feature, t[row].there);
}

/* The store and the inspect role agree on it by this alone. */
TEST(each_once_and_the_same_every_time)
{
	AUTO_ARENA mem = { 0 };
	struct classify_features a, b;
	struct span message =
	        exact(SPAN("From: a@b.c\r\nSubject: to be or not\r\n\r\nto be to be"));

	CHECK_INT(classify_read(message, &mem, &a), 0);
	CHECK_INT(classify_read(message, &mem, &b), 0);
	CHECK_INT(a.n, b.n);
	for (size_t i = 0; i < a.n; i++) {
		CHECK_INT(a.v[i].hash, b.v[i].hash);
		for (size_t k = 0; k < i; k++)
			CHECK(a.v[i].hash != a.v[k].hash);
	}
}

/* However long a message is, and whatever it holds. */
TEST(limits)
{
	enum { BYTES = 4 << 20 };
	char *octets = malloc(BYTES);
	unsigned random = 1;

	for (size_t i = 0; i < BYTES; i++) {
		random = random * 1664525 + 1013904223;
		octets[i] = (char)(i % 7 ? 'a' + (random >> 16) % 26 : ' ');
	}
	memcpy(octets, "A: b\r\n\r\n", 8);
	AUTO_ARENA mem = { 0 };
	struct classify_features f;
	CHECK_INT(classify_read(span_make(octets, BYTES), &mem, &f), 0);
	CHECK_INT(f.n, CLASSIFY_FEATURES_MAX);
	for (size_t i = 0; i < f.n; i++) {
		CHECK(f.v[i].text.n && f.v[i].text.n <= CLASSIFY_FEATURE_BYTES);
		CHECK(utf8_valid(f.v[i].text));
	}
	CHECK(mem.used < 1 << 20);
	free(octets);
}
