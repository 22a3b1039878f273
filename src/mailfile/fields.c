/* mailfile/fields.c - the fields of an mbox's message that are the file's: see flags.h. */
#include "mailfile/flags.h"

#include "wire/message/header.h"

enum field {
#define FIELD(NAME, name) FIELD_##NAME,
#include "mailfile/fields.def"
#undef FIELD
	FIELD_COUNT
};

static const struct span names[] = {
#define FIELD(NAME, name) [FIELD_##NAME] = SPAN(name),
#include "mailfile/fields.def"
#undef FIELD
};

static const struct {
	char letter;
	unsigned flag;
} letters[] = { { 'R', MAILFILE_SEEN },
	        { 'A', MAILFILE_ANSWERED },
	        { 'F', MAILFILE_FLAGGED },
	        { 'D', MAILFILE_DELETED },
	        { 'T', MAILFILE_DRAFT } };

static unsigned flags_of(struct span value)
{
	unsigned flags = 0;

	for (size_t i = 0; i < N_ELEMS(letters); i++)
		if (span_find(value, letters[i].letter) >= 0)
			flags |= letters[i].flag;
	return flags;
}

/* The last field of each name; returns where the fields end. */
static size_t find(struct span message, struct message_field last[FIELD_COUNT])
{
	struct message_header h;
	struct message_field f;

	message_header_begin(&h, message);
	while (message_header_next(&h, &f))
		for (size_t i = 0; i < FIELD_COUNT; i++)
			if (span_eq_nocase(f.name, names[i]))
				last[i] = f;
	return h.fields_n;
}

/* From the last in the text to the first, so that those before stay where they are. */
static void cut(struct buf *message, struct message_field last[FIELD_COUNT])
{
	for (;;) {
		struct message_field *at = NULL;
		for (size_t i = 0; i < FIELD_COUNT; i++)
			if (last[i].whole.n && (!at || last[i].whole.p > at->whole.p))
				at = &last[i];
		if (!at)
			return;
		char *from = message->p + (at->whole.p - message->p);
		char *behind = from + at->whole.n;
		memmove(from, behind, (size_t)(message->p + message->n - behind));
		message->n -= at->whole.n;
		at->whole.n = 0;
	}
}

int mailfile_fields_take(struct buf *message, bool length, struct arena *mem,
                         struct mailfile_flags *out)
{
	struct message_field last[FIELD_COUNT] = { 0 };
	AUTO_BUF words = BUF(MESSAGE_HEADER_BYTES_MAX);
	struct mailfile_flags got;

	find(buf_span(message), last);
	int r = message_unfold(last[FIELD_X_KEYWORDS].value, &words);
	if (r >= 0)
		r = mailfile_flags_parse(buf_span(&words), mem, &got);
	if (r < 0)
		return r;
	got.system = flags_of(last[FIELD_STATUS].value) & MAILFILE_SEEN;
	got.system |= flags_of(last[FIELD_X_STATUS].value) & ~(unsigned)MAILFILE_SEEN;
	if (!length)
		last[FIELD_LENGTH].whole.n = 0;
	cut(message, last);
	*out = got;
	return 0;
}

static void put(struct buf *out, enum field field, struct span value)
{
	buf_put(out, names[field]);
	buf_puts(out, ": ");
	buf_put(out, value);
	buf_puts(out, "\r\n");
}

int mailfile_fields_put(const struct mailfile_flags *flags, struct span message, int64_t length,
                        struct buf *out)
{
	struct message_field own[FIELD_COUNT] = { 0 };
	bool seen = flags->system & MAILFILE_SEEN;
	char text[24];
	size_t n = 0;

	find(message, own);
	if (seen || own[FIELD_STATUS].whole.n)
		put(out, FIELD_STATUS, seen ? SPAN("RO") : SPAN("O"));
	for (size_t i = 1; i < N_ELEMS(letters); i++)
		if (flags->system & letters[i].flag)
			text[n++] = letters[i].letter;
	if (n || own[FIELD_X_STATUS].whole.n)
		put(out, FIELD_X_STATUS, span_make(text, n));
	if (flags->keywords.n || own[FIELD_X_KEYWORDS].whole.n)
		put(out, FIELD_X_KEYWORDS, flags->keywords);
	if (own[FIELD_X_UID].whole.n)
		put(out, FIELD_X_UID, SPAN("0"));
	if (own[FIELD_X_IMAPBASE].whole.n)
		put(out, FIELD_X_IMAPBASE, SPAN("0 0"));
	if (length >= 0)
		buf_printf(out, "Content-Length: %jd\r\n", (intmax_t)length);
	return out->err;
}
