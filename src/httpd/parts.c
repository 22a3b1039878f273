/* httpd/parts.c - see parts.h. */
#include "httpd/parts.h"

#include "base/utf8.h"
#include "crypto/hash.h"
#include "wire/http/multipart.h"

enum { BLOCK = 64 << 10, WINDOW = 64 << 10 };

struct reading {
	struct httpd_request *q;
	struct httpd_parts *p;
	struct http_multipart form;
	struct buf window;             /* what has come and is not understood yet */
	struct buf block;              /* of files, before it is written */
	uint8_t digest[CRYPTO_SHA256]; /* of the blocks so far */
	struct httpd_file *file;       /* NULL: it is the message */
	size_t room;
	bool has_message;
};

int httpd_has_parts(const struct httpd_request *q, bool *out)
{
	struct http_multipart form;
	int r = http_multipart_begin(&form, http_field(&q->head, "Content-Type"));

	*out = r >= 0;
	return r == ERR_NOT_FOUND ? 0 : r;
}

/* ---- files ---- */

static WAITS int write_block(struct reading *x)
{
	uint8_t digest[CRYPTO_SHA256];
	int r = crypto_hmac_sha256(span_make(x->digest, sizeof x->digest), buf_span(&x->block),
	                           digest);

	if (r < 0)
		return r;
	memcpy(x->digest, digest, sizeof digest);
	r = spool_put(&x->p->spool, buf_span(&x->block)); /* WAITS */
	buf_reset(&x->block);
	return r;
}

/* In blocks of one size, whatever pieces it comes in: so the digest is of the files alone. */
static WAITS int put_file(struct reading *x, struct span octets)
{
	int r = 0;

	x->file->n += octets.n;
	x->file->is_ascii = x->file->is_ascii && utf8_is_ascii(octets);
	while (r >= 0 && octets.n) {
		struct span piece = span_sub(octets, 0, BLOCK - x->block.n);

		r = buf_put(&x->block, piece);
		octets = span_sub(octets, piece.n, octets.n);
		if (r >= 0 && x->block.n == BLOCK)
			r = write_block(x); /* WAITS */
	}
	return r;
}

static int make_room(struct reading *x)
{
	size_t room = x->room ? 2 * x->room : 8;
	struct httpd_file *files;

	if (x->p->n_files < x->room)
		return 0;
	files = arena_array(&x->q->mem, struct httpd_file, room);
	if (!files)
		return err(ERR_NO_MEMORY, "no memory for %zu files", room);
	if (x->room)
		memcpy(files, x->p->files, x->room * sizeof *files);
	x->p->files = files;
	x->room = room;
	return 0;
}

static int begin_file(struct reading *x, const struct http_part *part)
{
	if (!part->file_name.n)
		return err(ERR_SYNTAX, "the part \"%.*s\" has no file name", SPAN_ARG(part->name));
	if (x->p->n_files == HTTPD_ATTACHMENTS_MAX)
		return err(ERR_SYNTAX, "at most %d files", HTTPD_ATTACHMENTS_MAX);
	int r = make_room(x);
	if (r < 0)
		return r;
	x->file = &x->p->files[x->p->n_files++];
	*x->file = (struct httpd_file){ .file_name = part->file_name,
		                        .type = part->type,
		                        .is_inline = span_eq(part->name, SPAN("inline")),
		                        .is_ascii = true,
		                        .at = x->p->spool.size_bytes + x->block.n };
	return 0;
}

/* ---- parts ---- */

static int begin_part(struct reading *x, const struct http_part *part)
{
	x->file = NULL;
	if (span_eq(part->name, SPAN("attachment")) || span_eq(part->name, SPAN("inline")))
		return begin_file(x, part);
	if (!span_eq(part->name, SPAN("message")))
		return err(
		        ERR_SYNTAX,
		        "there is no part \"%.*s\": the parts are \"message\", the JSON, and for "
		        "files \"attachment\" and \"inline\"",
		        SPAN_ARG(part->name));
	if (x->has_message)
		return err(ERR_SYNTAX, "there are two parts \"message\"");
	x->has_message = true;
	return 0;
}

/* The message is in memory as a body of JSON is: twice, text and values. */
static WAITS int put_data(struct reading *x, struct span octets)
{
	if (x->file)
		return put_file(x, octets); /* WAITS */
	int r = httpd_hold(x->q, 2 * octets.n);
	return r < 0 ? r : buf_put(&x->p->message, octets);
}

/* What is at hand; 1: more is needed; 0: the form is over. */
static WAITS int take(struct reading *x)
{
	struct span in = buf_span(&x->window), data;
	struct http_part part;
	int event, r = 0;

	do {
		event = http_multipart_take(&x->form, &in, &x->q->mem, &part, &data);
		r = event < 0 ? event : 0;
		if (event == HTTP_PART_BEGIN)
			r = begin_part(x, &part);
		else if (event == HTTP_PART_DATA)
			r = put_data(x, data); /* WAITS */
	} while (r >= 0 && event != HTTP_PART_MORE && event != HTTP_PARTS_OVER);
	buf_consume(&x->window, x->window.n - in.n);
	return r < 0 ? r : event == HTTP_PART_MORE;
}

static int put_digest(struct reading *x)
{
	AUTO_BUF all = BUF(x->p->message.n + x->p->n_files * HTTP_PART_HEAD_MAX * 2 + 4096);

	buf_put(&all, buf_span(&x->p->message));
	for (size_t i = 0; i < x->p->n_files; i++) {
		const struct httpd_file *f = &x->p->files[i];

		buf_printf(&all, "\n%.*s\n%.*s\n%d %ju", SPAN_ARG(f->file_name), SPAN_ARG(f->type),
		           f->is_inline, (uintmax_t)f->n);
	}
	buf_put(&all, span_make(x->digest, sizeof x->digest));
	return all.err < 0 ? all.err : httpd_digest(x->q, buf_span(&all));
}

static WAITS int finish(struct reading *x)
{
	int r = x->has_message ? 0 : err(ERR_SYNTAX, "there is no part \"message\"");

	if (r >= 0 && x->block.n)
		r = write_block(x); /* WAITS */
	if (r >= 0)
		r = put_digest(x);
	if (r >= 0 && x->p->spool.blob)
		r = spool_end(&x->p->spool); /* WAITS */
	return r;
}

/* The body's own faults are answered here, as those of any body. */
static WAITS int read_all(struct reading *x, size_t max, bool *answered)
{
	int r = httpd_body_begin(x->q, max), more = 1; /* WAITS */
	bool over = false;

	while (r >= 0 && more > 0) {
		r = more = httpd_body_next(x->q, &x->window); /* WAITS */
		if (r < 0)
			break;
		r = over ? 0 : take(x); /* WAITS */
		if (r < 0)
			return r;
		over = r == 0;
		if (over)
			buf_reset(&x->window);
	}
	if (r >= 0)
		return over ? finish(x) /* WAITS */
		            : err(ERR_SYNTAX, "the form ends before its last boundary");
	*answered = true;
	return httpd_body_refuse(x->q, r); /* WAITS */
}

static WAITS int answer(struct httpd_request *q, int r)
{
	q->closes = true;
	if (r == ERR_LIMIT)
		r = httpd_body_refuse(q, r); /* WAITS */
	else
		r = httpd_problem_of(q, r); /* WAITS */
	return r < 0 ? r : 0;
}

WAITS int httpd_parts_read(struct httpd_request *q, size_t max, struct httpd_parts *out)
{
	struct reading x = { .q = q, .p = out };
	bool answered = false;
	int r;

	*out = (struct httpd_parts){ .spool = SPOOL };
	buf_init(&out->message, max);
	buf_init(&x.window, 2 * WINDOW);
	buf_init(&x.block, BLOCK);
	r = http_multipart_begin(&x.form, http_field(&q->head, "Content-Type"));
	if (r >= 0)
		r = httpd_hold(q, BLOCK + WINDOW);
	if (r >= 0)
		r = read_all(&x, max, &answered); /* WAITS */
	buf_fini(&x.window);
	buf_fini(&x.block);
	if (answered)
		return r < 0 ? r : 0;
	return r < 0 ? answer(q, r) : 1; /* WAITS */
}

WAITS void httpd_parts_end(struct httpd_parts *p)
{
	buf_fini(&p->message);
	spool_drop(&p->spool); /* WAITS */
}
