/* inspect/packed.c - see packed.h. */
#include "inspect/packed.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/os/library.h"
#include "wire/files/zip.h"
#include "wire/message/names/names.h"

enum {
	PIECE_BYTES = 64 << 10,
	NAME_BYTES_MAX = 64 << 10,
	UNKNOWN_BYTES = 256 << 20,
	EMPTY_ZIP_BYTES = 22
};

#undef errno /* of the names below one ends so */
#define ARCHIVE_FUNCTIONS(X)                                                                       \
	X(entry_filetype)                                                                          \
	X(entry_is_encrypted)                                                                      \
	X(entry_pathname)                                                                          \
	X(entry_pathname_utf8)                                                                     \
	X(entry_pathname_w)                                                                        \
	X(entry_size)                                                                              \
	X(entry_size_is_set)                                                                       \
	X(errno)                                                                                   \
	X(error_string)                                                                            \
	X(format)                                                                                  \
	X(read_data)                                                                               \
	X(read_data_skip)                                                                          \
	X(read_free)                                                                               \
	X(read_has_encrypted_entries)                                                              \
	X(read_new)                                                                                \
	X(read_next_header)                                                                        \
	X(read_open_memory)                                                                        \
	X(read_support_filter_bzip2)                                                               \
	X(read_support_filter_gzip)                                                                \
	X(read_support_filter_xz)                                                                  \
	X(read_support_format_7zip)                                                                \
	X(read_support_format_cab)                                                                 \
	X(read_support_format_iso9660)                                                             \
	X(read_support_format_rar)                                                                 \
	X(read_support_format_rar5)                                                                \
	X(read_support_format_raw)                                                                 \
	X(read_support_format_tar)                                                                 \
	X(read_support_format_zip_seekable)
#define POINTER(name)  typeof(archive_##name) *name;
#define FUNCTION(name) { "archive_" #name, &archive.name },

static struct {
	ARCHIVE_FUNCTIONS(POINTER)
} archive;

static const struct library_function functions[] = { ARCHIVE_FUNCTIONS(FUNCTION) };

struct walk {
	struct archive *archive;
	struct packed_budget *budget;
	packed_file_fn *fn;
	void *arg;
	int64_t since_at;
	struct buf raw, seen;
};

/* For libarchive, which gives names in the locale's charset; NULL: it is not there. */
static locale_t utf8;

int packed_prepare(void)
{
	if (!utf8)
		utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
	return archive.read_new ? 0
	                        : library_load("libarchive.so.13", functions, N_ELEMS(functions));
}

static int spend(struct walk *w, size_t octets)
{
	struct packed_budget *b = w->budget;
	int64_t now_at = clock_now_at();

	b->octets += octets;
	b->ms += now_at - w->since_at;
	w->since_at = now_at;
	if (b->octets > PACKED_OCTETS_MAX || b->n_files > PACKED_FILES_MAX || b->ms > PACKED_MS)
		return err(ERR_LIMIT, "more files, octets or time than archives may take");
	return 0;
}

static int cannot(const struct walk *w)
{
	const char *why = archive.error_string(w->archive);

	if (archive.errno(w->archive) == ENOMEM)
		return err(ERR_NO_MEMORY, "no memory for an archive");
	return err(ERR_CORRUPT, "%s", why ? why : "it is damaged");
}

/* ---- one file ---- */

/* Up to `most` octets.  1: there may be more; 0: it is whole; ERR_AGAIN: it cannot be read, and the
 * next one may. */
static int read_up_to(struct walk *w, size_t most, struct buf *out)
{
	while (out->n < most) {
		size_t room = most - out->n < PIECE_BYTES ? most - out->n : PIECE_BYTES;
		int r = buf_reserve(out, room);

		if (r < 0)
			return r;
		la_ssize_t n = archive.read_data(w->archive, out->p + out->n, room);
		if (n < 0)
			return n == ARCHIVE_FATAL ? cannot(w) : ERR_AGAIN;
		out->n += (size_t)n;
		r = spend(w, (size_t)n);
		if (r < 0 || !n)
			return r;
	}
	return 1;
}

/* What is skipped is unpacked all the same, and not counted; but for a zip archive, whose directory
 * says where the next one is. */
static int drain(struct walk *w)
{
	AUTO_BUF piece = BUF(PIECE_BYTES);
	int r = 1;

	if (archive.format(w->archive) == ARCHIVE_FORMAT_ZIP)
		return archive.read_data_skip(w->archive) == ARCHIVE_FATAL ? cannot(w) : 0;
	while (r == 1) {
		buf_reset(&piece);
		r = read_up_to(w, PIECE_BYTES, &piece);
	}
	return r == ERR_AGAIN ? 0 : r;
}

/* In UTF-8, or in whatever the archive has it; ASCII of what can only be had in characters. */
static struct span name_of(struct walk *w, struct archive_entry *entry)
{
	const char *name = archive.entry_pathname_utf8(entry);

	buf_reset(&w->raw);
	buf_reset(&w->seen);
	if (!name)
		name = archive.entry_pathname(entry);
	if (name)
		buf_puts(&w->raw, name);
	else
		for (const wchar_t *c = archive.entry_pathname_w(entry); c && *c; c++)
			buf_putc(&w->raw, *c > 0 && *c < 0x80 ? (char)*c : '?');
	if (archive.format(w->archive) == ARCHIVE_FORMAT_RAW &&
	    span_eq(buf_span(&w->raw), SPAN("data")))
		return SPAN(""); /* libarchive's own word */
	return message_name_seen(buf_span(&w->raw), &w->seen);
}

static bool is_wanted_whole(const struct packed_file *f)
{
	return f->kind == FILE_ARCHIVE || f->kind == FILE_PACKED || f->kind == FILE_COMPOUND ||
	       file_name_is_archive(f->name);
}

static int read_file(struct walk *w, struct archive_entry *entry, struct packed_file *f,
                     struct buf *octets)
{
	int r = read_up_to(w, PACKED_HEAD_BYTES, octets);

	f->kind = file_kind(buf_span(octets), archive.entry_size_is_set(entry)
	                                              ? (uint64_t)archive.entry_size(entry)
	                                              : UNKNOWN_BYTES);
	if (r == 1 && is_wanted_whole(f)) {
		r = read_up_to(w, PACKED_INNER_MAX, octets);
		if (r == 1 && f->kind != FILE_COMPOUND)
			r = err(ERR_LIMIT, "an archive within is larger than %d octets",
			        PACKED_INNER_MAX);
	}
	f->unread = r == ERR_AGAIN;
	f->octets = buf_span(octets);
	return r == ERR_AGAIN ? 0 : r;
}

static int take(struct walk *w, struct archive_entry *entry)
{
	AUTO_BUF octets = BUF(PACKED_INNER_MAX);
	struct packed_file f = { .encrypted = archive.entry_is_encrypted(entry) };
	int more = 0;

	w->budget->n_files++;
	int r = spend(w, 0);
	if (r < 0 || archive.entry_filetype(entry) == AE_IFDIR)
		return r;
	f.name = name_of(w, entry);
	if (!f.encrypted) {
		more = read_file(w, entry, &f, &octets);
		if (more < 0)
			return more;
	}
	r = w->fn(&f, w->arg);
	w->since_at = clock_now_at(); /* what is within counts by itself */
	return r == 0 && more == 1 ? drain(w) : r;
}

/* ---- all of them ---- */

static int support(struct archive *a, enum file_kind kind)
{
	int r = archive.read_support_format_tar(a);

	if (kind == FILE_PACKED)
		return r | archive.read_support_format_raw(a) |
		       archive.read_support_filter_gzip(a) | archive.read_support_filter_bzip2(a) |
		       archive.read_support_filter_xz(a);
	return r | archive.read_support_format_zip_seekable(a) |
	       archive.read_support_format_7zip(a) | archive.read_support_format_rar(a) |
	       archive.read_support_format_rar5(a) | archive.read_support_format_cab(a) |
	       archive.read_support_format_iso9660(a);
}

/* The directory of a 7z or rar archive may itself be encrypted. */
static int end(struct walk *w, int said)
{
	const struct packed_file hidden = { .encrypted = true };

	if (said == ARCHIVE_EOF)
		return 0;
	if (archive.read_has_encrypted_entries(w->archive) == 1)
		return w->fn(&hidden, w->arg);
	return cannot(w);
}

static int walk(struct walk *w, struct span octets)
{
	struct archive_entry *entry;
	int said = archive.read_open_memory(w->archive, octets.p, octets.n), r = 0;

	while (r == 0 && said >= ARCHIVE_WARN) {
		said = archive.read_next_header(w->archive, &entry);
		if (said != ARCHIVE_EOF && said >= ARCHIVE_WARN)
			r = take(w, entry);
		else
			return end(w, said);
	}
	return r ? r : cannot(w);
}

/* What its directory does not show. */
static int walk_zip_names(struct walk *w, struct span octets)
{
	struct span name;
	int r = 0;

	while (r == 0 && zip_next_name(&octets, &name)) {
		struct packed_file f = { 0 };

		buf_reset(&w->seen);
		f.name = message_name_seen(name, &w->seen);
		r = f.name.n ? w->fn(&f, w->arg) : 0;
	}
	return r;
}

/* A zip archive with nothing in it is its directory's end alone, which libarchive does not take. */
static bool is_empty(struct span octets)
{
	return span_starts(octets, SPAN("PK\x05\x06")) && octets.n <= EMPTY_ZIP_BYTES;
}

int packed_each(struct span octets, enum file_kind kind, struct packed_budget *budget,
                packed_file_fn *fn, void *arg)
{
	locale_t before = utf8 ? uselocale(utf8) : NULL;
	struct walk w = {
		archive.read_new(),     budget, fn, arg, clock_now_at(), BUF(NAME_BYTES_MAX),
		BUF(4 * NAME_BYTES_MAX)
	};
	int r = is_empty(octets) ? 0
	        : w.archive && support(w.archive, kind) >= ARCHIVE_WARN
	                ? walk(&w, octets)
	                : err(ERR_NO_MEMORY, "no memory for an archive");

	archive.read_free(w.archive);
	if (r == 0 && kind == FILE_ARCHIVE)
		r = walk_zip_names(&w, octets);
	if (before)
		uselocale(before);
	buf_fini(&w.raw);
	buf_fini(&w.seen);
	return r;
}
