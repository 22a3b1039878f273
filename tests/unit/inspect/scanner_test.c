/* Sessions with clamd: the usual one may not be there until it was; what it does not say is an
 * error. */
#include "inspect/virus/scanner.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fibre_harness.h"
#include "test.h"

static struct {
	bool there, early;
	const char *says; /* to a question, or before it is asked */
	size_t n;
	int end; /* clamd's */
	pthread_t thread;
} clamd = { .end = -1 };

/* Answers once the octets are over, or the version is asked for. */
static void *answer(void *arg)
{
	static const char version[] = "zVERSION";
	char got[200];
	size_t n = 0;
	ssize_t more = 1;

	(void)arg;
	while (more > 0 && !(n >= 4 && !memcmp(got + n - 4, "\0\0\0", 4)) &&
	       !(n >= sizeof version &&
	         !memcmp(got + n - sizeof version, version, sizeof version))) {
		more = read(clamd.end, got + n, sizeof got - n);
		n += more > 0 ? (size_t)more : 0;
	}
	if (!clamd.early)
		CHECK_INT(write(clamd.end, clamd.says, clamd.n), (ssize_t)clamd.n);
	return NULL;
}

static WAITS int reach(struct span endpoint, int *fd)
{
	int pair[2];

	CHECK_INT(clamd.end, -1);
	CHECK_SPAN(endpoint, SPAN("/clamd"));
	if (!clamd.there)
		return err(ERR_NOT_FOUND, "no such socket");
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	CHECK_INT(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
	if (clamd.early)
		CHECK_INT(write(pair[1], clamd.says, clamd.n), (ssize_t)clamd.n);
	clamd.end = pair[1];
	CHECK_INT(pthread_create(&clamd.thread, NULL, answer, NULL), 0);
	*fd = pair[0];
	return 0;
}

static void hang_up(void)
{
	if (clamd.end < 0)
		return;
	pthread_join(clamd.thread, NULL);
	close(clamd.end);
	clamd.end = -1;
}

static void says(const char *octets, size_t n)
{
	hang_up();
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
	hang_up();
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
		bool early;
	} t[] = {
		{ SPAN("1: stream: OK\0"), 0, SCANNER_CLEAN },
		{ SPAN("1: stream: A FOUND\0"), 0, SCANNER_FOUND },
		{ SPAN("1: INSTREAM size limit exceeded. ERROR\0"), 0, SCANNER_UNKNOWN },
		{ SPAN("COMMAND READ TIMED OUT ERROR\0"), 0, SCANNER_UNKNOWN },
		{ SPAN("2: stream: OK\0"), ERR_UNAVAILABLE, 0 },
		{ SPAN("stream: OK\0"), ERR_UNAVAILABLE, 0 },
		{ SPAN("stream: A FOUND\0"), ERR_UNAVAILABLE, 0 },
		{ SPAN("1: ClamAV 1\0"), ERR_UNAVAILABLE, 0 },
		{ SPAN("1: stream: OK\0"), ERR_UNAVAILABLE, 0, true },
		{ SPAN("1: stream: A FOUND\0"), 0, SCANNER_FOUND, true },
	};
	scanner_use(SPAN("/clamd"), false, reach);
	EACH_ROW(t) {
		struct scanner_session *s = NULL;
		struct scanner_reply reply = { .verdict = 0 };
		says(t[row].says.p, t[row].says.n);
		clamd.early = t[row].early;
		CHECK_INT(scanner_open(&s), 0);                              /* WAITS */
		CHECK_INT(scanner_ask(s, SPAN("octets"), &reply), t[row].r); /* WAITS */
		CHECK_INT(reply.verdict, t[row].verdict);
		hang_up(); /* it is not used again */
		scanner_close(s);
	}
	CHECK_INT((clamd.there = false, scanner_open(&(struct scanner_session *){ 0 })),
	          ERR_UNAVAILABLE); /* WAITS */
}
