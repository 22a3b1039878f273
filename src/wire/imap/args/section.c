/* wire/imap/args/section.c - BODY[...], BINARY[...], RFC822: read and named; see fetch.h. */
#include "wire/imap/args/args_impl.h"
#include "wire/imap/args/fetch_impl.h"
#include "wire/imap/put.h"

static const struct {
	const char *word;
	uint8_t kind, text; /* enum imap_section_kind, imap_section_text */
	bool peek;
} WORDS[] = {
	{ "BODY[", IMAP_SECTION_BODY, IMAP_SECTION_ALL, false },
	{ "BODY.PEEK[", IMAP_SECTION_BODY, IMAP_SECTION_ALL, true },
	{ "BINARY[", IMAP_SECTION_BINARY, IMAP_SECTION_ALL, false },
	{ "BINARY.PEEK[", IMAP_SECTION_BINARY, IMAP_SECTION_ALL, true },
	{ "BINARY.SIZE[", IMAP_SECTION_BINARY_SIZE, IMAP_SECTION_ALL, true },
	{ "RFC822.HEADER", IMAP_SECTION_RFC822_HEADER, IMAP_SECTION_HEADER, true },
	{ "RFC822.TEXT", IMAP_SECTION_RFC822_TEXT, IMAP_SECTION_TEXT, false },
	{ "RFC822", IMAP_SECTION_RFC822, IMAP_SECTION_ALL, false },
};

bool imap_eat_section_word(struct imap_cursor *c, struct imap_section *out)
{
	for (size_t i = 0; i < N_ELEMS(WORDS); i++) {
		if (imap_eat_word(c, WORDS[i].word)) {
			*out = (struct imap_section){ .kind = WORDS[i].kind,
				                      .text = WORDS[i].text,
				                      .peek = WORDS[i].peek };
			return true;
		}
	}
	return false;
}

static int take_fields(struct imap_cursor *c, struct imap_section *s)
{
	struct span *fields = NULL;
	int e = imap_take_sp(c);

	e = e < 0 ? e : imap_take(c, '(', "the ( of the header fields");
	if (e < 0)
		return e;
	do {
		if (s->n_fields == IMAP_SECTION_FIELDS_MAX)
			return imap_fault(c, ERR_LIMIT, "over %d header fields",
			                  IMAP_SECTION_FIELDS_MAX);
		fields = imap_room_for_one(c->mem, fields, s->n_fields, sizeof *fields);
		if (!fields)
			return ERR_NO_MEMORY;
		e = imap_take_astring(c, "a header field", &fields[s->n_fields++]);
	} while (e == 0 && imap_eat(c, ' '));
	s->fields = fields;
	return e < 0 ? e : imap_take(c, ')', "the ) of the header fields");
}

static bool at_digit(const struct imap_cursor *c)
{
	return c->rest.n > 0 && c->rest.p[0] >= '0' && c->rest.p[0] <= '9';
}

/* 1.2.3; a . that no number follows is left out of it and noted in *text. */
static int take_part(struct imap_cursor *c, struct imap_section *s, bool *text)
{
	uint32_t numbers[IMAP_PART_DEPTH_MAX], *part;
	size_t n = 0;

	*text = true;
	while (*text && at_digit(c)) {
		int e;

		if (n == IMAP_PART_DEPTH_MAX)
			return imap_fault(c, ERR_LIMIT, "a part is over %d deep",
			                  IMAP_PART_DEPTH_MAX);
		e = imap_take_nz(c, "the number of a part", &numbers[n++]);
		if (e < 0)
			return e;
		*text = imap_eat(c, '.');
	}
	if (n == 0)
		return 0;
	part = arena_array(c->mem, uint32_t, n);
	if (!part)
		return ERR_NO_MEMORY;
	memcpy(part, numbers, n * sizeof *part);
	s->part = part;
	s->n_part = n;
	return 0;
}

static const char *const TEXTS[] = {
	[IMAP_SECTION_ALL] = "",
	[IMAP_SECTION_HEADER] = "HEADER",
	[IMAP_SECTION_HEADER_FIELDS] = "HEADER.FIELDS",
	[IMAP_SECTION_HEADER_FIELDS_NOT] = "HEADER.FIELDS.NOT",
	[IMAP_SECTION_TEXT] = "TEXT",
	[IMAP_SECTION_MIME] = "MIME",
};

static int take_text(struct imap_cursor *c, struct imap_section *s)
{
	for (unsigned i = IMAP_SECTION_HEADER; i < N_ELEMS(TEXTS); i++) {
		if (!imap_eat_word(c, TEXTS[i]))
			continue;
		s->text = (uint8_t)i;
		if (i == IMAP_SECTION_MIME && s->n_part == 0)
			return imap_bad(c, "MIME is of a part, as in 1.MIME");
		return i == IMAP_SECTION_HEADER_FIELDS || i == IMAP_SECTION_HEADER_FIELDS_NOT
		               ? take_fields(c, s)
		               : 0;
	}
	return imap_bad(c, "what stands between [ and ] is no section");
}

static int take_partial(struct imap_cursor *c, struct imap_section *s)
{
	int e = imap_take_u64(c, "the first octet", &s->first);

	s->partial = true;
	e = e < 0 ? e : imap_take(c, '.', "the . between octets");
	e = e < 0 ? e : imap_take_u64(c, "the number of octets", &s->n_bytes);
	if (e == 0 && s->n_bytes == 0)
		return imap_bad(c, "the number of octets is 0");
	return e < 0 ? e : imap_take(c, '>', "the > of the octets");
}

int imap_take_section(struct imap_cursor *c, struct imap_section *s)
{
	bool text = true;
	int e;

	if (s->kind >= IMAP_SECTION_RFC822)
		return 0;
	e = take_part(c, s, &text);
	if (e == 0 && text && (s->n_part > 0 || !imap_at(c, ']')))
		e = s->kind == IMAP_SECTION_BODY ? take_text(c, s)
		                                 : imap_bad(c, "BINARY is of parts only");
	e = e < 0 ? e : imap_take(c, ']', "the ] of a section");
	if (e == 0 && s->kind != IMAP_SECTION_BINARY_SIZE && imap_eat(c, '<'))
		e = take_partial(c, s);
	return e;
}

static void put_fields(struct buf *out, const struct imap_section *s)
{
	for (size_t i = 0; i < s->n_fields; i++) {
		(void)buf_puts(out, i ? " " : " (");
		(void)imap_put_astring(out, s->fields[i], false);
	}
	if (s->n_fields)
		(void)buf_putc(out, ')');
}

int imap_put_section(struct buf *out, const struct imap_section *s)
{
	static const char *const names[] = {
		[IMAP_SECTION_BODY] = "BODY[",
		[IMAP_SECTION_BINARY] = "BINARY[",
		[IMAP_SECTION_BINARY_SIZE] = "BINARY.SIZE[",
		[IMAP_SECTION_RFC822] = "RFC822",
		[IMAP_SECTION_RFC822_HEADER] = "RFC822.HEADER",
		[IMAP_SECTION_RFC822_TEXT] = "RFC822.TEXT",
	};

	if (s->kind >= IMAP_SECTION_RFC822)
		return buf_puts(out, names[s->kind]);
	(void)buf_puts(out, names[s->kind]);
	for (size_t i = 0; i < s->n_part; i++)
		(void)buf_printf(out, "%s%u", i ? "." : "", s->part[i]);
	if (s->n_part && s->text != IMAP_SECTION_ALL)
		(void)buf_putc(out, '.');
	(void)buf_puts(out, TEXTS[s->text]);
	put_fields(out, s);
	(void)buf_putc(out, ']');
	return s->partial ? buf_printf(out, "<%ju>", (uintmax_t)s->first) : out->err;
}
