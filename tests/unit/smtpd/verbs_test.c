/* Every verb in every state of a session: RFC 5321 4.1.4 (order), 4.2.4 (502), 3.3 (554); RFC 3207
 * 4, RFC 4954 4 and 6; RFC 2033 4.  The answers stand here as the RFCs have them, not as the table
 * says. */
#include "smtpd/verbs.h"

#include <string.h>

#include "test.h"

enum {
	SERVED = SMTPD_TLS_SERVED,
	MX_BEGUN = SERVED | SMTPD_SPEAKS_SMTP | SMTPD_CLEAR | SMTPD_ANONYMOUS | SMTPD_LOGIN |
	           SMTPD_NO_TRANSACTION,
	MX_HELO = MX_BEGUN | SMTPD_HELLO,
	MX_EHLO = MX_HELO | SMTPD_EHLO,
	MX_MAIL = (MX_EHLO & ~SMTPD_NO_TRANSACTION) | SMTPD_TRANSACTION,
	MX_RCPT = MX_MAIL | SMTPD_RECIPIENT,
	MX_TLS = (MX_BEGUN & ~SMTPD_CLEAR) | SMTPD_SAFE,
	MX_TLS_EHLO = MX_TLS | SMTPD_HELLO | SMTPD_EHLO,
	MX_TLS_RCPT = (MX_TLS_EHLO & ~SMTPD_NO_TRANSACTION) | SMTPD_TRANSACTION | SMTPD_RECIPIENT,

	SUB_BEGUN = (MX_BEGUN & ~SMTPD_LOGIN) | SMTPD_AUTH_SERVED,
	SUB_HELO = SUB_BEGUN | SMTPD_HELLO,
	SUB_EHLO = SUB_HELO | SMTPD_EHLO,
	SUB_TLS = (SUB_BEGUN & ~SMTPD_CLEAR) | SMTPD_SAFE,
	SUB_TLS_EHLO = SUB_TLS | SMTPD_HELLO | SMTPD_EHLO,
	SUB_LOGIN = (SUB_TLS_EHLO & ~SMTPD_ANONYMOUS) | SMTPD_LOGIN,
	SUB_MAIL = (SUB_LOGIN & ~SMTPD_NO_TRANSACTION) | SMTPD_TRANSACTION,
	SUB_RCPT = SUB_MAIL | SMTPD_RECIPIENT,
	SUB_LOOPBACK = SUB_EHLO | SMTPD_SAFE,

	LMTP_BEGUN = (MX_BEGUN & ~SMTPD_SPEAKS_SMTP) | SMTPD_SPEAKS_LMTP,
	LMTP_LHLO = LMTP_BEGUN | SMTPD_HELLO | SMTPD_EHLO,
	LMTP_MAIL = (LMTP_LHLO & ~SMTPD_NO_TRANSACTION) | SMTPD_TRANSACTION,
	LMTP_RCPT = LMTP_MAIL | SMTPD_RECIPIENT,
};

/* A row's answers, in the order of this; 0: allowed. */
static const enum smtp_verb order[] = {
	SMTP_VERB_HELO, SMTP_VERB_EHLO, SMTP_VERB_MAIL,     SMTP_VERB_RCPT, SMTP_VERB_DATA,
	SMTP_VERB_RSET, SMTP_VERB_NOOP, SMTP_VERB_HELP,     SMTP_VERB_VRFY, SMTP_VERB_EXPN,
	SMTP_VERB_QUIT, SMTP_VERB_AUTH, SMTP_VERB_STARTTLS, SMTP_VERB_LHLO,
};
_Static_assert(N_ELEMS(order) == SMTP_VERB_COUNT - 1, "a verb is not checked");

/* clang-format off */
static const struct {
	unsigned facts;
	int code[N_ELEMS(order)];
} states[] = {
	/*                   HELO EHLO MAIL RCPT DATA RSET NOOP HELP VRFY EXPN QUIT AUTH STARTTLS LHLO */
	{ MX_BEGUN,        {   0,   0, 503, 503, 503,   0,   0,   0,   0, 502,   0, 502, 503, 500 } },
	{ MX_HELO,         {   0,   0,   0, 503, 503,   0,   0,   0,   0, 502,   0, 502, 503, 500 } },
	{ MX_EHLO,         {   0,   0,   0, 503, 503,   0,   0,   0,   0, 502,   0, 502,   0, 500 } },
	{ MX_MAIL,         {   0,   0, 503,   0, 554,   0,   0,   0,   0, 502,   0, 502,   0, 500 } },
	{ MX_RCPT,         {   0,   0, 503,   0,   0,   0,   0,   0,   0, 502,   0, 502,   0, 500 } },
	{ MX_TLS,          {   0,   0, 503, 503, 503,   0,   0,   0,   0, 502,   0, 502, 503, 500 } },
	{ MX_TLS_EHLO,     {   0,   0,   0, 503, 503,   0,   0,   0,   0, 502,   0, 502, 503, 500 } },
	{ MX_TLS_RCPT,     {   0,   0, 503,   0,   0,   0,   0,   0,   0, 502,   0, 502, 503, 500 } },
	{ MX_EHLO & ~SERVED,
	                   {   0,   0,   0, 503, 503,   0,   0,   0,   0, 502,   0, 502, 502, 500 } },
	{ MX_EHLO | SMTPD_MAIL_PUT_OFF, /* RFC 2920 3.1 */
	                   {   0,   0,   0, 451, 451,   0,   0,   0,   0, 502,   0, 502,   0, 500 } },
	{ MX_EHLO | SMTPD_MAIL_REFUSED,
	                   {   0,   0,   0, 503, 503,   0,   0,   0,   0, 502,   0, 502,   0, 500 } },
	{ MX_MAIL | SMTPD_RCPT_PUT_OFF,
	                   {   0,   0, 503,   0, 451,   0,   0,   0,   0, 502,   0, 502,   0, 500 } },
	{ MX_RCPT | SMTPD_RCPT_PUT_OFF,
	                   {   0,   0, 503,   0,   0,   0,   0,   0,   0, 502,   0, 502,   0, 500 } },
	{ SUB_BEGUN,       {   0,   0, 503, 503, 503,   0,   0,   0, 530, 502,   0, 503, 503, 500 } },
	{ SUB_HELO,        {   0,   0, 530, 530, 530,   0,   0,   0, 530, 502,   0, 538, 503, 500 } },
	{ SUB_EHLO,        {   0,   0, 530, 530, 530,   0,   0,   0, 530, 502,   0, 538,   0, 500 } },
	{ SUB_TLS,         {   0,   0, 503, 503, 503,   0,   0,   0, 530, 502,   0, 503, 503, 500 } },
	{ SUB_TLS_EHLO,    {   0,   0, 530, 530, 530,   0,   0,   0, 530, 502,   0,   0, 503, 500 } },
	{ SUB_LOGIN,       {   0,   0,   0, 503, 503,   0,   0,   0,   0, 502,   0, 503, 503, 500 } },
	{ SUB_MAIL,        {   0,   0, 503,   0, 554,   0,   0,   0,   0, 502,   0, 503, 503, 500 } },
	{ SUB_RCPT,        {   0,   0, 503,   0,   0,   0,   0,   0,   0, 502,   0, 503, 503, 500 } },
	{ SUB_LOOPBACK,    {   0,   0, 530, 530, 530,   0,   0,   0, 530, 502,   0,   0,   0, 500 } },
	/* RFC 2033 4.1: HELO and EHLO get no positive answer; 4.2: DATA without a recipient, 503. */
	{ LMTP_BEGUN,      { 500, 500, 503, 503, 503,   0,   0,   0,   0, 502,   0, 502, 503,   0 } },
	{ LMTP_LHLO,       { 500, 500,   0, 503, 503,   0,   0,   0,   0, 502,   0, 502,   0,   0 } },
	{ LMTP_MAIL,       { 500, 500, 503,   0, 503,   0,   0,   0,   0, 502,   0, 502,   0,   0 } },
	{ LMTP_MAIL | SMTPD_RCPT_PUT_OFF,
	                   { 500, 500, 503,   0, 503,   0,   0,   0,   0, 502,   0, 502,   0,   0 } },
	{ LMTP_RCPT,       { 500, 500, 503,   0,   0,   0,   0,   0,   0, 502,   0, 502,   0,   0 } },
};
/* clang-format on */

TEST(smtpd_verbs_in_each_state)
{
	EACH_ROW(states)
		for (size_t i = 0; i < N_ELEMS(order); i++) {
			const struct smtpd_no *no = smtpd_verb_no(order[i], states[row].facts);

			test_check(states[row].code[i] == (no ? no->code : 0), __FILE__, __LINE__,
			           "%s: %d, want %d", smtp_verb_name(order[i]), no ? no->code : 0,
			           states[row].code[i]);
		}
}

/* Whatever a session has come to, also what no session can: no verb is without an answer, and no
 * answer is without its verb's row. */
TEST(smtpd_verbs_always_have_an_answer)
{
	for (unsigned facts = 0; facts < SMTPD_RCPT_PUT_OFF << 1; facts++)
		for (enum smtp_verb v = SMTP_VERB_UNKNOWN + 1; v < SMTP_VERB_COUNT; v++) {
			const struct smtpd_no *no = smtpd_verb_no(v, facts);
			bool missing = smtpd_verbs[v].needs & ~facts;

			if (missing != (no != NULL) ||
			    (no && (no->without & facts || !(no->without & smtpd_verbs[v].needs))))
				test_check(false, __FILE__, __LINE__, "%s at %#x",
				           smtp_verb_name(v), facts);
		}
}

/* RFC 5321 4.2.1, 4.3.2; RFC 2034 4: the class of an enhanced code is the reply's; a client's own
 * mistake alone is counted. */
TEST(smtpd_verbs_refusals_are_well_formed)
{
	for (unsigned facts = 0; facts < SMTPD_RCPT_PUT_OFF << 1; facts++)
		for (enum smtp_verb v = SMTP_VERB_UNKNOWN + 1; v < SMTP_VERB_COUNT; v++) {
			const struct smtpd_no *no = smtpd_verb_no(v, facts);

			if (!no)
				continue;
			CHECK_INT(no->enhanced[0] - '0', no->code / 100);
			CHECK(strlen(no->text) > 0 && strlen(no->text) < 80);
			CHECK_INT(no->free,
			          (no->with & ~SMTPD_SPEAKS_LMTP) != 0 && no->code != 530);
		}
}

static bool told(unsigned facts, enum smtp_ext word)
{
	return smtpd_words_told(facts) & word;
}

/* RFC 3207 4.2: not told once TLS is there.  RFC 4954 4: AUTH not after a login; threats: not in
 * the clear. */
TEST(smtpd_words_as_the_state_allows)
{
	static const struct {
		unsigned facts;
		bool starttls, auth, open_auth;
	} t[] = {
		{ MX_EHLO, true, false, false },
		{ MX_TLS_EHLO, false, false, false },
		{ MX_EHLO & ~SERVED, false, false, false },
		{ SUB_EHLO, true, false, true },
		{ SUB_TLS_EHLO, false, true, true },
		{ SUB_LOGIN, false, false, true },
		{ SUB_LOOPBACK, true, true, true },
	};
	enum {
		ALWAYS = SMTP_EXT_PIPELINING | SMTP_EXT_SIZE | SMTP_EXT_8BITMIME |
		         SMTP_EXT_SMTPUTF8 | SMTP_EXT_ENHANCEDSTATUSCODES
	};
	EACH_ROW(t) {
		unsigned both = SMTP_EXT_STARTTLS | SMTP_EXT_AUTH;
		CHECK_INT(told(t[row].facts, SMTP_EXT_STARTTLS), t[row].starttls);
		CHECK_INT(told(t[row].facts, SMTP_EXT_AUTH), t[row].auth);
		CHECK_INT(smtpd_words_told(t[row].facts) & ~both, ALWAYS);
		CHECK_INT((smtpd_words_open(t[row].facts) & SMTP_EXT_AUTH) != 0, t[row].open_auth);
		CHECK_INT(smtpd_words_open(t[row].facts) & ~both, ALWAYS);
	}
}

/* RFC 5321 4.1.1: RSET, DATA and QUIT take no argument, RFC 3207 4: STARTTLS neither. */
TEST(smtpd_verbs_without_arguments)
{
	for (enum smtp_verb v = SMTP_VERB_UNKNOWN + 1; v < SMTP_VERB_COUNT; v++) {
		bool none = v == SMTP_VERB_RSET || v == SMTP_VERB_DATA || v == SMTP_VERB_QUIT ||
		            v == SMTP_VERB_STARTTLS;
		CHECK_INT((smtpd_verbs[v].traits & SMTPD_NO_ARGS) != 0, none);
	}
}
