/* smtpd/verbs.c - verbs.def as rows, and the answers to what comes out of order. */
#include "smtpd/verbs.h"

const struct smtpd_verb smtpd_verbs[SMTP_VERB_COUNT] = {
#define NO_ARGS     SMTPD_NO_ARGS
#define IDLE_TALK   SMTPD_IDLE_TALK
#define ANYTIME     0
#define NEEDS(fact) SMTPD_##fact
#define NO_WORD     0
#define VERB(NAME, handler, octets, traits, needs, word, syntax, help)                             \
	[SMTP_VERB_##NAME] = { traits, needs, word, syntax, help },
#define NO_VERB(NAME) [SMTP_VERB_##NAME] = { .needs = SMTPD_NEVER },
#include "wire/smtp/verbs.def"
#undef NO_VERB
#undef VERB
#undef NO_WORD
#undef NEEDS
#undef ANYTIME
#undef IDLE_TALK
#undef NO_ARGS
};

/* The first that fits is said. */
static const struct smtpd_no answers[] = {
	{ SMTPD_NEVER, 0, 502, "5.5.1", "Not offered; see HELP", false },
	/* RFC 2033 4.1: never a positive answer to these. */
	{ SMTPD_SPEAKS_SMTP, 0, 500, "5.5.1", "This is LMTP (RFC 2033); say LHLO", false },
	{ SMTPD_SPEAKS_LMTP, 0, 500, "5.5.1", "This is SMTP; say EHLO", false },
	{ SMTPD_TLS_SERVED, 0, 502, "5.5.1", "STARTTLS is not offered here", false },
	{ SMTPD_AUTH_SERVED, 0, 502, "5.5.1", "AUTH is not offered here; use the submission port",
	  false },
	{ SMTPD_HELLO, SMTPD_SPEAKS_LMTP, 503, "5.5.1", "Say LHLO first", false },
	{ SMTPD_HELLO, 0, 503, "5.5.1", "Say EHLO first", false },
	{ SMTPD_CLEAR, 0, 503, "5.5.1", "TLS is active already", false },
	{ SMTPD_EHLO, SMTPD_SPEAKS_LMTP, 503, "5.5.1", "Say LHLO first", false },
	{ SMTPD_EHLO, 0, 503, "5.5.1", "Say EHLO first", false },
	{ SMTPD_ANONYMOUS, 0, 503, "5.5.1", "You are logged in already", false },
	{ SMTPD_LOGIN, SMTPD_SAFE, 530, "5.7.0", "Log in first (AUTH)", false },
	{ SMTPD_LOGIN, 0, 530, "5.7.0", "Log in first (AUTH), after STARTTLS", false },
	{ SMTPD_NO_TRANSACTION, 0, 503, "5.5.1", "A transaction is open; end it with DATA or RSET",
	  false },
	/* A client that pipelines could not know that MAIL was refused (RFC 2920 3.1). */
	{ SMTPD_TRANSACTION, SMTPD_MAIL_PUT_OFF, 451, "4.5.1",
	  "MAIL was put off; begin again later", true },
	{ SMTPD_TRANSACTION, SMTPD_MAIL_REFUSED, 503, "5.5.1", "MAIL was refused; begin again",
	  true },
	{ SMTPD_TRANSACTION, 0, 503, "5.5.1", "MAIL first", false },
	/* RFC 2033 4.2: a MUST, whatever they were answered. */
	{ SMTPD_RECIPIENT, SMTPD_SPEAKS_LMTP, 503, "5.5.1", "No valid recipients", false },
	{ SMTPD_RECIPIENT, SMTPD_RCPT_PUT_OFF, 451, "4.5.1",
	  "No recipient could be taken now; try later", true },
	{ SMTPD_RECIPIENT, 0, 554, "5.5.1", "No valid recipients", false },
	{ SMTPD_SAFE, 0, 538, "5.7.11", "Not in clear text; STARTTLS first", false },
};

const struct smtpd_no *smtpd_verb_no(enum smtp_verb verb, unsigned facts)
{
	unsigned missing = smtpd_verbs[verb].needs & ~facts;

	for (size_t i = 0; missing && i < N_ELEMS(answers); i++)
		if ((answers[i].without & missing) && (answers[i].with & ~facts) == 0)
			return &answers[i];
	return NULL;
}

bool smtpd_verb_served(enum smtp_verb verb, unsigned facts)
{
	const struct smtpd_no *no = smtpd_verb_no(verb, facts);

	return !no || (no->code != 500 && no->code != 502);
}

enum served { CLIENT, WITH_VERB, ALWAYS };

static const enum served words[] = {
#define EXTENSION(WORD, served, ...) [SMTP_EXT_AT_##WORD] = served,
#include "wire/smtp/extensions.def"
#undef EXTENSION
};

static unsigned words_always(void)
{
	unsigned always = 0;

	for (unsigned i = 0; i < SMTP_EXT_COUNT; i++)
		always |= words[i] == ALWAYS ? 1u << i : 0;
	return always;
}

unsigned smtpd_words_told(unsigned facts)
{
	unsigned told = words_always();

	for (enum smtp_verb v = SMTP_VERB_UNKNOWN + 1; v < SMTP_VERB_COUNT; v++)
		told |= smtpd_verb_no(v, facts) ? 0 : smtpd_verbs[v].word;
	return told;
}

unsigned smtpd_words_open(unsigned facts)
{
	unsigned open = words_always();

	for (enum smtp_verb v = SMTP_VERB_UNKNOWN + 1; v < SMTP_VERB_COUNT; v++)
		open |= smtpd_verb_served(v, facts) ? smtpd_verbs[v].word : 0;
	return open;
}
