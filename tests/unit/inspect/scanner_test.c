/* Sessions with clamd: the usual one may not be there until it was; what it does not say is an
 * error. */
#include "inspect/virus/scanner.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fibre_harness.h"
#include "test.h"

static struct {
	bool there;
	const char *says; /* to all questions, before they are asked */
	size_t n;
	int end; /* clamd's */
} clamd = { .end = -1 };

static WAITS int reach(struct span endpoint, int *fd)
{
	int pair[2];

	CHECK_SPAN(endpoint, SPAN("/clamd"));
	if (!clamd.there)
		return err(ERR_NOT_FOUND, "no such socket");
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
	CHECK_INT(write(pair[1], clamd.says, clamd.n), (ssize_t)clamd.n);
	clamd.end = pair[1];
	*fd = pair[0];
	return 0;
}

static void says(const char *octets, size_t n)
{
	if (clamd.end >= 0)
		close(clamd.end);
	clamd.end = -1;
	clamd.there = true;
	clamd.says = octets;
	clamd.n = n;
}

#define SAYS(literal) says(literal, sizeof(literal) - 1)

REAL_TIME_TEST(the_usual_scanner_may_be_absent_until_it_was_there)
{
	struct scanner_session *s = NULL;

	scanner_use(SPAN("/clamd"), true, reach);
	CHECK_INT(scanner_open(&s), ERR_NOT_FOUND); /* WAITS */
	SAYS("1: ClamAV 1\0");
	CHECK_INT(scanner_open(&s), 0); /* WAITS */
	scanner_close(s);
	close(clamd.end);
	clamd.end = -1;
	clamd.there = false;
	CHECK_INT(scanner_open(&s), ERR_UNAVAILABLE); /* WAITS */
}

/* The version was asked for above, so the first question here is of a file. */
REAL_TIME_TEST(only_one_answer_is_clean)
{
	static const struct {
		struct span says;
		int r;
		enum scanner_verdict verdict;
	} t[] = {
		{ SPAN("1: stream: OK\0"), 0, SCANNER_CLEAN },
		{ SPAN("1: stream: A FOUND\0"), 0, SCANNER_FOUND },
		{ SPAN("1: INSTREAM size limit exceeded. ERROR\0"), 0, SCANNER_UNKNOWN },
		{ SPAN("COMMAND READ TIMED OUT ERROR\0"), 0, SCANNER_UNKNOWN },
		{ SPAN("2: stream: OK\0"), ERR_UNAVAILABLE, 0 },
		{ SPAN("stream: OK\0"), ERR_UNAVAILABLE, 0 },
		{ SPAN("stream: A FOUND\0"), ERR_UNAVAILABLE, 0 },
		{ SPAN("1: ClamAV 1\0"), ERR_UNAVAILABLE, 0 },
	};
	scanner_use(SPAN("/clamd"), false, reach);
	EACH_ROW(t) {
		struct scanner_session *s = NULL;
		struct scanner_reply reply = { .verdict = 0 };
		says(t[row].says.p, t[row].says.n);
		CHECK_INT(scanner_open(&s), 0);                              /* WAITS */
		CHECK_INT(scanner_ask(s, SPAN("octets"), &reply), t[row].r); /* WAITS */
		CHECK_INT(reply.verdict, t[row].verdict);
		close(clamd.end); /* it is not used again */
		clamd.end = -1;
		scanner_close(s);
	}
	CHECK_INT((clamd.there = false, scanner_open(&(struct scanner_session *){ 0 })),
	          ERR_UNAVAILABLE); /* WAITS */
}
