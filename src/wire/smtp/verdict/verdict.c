/* wire/smtp/verdict/verdict.c - see verdict.h. */
#include "wire/smtp/verdict/verdict.h"

enum { SEARCHED_MAX = 1024 }; /* octets of text */

enum { TEMP = false, PERM = true };

static const struct {
	enum smtp_class class;
	bool permanent;
	const char *enhanced, *text;
} CAUSES[SMTP_CAUSE_COUNT] = {
	[SMTP_CAUSE_NONE] = { SMTP_CLASS_REFUSED, TEMP, "", "" },
#define CAUSE(name, class, permanence, enhanced, text)                                             \
	[SMTP_CAUSE_##name] = { SMTP_CLASS_##class, permanence, enhanced, text },
#include "wire/smtp/verdict/causes.def"
#undef CAUSE
};

static const struct {
	enum smtp_class class;
	const char *name, *undecided, *temporary, *permanent;
} CLASSES[] = {
#define VERDICT(name, number, text, undecided, doing, permanent)                                   \
	{ SMTP_CLASS_##name, text, undecided, undecided doing, permanent },
#include "wire/smtp/verdict/verdicts.def"
#undef VERDICT
};

static const char *const STAGES[SMTP_STAGE_COUNT] = {
	[SMTP_STAGE_RESOLVE] = "resolve",   [SMTP_STAGE_CONNECT] = "connect",
	[SMTP_STAGE_GREETING] = "greeting", [SMTP_STAGE_EHLO] = "ehlo",
	[SMTP_STAGE_TLS] = "tls",           [SMTP_STAGE_AUTH] = "auth",
	[SMTP_STAGE_MAIL] = "mail",         [SMTP_STAGE_RCPT] = "rcpt",
	[SMTP_STAGE_DATA] = "data",         [SMTP_STAGE_BODY] = "body",
	[SMTP_STAGE_END] = "end",
};

enum { ANY = -1 };

static const struct rule {
	int stage;    /* or ANY */
	int subject;  /* or ANY */
	int from, to; /* of the detail when there is a subject, else of the code */
	struct span words;
	enum smtp_class class;
} RULES[] = {
#define ENHANCED(subject, from, to, words, class)                                                  \
	{ ANY, subject, from, to, SPAN(words), SMTP_CLASS_##class },
#define TEXT(from, to, words, class) { ANY, ANY, from, to, SPAN(words), SMTP_CLASS_##class },
#define STAGE(stage, from, to, class)                                                              \
	{ SMTP_STAGE_##stage, ANY, from, to, SPAN(""), SMTP_CLASS_##class },
#include "wire/smtp/verdict/verdict_rules.def"
#undef ENHANCED
#undef TEXT
#undef STAGE
};

/* Addresses stand in <...>, and may be called spam or relay. */
static bool says(struct span text, struct span words)
{
	struct span piece, address;

	while (span_split(&text, '<', &piece)) {
		if (span_find_nocase(piece, words) >= 0)
			return true;
		if (span_find(text, '>') >= 0)
			span_split(&text, '>', &address);
	}
	return false;
}

static bool rule_fits(const struct rule *rule, const struct smtp_outcome *o, struct span text)
{
	int value = rule->subject == ANY ? o->code : o->enhanced.detail;

	if (rule->stage != ANY && rule->stage != (int)o->stage)
		return false;
	if (rule->subject != ANY &&
	    (o->enhanced.class == 0 || rule->subject != o->enhanced.subject))
		return false;
	return value >= rule->from && value <= rule->to &&
	       (rule->words.n == 0 || says(text, rule->words));
}

/* RFC 5321 4.5.3.1.10: 452; RFC 821 had 552.  Others are in use, with RFC 3463's X.5.3 or in
 * words. */
static bool is_too_many_rcpts(const struct smtp_outcome *o, enum smtp_class class, struct span text)
{
	bool coded = o->enhanced.class && o->enhanced.subject == 5 && o->enhanced.detail == 3;

	if (o->stage != SMTP_STAGE_RCPT || class != SMTP_CLASS_RATE_LIMITED)
		return false;
	return o->code == 452 || o->code == 552 || coded || says(text, SPAN("too many recipients"));
}

struct smtp_verdict smtp_verdict(const struct smtp_outcome *o)
{
	struct span text = span_sub(o->text, 0, SEARCHED_MAX);
	struct smtp_verdict v = { .class = SMTP_CLASS_PROTOCOL_ERROR };

	/* RFC 5321 4.5.3.2.6, RFC 1047: the server may have taken it. */
	if (o->cause != SMTP_CAUSE_NONE && o->stage == SMTP_STAGE_END)
		return (struct smtp_verdict){ .class = SMTP_CLASS_MAY_HAVE_ARRIVED };
	if (o->cause != SMTP_CAUSE_NONE)
		return (struct smtp_verdict){ .class = CAUSES[o->cause].class,
			                      .permanent = CAUSES[o->cause].permanent,
			                      .too_many_rcpts = o->cause == SMTP_CAUSE_RCPT_LIMIT };
	if (o->code >= 200 && o->code <= 299)
		return (struct smtp_verdict){ .class = SMTP_CLASS_DELIVERED };
	for (size_t i = 0; i < N_ELEMS(RULES); i++) {
		if (!rule_fits(&RULES[i], o, text))
			continue;
		v.class = RULES[i].class;
		break;
	}
	v.too_many_rcpts = is_too_many_rcpts(o, v.class, text);
	v.permanent = o->code >= 500 && o->code <= 599 && !v.too_many_rcpts;
	return v;
}

/* The last row stands for numbers that are not known here. */
static size_t class_row(enum smtp_class c)
{
	size_t i = 0;

	while (i < N_ELEMS(CLASSES) - 1 && CLASSES[i].class != c)
		i++;
	return i;
}

const char *smtp_class_name(enum smtp_class c)
{
	return CLASSES[class_row(c)].name;
}

int smtp_class_from_name(struct span name, enum smtp_class *out)
{
	for (size_t i = 0; i < N_ELEMS(CLASSES); i++) {
		if (!span_eq(name, span_str(CLASSES[i].name)))
			continue;
		*out = CLASSES[i].class;
		return 0;
	}
	return err(ERR_UNKNOWN, "no class of outcome has this name");
}

const char *smtp_verdict_sentence(struct smtp_verdict v)
{
	size_t row = class_row(v.class);

	return v.permanent ? CLASSES[row].permanent : CLASSES[row].temporary;
}

const char *smtp_class_undecided(enum smtp_class c)
{
	return CLASSES[class_row(c)].undecided;
}

const char *smtp_stage_name(enum smtp_stage s)
{
	return s < SMTP_STAGE_COUNT ? STAGES[s] : "unknown";
}

const char *smtp_cause_text(enum smtp_cause c)
{
	return c < SMTP_CAUSE_COUNT ? CAUSES[c].text : "";
}

struct smtp_enhanced smtp_cause_enhanced(enum smtp_cause c)
{
	struct smtp_enhanced e = { 0 };
	struct span text;

	if (c >= SMTP_CAUSE_COUNT)
		return e;
	text = span_str(CAUSES[c].enhanced);
	if (smtp_enhanced_parse(&text, &e) < 0)
		return (struct smtp_enhanced){ 0 };
	return e;
}
