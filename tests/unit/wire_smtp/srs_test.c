/* Rewritten return paths: there and back, through two forwarders, and what is refused. */
#include "wire/smtp/srs.h"

#include "test.h"
#include "wire/smtp/path.h"

/* No HMAC, but of all octets. */
static int mac_of(struct span octets, unsigned char out[SRS_MAC_BYTES], void *arg)
{
	unsigned h = *(unsigned *)arg;

	for (size_t i = 0; i < SRS_MAC_BYTES; i++) {
		for (size_t k = 0; k < octets.n; k++)
			h = (h ^ (unsigned char)octets.p[k]) * 16777619u;
		out[i] = (unsigned char)(h >> 24);
	}
	return 0;
}

static unsigned ours = 1, theirs = 2;

static struct srs on(int64_t day)
{
	return (struct srs){ mac_of, &ours, day };
}

static struct span local_of(const struct buf *address)
{
	return span_sub(buf_span(address), 0, (size_t)span_find_last(buf_span(address), '@'));
}

TEST(srs_there_and_back)
{
	static const struct span t[] = { SPAN("bob@example.net"), SPAN("Bob.B@example.net"),
		                         SPAN("a=b@example.net"), SPAN("x+y=z@a.b"),
		                         SPAN("srs@example.net") };
	EACH_ROW(t) {
		AUTO_BUF there = BUF(SMTP_PATH_MAX), back = BUF(SMTP_PATH_MAX);
		struct srs s = on(20000);
		CHECK_INT(srs_forward(&s, exact(t[row]), SPAN("home.test"), &there), 0);
		CHECK(span_starts(buf_span(&there), SPAN("SRS0=")));
		CHECK(span_ends_nocase(buf_span(&there), SPAN("@home.test")));
		CHECK_INT(srs_reverse(&s, exact(local_of(&there)), &back), 0);
		CHECK_SPAN(buf_span(&back), t[row]);
	}
}

TEST(srs_is_good_for_three_weeks)
{
	AUTO_BUF there = BUF(SMTP_PATH_MAX);
	struct srs s = on(1023); /* the letters begin again the day after */

	CHECK_INT(srs_forward(&s, SPAN("bob@example.net"), SPAN("home.test"), &there), 0);
	for (int64_t day = 1000; day < 1080; day++) {
		AUTO_BUF back = BUF(SMTP_PATH_MAX);
		s = on(day);
		CHECK_INT(srs_reverse(&s, local_of(&there), &back),
		          day >= 1023 && day <= 1023 + SRS_DAYS ? 0 : ERR_NOT_FOUND);
	}
}

/* The bounce goes from the last forwarder to the first. */
TEST(srs_through_two_and_three)
{
	AUTO_BUF first = BUF(SMTP_PATH_MAX), second = BUF(SMTP_PATH_MAX),
	         third = BUF(SMTP_PATH_MAX);
	AUTO_BUF back = BUF(SMTP_PATH_MAX);
	struct srs a = { mac_of, &theirs, 20000 }, b = on(20000);

	CHECK_INT(srs_forward(&a, SPAN("bob@c.test"), SPAN("a.test"), &first), 0);
	CHECK_INT(srs_forward(&b, buf_span(&first), SPAN("b.test"), &second), 0);
	CHECK(span_starts(buf_span(&second), SPAN("SRS1=")));
	CHECK_INT(srs_reverse(&b, local_of(&second), &back), 0);
	CHECK_SPAN(buf_span(&back), buf_span(&first));
	CHECK_INT(srs_forward(&a, buf_span(&second), SPAN("d.test"), &third), 0);
	CHECK(span_starts(buf_span(&third), SPAN("SRS1=")));
	buf_reset(&back);
	CHECK_INT(srs_reverse(&a, local_of(&third), &back), 0);
	CHECK_SPAN(buf_span(&back), buf_span(&first));
	CHECK_INT(srs_reverse(&b, local_of(&third), &back), ERR_NOT_FOUND);
}

TEST(srs_forged)
{
	static const struct span t[] = { SPAN(""),
		                         SPAN("bob"),
		                         SPAN("SRS0"),
		                         SPAN("SRS0="),
		                         SPAN("SRS1="),
		                         SPAN("SRS0=aaaaaa"),
		                         SPAN("SRS0=="),
		                         SPAN("SRS1==="),
		                         SPAN("SRS0=aaaaaa=tt"),
		                         SPAN("SRS0=aaaaaa=tt=c.test=bob"),
		                         SPAN("SRS1=aaaaaa=a.test==x") };
	AUTO_BUF there = BUF(SMTP_PATH_MAX), back = BUF(SMTP_PATH_MAX);
	struct srs s = on(20000);

	EACH_ROW(t)
		CHECK_INT(srs_reverse(&s, exact(t[row]), &back), ERR_NOT_FOUND);
	CHECK_INT(srs_forward(&s, SPAN("bob@c.test"), SPAN("a.test"), &there), 0);
	for (size_t i = 5; i < local_of(&there).n; i++) {
		struct span bad = exact(local_of(&there));
		((char *)(uintptr_t)bad.p)[i] ^= 1;
		CHECK_INT(srs_reverse(&s, bad, &back), ERR_NOT_FOUND);
	}
}

/* What no address can hold stays as it is, and out is as it was. */
TEST(srs_refuses)
{
	static const struct {
		struct span sender;
		int result;
	} t[] = {
		{ SPAN("\"a b\"@c.test"), ERR_SYNTAX },
		{ SPAN("bob"), ERR_SYNTAX },
		{ SPAN(""), ERR_SYNTAX },
		{ SPAN("@c.test"), ERR_SYNTAX },
		{ SPAN("SRS1=aaaaaa==bob@c.test"), ERR_SYNTAX }, /* of no first forwarder */
		{ SPAN("SRS1=aaaaaa@c.test"), ERR_SYNTAX },
		{ SPAN("somebody-with-a-name.as-long-as-this@mail.example.org"), ERR_TOO_LONG },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(SMTP_PATH_MAX);
		struct srs s = on(20000);
		CHECK_INT(srs_forward(&s, exact(t[row].sender), SPAN("a.test"), &out),
		          t[row].result);
		CHECK_INT(out.n, 0);
	}
}
