/* wire/sasl/sasl.c - see sasl.h: the steps of all mechanisms, PLAIN and LOGIN. */
#include "wire/sasl/sasl_impl.h"

#include "base/base64.h"
#include "base/os.h"

static const char *const names[SASL_MECHANISMS] = {
	[SASL_SCRAM_SHA_256_PLUS] = "SCRAM-SHA-256-PLUS",
	[SASL_SCRAM_SHA_256] = "SCRAM-SHA-256",
	[SASL_PLAIN] = "PLAIN",
	[SASL_LOGIN] = "LOGIN",
};

const char *sasl_name(enum sasl_mechanism m)
{
	return names[m];
}

int sasl_find(struct span name, enum sasl_mechanism *out)
{
	for (int m = 0; m < SASL_MECHANISMS; m++)
		if (span_eq_nocase(name, span_str(names[m]))) {
			*out = (enum sasl_mechanism)m;
			return 0;
		}
	return err(ERR_UNKNOWN, "no such mechanism");
}

void sasl_init(struct sasl *s, enum sasl_mechanism m, bool plus)
{
	*s = (struct sasl){ .mechanism = m,
		            .out = BUF(SASL_OCTETS_MAX),
		            .said = BUF(SASL_OCTETS_MAX),
		            .name_octets = BUF(SASL_OCTETS_MAX),
		            .expected = BUF(2 * SASL_OCTETS_MAX),
		            .text = BUF(4 * SASL_OCTETS_MAX),
		            .plus = plus };
}

static void wipe(struct buf *b)
{
	if (b->p)
		os_wipe(b->p, b->room);
	buf_fini(b);
}

void sasl_fini(struct sasl *s)
{
	wipe(&s->out);
	wipe(&s->said);
	wipe(&s->name_octets);
	wipe(&s->expected);
	wipe(&s->text);
	os_wipe(s, sizeof *s);
}

int sasl_keep(struct sasl *s, struct span octets, struct span *out)
{
	if (s->said.p)
		os_wipe(s->said.p, s->said.room);
	buf_reset(&s->said);
	int r = buf_put(&s->said, octets);
	if (r >= 0)
		*out = buf_span(&s->said);
	return r;
}

int sasl_act_as(const struct sasl *s, struct span who)
{
	return who.n && !span_eq_nocase(who, s->name)
	               ? err(ERR_AUTH, "%.*s may not act as another", SPAN_ARG(s->name))
	               : 0;
}

static int prompt(struct sasl *s, const char *text)
{
	buf_reset(&s->out);
	int r = buf_puts(&s->out, text);
	return r < 0 ? r : SASL_CHALLENGE;
}

int sasl_begin(struct sasl *s)
{
	return prompt(s, s->mechanism == SASL_LOGIN ? "Username:" : "");
}

static int ask_password(struct sasl *s, struct span password)
{
	if (!s->name.n || !password.n || memchr(s->name.p, 0, s->name.n) ||
	    memchr(password.p, 0, password.n))
		return err(ERR_SYNTAX, "a name and a password, neither empty nor with NUL");
	s->password = password;
	s->at = SASL_AT_VERDICT;
	return SASL_ASK_PASSWORD;
}

/* RFC 4616 2: [authzid] NUL authcid NUL password. */
static int plain(struct sasl *s, struct span octets)
{
	struct span who, rest;
	int r = sasl_keep(s, octets, &rest);

	if (r < 0)
		return r;
	if (!span_split(&rest, 0, &who) || !span_split(&rest, 0, &s->name))
		return err(ERR_SYNTAX, "PLAIN is [who] NUL name NUL password");
	r = sasl_act_as(s, who);
	return r < 0 ? r : ask_password(s, rest);
}

static int login_name(struct sasl *s, struct span octets)
{
	int r = buf_put(&s->name_octets, octets);

	s->name = buf_span(&s->name_octets);
	s->at = SASL_AT_PASSWORD;
	return r < 0 ? r : prompt(s, "Password:");
}

static int login_password(struct sasl *s, struct span octets)
{
	struct span password;
	int r = sasl_keep(s, octets, &password);

	return r < 0 ? r : ask_password(s, password);
}

int sasl_feed(struct sasl *s, struct span octets)
{
	bool first = s->at == SASL_AT_FIRST;

	if (octets.n > SASL_OCTETS_MAX)
		return err(ERR_SYNTAX, "more than %d octets", SASL_OCTETS_MAX);
	if (s->at == SASL_AT_PASSWORD)
		return login_password(s, octets);
	if (first && s->mechanism == SASL_PLAIN)
		return plain(s, octets);
	if (first && s->mechanism == SASL_LOGIN)
		return login_name(s, octets);
	if (first)
		return scram_first(s, octets);
	if (s->at == SASL_AT_FINAL)
		return scram_final(s, octets);
	if (s->at != SASL_AT_END)
		return err(ERR_BUG, "octets of a client that nobody waits for");
	s->at = SASL_AT_DONE;
	return octets.n ? err(ERR_SYNTAX, "octets behind the end") : SASL_DONE;
}

int sasl_right(struct sasl *s, struct span signature)
{
	if (s->at != SASL_AT_VERDICT)
		return err(ERR_BUG, "a verdict that nobody asked for");
	if (s->mechanism == SASL_PLAIN || s->mechanism == SASL_LOGIN) {
		s->at = SASL_AT_DONE;
		return SASL_DONE;
	}
	buf_reset(&s->out);
	buf_puts(&s->out, "v=");
	base64_encode(&s->out, signature);
	s->at = SASL_AT_END;
	return s->out.err ? s->out.err : SASL_CHALLENGE;
}
