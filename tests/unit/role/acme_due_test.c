/* role/acme_due.h: when a certificate is renewed, and what is remembered of failures. */
#include <stdlib.h>
#include <unistd.h>

#include "role/acme_due.h"
#include "test.h"

enum { NOW = 1800000000, DAY = 86400, HOUR = 3600 };

TEST(acme_due)
{
	static const struct {
		int64_t from_s, until_s;
		bool fits;
		unsigned n_failed;
		int64_t failed_s;
		bool due;
	} t[] = {
		{ 0, 0, false, 0, 0, true },
		{ NOW - 10 * DAY, NOW + 80 * DAY, true, 0, 0, false },
		{ NOW - 10 * DAY, NOW + 80 * DAY, false, 0, 0, true }, /* other names */
		{ NOW - 56 * DAY, NOW + 34 * DAY, true, 0, 0, false }, /* not before 57 of 90 */
		{ NOW - 60 * DAY, NOW + 30 * DAY, true, 0, 0, true },  /* two thirds */
		{ NOW - 91 * DAY, NOW - DAY, true, 0, 0, true },       /* over */
		{ NOW - 4 * DAY, NOW + 2 * DAY, true, 0, 0, true },    /* six days */
		{ NOW - 2 * DAY, NOW + 4 * DAY, true, 0, 0, false },
		/* an hour, then twice as long, up to a day */
		{ 0, 0, false, 1, NOW - HOUR + 1, false },
		{ 0, 0, false, 1, NOW - HOUR, true },
		{ 0, 0, false, 2, NOW - 2 * HOUR + 1, false },
		{ 0, 0, false, 2, NOW - 2 * HOUR, true },
		{ 0, 0, false, 5, NOW - 16 * HOUR + 1, false },
		{ 0, 0, false, 5, NOW - 16 * HOUR, true },
		{ 0, 0, false, 6, NOW - DAY + 1, false },
		{ 0, 0, false, 1000, NOW - DAY, true },
		{ 0, 0, false, 3, NOW + DAY, true }, /* the clock was set back */
	};

	EACH_ROW(t) {
		const struct acme_standing s = { .from_s = t[row].from_s,
			                         .until_s = t[row].until_s,
			                         .fits = t[row].fits,
			                         .n_failed = t[row].n_failed,
			                         .failed_s = t[row].failed_s };
		CHECK_INT(acme_is_due(&s, "mx.example.org", NOW), t[row].due);
	}
}

TEST(acme_remembers_failures)
{
	char directory[] = "/tmp/acme_due_test.XXXXXX";
	struct acme_standing s;
	AUTO_BUF out = BUF(4096);

	CHECK(mkdtemp(directory) && chdir(directory) == 0);
	acme_standing_read("mx.test", SPAN("mx.test"), &s);
	CHECK_INT(s.n_failed, 0);
	for (unsigned i = 1; i <= 3; i++) {
		acme_outcome_keep("mx.test", &s, "the port is\tclosed", NOW + i);
		acme_standing_read("mx.test", SPAN("mx.test"), &s);
		CHECK_INT(s.n_failed, i);
		CHECK_INT(s.failed_s, NOW + i);
	}
	acme_standing_put(&s, SPAN("mx.test other.test"), "mx.test", &out);
	CHECK_SPAN(buf_span(&out), SPAN("mx.test other.test\t0\t0\tthe port is\\x09closed\n"));
	acme_outcome_keep("mx.test", &s, NULL, NOW);
	acme_standing_read("mx.test", SPAN("mx.test"), &s);
	CHECK_INT(s.n_failed, 0);
	CHECK(chdir("/") == 0);
	CHECK_INT(rmdir(directory), 0);
}
