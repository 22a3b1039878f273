/* pop3d/reply.c - what is sent, and the price of errors. */
#include "pop3d/session.h"

#include "base/event.h"
#include "policy/bans.h"
#include "rt/loop.h"

enum { REPLY_MAX = 512 }; /* RFC 1939 3: octets of a first line */

WAITS int pop3d_put(struct pop3d_session *s, struct span octets)
{
	fibre_deadline_set(clock_add(loop_now_at(), s->set->pop3_write_time));
	int r = stream_put(s->stream, octets); /* WAITS */
	fibre_deadline_set(clock_add(loop_now_at(), POP3D_WORK_MS));
	return r;
}

static WAITS int put_line(struct pop3d_session *s, const char *status, const char *code,
                          const char *fmt, va_list ap)
{
	AUTO_BUF line = BUF(REPLY_MAX);

	buf_puts(&line, status);
	if (*code)
		buf_printf(&line, " [%s]", code);
	if (*fmt)
		buf_putc(&line, ' ');
	buf_vprintf(&line, fmt, ap);
	buf_puts(&line, "\r\n");
	return line.err ? line.err : pop3d_put(s, buf_span(&line)); /* WAITS */
}

WAITS int pop3d_ok(struct pop3d_session *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int r = put_line(s, "+OK", "", fmt, ap); /* WAITS */
	va_end(ap);
	return r;
}

WAITS int pop3d_err(struct pop3d_session *s, const char *code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int r = put_line(s, "-ERR", code, fmt, ap); /* WAITS */
	va_end(ap);
	return r;
}

WAITS int pop3d_bad(struct pop3d_session *s, const char *fmt, ...)
{
	va_list ap;
	int r;

	(void)bans_harm(s->set, stream_peer(s->stream), BANS_ERROR, loop_now_at());
	if (++s->n_errors > (unsigned)s->set->smtp_errors_max) {
		r = pop3d_err(s, "", "Too many errors, closing"); /* WAITS */
		return r < 0 ? r : ERR_REFUSED;
	}
	va_start(ap, fmt);
	r = put_line(s, "-ERR", "", fmt, ap); /* WAITS */
	va_end(ap);
	return r;
}

WAITS int pop3d_failed(struct pop3d_session *s, int r)
{
	if (r == ERR_CANCELLED || r == ERR_TICKET)
		return r;
	if (r == ERR_DAMAGED) /* told in the log when it was found */
		return pop3d_err(s, "SYS/PERM", "%s", err_str(r));
	/* The words may name files: they are for the log. */
	event_log(EVENT_internal_error, "what=%s reason=%s", err_name(r), err_str(r));
	if (err_class(r) == ERR_CLASS_TEMP)
		return pop3d_err(s, "SYS/TEMP", "That cannot be done now, try again later");
	return pop3d_err(s, "SYS/PERM", "That cannot be done; tell the server's operator");
}

WAITS int pop3d_ease(struct pop3d_session *s, struct buf *lines)
{
	if (lines->n < POP3D_OUT_BYTES)
		return lines->err;
	int r = pop3d_put(s, buf_span(lines)); /* WAITS */
	buf_reset(lines);
	return r;
}

WAITS int pop3d_end_lines(struct pop3d_session *s, struct buf *lines)
{
	buf_puts(lines, ".\r\n");
	return lines->err ? lines->err : pop3d_put(s, buf_span(lines)); /* WAITS */
}
