/* component/result_ask.c - what a program asks of a result. */
#include "base/json.h"
#include "component/result.h"
#include "postrider.h"
#include "wire/smtp/verdict/verdict.h"

size_t postrider_result_count(const struct postrider_result *r)
{
	return r ? r->n : 0;
}

/* "delivered  bob@example.net  mx.example.net: 250 2.0.0 ok" */
static void put_line(const struct postrider_result *r, size_t i, struct buf *out)
{
	const struct result_told *t = result_told(r, i);

	buf_printf(out, "%-9s  %s  %s%s", recipient_state_name(t->state), r->addresses[i], t->host,
	           *t->host ? ": " : "");
	if (t->code) /* without one the words are ours */
		buf_printf(out, "%u %s%s", t->code, t->enhanced, *t->enhanced ? " " : "");
	buf_puts(out, r->texts[i]);
}

const char *postrider_result_line(const struct postrider_result *r, size_t i)
{
	struct buf *out;
	const char *line;

	if (!r || i >= r->n || !r->told[i])
		return "";
	out = (struct buf *)&r->line; /* made anew each time */
	buf_reset(out);
	put_line(r, i, out);
	line = buf_str(out);
	return line ? line : "";
}

int postrider_result_status(const struct postrider_result *r)
{
	int status = r ? 0 : 2;

	for (size_t i = 0; r && i < r->n; i++) {
		if (result_told(r, i)->state == RECIPIENT_REFUSED)
			return 1;
		if (result_told(r, i)->state != RECIPIENT_DELIVERED)
			status = 2;
	}
	return status;
}

static void put_record(const struct postrider_result *r, size_t i, struct buf *out)
{
	const struct result_told *t = result_told(r, i);
	const struct record_change record = {
		.seq = i + 1,
		.time_ms = t->time_ms,
		.message = r->id,
		.recipient = (uint32_t)i,
		.address = span_str(r->addresses[i]),
		.return_path = span_str(r->return_path),
		.state = t->state ? t->state : RECIPIENT_QUEUED,
		.attempt = t->attempt,
		.remote_host = span_str(t->host),
		.remote_address = span_str(t->address),
		.tls_version = span_str(t->tls_version),
		.tls_policy = span_str(t->tls_policy),
		.code = t->code,
		.enhanced = span_str(t->enhanced),
		.text = span_str(r->texts[i]),
		.class = t->class,
		.meaning = span_str(t->meaning),
		.elapsed_ms = t->elapsed_ms,
	};

	change_json(&record, out);
}

static void put_head(const struct postrider_result *r, struct buf *out)
{
	struct json j = JSON(out);

	json_begin_object(&j);
	json_member_id(&j, "message", r->id);
	json_member_span(&j, "route", r->route);
	json_key(&j, "error");
	json_str(&j, r->error);
	json_key(&j, "recipients");
	buf_putc(out, '[');
}

int postrider_result_write_json(const struct postrider_result *r,
                                int (*put)(void *arg, const void *octets, size_t n), void *arg)
{
	AUTO_BUF out = BUF(SIZE_MAX / 2);
	bool goes_on = r && put;

	for (size_t i = 0; goes_on && i < r->n; i++) {
		if (i)
			buf_putc(&out, ',');
		else
			put_head(r, &out);
		put_record(r, i, &out);
		if (i + 1 == r->n)
			buf_puts(&out, "]}");
		goes_on = out.err >= 0 && put(arg, out.p, out.n) == 0;
		buf_reset(&out);
	}
	return goes_on ? POSTRIDER_OK : r && put ? POSTRIDER_FAILED : POSTRIDER_INVALID;
}

static int put_in(void *arg, const void *octets, size_t n)
{
	return buf_put(arg, span_make(octets, n));
}

const char *postrider_result_json(const struct postrider_result *r)
{
	struct postrider_result *kept = (struct postrider_result *)r;
	struct buf *out;
	const char *made;

	if (!r)
		return "";
	out = &kept->json; /* made when it is first asked for, and after each row that was told */
	if (r->json_tells != r->n_tells)
		buf_reset(out);
	kept->json_tells = r->n_tells;
	if (!out->n && postrider_result_write_json(r, put_in, out) != POSTRIDER_OK)
		buf_reset(out);
	made = buf_str(out);
	return made ? made : "";
}

const char *postrider_result_error(const struct postrider_result *r)
{
	return r ? r->error : "the result is NULL: there was no memory for it";
}

const char *postrider_result_route(const struct postrider_result *r)
{
	return r && r->route.p ? r->route.p : "";
}

const char *postrider_result_address(const struct postrider_result *r, size_t i)
{
	return r && i < r->n ? r->addresses[i] : "";
}

enum postrider_state postrider_result_state(const struct postrider_result *r, size_t i)
{
	uint8_t state = result_told(r, i)->state;

	return state ? (enum postrider_state)state : POSTRIDER_DEFERRED;
}

const char *postrider_result_class(const struct postrider_result *r, size_t i)
{
	const struct result_told *t = result_told(r, i);
	bool none = t->class == SMTP_CLASS_DELIVERED && t->state != RECIPIENT_DELIVERED;

	return none ? "" : smtp_class_name((enum smtp_class)t->class);
}

int postrider_result_code(const struct postrider_result *r, size_t i)
{
	return result_told(r, i)->code;
}

const char *postrider_result_enhanced(const struct postrider_result *r, size_t i)
{
	return result_told(r, i)->enhanced;
}

const char *postrider_result_words(const struct postrider_result *r, size_t i)
{
	return r && i < r->n && r->texts[i] ? r->texts[i] : "";
}

const char *postrider_result_meaning(const struct postrider_result *r, size_t i)
{
	return result_told(r, i)->meaning;
}

const char *postrider_result_host(const struct postrider_result *r, size_t i)
{
	return result_told(r, i)->host;
}

const char *postrider_result_host_address(const struct postrider_result *r, size_t i)
{
	return result_told(r, i)->address;
}

const char *postrider_result_tls(const struct postrider_result *r, size_t i)
{
	return result_told(r, i)->tls_version;
}

const char *postrider_result_tls_policy(const struct postrider_result *r, size_t i)
{
	return result_told(r, i)->tls_policy;
}

int64_t postrider_result_ms(const struct postrider_result *r, size_t i)
{
	return result_told(r, i)->elapsed_ms;
}
