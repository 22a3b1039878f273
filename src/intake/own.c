/* intake/own.c - the step own: inspect finds that nothing speaks for the author's domain, which has
 * no DMARC record; here it is known whether that domain is one of ours.
 */
#include "directory/route.h"
#include "intake/defend.h"
#include "intake/intake_impl.h"

static struct span author_of(const struct inspect_judge_reply *found)
{
	for (size_t i = 0; i < found->n_results; i++)
		if (span_eq(found->results[i].method, SPAN("dmarc")))
			return found->results[i].value;
	return SPAN("");
}

/* Each domain of ours answers for its postmaster, if only by saying that there is none. */
static WAITS int is_ours(struct span domain, bool *out)
{
	AUTO_ARENA mem = { 0 };
	struct directory_route route = { 0 };
	char *address = arena_printf(&mem, "postmaster@%.*s", SPAN_ARG(domain));
	int r = address ? directory_route(span_str(address), &mem, &route) /* WAITS */
	                : err(ERR_NO_MEMORY, "no memory for an address");

	*out = r >= 0 ? route.local : r == ERR_NOT_FOUND || r == ERR_REFUSED || r == ERR_LIMIT;
	return *out || r == ERR_SYNTAX || r == ERR_TOO_LONG ? 0 : r;
}

WAITS int intake_own(struct inspect_judge_reply *found)
{
	struct inspect_finding *f = found->findings, *end = f + found->n_findings;
	bool ours;

	while (f < end && f->step != STEP_own)
		f++;
	if (f == end)
		return 0;
	int r = is_ours(author_of(found), &ours); /* WAITS */
	if (r < 0 || ours)
		return r < 0 ? r : 0;
	memmove(f, f + 1, (size_t)(end - f - 1) * sizeof *f);
	found->n_findings--;
	return 0;
}
