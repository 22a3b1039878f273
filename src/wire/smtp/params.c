/* wire/smtp/params.c - see params.h. */
#include "wire/smtp/params.h"

#include "wire/smtp/command.h"
#include "wire/smtp/xtext.h"

enum { SIZE_DIGITS_MAX = 20 }; /* RFC 1870 3 */

static bool is_keyword(struct span key)
{
	for (size_t i = 0; i < key.n; i++) {
		char c = key.p[i];
		bool alnum =
		        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!alnum && !(c == '-' && i > 0))
			return false;
	}
	return key.n > 0;
}

/* RFC 5321 4.1.2: esmtp-value; RFC 6531 3.3 adds UTF-8. */
static bool is_value(struct span value)
{
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if (c <= ' ' || c == '=' || c == 0x7f)
			return false;
	}
	return value.n > 0;
}

/* RFC 1870 3.  More than 64 bits hold is more than anybody takes. */
static int parse_size(struct span value, unsigned extensions, void *out)
{
	struct smtp_mail_params *params = out;
	uint64_t size;

	if (value.n == 0 || value.n > SIZE_DIGITS_MAX)
		return ERR_SYNTAX;
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] < '0' || value.p[i] > '9')
			return ERR_SYNTAX;
	if (span_to_u64(value, UINT64_MAX, &size) < 0)
		size = UINT64_MAX;
	params->has_size = true;
	params->size = size;
	return 0;
}

/* RFC 6152 2.  BINARYMIME (RFC 3030) is not offered by anyone who calls this. */
static int parse_body(struct span value, unsigned extensions, void *out)
{
	struct smtp_mail_params *params = out;

	if (span_eq_nocase(value, SPAN("7BIT")))
		params->body = SMTP_BODY_7BIT;
	else if (span_eq_nocase(value, SPAN("8BITMIME")))
		params->body = SMTP_BODY_8BITMIME;
	else if (span_eq_nocase(value, SPAN("BINARYMIME")))
		return ERR_UNKNOWN;
	else
		return ERR_SYNTAX;
	return 0;
}

static int parse_smtputf8(struct span value, unsigned extensions, void *out)
{
	struct smtp_mail_params *params = out;

	if (value.p)
		return ERR_SYNTAX;
	params->smtputf8 = true;
	return 0;
}

static int parse_ret(struct span value, unsigned extensions, void *out)
{
	struct smtp_mail_params *params = out;

	if (span_eq_nocase(value, SPAN("FULL")))
		params->ret = SMTP_RET_FULL;
	else if (span_eq_nocase(value, SPAN("HDRS")))
		params->ret = SMTP_RET_HDRS;
	else
		return ERR_SYNTAX;
	return 0;
}

static int parse_envid(struct span value, unsigned extensions, void *out)
{
	struct smtp_mail_params *params = out;

	if (value.n == 0 || value.n > SMTP_ENVID_MAX || !smtp_xtext_valid(value))
		return ERR_SYNTAX;
	params->envid = value;
	return 0;
}

static int parse_auth(struct span value, unsigned extensions, void *out)
{
	struct smtp_mail_params *params = out;

	if (value.n == 0 || value.n > SMTP_AUTH_PARAM_MAX || !smtp_xtext_valid(value))
		return ERR_SYNTAX;
	params->auth = value;
	return 0;
}

static int parse_notify(struct span value, unsigned extensions, void *out)
{
	static const struct {
		struct span word;
		enum smtp_notify bit;
	} words[] = { { SPAN("NEVER"), SMTP_NOTIFY_NEVER },
		      { SPAN("SUCCESS"), SMTP_NOTIFY_SUCCESS },
		      { SPAN("FAILURE"), SMTP_NOTIFY_FAILURE },
		      { SPAN("DELAY"), SMTP_NOTIFY_DELAY } };
	struct smtp_rcpt_params *params = out;
	struct span word;
	unsigned notify = 0;

	if (value.n == 0 || value.p[value.n - 1] == ',')
		return ERR_SYNTAX;
	while (span_split(&value, ',', &word)) {
		size_t i = 0;

		while (i < N_ELEMS(words) && !span_eq_nocase(word, words[i].word))
			i++;
		if (i == N_ELEMS(words))
			return ERR_SYNTAX;
		notify |= words[i].bit;
	}
	if ((notify & SMTP_NOTIFY_NEVER) && notify != SMTP_NOTIFY_NEVER)
		return ERR_SYNTAX;
	params->notify = notify;
	return 0;
}

static int parse_orcpt(struct span value, unsigned extensions, void *out)
{
	struct smtp_rcpt_params *params = out;

	if (value.n > SMTP_ORCPT_MAX || !smtp_orcpt_valid(value, extensions & SMTP_EXT_SMTPUTF8))
		return ERR_SYNTAX;
	params->orcpt = value;
	return 0;
}

static const struct {
	enum smtp_verb verb;
	struct span key;
	enum smtp_ext ext;
	int (*parse)(struct span value, unsigned extensions, void *out); /* value.p NULL: no "=" */
} PARAMS[] = {
#define PARAMETER(VERB, KEY, WORD, parser, ...)                                                    \
	{ SMTP_VERB_##VERB, SPAN(#KEY), SMTP_EXT_##WORD, parse_##parser },
#include "wire/smtp/params.def"
#undef PARAMETER
};

/* Takes one SP and the parameter behind it; key empty when only SP was left. */
static int take_param(struct span *args, struct span *key, struct span *value)
{
	struct span word;
	ptrdiff_t at;

	if (args->p[0] != ' ')
		return err(ERR_SYNTAX, "a space is missing before the parameters");
	while (span_eat(args, SPAN(" ")))
		continue;
	*key = *value = (struct span){ 0 };
	if (args->n == 0)
		return 0;
	at = span_find(*args, ' ');
	word = span_sub(*args, 0, at < 0 ? args->n : (size_t)at);
	*args = span_sub(*args, word.n, args->n);
	*key = word;
	at = span_find(word, '=');
	if (at >= 0) {
		*key = span_sub(word, 0, (size_t)at);
		*value = span_sub(word, (size_t)at + 1, word.n);
		if (!is_value(*value))
			return err(ERR_SYNTAX, "a parameter's value is not well-formed");
	}
	return is_keyword(*key) ? 0 : err(ERR_SYNTAX, "a parameter is not well-formed");
}

static int parse_params(enum smtp_verb verb, struct span args, unsigned extensions, void *out)
{
	unsigned seen = 0;

	while (args.n) {
		struct span key, value;
		size_t i = 0;
		int r = take_param(&args, &key, &value);

		if (r < 0 || key.n == 0)
			return r;
		while (i < N_ELEMS(PARAMS) &&
		       (PARAMS[i].verb != verb || !span_eq_nocase(key, PARAMS[i].key)))
			i++;
		if (i == N_ELEMS(PARAMS) || !(extensions & PARAMS[i].ext))
			return err(ERR_UNKNOWN, "parameter %.*s is not offered", SPAN_ARG(key));
		if (seen & 1u << i)
			return err(ERR_SYNTAX, "%s is given twice", PARAMS[i].key.p);
		seen |= 1u << i;
		r = PARAMS[i].parse(value, extensions, out);
		if (r < 0)
			return err(r, "the value of %s is not one we take", PARAMS[i].key.p);
	}
	return 0;
}

int smtp_mail_params_parse(struct span args, unsigned extensions, struct smtp_mail_params *out)
{
	struct smtp_mail_params got = { 0 };
	int r = parse_params(SMTP_VERB_MAIL, args, extensions, &got);

	if (r == 0)
		*out = got;
	return r;
}

int smtp_rcpt_params_parse(struct span args, unsigned extensions, struct smtp_rcpt_params *out)
{
	struct smtp_rcpt_params got = { 0 };
	int r = parse_params(SMTP_VERB_RCPT, args, extensions, &got);

	if (r == 0)
		*out = got;
	return r;
}
