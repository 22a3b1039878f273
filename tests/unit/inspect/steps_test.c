/* Names of the defence's steps and actions, and lists of them. */
#include "inspect/steps/steps.h"

#include "test.h"

TEST(names_lead_back)
{
	enum step s;
	enum step_action a;

	for (size_t i = 0; i < STEP_COUNT; i++) {
		CHECK_INT(step_parse(exact(span_str(step_name((enum step)i))), &s), 0);
		CHECK_INT(s, i);
		CHECK(*step_doc((enum step)i));
	}
	for (size_t i = 0; i < STEP_ACTIONS; i++) {
		CHECK_INT(step_action_parse(exact(span_str(step_action_name((enum step_action)i))),
		                            &a),
		          0);
		CHECK_INT(a, i);
	}
}

TEST(what_runs_is_refused_unless_somebody_says_otherwise)
{
	struct step_actions a;

	step_actions_default(STEP_IN, &a);
	CHECK_INT(a.of[STEP_attachments], STEP_REJECT);
	step_actions_default(STEP_OUT, &a);
	CHECK_INT(a.of[STEP_attachments], STEP_REJECT);
}

TEST(lists_have_one_form)
{
	static const struct {
		struct span text, form;
		int r;
	} t[] = {
		{ SPAN(""), SPAN(""), 0 },
		{ SPAN(" attachments = junk "), SPAN("attachments=junk"), 0 },
		{ SPAN("attachments=junk, attachments=off"), SPAN("attachments=off"), 0 },
		{ SPAN("attachments=junk,nothing=off"), SPAN(""), ERR_SYNTAX },
	};

	EACH_ROW(t) {
		AUTO_BUF form = BUF(100);

		CHECK_INT(step_actions_form(exact(t[row].text), &form), t[row].r);
		CHECK_SPAN(buf_span(&form), t[row].form);
	}
}

/* Who mistypes reads the wrong word and the right ones, however long the wrong one is. */
TEST(a_wrong_word_is_answered_by_the_right_ones)
{
	static const struct {
		const char *text, *words[2];
	} t[] = {
		{ "attachments=junk,nothing=off",
		  { "\"nothing\" is no step", "there are: early, helo, rdns, attachments" } },
		{ "attachments=maybe",
		  { "\"maybe\" is none of off, observe, tag, junk", "reject" } },
		{ "attachments", { "\"attachments\" is not of the form", "attachments=junk" } },
		{ "attachments=", { "\"\" is none of off", "reject" } },
		{ "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		  "=off",
		  { "xxx\" is no step", "there are: early, helo, rdns, attachments" } },
	};

	EACH_ROW(t) {
		struct step_actions a;

		step_actions_default(STEP_IN, &a);
		CHECK_INT(step_actions_parse(span_str(t[row].text), STEP_IN, &a), ERR_SYNTAX);
		for (size_t i = 0; i < 2; i++)
			CHECK(strstr(err_str(ERR_SYNTAX), t[row].words[i]) != NULL);
	}
}

TEST(lists_change_what_they_name)
{
	static const struct {
		struct span text;
		int r;
		enum step_action then;
	} t[] = {
		{ SPAN(""), 0, STEP_REJECT },
		{ SPAN("  "), 0, STEP_REJECT },
		{ SPAN("attachments=junk"), 0, STEP_JUNK },
		{ SPAN(" attachments = off "), 0, STEP_OFF },
		{ SPAN("attachments=junk,attachments=quarantine"), 0, STEP_QUARANTINE },
		{ SPAN("attachments=tag, attachments=observe"), 0, STEP_OBSERVE },
		{ SPAN("attachments"), ERR_SYNTAX, STEP_REJECT },
		{ SPAN("attachments="), ERR_SYNTAX, STEP_REJECT },
		{ SPAN("=junk"), ERR_SYNTAX, STEP_REJECT },
		{ SPAN("attachments=Junk"), ERR_SYNTAX, STEP_REJECT },
		{ SPAN("attachment=junk"), ERR_SYNTAX, STEP_REJECT },
		{ SPAN("attachments=junk,nothing=off"), ERR_SYNTAX, STEP_REJECT },
		{ SPAN("attachments=junk,,"), ERR_SYNTAX, STEP_REJECT },
	};

	EACH_ROW(t) {
		struct step_actions a;

		step_actions_default(STEP_IN, &a);
		CHECK_INT(step_actions_parse(exact(t[row].text), STEP_IN, &a), t[row].r);
		CHECK_INT(a.of[STEP_attachments], t[row].then);
	}
}
