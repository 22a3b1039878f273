/* queue/change.c - see change.h. */
#include "queue/change.h"

#include "base/clock.h"
#include "base/json.h"

int change_json(const struct record_change *f, struct buf *out)
{
	struct json j = JSON(out);

	json_begin_object(&j);
	json_member_int(&j, "seq", (int64_t)f->seq);
	json_member_time(&j, "time", f->time_ms);
	json_member_id(&j, "message", f->message);
	json_member_int(&j, "recipient", f->recipient);
	json_member_span(&j, "address", f->address);
	json_member_span(&j, "return_path", f->return_path);
	json_member_span(&j, "state", span_str(recipient_state_name(f->state)));
	json_member_int(&j, "attempt", f->attempt);
	json_member_span(&j, "remote_host", f->remote_host);
	json_member_span(&j, "remote_address", f->remote_address);
	json_member_span(&j, "tls_version", f->tls_version);
	json_member_span(&j, "tls_policy", f->tls_policy);
	json_key(&j, "code");
	if (f->code)
		json_int(&j, f->code);
	else
		json_str(&j, NULL);
	json_member_span(&j, "enhanced", f->enhanced);
	json_member_span(&j, "text", f->text);
	json_member_span(&j, "class", span_str(record_change_class(f)));
	json_member_span(&j, "meaning", f->meaning);
	json_member_int(&j, "elapsed_ms", f->elapsed_ms);
	json_member_time(&j, "next_try", f->next_try_ms);
	json_end_object(&j);
	return out->err;
}

static void put_server(const struct record_change *f, struct buf *out)
{
	if (!f->remote_host.n && !f->remote_address.n)
		return;
	buf_puts(out, " by ");
	buf_put_escaped(out, f->remote_host);
	if (f->remote_host.n && f->remote_address.n)
		buf_putc(out, ' ');
	if (f->remote_address.n) {
		buf_putc(out, '(');
		buf_put_escaped(out, f->remote_address);
		buf_putc(out, ')');
	}
}

static void put_reply(const struct record_change *f, struct buf *out)
{
	if (!f->code && !f->enhanced.n && !f->text.n)
		return;
	buf_putc(out, ':');
	if (f->code)
		buf_printf(out, " %u", f->code);
	if (f->enhanced.n) {
		buf_putc(out, ' ');
		buf_put_escaped(out, f->enhanced);
	}
	if (f->text.n) {
		buf_putc(out, ' ');
		buf_put_escaped(out, f->text);
	}
}

int change_line(const struct record_change *f, struct buf *out)
{
	buf_put_escaped(out, f->address);
	buf_printf(out, ": %s", recipient_state_name(f->state));
	if (f->attempt)
		buf_printf(out, ", attempt %u", f->attempt);
	put_server(f, out);
	put_reply(f, out);
	if (f->meaning.n) {
		buf_puts(out, " - ");
		buf_put_escaped(out, f->meaning);
	}
	if (f->next_try_ms) {
		buf_puts(out, " Next try ");
		clock_put_rfc3339(out, f->next_try_ms);
		buf_putc(out, '.');
	}
	return out->err;
}
