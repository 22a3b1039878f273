/* calls/suppressions.c - see suppressions.h. */
#include "calls/suppressions.h"

static const char *const whys[] = {
	[SUPPRESSION_HARD_BOUNCE] = "hard-bounce",
	[SUPPRESSION_COMPLAINT] = "complaint",
	[SUPPRESSION_UNSUBSCRIBE] = "unsubscribe",
	[SUPPRESSION_MANUAL] = "manual",
};

const char *suppression_why_name(uint8_t why)
{
	return why < N_ELEMS(whys) && whys[why] ? whys[why] : "unknown";
}

void suppression_json(const struct suppression *s, struct json *j)
{
	json_begin_object(j);
	json_member_span(j, "address", s->address);
	json_member_span(j, "list", s->list);
	json_member_span(j, "why", span_str(suppression_why_name(s->why)));
	json_member_time(j, "since", s->since_ms);
	json_member_time(j, "until", s->until_ms);
	if (s->message)
		json_member_id(j, "message", s->message);
	else
		json_member_span(j, "message", SPAN(""));
	json_member_span(j, "words", s->words);
	json_end_object(j);
}
