/* httpd/filled.c - POST /f/FORM: what a visitor of a web page has filled in, as a mail to its
 * owner.
 *
 * The visitor has no key and chooses no recipient.  It is taken from the sites alone that the form
 * names, at a pace, and, where the form says so, not sooner after its page was opened than people
 * can type.
 */
#include "base/event.h"
#include "base/os.h"
#include "base/utf8.h"
#include "calls/kit.h"
#include "crypto/hash.h"
#include "directory/route.h"
#include "httpd/form.h"
#include "httpd/pace.h"
#include "httpd/session.h"
#include "notice/notice.h"
#include "policy/limits.h"
#include "rt/loop.h"
#include "wire/http/multipart.h"
#include "wire/http/query.h"
#include "wire/http/xml.h"
#include "wire/message/write/people.h"

enum {
	BODY_MAX = 128 << 10,
	TEXT_MAX = 32 << 10, /* of all that is filled in */
	TOKEN_MS = 24 * 60 * 60 * 1000,
	TOKEN_MAC = 16,
	ADDRESS_MAX = 254,
};

struct field {
	struct span name, value;
};

struct filling {
	struct httpd_request *q;
	struct span id, account;
	struct form form;
	struct field fields[FORM_FIELDS_MAX];
	size_t n_fields, octets;
	struct span origin; /* as the browser says; empty: it does not */
	bool wants_json, is_trap;
	struct httpd_no no;
	int64_t wait_ms; /* until the pace permits it; with 429 */
};

/* ---- answers ------------------------------------------------------------------------------- */

/* Of what a script of the page may read. */
static void put_fields(const struct filling *x, struct buf *out)
{
	buf_puts(out, "Vary: Origin\r\n");
	if (x->origin.n && form_has_origin(&x->form, x->origin))
		buf_printf(out, "Access-Control-Allow-Origin: %.*s\r\n", SPAN_ARG(x->origin));
	if (x->no.status == 429)
		buf_printf(out, "Retry-After: %jd\r\n", (intmax_t)(x->wait_ms / 1000 + 1));
	buf_puts(out, "Content-Security-Policy: default-src 'none'\r\n");
}

static WAITS int answer_page(const struct filling *x, int status, const char *title,
                             const char *words)
{
	AUTO_BUF fields = BUF(8 << 10), page = BUF(16 << 10);

	put_fields(x, &fields);
	if (status == 303)
		buf_printf(&fields, "Location: %.*s\r\n", SPAN_ARG(x->form.redirect));
	buf_puts(&page, "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">"
	                "<meta name=\"viewport\" content=\"width=device-width\"><title>");
	http_xml_put(&page, span_str(title));
	buf_puts(&page, "</title>\n<h1>");
	http_xml_put(&page, span_str(title));
	buf_puts(&page, "</h1>\n<p>");
	http_xml_put(&page, span_str(words));
	buf_puts(&page, "</p>\n");
	return httpd_answer(x->q, status, "text/html; charset=utf-8", buf_span(&fields),
	                    buf_span(&page)); /* WAITS */
}

static WAITS int answer_sent(const struct filling *x)
{
	AUTO_BUF fields = BUF(8 << 10);

	put_fields(x, &fields);
	if (x->wants_json)
		return httpd_answer(x->q, 200, "application/json", buf_span(&fields),
		                    SPAN("{\"sent\":true}")); /* WAITS */
	return answer_page(x, x->form.redirect.n ? 303 : 200, "Thank you",
	                   "What you wrote has been sent."); /* WAITS */
}

static WAITS int answer_no(const struct filling *x)
{
	AUTO_BUF fields = BUF(8 << 10), body = BUF(16 << 10);
	struct json j = JSON(&body);

	event_log(EVENT_form_refused, "form=%.*s status=%d reason=%s", SPAN_ARG(x->id),
	          x->no.status, x->no.detail);
	if (!x->wants_json)
		return answer_page(x, x->no.status, "This was not sent", x->no.detail); /* WAITS */
	put_fields(x, &fields);
	httpd_no_json(&x->no, &j);
	return httpd_answer(x->q, x->no.status, "application/problem+json", buf_span(&fields),
	                    buf_span(&body)); /* WAITS */
}

/* ERR_REFUSED: x->no is the answer. */
#define refuse(x, status, type, ...) (httpd_no(&(x)->no, status, type, __VA_ARGS__), ERR_REFUSED)

/* ---- where it comes from ------------------------------------------------------------------- */

/* scheme://host[:port] of a URL. */
static struct span origin_of(struct span url)
{
	ptrdiff_t at = span_find_span(url, SPAN("://"));
	ptrdiff_t end = at < 0 ? -1 : span_find(span_sub(url, (size_t)at + 3, url.n), '/');

	return end < 0 ? url : span_sub(url, 0, (size_t)(at + 3 + end));
}

/* RFC 6454 7: all browsers of today say it when a form is posted. */
static int check_origin(struct filling *x)
{
	struct span referer = http_field(&x->q->head, "Referer");
	struct span origin = x->origin.n ? x->origin : origin_of(referer);

	if (form_has_origin(&x->form, origin))
		return 0;
	return refuse(x, 403, "no-origin",
	              "the form is not one of this site's (%.*s): whoever made the page adds its "
	              "origin to the form's \"origins\"",
	              (int)(origin.n < 200 ? origin.n : 200), origin.n ? origin.p : "unknown");
}

static int check_pace(struct filling *x)
{
	char source[LIMITS_SOURCE_BYTES] = { 0 };
	AUTO_BUF key = BUF(256);

	if (!limits_source(stream_peer(x->q->s->stream), source))
		source[0] = '\0'; /* behind a web server all are one */
	buf_printf(&key, "%.*s/", SPAN_ARG(x->id));
	buf_put(&key, span_make(source, sizeof source));
	if (key.err)
		return ERR_NO_MEMORY;
	if ((stream_peer(x->q->s->stream)->len &&
	     !pace_take(buf_span(&key), x->form.per_visitor, loop_now_at(), &x->wait_ms)) ||
	    !pace_take(x->id, x->form.per_hour, loop_now_at(), &x->wait_ms))
		return refuse(x, 429, "limit",
		              "the form was filled in too often: come again in %jd minutes",
		              (intmax_t)(x->wait_ms / 60000 + 1));
	return 0;
}

/* ---- tokens -------------------------------------------------------------------------------- */

/* When a page was opened, sealed by us.  A start of ours makes them void. */
static int seal(struct span id, int64_t time_ms, struct buf *out)
{
	static unsigned char key[CRYPTO_SHA256];
	static bool has_key;
	AUTO_BUF text = BUF(256);
	uint8_t mac[CRYPTO_SHA256];

	if (!has_key)
		os_random(key, sizeof key);
	has_key = true;
	buf_printf(&text, "%.*s/%jx", SPAN_ARG(id), (uintmax_t)time_ms);
	int r = text.err < 0 ? text.err
	                     : crypto_hmac_sha256(span_make(key, sizeof key), buf_span(&text), mac);
	if (r < 0)
		return r;
	buf_printf(out, "%jx.", (uintmax_t)time_ms);
	for (size_t i = 0; i < TOKEN_MAC; i++)
		buf_printf(out, "%02x", mac[i]);
	return out->err;
}

static struct span value_of(const struct filling *x, struct span name)
{
	for (size_t i = 0; i < x->n_fields; i++)
		if (span_eq(x->fields[i].name, name))
			return x->fields[i].value;
	return SPAN("");
}

static bool is_sealed(const struct filling *x, struct span token, int64_t *time_ms)
{
	AUTO_BUF ours = BUF(128);
	uint64_t t = 0;
	unsigned char differs = 0;

	for (size_t i = 0; i < token.n && i < 15 && token.p[i] != '.'; i++) {
		char c = token.p[i];
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
		t = t << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	*time_ms = (int64_t)t;
	if (seal(x->id, *time_ms, &ours) < 0 || ours.n != token.n)
		return false;
	for (size_t i = 0; i < token.n; i++)
		differs |= (unsigned char)(token.p[i] ^ ours.p[i]);
	return !differs;
}

static int check_token(struct filling *x)
{
	int64_t now_ms = clock_wall_time_ms(), time_ms;

	if (!x->form.min_time_ms)
		return 0;
	if (!is_sealed(x, value_of(x, SPAN("_token")), &time_ms) || now_ms - time_ms > TOKEN_MS ||
	    time_ms > now_ms)
		return refuse(x, 422, "no-token",
		              "the page was open for too long, or its script did not run: go back, "
		              "load it anew, and send again");
	if (now_ms - time_ms < x->form.min_time_ms)
		return refuse(x, 422, "too-soon",
		              "this was filled in faster than people do: wait a moment, and send "
		              "again");
	return 0;
}

/* ---- what is filled in --------------------------------------------------------------------- */

static int add(struct filling *x, struct span name, struct span value)
{
	x->octets += name.n + value.n;
	if (x->n_fields == FORM_FIELDS_MAX || x->octets > TEXT_MAX)
		return refuse(x, 413, "too-large", "a form has at most %d fields and %d octets",
		              FORM_FIELDS_MAX, TEXT_MAX);
	if (!utf8_valid(name) || !utf8_valid(value))
		return refuse(x, 400, "malformed", "the form is not in UTF-8");
	x->fields[x->n_fields++] = (struct field){ name, value };
	return 0;
}

static int read_query(struct filling *x, struct span body)
{
	struct span name, value;
	int r = 0, more = 1;

	while (r >= 0 && (more = http_parameter(&body, &x->q->mem, &name, &value)) == 1)
		r = add(x, name, value);
	return more < 0 ? refuse(x, 400, "malformed", "%s", err_str(more)) : r;
}

/* All is at hand, so each part's octets are one piece. */
static int read_parts(struct filling *x, struct http_multipart *form, struct span body)
{
	struct http_part part = { 0 };
	struct span data, value = SPAN("");
	int event = HTTP_PART_MORE, r = 0;

	while (r >= 0 && event != HTTP_PARTS_OVER) {
		size_t before = body.n;

		event = http_multipart_take(form, &body, &x->q->mem, &part, &data);
		if (event < 0)
			return refuse(x, 400, "malformed", "%s", err_str(event));
		if (event == HTTP_PART_MORE && body.n == before)
			return refuse(x, 400, "malformed", "the form ends too early");
		if (event == HTTP_PART_BEGIN && part.file_name.n)
			return refuse(x, 422, "no-files", "this form takes no files");
		if (event == HTTP_PART_BEGIN)
			value = SPAN("");
		else if (event == HTTP_PART_DATA)
			value = span_make(value.n ? value.p : data.p, value.n + data.n);
		else if (event == HTTP_PART_END)
			r = add(x, part.name, value);
	}
	return r;
}

static WAITS int read_body(struct filling *x)
{
	AUTO_BUF text = BUF(BODY_MAX + 1);
	struct http_multipart form;
	struct span body;
	int r = httpd_body(x->q, BODY_MAX, &text); /* WAITS */

	if (r <= 0)
		return r < 0 ? r : ERR_AGAIN; /* it was answered */
	r = arena_copy(&x->q->mem, buf_span(&text), &body);
	if (r < 0)
		return r;
	int is_form = http_multipart_begin(&form, http_field(&x->q->head, "Content-Type"));
	if (is_form >= 0)
		return read_parts(x, &form, body);
	return is_form == ERR_NOT_FOUND ? read_query(x, body)
	                                : refuse(x, 400, "malformed", "%s", err_str(is_form));
}

static int check_required(struct filling *x)
{
	const json_t *one;
	size_t i;

	x->is_trap = x->form.honeypot.n && value_of(x, x->form.honeypot).n;
	json_array_foreach((json_t *)x->form.required, i, one)
	{
		if (!span_trim(value_of(x, span_str(json_string_value(one)))).n)
			return refuse(x, 422, "missing",
			              "\"%s\" is not filled in: go back, and "
			              "fill it in",
			              json_string_value(one));
	}
	return 0;
}

/* ---- the mail ------------------------------------------------------------------------------ */

static void put_text(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c != '\r')
			buf_putc(out, c < 0x20 && c != '\n' && c != '\t' ? ' ' : s.p[i]);
	}
}

static void put_field(struct buf *out, const struct field *f)
{
	bool lines = span_find(f->value, '\n') >= 0;

	put_text(out, f->name);
	buf_puts(out, lines ? ":\n\n" : ": ");
	put_text(out, f->value);
	buf_puts(out, lines ? "\n\n" : "\n");
}

/* Names that begin with _ are between the page and us. */
static int compose(const struct filling *x, struct buf *out)
{
	char ip[ADDRESS_TEXT_BYTES];

	for (size_t i = 0; i < x->n_fields; i++)
		if (!span_starts(x->fields[i].name, SPAN("_")) &&
		    !span_eq(x->fields[i].name, x->form.honeypot))
			put_field(out, &x->fields[i]);
	buf_printf(out, "\n-- \nFilled in at %.*s from %s\n",
	           SPAN_ARG(x->origin.n ? x->origin : http_field(&x->q->head, "Referer")),
	           address_text(stream_peer(x->q->s->stream), false, ip));
	return out->err;
}

/* Such as can be answered to; what else there is stands in the text. */
static bool is_plain(struct span address)
{
	for (size_t i = 0; i < address.n; i++)
		if ((unsigned char)address.p[i] <= ' ' || address.p[i] == '"' ||
		    (unsigned char)address.p[i] >= 0x7f)
			return false;
	return address.n <= ADDRESS_MAX;
}

/* Whose address that was when the form was made; one that leads elsewhere since gets nothing. */
static WAITS int check_owner(struct filling *x)
{
	struct directory_route route;
	int r = directory_route(x->form.to, &x->q->mem, &route); /* WAITS */

	if (r == ERR_NOT_FOUND || r == ERR_REFUSED ||
	    (r >= 0 && !span_eq(route.account, x->account)))
		return refuse(x, 404, "not-found", "nobody reads this form any more");
	return r;
}

static WAITS int write_mail(struct filling *x)
{
	AUTO_BUF text = BUF(4 * TEXT_MAX);
	struct notice n = { .hostname = span_str(x->q->s->set->server_hostname),
		            .from_name = x->form.name,
		            .to = x->form.to,
		            .reply_to = x->form.to,
		            .subject = x->form.subject.n ? x->form.subject : x->form.name };
	struct message_person visitor;
	uint64_t noise[2], id;
	int r = compose(x, &text);

	os_random(noise, sizeof noise);
	n.text = buf_span(&text);
	n.message_id = span_str(arena_printf(&x->q->mem, "%016jx%016jx@%.*s", (uintmax_t)noise[0],
	                                     (uintmax_t)noise[1], SPAN_ARG(n.hostname)));
	if (message_person_read(value_of(x, x->form.reply_to), &x->q->mem, &visitor) >= 0 &&
	    is_plain(visitor.address))
		n.reply_to = visitor.address;
	if (r >= 0 && !n.message_id.p)
		r = ERR_NO_MEMORY;
	if (r >= 0)
		r = notice_send(&n, &id); /* WAITS */
	if (r >= 0 || r == ERR_CANCELLED || r == ERR_CLOSED)
		return r;
	event_log(EVENT_internal_error, "what=%s reason=%s", "a form's mail was not taken",
	          err_str(r));
	return refuse(x, 503, "unavailable",
	              "the fault is not yours: go back, and send it again later");
}

/* ---- requests ------------------------------------------------------------------------------ */

static WAITS int find(struct filling *x, struct kit_form_reply *found, json_t **kept)
{
	struct kit_form_args a = { x->id };
	int r = kit_form(&a, &x->q->mem, found); /* WAITS */

	if (r < 0)
		return r == ERR_SYNTAX ? ERR_NOT_FOUND : r;
	x->account = found->account;
	*kept = httpd_kept_json(found->octets);
	return *kept ? form_read(*kept, &x->form) : err(ERR_CORRUPT, "a form is no JSON");
}

static WAITS int take(struct filling *x)
{
	int r = check_origin(x);

	if (r >= 0)
		r = read_body(x); /* WAITS */
	if (r >= 0)
		r = check_required(x);
	if (r >= 0)
		r = check_token(x);
	if (r >= 0 && !x->is_trap)
		r = check_pace(x);
	if (r >= 0 && !x->is_trap)
		r = check_owner(x); /* WAITS */
	if (r >= 0 && !x->is_trap)
		r = write_mail(x); /* WAITS */
	return r;
}

static struct filling *begin(struct httpd_request *q)
{
	struct filling *x = arena_new(&q->mem, struct filling);

	if (x)
		*x = (struct filling){
			.q = q,
			.id = q->segments[1],
			.origin = http_field(&q->head, "Origin"),
			.wants_json = span_find_nocase(http_field(&q->head, "Accept"),
			                               SPAN("application/json")) >= 0,
		};
	return x;
}

WAITS int httpd_filled(struct httpd_request *q)
{
	struct filling *x = begin(q);
	struct kit_form_reply found;
	json_t *kept = NULL;
	int r = x ? find(x, &found, &kept) : ERR_NO_MEMORY; /* WAITS */

	if (r < 0) {
		json_decref(kept);
		return httpd_problem_of(q, r); /* WAITS */
	}
	r = take(x); /* WAITS */
	if (r == ERR_REFUSED)
		r = answer_no(x); /* WAITS */
	else if (r >= 0)
		r = answer_sent(x); /* WAITS */
	json_decref(kept);
	return r == ERR_AGAIN ? 0 : r < 0 && !q->answered ? httpd_problem_of(q, r) : r; /* WAITS */
}

/* For a script of the page, which puts it into the field _token. */
WAITS int httpd_form_token(struct httpd_request *q)
{
	struct filling *x = begin(q);
	AUTO_BUF fields = BUF(8 << 10), body = BUF(1024), token = BUF(128);
	struct json j = JSON(&body);
	struct kit_form_reply found;
	json_t *kept = NULL;
	int r = x ? find(x, &found, &kept) : ERR_NO_MEMORY; /* WAITS */

	if (r >= 0)
		r = seal(x->id, clock_wall_time_ms(), &token);
	if (r >= 0) {
		put_fields(x, &fields);
		json_begin_object(&j);
		json_member_span(&j, "token", buf_span(&token));
		json_end_object(&j);
	}
	json_decref(kept);
	return r < 0 ? httpd_problem_of(q, r) /* WAITS */
	             : httpd_answer(q, 200, "application/json", buf_span(&fields),
	                            buf_span(&body)); /* WAITS */
}
