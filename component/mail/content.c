/* component/mail/content.c - texts, files and whole messages of a mail. */
#include "base/utf8.h"
#include "component/mail/mail.h"
#include "wire/message/header.h"
#include "wire/message/param.h"
#include "wire/message/write/field.h"
#include "wire/message/write/filetype.h"

enum {
	FILE_NAME_MAX = 1000,
	ATTACHMENTS_MAX = 10000,
	READ_MAX = 1 << 20,      /* octets of messages that are read at once */
	COMPOSED_MAX = 64 << 10, /* of memory: more is encoded while it is sent */
};

static int set_text(struct postrider_mail *m, const char *text, const char *what, struct span *out)
{
	struct span s = span_str(text);
	int r = mail_begin_part(m, text, what);

	if (r)
		return r;
	if (!utf8_valid(s))
		r = err(ERR_SYNTAX, "it is not UTF-8");
	else if (s.n > MAIL_BYTES_MAX)
		r = err(ERR_LIMIT, "more than %d octets", MAIL_BYTES_MAX);
	else
		r = arena_copy(&m->mem, s, out);
	return r < 0 ? mail_fail(m, r, what) : 0;
}

int postrider_mail_text(struct postrider_mail *m, const char *text)
{
	return set_text(m, text, "text", m ? &m->draft.text : NULL);
}

int postrider_mail_html(struct postrider_mail *m, const char *html)
{
	return set_text(m, html, "html", m ? &m->draft.html : NULL);
}

/* ---- attachments ---------------------------------------------------------------------- */

/* RFC 2045 5.1: one type and one subtype of tokens, without parameters. */
static int check_type(struct span type)
{
	struct span main, sub;

	if (type.n && (!utf8_is_ascii(type) || !message_type_split(type, &main, &sub) ||
	               main.n + 1 + sub.n != type.n || span_eq_nocase(main, SPAN("multipart"))))
		return err(ERR_SYNTAX, "%.*s is no media type, such as image/png", SPAN_ARG(type));
	return 0;
}

/* Takes source, which may be NULL. */
static int add_attachment(struct postrider_mail *m, const struct message_attachment *a,
                          struct source *source, const char *what)
{
	struct mail_attachment *v;
	int r = message_field_check(a->file_name, "the file name");

	if (r >= 0 && a->file_name.n > FILE_NAME_MAX)
		r = err(ERR_LIMIT, "a file name of more than %d octets", FILE_NAME_MAX);
	if (r >= 0)
		r = check_type(a->type);
	if (r >= 0 && m->attachments.n == ATTACHMENTS_MAX)
		r = err(ERR_LIMIT, "more than %d", ATTACHMENTS_MAX);
	if (r < 0)
		return mail_fail(m, r, what);
	v = mail_grow(m, m->attachments.v, m->attachments.n, &m->attachments.room, sizeof *v);
	if (!v)
		return m->err;
	m->attachments.v = v;
	v[m->attachments.n++] = (struct mail_attachment){ *a, source };
	return 0;
}

/* Where it lay here is nobody else's, and no place to be written to there (RFC 2183 2.3). */
static struct span without_folders(const char *path)
{
	struct span name = span_str(path);

	return span_sub(name, (size_t)(span_find_last(name, '/') + 1), SIZE_MAX);
}

/* What an attachment is, but for its octets. */
static int describe(struct postrider_mail *m, const char *path, const char *type, const char *id,
                    struct message_attachment *a)
{
	struct span name = without_folders(path);
	int r = arena_copy(&m->mem, name, &a->file_name);

	if (span_eq(name, SPAN(".")) || span_eq(name, SPAN("..")))
		r = err(ERR_SYNTAX, "%.200s is no name of a file", path);
	if (r >= 0)
		r = arena_copy(&m->mem, span_str(type), &a->type);
	return r < 0 ? r : arena_copy(&m->mem, span_str(id), &a->content_id);
}

static bool is_of(const struct message_attachment *a, struct span type)
{
	return span_starts_nocase(a->type.n ? a->type : message_filetype(a->file_name), type);
}

/* RFC 2046 5.2.1: a message within goes as it is, if it can, and so it must be seen first.
 * False where it is too big for that. */
static bool wants_reading(const struct postrider_mail *m, const struct message_attachment *a,
                          uint64_t size)
{
	return is_of(a, SPAN("message/")) && size <= READ_MAX &&
	       m->attachments.read + size <= READ_MAX;
}

static int read_whole(struct postrider_mail *m, const struct source *s, struct span *out)
{
	char *octets = arena_alloc(&m->mem, (size_t)s->size + 1);
	struct source_reader reader;
	int r = octets ? source_begin(s, &reader) : ERR_NO_MEMORY;

	if (r < 0)
		return r;
	r = source_read(&reader, octets, (size_t)s->size + 1);
	source_end(&reader);
	*out = span_make(octets, (size_t)s->size);
	m->attachments.read += (size_t)s->size;
	return r;
}

/* a is described.  Takes what made holds. */
static int attach_source(struct postrider_mail *m, struct message_attachment *a,
                         struct source *made, const char *what)
{
	struct source *source = NULL;
	int r;

	if (wants_reading(m, a, made->size)) {
		r = read_whole(m, made, &a->octets);
	} else {
		source = arena_new(&m->mem, struct source);
		r = source ? 0 : err(ERR_NO_MEMORY, "out of memory");
		if (source)
			*source = *made;
	}
	r = r < 0 ? mail_fail(m, r, what) : add_attachment(m, a, source, what);
	if (r || !source)
		source_fini(made);
	return r;
}

static int attach_file(struct postrider_mail *m, const char *path, const char *id, const char *what)
{
	struct message_attachment a = { 0 };
	struct source made;
	int r = mail_begin_part(m, path, what);

	if (r)
		return r;
	r = describe(m, path, NULL, id, &a);
	if (r >= 0)
		r = source_file(path, &m->mem, &made);
	return r < 0 ? mail_fail(m, r, what) : attach_source(m, &a, &made, what);
}

static int attach_memory(struct postrider_mail *m, const char *name, const char *type,
                         const char *id, const void *p, size_t n, const char *what)
{
	struct message_attachment a = { 0 };
	struct source *source = NULL;
	struct span octets;
	int r = mail_begin_part(m, p || !n ? "" : NULL, what);

	if (r)
		return r;
	r = describe(m, name, type, id, &a);
	if (r >= 0)
		r = arena_copy(&m->mem, span_make(p, n), &octets);
	if (r >= 0 && n > COMPOSED_MAX && !is_of(&a, SPAN("message/")) && !is_of(&a, SPAN("text/")))
		source = arena_new(&m->mem, struct source);
	if (r < 0)
		return mail_fail(m, r, what);
	if (source)
		*source = (struct source){ .kind = SOURCE_MEMORY, .octets = octets, .size = n };
	else
		a.octets = octets;
	return add_attachment(m, &a, source, what);
}

int postrider_mail_attach(struct postrider_mail *m, const char *path)
{
	return attach_file(m, path, NULL, "attach");
}

int postrider_mail_attach_memory(struct postrider_mail *m, const char *name, const char *type,
                                 const void *octets, size_t n)
{
	return attach_memory(m, name, type, NULL, octets, n, "attach");
}

int postrider_mail_attach_stream(struct postrider_mail *m, const char *name, const char *type,
                                 int (*get)(void *arg, void *octets, int n), void *arg)
{
	struct message_attachment a = { 0 };
	struct source made;
	int r = mail_begin_part(m, get ? "" : NULL, "attach");

	if (r)
		return r;
	r = describe(m, name, type, NULL, &a);
	if (r >= 0)
		r = source_spool(get, arg, "the stream", &made);
	return r < 0 ? mail_fail(m, r, "attach") : attach_source(m, &a, &made, "attach");
}

int postrider_mail_attach_source(struct postrider_mail *m, const char *name, const char *type,
                                 int64_t size, int (*get)(void *arg, void *octets, int n),
                                 int (*begin)(void *arg), void *arg)
{
	struct message_attachment a = { 0 };
	struct source *source;
	const char *kept;
	int r = mail_begin_part(m, get && begin ? "" : NULL, "attach");

	if (!r && size < -1)
		r = mail_fail(m,
		              err(ERR_SYNTAX, "%jd is no size: write -1 where it is not known",
		                  (intmax_t)size),
		              "attach");
	if (r)
		return r;
	r = describe(m, name, type, NULL, &a);
	source = arena_new(&m->mem, struct source);
	kept = arena_str(&m->mem, name ? span_str(name) : SPAN("the source"));
	if (r < 0 || !source || !kept)
		return mail_fail(m, err(ERR_NO_MEMORY, "out of memory"), "attach");
	*source = (struct source){ .kind = SOURCE_PROGRAM,
		                   .name = kept,
		                   .size = size < 0 ? SOURCE_UNKNOWN : (uint64_t)size,
		                   .fd = -1,
		                   .get = get,
		                   .rewind = begin,
		                   .arg = arg };
	return add_attachment(m, &a, source, "attach");
}

static int begin_inline(struct postrider_mail *m, const char *id)
{
	int r = mail_begin(m, id, "inline");

	if (r)
		return r;
	r = message_field_check(span_str(id), "the content id");
	if (r < 0)
		return mail_fail(m, r, "inline");
	if (message_content_id_check(span_str(id)) >= 0)
		return 0;
	return mail_fail(m,
	                 err(ERR_SYNTAX,
	                     "%.200s is no content id: write up to 200 letters, digits, -, _, . "
	                     "and @",
	                     id),
	                 "inline");
}

int postrider_mail_inline(struct postrider_mail *m, const char *path, const char *id)
{
	int r = begin_inline(m, id);

	return r ? r : attach_file(m, path, id, "inline");
}

int postrider_mail_inline_memory(struct postrider_mail *m, const char *name, const char *type,
                                 const char *id, const void *octets, size_t n)
{
	int r = begin_inline(m, id);

	return r ? r : attach_memory(m, name, type, id, octets, n, "inline");
}

/* What a whole message would say otherwise, or unsay; NULL: nothing. */
static const char *part_of(const struct postrider_mail *m)
{
	const struct message_draft *d = &m->draft;

	return d->text.p               ? "text"
	       : d->html.p             ? "html"
	       : m->attachments.n      ? "attachments"
	       : m->extras.n           ? "further fields"
	       : d->reply_to.address.n ? "reply_to"
	       : d->subject.p          ? "subject"
	       : d->message_id.n       ? "message_id"
	                               : NULL;
}

int postrider_mail_raw(struct postrider_mail *m, const void *octets, size_t n)
{
	int r = mail_begin(m, octets, "raw");

	if (!r && part_of(m))
		r = mail_fail(m,
		              err(ERR_SYNTAX,
		                  "a whole message goes as it is, and the mail has %s already",
		                  part_of(m)),
		              "raw");
	if (r)
		return r;
	if (n > MAIL_BYTES_MAX)
		return mail_fail(m, err(ERR_LIMIT, "more than %d octets", MAIL_BYTES_MAX), "raw");
	buf_fini(&m->raw);
	m->raw = BUF(MAIL_BYTES_MAX);
	r = message_normalise(span_make(octets, n), &m->raw);
	if (r < 0)
		return mail_fail(m, r, "raw");
	m->has_raw = true;
	return 0;
}
