/* intake/results.c - Authentication-Results (RFC 8601): ours in front, and none that only says it
 * is ours (5); nor another field that we write. */
#include "intake/intake_impl.h"

#include "wire/authres/authres.h"

enum { VALUE_MAX = 512 };

/* "dkim", "smtp": RFC 8601's words are lower-case letters, digits and "-". */
static bool is_word(struct span s, bool may_be_empty)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
		      s.p[i] == '-'))
			return false;
	return s.n < 32 && (s.n || may_be_empty);
}

/* Octets of strangers: what no field may hold is masked, and so is UTF-8 where the message has
 * none. */
static int clean(struct intake *in, struct span value, struct span *out)
{
	size_t n = value.n < VALUE_MAX ? value.n : VALUE_MAX;
	char *p = arena_alloc(&in->mem, n + 1);

	if (!p)
		return err(ERR_NO_MEMORY, "no memory for results of authentication");
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)value.p[i];
		p[i] = c < 0x20 || c == 0x7f || (c >= 0x80 && !in->facts.eight_bit) ? '?' : (char)c;
	}
	*out = span_make(p, n);
	return 0;
}

static int take(struct intake *in, const struct inspect_authres *a, struct authres_result *out)
{
	*out = (struct authres_result){ .method = arena_str(&in->mem, a->method),
		                        .result = arena_str(&in->mem, a->result),
		                        .properties = { { .type = NULL } } };
	if (!is_word(a->method, false) || !is_word(a->result, false) || !is_word(a->type, true) ||
	    !is_word(a->name, !a->type.n) || !is_word(a->name2, true))
		return err(ERR_UNAVAILABLE, "inspect answered what cannot be");
	int r = clean(in, a->reason, &out->reason);
	if (r >= 0 && a->type.n) {
		out->properties[0].type = arena_str(&in->mem, a->type);
		out->properties[0].name = arena_str(&in->mem, a->name);
		r = clean(in, a->value, &out->properties[0].value);
	}
	if (r >= 0 && a->type.n && a->name2.n) {
		out->properties[1].type = out->properties[0].type;
		out->properties[1].name = arena_str(&in->mem, a->name2);
		r = clean(in, a->value2, &out->properties[1].value);
	}
	return r;
}

int intake_results_put(struct intake *in, const struct inspect_judge_reply *found,
                       struct buf *prefix)
{
	struct authres_result *all =
	        arena_array(&in->mem, struct authres_result, INSPECT_RESULTS_MAX);
	int r = all ? 0 : err(ERR_NO_MEMORY, "no memory for results of authentication");

	if (found->n_results > INSPECT_RESULTS_MAX)
		return err(ERR_UNAVAILABLE, "inspect found too much");
	for (size_t i = 0; i < found->n_results && r >= 0; i++)
		r = take(in, &found->results[i], &all[i]);
	in->results_at = prefix->n;
	if (r >= 0)
		r = authres_put(prefix, span_str(in->set->server_hostname), all, found->n_results);
	in->results_n = r < 0 ? 0 : prefix->n - in->results_at;
	return r;
}

/* An empty line makes text to everybody of what is forged behind a malformed line. */
static bool needs_end(const struct intake *in)
{
	struct span header = intake_header(in);

	return !span_eq(header, SPAN("\r\n")) && !span_ends_nocase(header, SPAN("\r\n\r\n")) &&
	       authres_hidden(intake_body(in), span_str(in->set->server_hostname),
	                      SPAN(DEFENCE_FIELD));
}

/* Of what is sent only our own field goes, which is for mailboxes here; who sends may say what he
 * likes of others' mail. */
int intake_results_strip(struct intake *in)
{
	bool comes = in->from.kind == INTAKE_TRANSFER && !in->from.may_relay;
	struct span id = comes ? span_str(in->set->server_hostname) : SPAN("");
	size_t n = 0;

	if (!comes && span_find_nocase(intake_header(in), SPAN(DEFENCE_FIELD)) < 0)
		return 0;
	AUTO_BUF kept = BUF(QUEUE_HEADER_BYTES_MAX);
	int r = authres_strip(intake_header(in), id, SPAN(DEFENCE_FIELD), &kept, &n);
	bool open = comes && needs_end(in);

	if (r >= 0 && open)
		r = buf_puts(&kept, "\r\n");
	if (r < 0 || (!n && !open))
		return r;
	buf_reset(&in->made);
	return buf_put(&in->made, buf_span(&kept));
}
