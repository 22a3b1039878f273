/* inspect/rspamd.c - see rspamd.h.  One connection a message. */
#include "inspect/rspamd.h"

#include <jansson.h>
#include <stdio.h>

#include "base/os.h"
#include "config/config_endpoint.h"
#include "rt/stream/stream.h"
#include "wire/rspamd/rspamd.h"

enum { REQUEST_BYTES_MAX = 1 << 20, WORDS_ROOM = 1000 };

static milter_reach_fn *reach_endpoint;

/* jansson would open /dev/urandom with the first object that it makes. */
void rspamd_prepare(void)
{
	size_t seed;

	os_random(&seed, sizeof seed);
	json_object_seed(seed ? seed : 1);
}

void rspamd_use(milter_reach_fn *reach)
{
	reach_endpoint = reach;
}

/* ---- asked ---- */

/* What Host says: a name of its own a Unix socket has not. */
static struct span host_of(struct span endpoint)
{
	return span_find(endpoint, '/') >= 0 ? SPAN("localhost") : endpoint;
}

static int put_request(const struct inspection *x, struct buf *out)
{
	const struct inspect_judge_args *a = x->asked;
	struct rspamd_envelope e = {
		.host = host_of(config_rspamd(x->set)),
		.ip = a->client_address,
		.helo = a->helo,
		.hostname = a->rdns,
		.mta = span_str(x->set->server_hostname),
		.user = a->login,
		.sender = a->return_path,
	};
	int r = rspamd_begin(out, &e, x->content->whole.n);

	for (size_t i = 0; r >= 0 && i < a->n_recipients; i++)
		r = rspamd_rcpt_put(out, a->recipients[i].address);
	return r < 0 ? r : rspamd_end(out);
}

static WAITS int hear(struct stream *s, struct buf *got, struct buf *room, struct rspamd_http *out)
{
	bool ended = false;
	int r = 0;

	while (r == 0) {
		struct span more = stream_peek(s);
		r = buf_put(got, more);
		stream_consume(s, more.n);
		if (r == ERR_TOO_LONG)
			return err(r, "it answers more than %d octets", RSPAMD_REPLY_BYTES_MAX);
		if (r >= 0)
			r = rspamd_http_read(buf_span(got), ended, room, out);
		if (r != 0 || ended)
			break;
		r = stream_fill(s); /* WAITS */
		ended = r == ERR_CLOSED;
		r = ended ? 0 : r;
	}
	return r < 0 ? r : 0;
}

static WAITS int converse(struct stream *s, struct span request, struct span message,
                          struct buf *got, struct buf *room, struct rspamd_http *reply)
{
	int r = stream_put(s, request); /* WAITS */

	if (r >= 0)
		r = stream_put(s, message); /* WAITS */
	if (r >= 0)
		r = stream_flush(s); /* WAITS */
	if (r >= 0)
		r = hear(s, got, room, reply); /* WAITS */
	if (r >= 0 && reply->code != 200)
		return err(ERR_REFUSED, "it answers %d %.*s", reply->code,
		           SPAN_ARG(span_sub(reply->reason, 0, 100)));
	return r;
}

static WAITS int talk(const struct inspection *x, struct stream *s, struct rspamd_verdict *out)
{
	AUTO_BUF request = BUF(REQUEST_BYTES_MAX);
	AUTO_BUF got = BUF(RSPAMD_REPLY_BYTES_MAX);
	AUTO_BUF room = BUF(RSPAMD_REPLY_BYTES_MAX);
	struct rspamd_http reply;
	int r = put_request(x, &request);

	if (r >= 0)
		r = converse(s, buf_span(&request), x->content->whole, &got, &room,
		             &reply); /* WAITS */
	return r < 0 ? r : rspamd_verdict_parse(reply.body, out);
}

static WAITS int reach(const struct settings *set, struct stream **out)
{
	int fd, r = reach_endpoint(config_rspamd(set), &fd); /* WAITS */

	return r < 0 ? r : stream_open_fd(fd, out);
}

static WAITS int ask(const struct inspection *x, struct rspamd_verdict *out)
{
	struct stream *s;
	int r = reach(x->set, &s); /* WAITS */

	if (r < 0)
		return r;
	r = talk(x, s, out); /* WAITS */
	stream_close(s);
	return r;
}

/* ---- whether it is there ---- */

static WAITS int ping(const struct settings *set, struct stream *s, char *out)
{
	AUTO_BUF request = BUF(REQUEST_BYTES_MAX), got = BUF(RSPAMD_REPLY_BYTES_MAX);
	AUTO_BUF room = BUF(RSPAMD_REPLY_BYTES_MAX);
	struct rspamd_http reply;
	int r = rspamd_ping_put(&request, host_of(config_rspamd(set)));

	if (r >= 0)
		r = converse(s, buf_span(&request), SPAN(""), &got, &room, &reply); /* WAITS */
	if (r < 0)
		return r;
	if (!span_starts(reply.body, SPAN("pong")))
		return err(ERR_SYNTAX, "it is no rspamd, which answers /ping with pong");
	snprintf(out, RSPAMD_NAME_MAX + 1, "%.*s", SPAN_ARG(reply.server));
	return 0;
}

WAITS int rspamd_probe(const struct settings *set, char out[RSPAMD_NAME_MAX + 1])
{
	struct stream *s;
	int r = reach(set, &s); /* WAITS */

	if (r < 0)
		return r;
	r = ping(set, s, out); /* WAITS */
	stream_close(s);
	return r;
}

/* ---- what follows from what it says ---- */

/* `greylist` is advice for who greylists; where rspamd does so itself it says `soft reject`. */
static const struct {
	enum inspect_result result;
	uint8_t most;
	const char *words;
} rows[RSPAMD_ACTIONS] = {
	[RSPAMD_NO_ACTION] = { INSPECT_PASSED, STEP_REJECT, "rspamd lets it pass" },
	[RSPAMD_GREYLIST] = { INSPECT_PASSED, STEP_REJECT, "rspamd would have it come again" },
	[RSPAMD_ADD_HEADER] = { INSPECT_FAILED, STEP_JUNK, "rspamd takes it for likely junk" },
	[RSPAMD_REWRITE_SUBJECT] = { INSPECT_FAILED, STEP_JUNK, "rspamd takes it for junk" },
	[RSPAMD_SOFT_REJECT] = { INSPECT_LATER, STEP_REJECT, "rspamd asks to send it again later" },
	[RSPAMD_REJECT] = { INSPECT_FAILED, STEP_REJECT, "rspamd refuses it" },
	[RSPAMD_QUARANTINE] = { INSPECT_FAILED, STEP_QUARANTINE, "rspamd wants it looked at" },
	[RSPAMD_DISCARD] = { INSPECT_FAILED, STEP_QUARANTINE, "rspamd would have thrown it away" },
};

/* Which rules it met, and how nearly, is for those who run the server: to who sends junk it would
 * be a lesson. */
static int tell_sender(struct inspection *x, const struct rspamd_verdict *v,
                       struct inspect_finding *found)
{
	const char *words = rows[v->action].words;

	return v->message[0] ? inspect_told(x, found, "%s, \"%s\"", words, v->message)
	                     : inspect_told(x, found, "%s", words);
}

static int say(struct inspection *x, const struct rspamd_verdict *v, struct inspect_finding *found)
{
	AUTO_BUF words = BUF(WORDS_ROOM);

	found->result = (uint8_t)rows[v->action].result;
	found->most = rows[v->action].most;
	found->value = span_str(rspamd_action_name(v->action));
	buf_printf(&words, "%s (%.1f; refused from %.1f on)", rows[v->action].words, v->score,
	           v->required);
	if (v->message[0])
		buf_printf(&words, ", \"%s\"", v->message);
	for (size_t i = 0; i < v->n_symbols; i++)
		buf_printf(&words, "%s%s %.1f", i ? ", " : ": ", v->symbols[i].name,
		           v->symbols[i].score);
	int r = inspect_words(x, found, "%.*s", SPAN_ARG(buf_span(&words)));
	return r < 0 ? r : tell_sender(x, v, found);
}

static int say_unable(struct inspection *x, int r, struct inspect_finding *found)
{
	char why[200];

	snprintf(why, sizeof why, "%s", err_str(r));
	found->result = INSPECT_UNABLE;
	found->value = SPAN("unavailable");
	return inspect_words(x, found, "rspamd at %.*s did not look at it: %s",
	                     SPAN_ARG(config_rspamd(x->set)), why);
}

WAITS int inspect_rspamd(struct inspection *x, struct inspect_finding *found)
{
	FIBRE_TIMEOUT(x->set->defence_rspamd_time);
	struct rspamd_verdict v;
	int r = ask(x, &v); /* WAITS */

	if (r == ERR_CANCELLED || r == ERR_NO_MEMORY)
		return r;
	return r < 0 ? say_unable(x, r, found) : say(x, &v, found);
}
