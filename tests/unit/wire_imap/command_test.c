/* Tags, verbs and the words of CAPABILITY.  RFC 3501 and RFC 9051 2.2.1, 3, 6; RFC 5161. */
#include "wire/imap/capability.h"
#include "wire/imap/command.h"

#include "imap_test.h"

TEST(imap_commands_are_read)
{
	static const struct {
		struct span in;
		int err;
		enum imap_verb verb;
		bool uid;
		struct span args;
		const char *says;
	} t[] = {
		{ SPAN("a001 NOOP"), 0, IMAP_VERB_NOOP, false, SPAN(""), "" },
		{ SPAN("A.1] uid fetch 1:* FLAGS"), 0, IMAP_VERB_FETCH, true, SPAN(" 1:* FLAGS"),
		  "" },
		{ SPAN("1 Move 1 x"), 0, IMAP_VERB_MOVE, false, SPAN(" 1 x"), "" },
		{ SPAN("a FETCHX 1"), ERR_UNKNOWN, .says = "FETCHX is no command" },
		{ SPAN("a UID NOOP"), ERR_SYNTAX, .says = "UID does not go with NOOP" },
		{ SPAN("a UID"), ERR_SYNTAX, .says = "an argument is missing" },
		{ SPAN("a"), ERR_SYNTAX, .says = "an argument is missing" },
		{ SPAN("a ("), ERR_SYNTAX, .says = "a command is missing" },
		{ SPAN(""), ERR_SYNTAX, .says = "begins with a tag" },
		{ SPAN(" NOOP"), ERR_SYNTAX, .says = "begins with a tag" },
		{ SPAN("+ NOOP"), ERR_SYNTAX, .says = "begins with a tag" },
		{ SPAN("a+b NOOP"), ERR_SYNTAX, .says = "begins with a tag" },
		{ SPAN("* NOOP"), ERR_SYNTAX, .says = "begins with a tag" },
		{ SPAN("0123456789012345678901234567890123456789012345678901234567890123x NOOP"),
		  ERR_SYNTAX, .says = "begins with a tag" },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct imap_command got = { 0 };
		struct imap_cursor args = { 0 };

		CHECK_INT(imap_command_parse(exact(t[row].in), &mem, false, &got, &args),
		          t[row].err);
		CHECK_INT(got.verb, t[row].verb);
		CHECK_INT(got.uid, t[row].uid);
		CHECK_SPAN(args.rest, t[row].args);
		CHECK_SAYS(t[row].err, t[row].says);
	}
}

/* RFC 3501 3 */
TEST(imap_commands_have_states)
{
	static const struct {
		enum imap_verb verb;
		enum imap_state state;
		const char *says;
	} t[] = {
		{ IMAP_VERB_NOOP, IMAP_NOT_AUTHENTICATED, NULL },
		{ IMAP_VERB_LOGIN, IMAP_NOT_AUTHENTICATED, NULL },
		{ IMAP_VERB_LOGIN, IMAP_SELECTED, "You are logged in already" },
		{ IMAP_VERB_LIST, IMAP_NOT_AUTHENTICATED, "Log in first" },
		{ IMAP_VERB_LIST, IMAP_SELECTED, NULL },
		{ IMAP_VERB_FETCH, IMAP_NOT_AUTHENTICATED, "Log in first" },
		{ IMAP_VERB_FETCH, IMAP_AUTHENTICATED, "Select a mailbox first" },
		{ IMAP_VERB_FETCH, IMAP_SELECTED, NULL },
	};
	EACH_ROW(t)
		CHECK_STR(imap_verb_refusal(t[row].verb, t[row].state), t[row].says);
	CHECK_STR(imap_verb_name(IMAP_VERB_GETQUOTAROOT), "GETQUOTAROOT");
}

static void check_words(uint64_t told, struct span want)
{
	static const struct imap_capability_values values = { SPAN("SCRAM-SHA-256 PLAIN"),
		                                              50 << 20 };
	AUTO_BUF text = BUF(2000);

	CHECK_INT(imap_put_capabilities(&text, told, &values), 0);
	CHECK_SPAN(buf_span(&text), want);
}

TEST(imap_capabilities_are_told)
{
	check_words(imap_capabilities(IMAP_NOT_AUTHENTICATED) & ~IMAP_CAP(LOGINDISABLED),
	            SPAN("IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE STARTTLS "
	                 "AUTH=SCRAM-SHA-256 AUTH=PLAIN"));
	check_words(imap_capabilities(IMAP_SELECTED),
	            SPAN("IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE IDLE NAMESPACE UNSELECT "
	                 "UIDPLUS MOVE CHILDREN"
	                 " LIST-EXTENDED LIST-STATUS SPECIAL-USE CREATE-SPECIAL-USE ESEARCH "
	                 "SEARCHRES WITHIN CONDSTORE"
	                 " QRESYNC QUOTA QUOTA=RES-STORAGE QUOTA=RES-MESSAGE MULTIAPPEND "
	                 "APPENDLIMIT=52428800 BINARY "
	                 "OBJECTID SAVEDATE"
	                 " STATUS=SIZE UTF8=ACCEPT SORT THREAD=REFERENCES THREAD=ORDEREDSUBJECT "
	                 "COMPRESS=DEFLATE"));
	CHECK(imap_capabilities(IMAP_SELECTED) == imap_capabilities(IMAP_AUTHENTICATED));
}

TEST(imap_capabilities_are_enabled)
{
	AUTO_BUF text = BUF(100);

	CHECK(imap_capability_enable(SPAN("condstore")) == IMAP_CAP(CONDSTORE));
	CHECK(imap_capability_enable(SPAN("UTF8=ACCEPT")) == IMAP_CAP(UTF8_ACCEPT));
	CHECK(imap_capability_enable(SPAN("IDLE")) == 0);
	CHECK(imap_capability_enable(SPAN("X")) == 0);
	CHECK_INT(imap_put_enabled(&text, IMAP_CAP(QRESYNC) | IMAP_CAP(IMAP4REV2)), 0);
	CHECK_SPAN(buf_span(&text), SPAN("IMAP4rev2 QRESYNC"));
}
