/* cmd/draft.c - gathers addresses, texts and files into a message. */
#include "cmd/draft.h"

#include "base/clock.h"
#include "base/os.h"
#include "base/utf8.h"
#include "cmd/cli.h"

void draft_fini(struct draft *d)
{
	arena_fini(&d->mem);
}

int draft_add(struct draft *d, struct message_people *list, const char *text)
{
	int r = message_people_add(list, span_str(text), &d->mem);

	return r < 0 ? (cli_fail("%s is no address: write local@domain, or Name <local@domain>",
	                         text),
	                r)
	             : 0;
}

int draft_set_from(struct draft *d, const char *text)
{
	int r = message_person_read(span_str(text), &d->mem, &d->message.from);

	return r < 0 ? (cli_fail("--from: %s is no address", text), r) : 0;
}

int draft_set_file(struct draft *d, struct span *field, const char *path, size_t max)
{
	AUTO_BUF text = { 0 };
	int r = cli_read_file(path, max, &text);

	if (r < 0)
		return r;
	if (!utf8_valid(buf_span(&text)))
		return cli_fail("%s is not UTF-8; convert it, or attach it with --attach", path),
		       ERR_SYNTAX;
	return arena_copy(&d->mem, buf_span(&text), field);
}

int draft_attach(struct draft *d, const char *path, size_t max)
{
	struct message_draft *m = &d->message;
	AUTO_BUF text = { 0 };
	struct span name = span_str(path);
	ptrdiff_t slash = span_find_last(name, '/');

	if (!d->attachments)
		d->attachments =
		        arena_array(&d->mem, struct message_attachment, DRAFT_ATTACHMENTS_MAX);
	if (!d->attachments || m->n_attachments == DRAFT_ATTACHMENTS_MAX)
		return cli_fail("at most %d attachments", DRAFT_ATTACHMENTS_MAX), ERR_LIMIT;
	struct message_attachment *a = &d->attachments[m->n_attachments];
	int r = cli_read_file(path, max, &text);
	if (r < 0)
		return r;
	a->file_name = span_sub(name, (size_t)(slash + 1), name.n);
	m->attachments = d->attachments;
	m->n_attachments++;
	return arena_copy(&d->mem, buf_span(&text), &a->octets);
}

static void add_recipients(struct draft *d, const struct message_people *list)
{
	for (size_t i = 0; i < list->n; i++) {
		bool known = false;
		for (size_t k = 0; k < d->n_recipients && !known; k++)
			known = span_eq(d->recipients[k], list->v[i].address);
		if (!known)
			d->recipients[d->n_recipients++] = list->v[i].address;
	}
}

int draft_finish(struct draft *d, const struct settings *set, struct buf *out, bool *smtputf8)
{
	struct message_draft *m = &d->message;
	struct message_composed made = { 0 };
	uint64_t noise[2];

	os_random(noise, sizeof noise);
	d->recipients = arena_array(&d->mem, struct span, d->to.n + d->cc.n + d->bcc.n);
	m->to = d->to.v;
	m->n_to = d->to.n;
	m->cc = d->cc.v;
	m->n_cc = d->cc.n;
	m->seed = noise[0];
	m->time_ms = clock_wall_time_ms();
	m->message_id = span_str(arena_printf(&d->mem, "%016jx.%jx@%s", (uintmax_t)noise[1],
	                                      (uintmax_t)m->time_ms, set->server_hostname));
	if (!d->recipients || !m->message_id.p)
		return cli_fail("out of memory"), ERR_NO_MEMORY;
	add_recipients(d, &d->to);
	add_recipients(d, &d->cc);
	add_recipients(d, &d->bcc);
	int r = message_compose(m, out, &made);
	if (r == ERR_TOO_LONG)
		return cli_fail("the message is bigger than smtp.size_max (%jd octets) permits",
		                (intmax_t)set->smtp_size_max),
		       r;
	if (r < 0)
		return cli_fail("%s", err_str(r)), r;
	*smtputf8 = made.smtputf8_needed;
	return 0;
}
