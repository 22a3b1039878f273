/* Parking: between commands a session is a record. */
#include "stream_harness.h"

#include "rt/stream/stream_impl.h"

struct session {
	struct stream *s;
	int64_t deadline_ms;
	int r;         /* of stream_park */
	int resumed;   /* how often */
	int resumed_r; /* with what */
	int line_r;    /* of reading a line then */
	struct cond over;
	char got[100];
};

static void on_resume(void *arg, int r)
{
	struct session *ss = arg;
	struct span line;
	ss->resumed++;
	ss->resumed_r = r;
	ss->line_r = r == 0 ? stream_try_line(ss->s, 50, &line) : ERR_BUG;
	if (ss->line_r == 0)
		memcpy(ss->got, line.p, line.n);
	cond_broadcast(&ss->over);
}

static void park(void *arg)
{
	struct session *ss = arg;
	int64_t at = clock_add(clock_now_at(), ss->deadline_ms);
	ss->r = stream_park(ss->s, at, "parked session", on_resume, ss);
}

/* Parked from a fibre that ends. */
static void begin(struct session *ss, int *fd, int64_t deadline_ms)
{
	*ss = (struct session){ .s = stream_and_fd(fd), .deadline_ms = deadline_ms };
	cond_init(&ss->over);
	CHECK_INT(fibre_spawn("session", park, ss), 0);
	CHECK_INT(fibre_yield(), 0);
	CHECK_INT(ss->r, 0);
	CHECK_INT(fibre_count(), 1);
	CHECK(!ss->s->in && !ss->s->out);
}

static void wait_for_resume(struct session *ss)
{
	FIBRE_TIMEOUT(5000);
	while (!ss->resumed && cond_wait(&ss->over, "resume") == 0)
		;
}

static void end(struct session *ss, int fd)
{
	CHECK_INT(fibre_yield(), 0);
	CHECK_INT(ss->resumed, 1);
	CHECK_INT(fibre_count(), 1);
	stream_close(ss->s);
	close(fd);
}

FIBRE_TEST(input_resumes_a_parked_stream)
{
	struct session ss;
	int fd;
	begin(&ss, &fd, 60000);
	settle();
	CHECK_INT(ss.resumed, 0);
	feed(fd, SPAN("NOOP\r\n"));
	wait_for_resume(&ss);
	CHECK_INT(ss.resumed_r, 0);
	CHECK_STR(ss.got, "NOOP");
	end(&ss, fd);
}

/* The deadline was of the parking, not of the stream. */
FIBRE_TEST(a_resumed_stream_is_not_resumed_again)
{
	struct session ss;
	int fd;
	begin(&ss, &fd, 15);
	feed(fd, SPAN("NOOP\r\n"));
	wait_for_resume(&ss);
	CHECK_INT(ss.resumed_r, 0);
	CHECK_INT(fibre_sleep(20), 0);
	end(&ss, fd);
}

/* As a session does: park, serve, park again. */
FIBRE_TEST(a_stream_parks_again_and_again)
{
	struct session ss;
	int fd;
	begin(&ss, &fd, 60000);
	for (int i = 1; i <= 3; i++) {
		feed(fd, SPAN("NOOP\r\n"));
		while (ss.resumed < i)
			CHECK_INT(cond_wait(&ss.over, "resume"), 0);
		CHECK_STR(ss.got, "NOOP");
		CHECK_INT(fibre_spawn("session", park, &ss), 0);
		CHECK_INT(fibre_yield(), 0);
		CHECK_INT(ss.r, 0);
	}
	ss.resumed = 0;
	close(fd);
	wait_for_resume(&ss);
	CHECK_INT(ss.resumed_r, 0);
	CHECK_INT(stream_try_fill(ss.s), ERR_CLOSED);
	end(&ss, -1);
}

FIBRE_TEST(the_deadline_resumes_a_parked_stream)
{
	static const int64_t deadlines[] = { 4, 0, -3 };
	EACH_ROW(deadlines) {
		struct session ss;
		int64_t before = clock_now_at();
		int fd;
		begin(&ss, &fd, deadlines[row]);
		wait_for_resume(&ss);
		CHECK_INT(ss.resumed_r, ERR_TIMEOUT);
		CHECK_INT(clock_now_at() - before, deadlines[row] > 0 ? deadlines[row] : 0);
		end(&ss, fd);
	}
}

FIBRE_TEST(cancelling_resumes_all_that_are_parked)
{
	struct session ss[3];
	int fd[3];
	for (int i = 0; i < 3; i++)
		begin(&ss[i], &fd[i], CLOCK_NEVER);
	stream_cancel_parked();
	CHECK_INT(fibre_yield(), 0);
	for (int i = 0; i < 3; i++) {
		CHECK_INT(ss[i].resumed_r, ERR_CANCELLED);
		end(&ss[i], fd[i]);
	}
	stream_cancel_parked();
}

FIBRE_TEST(a_stream_with_input_does_not_park)
{
	struct session ss = { 0 };
	struct span line;
	int fd;
	ss.s = stream_and_fd(&fd);
	feed(fd, SPAN("one\r\ntwo\r\n"));
	CHECK_INT(stream_read_line(ss.s, 100, &line), 0);
	CHECK_INT(stream_park(ss.s, CLOCK_NEVER, "session", on_resume, &ss), ERR_AGAIN);
	CHECK_INT(stream_read_line(ss.s, 100, &line), 0);
	CHECK_SPAN(line, SPAN("two"));
	feed(fd, SPAN("three\r\n"));
	settle();
	CHECK_INT(stream_park(ss.s, CLOCK_NEVER, "session", on_resume, &ss), ERR_AGAIN);
	CHECK_INT(stream_try_line(ss.s, 100, &line), 0);
	close(fd);
	settle();
	CHECK_INT(stream_park(ss.s, CLOCK_NEVER, "session", on_resume, &ss), ERR_AGAIN);
	CHECK_INT(stream_try_line(ss.s, 100, &line), ERR_CLOSED);
	CHECK_INT(ss.resumed, 0);
	stream_close(ss.s);
}

/* A beginning of a line is kept, small; or what is left of one that is too long. */
FIBRE_TEST(a_stream_parks_within_a_line)
{
	static const struct {
		struct span before, after;
		int r;
		size_t kept;
	} t[] = {
		{ SPAN("NO"), SPAN("OP\r\n"), 0, 2 },
		{ SPAN("NOOP\r"), SPAN("\n"), 0, 5 },
		{ SPAN("a line that is longer than any of the fifty octets that we take"),
		  SPAN("\r\n"), ERR_TOO_LONG, 0 },
		{ SPAN("a line that is longer than any of the fifty octets that we take\r"),
		  SPAN("\n"), ERR_TOO_LONG, 1 },
	};
	EACH_ROW(t) {
		struct session ss = { 0 };
		struct span line;
		int fd;
		cond_init(&ss.over);
		ss.s = stream_and_fd(&fd);
		feed(fd, t[row].before);
		CHECK_INT(stream_fill(ss.s), 0);
		CHECK_INT(stream_try_line(ss.s, 50, &line), ERR_AGAIN);
		CHECK_INT(stream_park(ss.s, CLOCK_NEVER, "session", on_resume, &ss), 0);
		CHECK_INT(ss.s->in_to, t[row].kept);
		CHECK_INT(ss.s->in_small, t[row].kept > 0);
		CHECK(stream_unpark(ss.s)); /* and once more, from the small buffer */
		CHECK_INT(stream_try_line(ss.s, 50, &line), ERR_AGAIN);
		CHECK_INT(stream_park(ss.s, CLOCK_NEVER, "session", on_resume, &ss), 0);
		feed(fd, t[row].after);
		wait_for_resume(&ss);
		CHECK_INT(ss.line_r, t[row].r);
		CHECK_STR(ss.got, t[row].r == 0 ? "NOOP" : "");
		stream_close(ss.s);
		close(fd);
	}
}

/* A whole buffer was read, and nobody knows whether there is more: look. */
FIBRE_TEST(a_stream_that_may_have_input_does_not_park)
{
	static char full[STREAM_IN_BYTES];
	struct session ss = { 0 };
	int fd;
	ss.s = stream_and_fd(&fd);
	feed(fd, span_make(full, sizeof full));
	CHECK_INT(stream_fill(ss.s), 0);
	feed(fd, SPAN("NOOP\r\n"));
	stream_consume(ss.s, sizeof full);
	CHECK_INT(stream_park(ss.s, CLOCK_NEVER, "session", on_resume, &ss), ERR_AGAIN);
	CHECK_SPAN(stream_peek(ss.s), SPAN("NOOP\r\n"));
	stream_close(ss.s);
	close(fd);
}

FIBRE_TEST(parking_flushes)
{
	struct session ss = { 0 };
	char got[10] = { 0 };
	int fd;
	ss.s = stream_and_fd(&fd);
	CHECK_INT(stream_put(ss.s, SPAN("250 ok\r\n")), 0);
	CHECK_INT(stream_park(ss.s, CLOCK_NEVER, "session", on_resume, &ss), 0);
	CHECK_INT(recv(fd, got, sizeof got, 0), 8);
	CHECK(stream_unpark(ss.s));
	CHECK(!stream_unpark(ss.s));
	CHECK_INT(stream_put(ss.s, SPAN("221\r\n")), 0);
	close(fd);
	CHECK_INT(stream_park(ss.s, CLOCK_NEVER, "session", on_resume, &ss), ERR_NET);
	stream_close(ss.s);
}

/* Closing a parked stream: its fn never runs. */
FIBRE_TEST(a_parked_stream_may_be_closed)
{
	struct session ss;
	int fd;
	begin(&ss, &fd, 1);
	feed(fd, SPAN("NOOP\r\n"));
	stream_close(ss.s);
	CHECK_INT(fibre_sleep(3), 0);
	CHECK_INT(ss.resumed, 0);
	close(fd);
}

/* Without a fibre to be had the resume comes later, and is not lost. */
FIBRE_TEST(a_resume_waits_for_a_fibre)
{
	struct session ss;
	int fd;
	begin(&ss, &fd, 60000);
	fibre_limit(1);
	feed(fd, SPAN("NOOP\r\n"));
	settle();
	CHECK_INT(ss.resumed, 0);
	fibre_limit(20000);
	wait_for_resume(&ss);
	CHECK_INT(ss.resumed_r, 0);
	CHECK_STR(ss.got, "NOOP");
	end(&ss, fd);
}

enum { EVENT_CAME = 1, REVOKED = 2 };

/* As an event for a session in IDLE does, RFC 2177. */
FIBRE_TEST(a_parked_stream_is_woken_from_within)
{
	struct session ss;
	int fd;
	begin(&ss, &fd, 60000);
	stream_wake(ss.s, EVENT_CAME);
	CHECK_INT(ss.resumed, 0); /* never within the call */
	stream_wake(ss.s, REVOKED);
	stream_wake(ss.s, EVENT_CAME);
	CHECK_INT(fibre_yield(), 0);
	CHECK_INT(ss.resumed_r, ERR_WOKEN);
	CHECK_INT(stream_woken(ss.s), EVENT_CAME | REVOKED);
	CHECK_INT(stream_woken(ss.s), 0);
	end(&ss, fd);
}

/* Between its last look and its parking. */
FIBRE_TEST(a_wake_before_parking_is_not_lost)
{
	struct session ss = { 0 };
	int fd;
	ss.s = stream_and_fd(&fd);
	stream_wake(ss.s, EVENT_CAME);
	CHECK_INT(stream_park(ss.s, CLOCK_NEVER, "session", on_resume, &ss), ERR_WOKEN);
	CHECK_INT(stream_woken(ss.s), EVENT_CAME);
	CHECK_INT(stream_park(ss.s, CLOCK_NEVER, "session", on_resume, &ss), 0);
	CHECK(stream_unpark(ss.s));
	stream_close(ss.s);
	close(fd);
}

static void read_a_line(void *arg)
{
	struct session *ss = arg;
	struct span line;
	ss->r = stream_read_line(ss->s, 50, &line);
	if (ss->r == 0)
		memcpy(ss->got, line.p, line.n);
	ss->resumed++;
}

/* A fibre that waits for the rest of a line goes on with it afterwards. */
FIBRE_TEST(a_reader_is_woken_from_within)
{
	struct session ss = { 0 };
	int fd;
	ss.s = stream_and_fd(&fd);
	feed(fd, SPAN("NO"));
	CHECK_INT(fibre_spawn("reader", read_a_line, &ss), 0);
	settle();
	stream_wake(ss.s, EVENT_CAME);
	settle();
	CHECK_INT(ss.resumed, 1);
	CHECK_INT(ss.r, ERR_WOKEN);
	CHECK_INT(stream_woken(ss.s), EVENT_CAME);
	CHECK_INT(fibre_spawn("reader", read_a_line, &ss), 0);
	feed(fd, SPAN("OP\r\n"));
	settle();
	CHECK_INT(ss.resumed, 2);
	CHECK_INT(ss.r, 0);
	CHECK_STR(ss.got, "NOOP");
	stream_close(ss.s);
	close(fd);
}

/* Woken and, before the fibre runs, there is input as well: both are seen. */
FIBRE_TEST(input_comes_before_a_wake_and_neither_is_lost)
{
	struct session ss = { 0 };
	int fd;
	ss.s = stream_and_fd(&fd);
	feed(fd, SPAN("one"));
	settle();
	CHECK_INT(stream_try_fill(ss.s), ERR_AGAIN); /* watch */
	settle();
	stream_wake(ss.s, EVENT_CAME);
	CHECK_INT(stream_fill(ss.s), 0);
	CHECK_SPAN(stream_peek(ss.s), SPAN("one"));
	CHECK_INT(stream_fill(ss.s), ERR_WOKEN);
	CHECK_INT(stream_fill(ss.s), ERR_WOKEN); /* until it is taken */
	CHECK_INT(stream_woken(ss.s), EVENT_CAME);
	feed(fd, SPAN("two"));
	CHECK_INT(stream_fill(ss.s), 0);
	CHECK_SPAN(stream_peek(ss.s), SPAN("onetwo"));
	stream_close(ss.s);
	close(fd);
}

/* Shutdown is told, whatever comes while no fibre is to be had. */
FIBRE_TEST(a_wake_does_not_hide_that_it_was_cancelled)
{
	struct session ss;
	int fd;
	begin(&ss, &fd, 60000);
	fibre_limit(1);
	stream_cancel_parked();
	stream_wake(ss.s, EVENT_CAME);
	CHECK_INT(ss.resumed, 0);
	fibre_limit(20000);
	wait_for_resume(&ss);
	CHECK_INT(ss.resumed_r, ERR_CANCELLED);
	CHECK_INT(stream_woken(ss.s), EVENT_CAME);
	end(&ss, fd);
}

/* The one who has news may write them itself; the session sleeps on. */
FIBRE_TEST(a_parked_stream_may_be_written_to)
{
	struct session ss;
	char got[20] = { 0 };
	int fd;
	begin(&ss, &fd, 60000);
	CHECK_INT(stream_put(ss.s, SPAN("* 3 EXISTS\r\n")), 0);
	CHECK_INT(stream_flush(ss.s), 0);
	CHECK_INT(recv(fd, got, sizeof got, 0), 12);
	CHECK_INT(ss.resumed, 0);
	feed(fd, SPAN("DONE\r\n"));
	wait_for_resume(&ss);
	CHECK_INT(ss.resumed_r, 0);
	CHECK_STR(ss.got, "DONE");
	end(&ss, fd);
}

enum { SESSIONS = 1000 };

FIBRE_TEST(a_thousand_parked_streams_hold_no_fibre)
{
	static struct session ss[SESSIONS];
	static int fd[SESSIONS];
	for (int i = 0; i < SESSIONS; i++)
		begin(&ss[i], &fd[i], 60000);
	CHECK_INT(fibre_count(), 1);
	for (int i = 0; i < SESSIONS; i++)
		feed(fd[i], SPAN("NOOP\r\n"));
	for (int i = 0; i < SESSIONS; i++) {
		wait_for_resume(&ss[i]);
		CHECK_STR(ss[i].got, "NOOP");
		end(&ss[i], fd[i]);
	}
}
