/* wire/smtp/ehlo.c - see ehlo.h. */
#include "wire/smtp/ehlo.h"

static const struct {
	struct span word;
	enum smtp_ext bit;
} EXTENSIONS[] = {
#define EXTENSION(WORD, ...) { SPAN(#WORD), SMTP_EXT_##WORD },
#include "wire/smtp/extensions.def"
#undef EXTENSION
};

static const struct {
	struct span word;
	enum smtp_mech bit;
} MECHS[] = {
	{ SPAN("PLAIN"), SMTP_MECH_PLAIN },
	{ SPAN("LOGIN"), SMTP_MECH_LOGIN },
	{ SPAN("CRAM-MD5"), SMTP_MECH_CRAM_MD5 },
	{ SPAN("SCRAM-SHA-1"), SMTP_MECH_SCRAM_SHA_1 },
	{ SPAN("SCRAM-SHA-256"), SMTP_MECH_SCRAM_SHA_256 },
	{ SPAN("XOAUTH2"), SMTP_MECH_XOAUTH2 },
	{ SPAN("OAUTHBEARER"), SMTP_MECH_OAUTHBEARER },
	{ SPAN("EXTERNAL"), SMTP_MECH_EXTERNAL },
};

static void parse_name(struct span line, struct smtp_ehlo *out)
{
	struct span name;
	size_t i = 0;

	if (!span_split(&line, ' ', &name))
		return;
	for (; i < name.n && i < SMTP_EHLO_NAME_MAX; i++)
		out->name[i] = name.p[i] > ' ' && name.p[i] <= '~' ? name.p[i] : '?';
	out->name[i] = '\0';
}

static void parse_mechs(struct span args, struct smtp_ehlo *out)
{
	struct span word;

	while (span_split(&args, ' ', &word))
		for (size_t i = 0; i < N_ELEMS(MECHS); i++)
			if (span_eq_nocase(word, MECHS[i].word))
				out->mechs |= MECHS[i].bit;
}

/* RFC 9422 3: LIMITS name=value ...; what is malformed says nothing. */
static void parse_limits(struct span args, struct smtp_ehlo *out)
{
	struct span word, key;
	uint64_t v;

	while (span_split(&args, ' ', &word)) {
		if (!span_split(&word, '=', &key) || span_to_u64(word, UINT32_MAX, &v) < 0)
			continue;
		if (span_eq_nocase(key, SPAN("RCPTMAX")))
			out->rcpt_max = (uint32_t)v;
		else if (span_eq_nocase(key, SPAN("MAILMAX")))
			out->mail_max = (uint32_t)v;
	}
}

static void parse_line(struct span line, struct smtp_ehlo *out)
{
	struct span args = span_trim(line), key;
	enum smtp_ext bit = 0;

	/* "AUTH=LOGIN", from before RFC 2554. */
	if (span_eat_nocase(&args, SPAN("AUTH="))) {
		out->ext |= SMTP_EXT_AUTH;
		parse_mechs(args, out);
		return;
	}
	if (!span_split(&args, ' ', &key))
		return;
	for (size_t i = 0; i < N_ELEMS(EXTENSIONS); i++)
		if (span_eq_nocase(key, EXTENSIONS[i].word))
			bit = EXTENSIONS[i].bit;
	out->ext |= bit;
	if (bit == SMTP_EXT_SIZE && span_to_u64(span_trim(args), UINT64_MAX, &out->size_max) < 0)
		out->size_max = 0;
	else if (bit == SMTP_EXT_AUTH)
		parse_mechs(args, out);
	else if (bit == SMTP_EXT_LIMITS)
		parse_limits(args, out);
}

void smtp_ehlo_parse(struct span text, struct smtp_ehlo *out)
{
	struct span line;

	*out = (struct smtp_ehlo){ 0 };
	if (!span_split(&text, '\n', &line))
		return;
	parse_name(line, out);
	while (span_split(&text, '\n', &line))
		parse_line(line, out);
}
