/* calls/record_found.c - see record_found.h. */
#include "calls/record_found.h"

const char *record_result_name(uint8_t result)
{
	static const char *const results[] = { "passed", "failed", "unknown" };

	return results[result < N_ELEMS(results) ? result : N_ELEMS(results) - 1];
}

void record_findings_json(const struct record_findings *f, struct json *j)
{
	json_begin_array(j);
	for (size_t i = 0; i < f->n_found; i++) {
		const struct record_found *x = &f->found[i];

		json_begin_object(j);
		json_member_span(j, "step", x->step);
		json_member_span(j, "result", span_str(record_result_name(x->result)));
		json_member_span(j, "value", x->value);
		json_member_span(j, "words", x->words);
		json_member_int(j, "us", x->us);
		json_end_object(j);
	}
	json_end_array(j);
}
