/* Which failure is told, and whether trying again is of use. */
#include "deliver/told.h"

#include "test.h"

static struct deliver_failure reply(int code, enum smtp_stage stage)
{
	struct smtp_outcome o = { .stage = stage, .code = code };

	return (struct deliver_failure){ .result = {
		                                 .done = true,
		                                 .stage = stage,
		                                 .code = code,
		                                 .verdict = smtp_verdict(&o),
		                         } };
}

static struct deliver_failure of_code(int code)
{
	static const struct {
		int code;
		enum smtp_stage stage;
		enum smtp_cause cause;
	} t[] = {
		{ -1, SMTP_STAGE_RESOLVE, SMTP_CAUSE_DNS },
		{ -2, SMTP_STAGE_RESOLVE, SMTP_CAUSE_LOOP },
		{ -3, SMTP_STAGE_CONNECT, SMTP_CAUSE_CONNECT },
		{ -4, SMTP_STAGE_GREETING, SMTP_CAUSE_CLOSED },
		{ -5, SMTP_STAGE_EHLO, SMTP_CAUSE_TIMEOUT },
	};

	for (size_t i = 0; i < N_ELEMS(t); i++)
		if (t[i].code == code)
			return (struct deliver_failure){
				.result = deliver_result(t[i].stage, t[i].cause, (struct span){ 0 })
			};
	return reply(code, SMTP_STAGE_GREETING);
}

/* Codes: replies at the greeting; negative: of_code's table. */
TEST(the_most_telling_is_told)
{
	static const struct {
		int codes[4];
		int told; /* index */
		bool temporary;
	} t[] = {
		{ { -1 }, 0, true },          { { -2 }, 0, false },       { { 554 }, 0, false },
		{ { 421 }, 0, true },         { { -1, -3 }, 1, true },    { { -3, -1 }, 0, true },
		{ { -3, -4 }, 1, true },      { { -4, -5 }, 0, true },  /* equals: the preferred
		                                                           host's */
		{ { -4, 421 }, 1, true },     { { -3, 554 }, 1, true }, /* the first may be back
		                                                           tomorrow */
		{ { 554, -3, -1 }, 0, true }, { { 554, 550 }, 0, false }, { { 554, 421 }, 0, true },
		{ { 421, 554 }, 0, true },
	};
	EACH_ROW(t) {
		struct deliver_told told = { 0 };
		struct deliver_failure want = of_code(t[row].codes[t[row].told]);

		for (size_t i = 0; i < 4 && t[row].codes[i]; i++) {
			struct deliver_failure f = of_code(t[row].codes[i]);

			deliver_told_add(&told, &f);
		}
		CHECK_INT(told.failure.result.code, want.result.code);
		CHECK_INT(told.failure.result.cause, want.result.cause);
		CHECK_INT(told.failure.result.stage, want.result.stage);
		CHECK_INT(told.n_temporary > 0, t[row].temporary);
	}
}

TEST(own_words_or_the_causes)
{
	struct smtp_client_result r =
	        deliver_result(SMTP_STAGE_RESOLVE, SMTP_CAUSE_NULL_MX, (struct span){ 0 });

	CHECK_SPAN(r.text, span_str(smtp_cause_text(SMTP_CAUSE_NULL_MX)));
	CHECK_INT(r.enhanced.class, 5); /* RFC 7505 4.1: 5.1.10 */
	CHECK_INT(r.enhanced.subject, 1);
	CHECK_INT(r.enhanced.detail, 10);
	CHECK_INT(r.verdict.class, SMTP_CLASS_NULL_MX);
	CHECK(r.verdict.permanent);
	r = deliver_result(SMTP_STAGE_CONNECT, SMTP_CAUSE_CONNECT, SPAN("refused"));
	CHECK_SPAN(r.text, SPAN("refused"));
	CHECK(!r.verdict.permanent);
}
