/* intake/client.c - what was found of the client before its message came: beside what inspect
 * finds, and in Authentication-Results (RFC 8601 2.7.3: iprev).
 */
#include "intake/intake_impl.h"

int intake_found(struct intake *in, const struct inspect_finding *f)
{
	if (in->n_seen == STEP_COUNT)
		return err(ERR_BUG, "more findings than steps");
	struct inspect_finding *kept = &in->seen[in->n_seen];
	*kept = *f;
	if (arena_copy(&in->mem, f->value, &kept->value) < 0 ||
	    arena_copy(&in->mem, f->told, &kept->told) < 0 ||
	    arena_copy(&in->mem, f->words, &kept->words) < 0)
		return err(ERR_NO_MEMORY, "no memory for a finding");
	in->n_seen++;
	return 0;
}

/* In front: it was found first. */
static int put_findings(struct intake *in, uint32_t steps, struct inspect_judge_reply *io)
{
	struct inspect_finding *all =
	        arena_array(&in->mem, struct inspect_finding, in->n_seen + io->n_findings);
	size_t n = 0;

	if (!all)
		return err(ERR_NO_MEMORY, "no memory for findings");
	for (size_t i = 0; i < in->n_seen; i++)
		if (steps & 1u << in->seen[i].step)
			all[n++] = in->seen[i];
	for (size_t i = 0; i < io->n_findings; i++)
		all[n++] = io->findings[i];
	io->findings = all;
	io->n_findings = n;
	return 0;
}

static int put_iprev(struct intake *in, const struct inspect_finding *f,
                     struct inspect_judge_reply *io)
{
	size_t n = io->n_results;
	struct inspect_authres *all = arena_array(&in->mem, struct inspect_authres, n + 1);

	if (!all)
		return err(ERR_NO_MEMORY, "no memory for results of authentication");
	for (size_t i = 0; i < n; i++)
		all[i] = io->results[i];
	all[n] = (struct inspect_authres){ .method = SPAN("iprev"),
		                           .result = f->value,
		                           .type = SPAN("policy"),
		                           .name = SPAN("iprev"),
		                           .value = in->from.client_address };
	io->results = all;
	io->n_results = n + 1;
	return 0;
}

int intake_client_put(struct intake *in, uint32_t steps, struct inspect_judge_reply *io)
{
	int r = in->n_seen ? put_findings(in, steps, io) : 0;

	for (size_t i = 0; r >= 0 && i < in->n_seen; i++)
		if (in->seen[i].step == STEP_rdns && (steps & 1u << STEP_rdns) &&
		    !span_eq(in->seen[i].value, SPAN("not-asked")))
			r = put_iprev(in, &in->seen[i], io);
	return r;
}
