/* Conversations on the control socket, with a store role that is scripted. */
#include "controld/controld.h"

#include <stdlib.h>

#include "../rt/stream_harness.h"
#include "calls/directory.h"
#include "calls/queue.h"
#include "calls/ticket.h"

enum { ANSWER_MAX = 4 << 20, REQUEST_ROOM = 64 << 10 };

static struct {
	struct settings set;
	struct controld_server server;
	struct listener *listener;
	struct stream *client;
	struct buf answer;
	size_t n_submitted;
	uint32_t max; /* rows that the last call asked for */
} door;

static int no_status(UNUSED const struct queue_status_args *a, UNUSED struct arena *mem,
                     struct queue_status_reply *out)
{
	*out = (struct queue_status_reply){ 0 };
	return 0;
}

static int list(const struct queue_list_args *a, struct arena *mem, struct queue_list_reply *out)
{
	door.max = a->max;
	*out = (struct queue_list_reply){ .n_rows = a->max,
		                          .rows = arena_array(mem, struct queue_row, a->max) };
	for (uint32_t i = 0; i < a->max; i++)
		out->rows[i] = (struct queue_row){ .message = i + 1,
			                           .address = SPAN("bob@b.test"),
			                           .text = SPAN("451 \"try\" \\ later\x01") };
	return out->rows ? 0 : ERR_NO_MEMORY;
}

static int changes(const struct queue_changes_args *a, UNUSED struct arena *mem,
                   struct queue_changes_reply *out)
{
	door.max = a->max;
	*out = (struct queue_changes_reply){ .seq = a->after };
	return 0;
}

static int submit(UNUSED const struct queue_submit_args *a, UNUSED struct arena *mem,
                  struct queue_submit_reply *out)
{
	door.n_submitted++;
	*out = (struct queue_submit_reply){ 0 };
	return 0;
}

static int blob(UNUSED const struct queue_file_args *a, UNUSED struct arena *mem,
                struct queue_file_reply *out, int *fd)
{
	*out = (struct queue_file_reply){ 0 };
	*fd = -1;
	return 0;
}

static int whose(UNUSED const struct directory_lookup_args *a, UNUSED struct arena *mem,
                 struct directory_lookup_reply *out)
{
	*out = (struct directory_lookup_reply){ 0 };
	return 0;
}

/* Nobody of ours. */
static int no_ticket(UNUSED const struct ticket_operator_args *a, UNUSED struct arena *mem,
                     UNUSED struct ticket_carried *out)
{
	return ERR_NOT_FOUND;
}

static WAITS void dial(void)
{
	struct address at;

	door.set = (struct settings){ .server_hostname = "mail.home.test",
		                      .smtp_rcpt_max = 10,
		                      .smtp_size_max = 1 << 20,
		                      .smtp_hops_max = 10 };
	door.server.set = &door.set;
	door.n_submitted = 0;
	door.answer = BUF(ANSWER_MAX);
	queue_status_serve(no_status);
	queue_list_serve(list);
	queue_changes_serve(changes);
	queue_submit_serve(submit);
	queue_file_serve(blob);
	directory_lookup_serve(whose);
	ticket_operator_serve(no_ticket);
	CHECK_INT(listener_open(listening(&at, 8), controld_accept, &door.server, &door.listener),
	          0);
	CHECK_INT(stream_connect(&at, &door.client), 0);
	fibre_deadline_set(clock_add(loop_now_at(), 60 * 1000)); /* a test that hangs fails */
}

static void hang_up(void)
{
	stream_close(door.client);
	listener_close(door.listener);
	buf_fini(&door.answer);
}

static WAITS void say(struct span octets)
{
	CHECK_INT(stream_put(door.client, octets), 0);
	CHECK_INT(stream_flush(door.client), 0);
}

/* The next line; empty at the end. */
static WAITS struct span hear(void)
{
	buf_reset(&door.answer);
	for (;;) {
		struct span in = stream_peek(door.client);
		ptrdiff_t at = span_find(in, '\n');
		size_t n = at < 0 ? in.n : (size_t)at;
		CHECK_INT(buf_put(&door.answer, span_sub(in, 0, n)), 0);
		stream_consume(door.client, at < 0 ? n : n + 1);
		if (at >= 0 || stream_fill(door.client) == ERR_CLOSED)
			return buf_span(&door.answer);
	}
}

static WAITS void ask(struct span request, const char *answer)
{
	say(request);
	say(SPAN("\n"));
	CHECK_SPAN(hear(), span_str(answer));
}

#define NO(error, what) "{\"ok\":false,\"error\":\"" error "\",\"what\":\"" what "\"}"

/* Each mistake is told, and the next request is answered. */
FIBRE_TEST(controld_mistakes)
{
	static const struct {
		struct span request;
		const char *answer;
	} t[] = {
		{ SPAN("{\"call\":\"dance\"}"), NO("UNKNOWN", "call dance is not known") },
		{ SPAN("{}"), NO("UNKNOWN", "call  is not known") },
		{ SPAN("{\"call\":7}"), NO("UNKNOWN", "call  is not known") },
		{ SPAN("[1]"), NO("UNKNOWN", "call  is not known") },
		{ SPAN("{\"call\":\"status\"}"), NO("SYNTAX", "which message?") },
		{ SPAN("{\"call\":\"status\",\"message\":5}"), NO("SYNTAX", "which message?") },
		{ SPAN("{\"call\":\"status\",\"message\":\"<a@b>\"}"),
		  NO("NOT_FOUND", "no message here has this id or Message-ID") },
		{ SPAN("{\"call\":\"changes\",\"after\":7}"), "{\"ok\":true,\"seq\":7}" },
	};
	dial();
	EACH_ROW(t)
		ask(t[row].request, t[row].answer);
	say(SPAN("\xff{\n"));
	CHECK(span_starts(hear(),
	                  SPAN("{\"ok\":false,\"error\":\"SYNTAX\",\"what\":\"not JSON: ")));
	ask(t[7].request, t[7].answer);
	hang_up();
}

/* Several requests in one packet; one in many. */
FIBRE_TEST(controld_framing)
{
	static const struct span request = SPAN("{\"call\":\"changes\",\"after\":7}\n");

	dial();
	for (int i = 0; i < 3; i++)
		CHECK_INT(stream_put(door.client, request), 0);
	CHECK_INT(stream_flush(door.client), 0);
	for (int i = 0; i < 3; i++)
		CHECK_SPAN(hear(), SPAN("{\"ok\":true,\"seq\":7}"));
	for (size_t i = 0; i < request.n; i++) {
		say(span_sub(request, i, 1));
		CHECK_INT(fibre_yield(), 0);
	}
	CHECK_SPAN(hear(), SPAN("{\"ok\":true,\"seq\":7}"));
	hang_up();
}

/* A line without an end: it is told, and the connection ends. */
FIBRE_TEST(controld_request_too_long)
{
	AUTO_BUF line = BUF(REQUEST_ROOM);

	dial();
	while (line.n < 31 << 10)
		buf_puts(&line, "{\"call\":");
	say(buf_span(&line));
	CHECK_SPAN(hear(), SPAN(NO("TOO_LONG", "a request is one line of at most 30720 octets")));
	CHECK_SPAN(hear(), SPAN(""));
	hang_up();
}

/* Cut off anywhere, nothing is done and nothing is left (in_fibre counts the fibres). */
FIBRE_TEST(controld_cut_off)
{
	static const struct span whole = SPAN("{\"call\":\"send\",\"from\":\"a@home.test\","
	                                      "\"to_size\":11,\"size\":20}\nbob@b.test\n"
	                                      "Subject: x\r\n\r\nwords");

	for (size_t n = 0; n < whole.n; n++) {
		dial();
		say(span_sub(whole, 0, n));
		hang_up();
		CHECK_INT(fibre_yield(), 0);
		CHECK_INT(door.n_submitted, 0);
	}
}

/* Octets that are announced are taken, also after a mistake. */
FIBRE_TEST(controld_send_mistakes)
{
	static const struct {
		struct span request;
		bool ends;
	} t[] = {
		{ SPAN("{\"call\":\"send\",\"from\":\"nonsense\",\"to_size\":2,\"size\":2}\nx\nab"),
		  false },
		{ SPAN("{\"call\":\"send\",\"to_size\":2,\"size\":2}\nx\nab"), false },
		{ SPAN("{\"call\":\"send\",\"from\":\"a@b.test\",\"to_size\":0,\"size\":2}\nab"),
		  false },
		{ SPAN("{\"call\":\"send\",\"from\":\"a@b.test\",\"to_size\":-1,\"size\":2}\n"),
		  true },
		{ SPAN("{\"call\":\"send\",\"from\":\"a@b.test\",\"to_size\":\"x\",\"size\":2}\n"),
		  true },
	};
	EACH_ROW(t) {
		dial();
		say(t[row].request);
		CHECK(span_starts(hear(), SPAN("{\"ok\":false,")));
		CHECK_INT(door.n_submitted, 0);
		if (t[row].ends)
			CHECK_SPAN(hear(), SPAN(""));
		else
			ask(SPAN("{\"call\":\"changes\",\"after\":7}"), "{\"ok\":true,\"seq\":7}");
		hang_up();
	}
}

/* Answers come in pages, whatever was asked for; each row is one line. */
FIBRE_TEST(controld_bounded_answers)
{
	size_t n_rows = 0;

	dial();
	say(SPAN("{\"call\":\"queue\",\"max\":1000000}\n"));
	while (span_starts(hear(), SPAN("{\"message\":\"")))
		n_rows++;
	CHECK_INT(n_rows, door.max);
	CHECK(n_rows <= 500);
	CHECK(span_starts(buf_span(&door.answer), SPAN("{\"ok\":true")));
	ask(SPAN("{\"call\":\"changes\",\"after\":7,\"max\":1000000}"), "{\"ok\":true,\"seq\":7}");
	CHECK(door.max <= 500);
	hang_up();
}
