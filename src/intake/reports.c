/* intake/reports.c - a message from elsewhere that tells what became of one that was sent from
 * here: read before it is committed, so that both are one (queue/serve/reports.h). */
#include <errno.h>
#include <unistd.h>

#include "calls/suppressions.h"
#include "intake/intake_impl.h"
#include "wire/message/header.h"
#include "wire/report/report.h"

/* A notification has no sender (RFC 5321 4.5.5), an automatic answer should have none (RFC 3834
 * 3.3); complaints do (RFC 5965 2). */
static bool may_be_one(const struct intake *in)
{
	struct message_field f;

	if (in->from.kind != INTAKE_TRANSFER || in->trial)
		return false;
	return !in->return_path.n || in->returned ||
	       (message_header_find(intake_header(in), SPAN("Content-Type"), &f) &&
	        span_starts_nocase(span_trim(f.value), SPAN("multipart/report")));
}

/* The front of a large body. */
static int read_front(const struct intake *in, struct arena *mem, struct span *out)
{
	char *octets = arena_alloc(mem, REPORT_BYTES_MAX);
	ssize_t n = octets ? pread(in->spool.fd, octets, REPORT_BYTES_MAX, 0) : 0;

	if (!octets)
		return ERR_NO_MEMORY;
	if (n < 0)
		return err_errno(ERR_IO, "cannot read a message that was just received");
	*out = span_make(octets, (size_t)n);
	return 0;
}

static int text_of(const struct intake *in, struct arena *mem, struct span *out)
{
	struct span header = intake_header(in), body = intake_body(in);
	AUTO_BUF all = BUF(header.n + REPORT_BYTES_MAX);
	int r = in->spool.blob && in->spool.fd >= 0 ? read_front(in, mem, &body) : 0;

	buf_put(&all, header);
	if (r >= 0)
		r = buf_put(&all, span_sub(body, 0, REPORT_BYTES_MAX));
	return r < 0 ? r : arena_copy(mem, buf_span(&all), out);
}

int intake_reports_read(struct intake *in)
{
	struct report report;
	struct span text;
	int r = may_be_one(in) ? text_of(in, &in->mem, &text) : 0;

	in->n_reports = 0;
	if (r < 0 || !may_be_one(in))
		return r;
	r = report_read(text, !in->return_path.n, &in->mem, &report);
	if (r <= 0)
		return r;
	in->reports = arena_array(&in->mem, struct queue_report, report.n_about);
	if (!in->reports)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < report.n_about; i++) {
		const struct report_about *a = &report.about[i];

		in->reports[in->n_reports++] =
		        (struct queue_report){ a->kind,     a->address, a->original, a->code,
			                       a->enhanced, a->text,    a->class };
	}
	in->reporter = report.reporter;
	in->reported_id = report.message_id;
	in->reported_path = report.mail_from;
	return 0;
}

/* RFC 2369 3.2: the mailto of a message's own link; its answer is nobody's business. */
WAITS int intake_unsubscribe(struct intake *in)
{
	struct suppressions_unsubscribe_args a = { .token = in->facts.subject };
	struct suppressions_unsubscribe_reply got;

	if (in->from.kind != INTAKE_TRANSFER || in->trial ||
	    !span_starts_nocase(a.token, SPAN("unsubscribe pr.")))
		return 0;
	a.token = span_sub(a.token, strlen("unsubscribe "), a.token.n);
	int r = suppressions_unsubscribe(&a, &in->mem, &got); /* WAITS */
	return r == ERR_NOT_FOUND || r >= 0 ? 0 : r;
}
