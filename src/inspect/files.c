/* inspect/files.c - attached files by what they are, and what is packed in them: `strict`. */
#include "inspect/inspection.h"
#include "inspect/packed.h"
#include "wire/files/compound.h"

enum { DEPTH_MAX = 3, DECIDED = 1 };

#define LINK "; send a link to it"

struct look {
	struct inspection *x;
	struct inspect_finding *found;
	struct packed_budget budget;
	struct span outer; /* the attached file in which we are, */
	struct span inner; /* and the archive in there */
	unsigned depth;
};

/* "evil.exe in a.zip is not taken: it holds macros ..." */
static int refuse(struct look *l, struct span name, const char *value, const char *why)
{
	struct span s = inspect_shown(name, INSPECT_SHOWN_MAX),
	            in = inspect_shown(l->outer, INSPECT_SHOWN_MAX);
	const char *within = l->depth ? " in " : "";

	l->found->result = INSPECT_FAILED;
	l->found->value = span_str(value);
	int r = inspect_words(l->x, l->found, "%s%.*s%s%.*s is not taken: %s",
	                      s.n < name.n ? "..." : "", SPAN_ARG(s), within,
	                      l->depth ? (int)in.n : 0, in.p, why);
	return r < 0 ? r : DECIDED;
}

static int refuse_packed(struct look *l, struct span name, int r)
{
	AUTO_BUF why = BUF(INSPECT_WORDS_MAX);

	if (r == ERR_LIMIT)
		return refuse(l, name, "depth",
		              "it holds more than is looked into (archives 3 deep, 10,000 files, "
		              "100 MB)" LINK);
	buf_printf(
	        &why,
	        "it cannot be looked into (%s); pack it anew as a zip file, or send a link to it",
	        err_str(r));
	return refuse(l, name, "damaged", buf_str(&why));
}

static bool refuses(const char *setting)
{
	return span_eq(span_str(setting), SPAN("refuse"));
}

/* ---- one file ---- */

static int look_at_name(struct look *l, struct span name)
{
	if (!message_name_listed(name, MESSAGE_NAME_STRICT, NULL))
		return 0;
	return refuse(l, name, "program", "files of this kind run when they are opened" LINK);
}

static int look_at_kind(struct look *l, struct span name, enum file_kind kind)
{
	if (kind == FILE_PROGRAM)
		return refuse(l, name, "program", "it is a program, whatever it is called" LINK);
	if (kind == FILE_SCRIPT && file_name_is_document(name))
		return refuse(l, name, "program",
		              "it is a script, which is not what its name says" LINK);
	return 0;
}

static int look_for_macros(struct look *l, struct span name)
{
	if (!refuses(l->x->set->defence_macros))
		return 0;
	return refuse(l, name, "macros",
	              "it holds macros; save it without them, or send a link to it");
}

static int look_for_encrypted(struct look *l, struct span name)
{
	if (!refuses(l->x->set->defence_encrypted))
		return 0;
	return refuse(l, name, "encrypted", "what is encrypted cannot be looked into" LINK);
}

static int look_at_compound(struct look *l, struct span name, struct span octets)
{
	unsigned holds = compound_holds(octets);
	int r = holds & COMPOUND_MACROS ? look_for_macros(l, name) : 0;

	return r == 0 && holds & COMPOUND_ENCRYPTED ? look_for_encrypted(l, name) : r;
}

/* ---- what is packed ---- */

static packed_file_fn look_at_packed;

static int open_archive(struct look *l, struct span name, struct span octets, enum file_kind kind)
{
	struct span before = l->inner;
	int r = ERR_LIMIT;

	if (!l->depth)
		l->outer = name;
	l->inner = name;
	if (l->depth < DEPTH_MAX) {
		l->depth++;
		r = packed_each(octets, kind, &l->budget, look_at_packed, l);
		l->depth--;
	}
	l->inner = before;
	return r == ERR_LIMIT || r == ERR_CORRUPT ? refuse_packed(l, name, r) : r;
}

static int look_at_octets(struct look *l, struct span name, struct span octets, enum file_kind kind)
{
	if (kind == FILE_COMPOUND)
		return look_at_compound(l, name, octets);
	if (kind == FILE_PACKED)
		return open_archive(l, name, octets, kind);
	if (kind == FILE_ARCHIVE || (octets.n && file_name_is_archive(name)))
		return open_archive(l, name, octets, FILE_ARCHIVE);
	return 0;
}

/* What is packed alone has the name of what it is packed in, less an extension. */
static struct span name_of(const struct look *l, const struct packed_file *f)
{
	ptrdiff_t dot = span_find_last(l->inner, '.');

	if (f->name.n || f->encrypted)
		return f->name.n ? f->name : l->inner;
	return dot > 0 ? span_sub(l->inner, 0, (size_t)dot) : l->inner;
}

static int look_at_packed(const struct packed_file *f, void *arg)
{
	struct look *l = arg;
	struct span name = name_of(l, f);
	int r = f->name.n || !f->encrypted ? look_at_name(l, name) : 0;

	if (r == 0 && f->encrypted)
		return look_for_encrypted(l, name);
	if (r == 0 && f->unread && file_name_is_archive(name))
		return refuse(l, name, "damaged",
		              "how it is packed is not known here; pack it as a plain zip file, or "
		              "send a link to it");
	if (r == 0 && span_eq_nocase(name, SPAN("vbaProject.bin")))
		r = look_for_macros(l, name);
	if (r == 0)
		r = look_at_kind(l, name, f->kind);
	return r ? r : look_at_octets(l, name, f->octets, f->kind);
}

/* ---- what is attached ---- */

static int look_at_file(const struct message_file *file, void *arg)
{
	struct look *l = arg;
	enum file_kind kind = file_kind(span_sub(file->octets, 0, FILE_HEAD_BYTES), file->octets.n);
	struct span name = file->n_names ? file->names[0].name : SPAN("");
	int r = 0;

	for (size_t i = 0; i < file->n_names && r == 0; i++) {
		r = look_at_name(l, file->names[i].name);
		if (r == 0)
			r = look_at_kind(l, file->names[i].name, kind);
		if (file_name_is_archive(file->names[i].name))
			name = file->names[i].name;
	}
	if (r == 0 && !file->n_names)
		r = look_at_kind(l, name, kind);
	return r ? r : look_at_octets(l, name, file->octets, kind);
}

int inspect_files(struct inspection *x, struct arena *mem, struct inspect_finding *found,
                  struct message_names *names)
{
	struct look l = { .x = x, .found = found };

	return message_files_find(x->content->whole, mem, look_at_file, &l, names);
}
