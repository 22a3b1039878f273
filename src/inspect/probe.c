/* inspect/probe.c - see probe.h. */
#include "inspect/probe.h"

#include <stdio.h>

#include "base/buf.h"
#include "calls/inspect.h"
#include "config/config_endpoint.h"
#include "inspect/milter.h"
#include "inspect/rspamd.h"
#include "inspect/virus.h"
#include "wire/milter/milter.h"

static const struct settings *settings;

/* What it says, or why it says nothing. */
static int note(struct inspect_help *h, int r, const char *version, struct arena *mem)
{
	if (r == ERR_CANCELLED || r == ERR_NO_MEMORY)
		return r;
	h->state = r >= 0                                             ? INSPECT_ANSWERS
	           : r == ERR_NOT_FOUND && h->helper == INSPECT_CLAMD ? INSPECT_ABSENT
	                                                              : INSPECT_SILENT;
	return arena_copy(mem, span_str(r < 0 ? err_str(r) : version), &h->words);
}

static WAITS int ask_clamd(struct inspect_help *h, int64_t ms, struct arena *mem)
{
	FIBRE_TIMEOUT(ms);
	char version[VIRUS_VERSION_BYTES] = "";

	*h = (struct inspect_help){ .helper = INSPECT_CLAMD, .at = config_clamd(settings) };
	int r = scanner_probe(version); /* WAITS */
	return note(h, r, version, mem);
}

static WAITS int ask_milter(struct inspect_help *h, struct span at, int64_t ms, struct arena *mem)
{
	FIBRE_TIMEOUT(ms);
	struct milter_terms terms;
	char version[40] = "";

	*h = (struct inspect_help){ .helper = INSPECT_MILTER, .at = at };
	int r = milter_probe(at, &terms); /* WAITS */
	if (r >= 0)
		snprintf(version, sizeof version, "version %u of the protocol", terms.version);
	return note(h, r, version, mem);
}

static WAITS int ask_rspamd(struct inspect_help *h, int64_t ms, struct arena *mem)
{
	FIBRE_TIMEOUT(ms);
	char version[RSPAMD_NAME_MAX + 1] = "";

	*h = (struct inspect_help){ .helper = INSPECT_RSPAMD, .at = config_rspamd(settings) };
	int r = rspamd_probe(settings, version); /* WAITS */
	return note(h, r, version, mem);
}

static WAITS int answer(const struct inspect_probe_args *a, struct arena *mem,
                        struct inspect_probe_reply *out)
{
	const struct settings_list *milters = &settings->defence_milters;
	int r = 0;

	*out = (struct inspect_probe_reply){ .help = arena_array(mem, struct inspect_help,
		                                                 milters->n + 3) };
	if (!out->help)
		return err(ERR_NO_MEMORY, "no memory for who is there to look");
	if (scanner_is_named())
		r = ask_clamd(&out->help[out->n_help++], a->ms, mem); /* WAITS */
	if (settings->defence_hashes.n)
		out->help[out->n_help++] =
		        (struct inspect_help){ .helper = INSPECT_HASHES,
			                       .n = (uint32_t)inspect_virus_hashes() };
	if (r >= 0 && config_rspamd(settings).n)
		r = ask_rspamd(&out->help[out->n_help++], a->ms, mem); /* WAITS */
	for (size_t i = 0; r >= 0 && i < milters->n; i++)
		r = ask_milter(&out->help[out->n_help++], span_str(milters->v[i]), a->ms,
		               mem); /* WAITS */
	return r < 0 ? r : 0;
}

void probe_serve(const struct settings *set)
{
	settings = set;
	inspect_probe_serve(answer);
}
