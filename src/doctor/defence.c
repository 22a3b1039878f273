/* doctor/defence.c - who helps the defence: clamd, lists of hashes, mail filters, what was learned.
 */
#include "doctor/doctor_impl.h"

#include <time.h>

#include "inspect/steps/steps.h"

enum { DAY_S = 24 * 60 * 60, SIGNATURES_OLD_DAYS = 7 };

/* What the server's settings say; domains and accounts may have it otherwise. */
static enum step_action action_of(const struct doctor *d, enum step s)
{
	const struct settings_list *lines = &d->set->defence_steps;
	struct step_actions all;

	step_actions_default(STEP_IN, &all);
	for (size_t i = 0; i < lines->n; i++)
		if (step_actions_parse(span_str(lines->v[i]), STEP_IN, &all) < 0)
			continue; /* the configuration was checked */
	return (enum step_action)all.of[s];
}

/* What becomes of messages meanwhile, by one of the settings that say so. */
static const char *meanwhile(const char *failure)
{
	if (span_eq(span_str(failure), SPAN("tempfail")))
		return "messages are put off";
	return span_eq(span_str(failure), SPAN("pass")) ? "messages pass unseen"
	                                                : "messages pass with a field that says so";
}

static const struct doctor_help *help_of(const struct doctor *d, enum doctor_helper who)
{
	for (size_t i = 0; i < d->seen->n_help; i++)
		if (d->seen->help[i].helper == who)
			return &d->seen->help[i];
	return NULL;
}

/* True: there is nothing to judge. */
static bool nobody_knows(struct doctor *d, const char *what)
{
	if (d->seen->running && *d->seen->help_failed)
		doctor_unseen(d, SPAN(""), "%s is not known: %s", what, d->seen->help_failed);
	return !d->seen->running || *d->seen->help_failed;
}

/* ---- viruses ---- */

/* "ClamAV 1.4.3/27500/Mon Sep  1 08:30:00 2025": the day of its signatures, where it has any of its
 * publisher's. */
static bool signatures_at(const char *version, int64_t *at_s)
{
	struct span rest = span_str(version), part;
	struct tm tm = { 0 };

	if (!span_split(&rest, '/', &part) || !span_split(&rest, '/', &part) ||
	    !strptime(rest.p, "%a %b %d %H:%M:%S %Y", &tm))
		return false;
	*at_s = timegm(&tm);
	return true;
}

static void judge_clamd(struct doctor *d, const struct doctor_help *clamd)
{
	int64_t at_s, days;

	if (clamd->answer == DOCTOR_SILENT) {
		doctor_mend(d, span_str(clamd->at),
		            "%s; until it answers %s (defence.scan_failure = %s): start it, or say "
		            "in defence.clamd where it is",
		            clamd->words, meanwhile(d->set->defence_scan_failure),
		            d->set->defence_scan_failure);
		return;
	}
	days = signatures_at(clamd->words, &at_s) ? (d->seen->now_s - at_s) / DAY_S : 0;
	if (days > SIGNATURES_OLD_DAYS)
		doctor_mend(
		        d, span_str(clamd->at),
		        "the signatures of clamd at %s are %jd days old (%s): see why freshclam "
		        "does not bring newer ones",
		        clamd->at, (intmax_t)days, clamd->words);
	else
		doctor_well(d, span_str(clamd->at), "clamd at %s looks for viruses (%s)", clamd->at,
		            clamd->words);
}

static void judge_hashes(struct doctor *d, const struct doctor_help *clamd,
                         const struct doctor_help *hashes)
{
	if (hashes && hashes->n_hashes)
		doctor_well(d, SPAN(""), "viruses are looked for by %ju hashes of defence.hashes",
		            (uintmax_t)hashes->n_hashes);
	else if (hashes)
		doctor_mend(d, SPAN(""),
		            "nobody looks for viruses, for the files of defence.hashes hold no "
		            "hash: see hashes_read in the log");
	else if (clamd)
		doctor_mend(d, SPAN(""),
		            "nobody looks for viruses, for there is no clamd at %s: install "
		            "clamav-daemon, name lists in defence.hashes, or set defence.clamd = "
		            "off where that is meant",
		            clamd->at);
	else
		doctor_hint(d, SPAN(""),
		            "nobody looks for viruses, as defence.clamd = off says: name lists of "
		            "hashes in defence.hashes, which take 8 MB at most");
}

void doctor_check_virus(struct doctor *d)
{
	const struct doctor_help *clamd = help_of(d, DOCTOR_CLAMD);

	if (nobody_knows(d, "who looks for viruses"))
		return;
	if (action_of(d, STEP_virus) == STEP_OFF)
		doctor_well(d, SPAN(""), "viruses are not looked for, as defence.steps says");
	else if (clamd && clamd->answer != DOCTOR_ABSENT)
		judge_clamd(d, clamd);
	else
		judge_hashes(d, clamd, help_of(d, DOCTOR_HASHES));
}

/* ---- rspamd ---- */

void doctor_check_rspamd(struct doctor *d)
{
	const struct doctor_help *rspamd = help_of(d, DOCTOR_RSPAMD);

	if (nobody_knows(d, "whether rspamd answers"))
		return;
	if (!rspamd)
		doctor_well(d, SPAN(""), "no rspamd is named in defence.rspamd");
	else if (rspamd->answer != DOCTOR_ANSWERS)
		doctor_mend(d, span_str(rspamd->at),
		            "rspamd at %s does not answer (%s), and %s until it does "
		            "(defence.rspamd_failure = %s): start it, or say in defence.rspamd "
		            "where it is",
		            rspamd->at, rspamd->words, meanwhile(d->set->defence_rspamd_failure),
		            d->set->defence_rspamd_failure);
	else
		doctor_well(d, span_str(rspamd->at), "rspamd at %s answers%s%s%s", rspamd->at,
		            *rspamd->words ? " (" : "", rspamd->words, *rspamd->words ? ")" : "");
}

/* ---- mail filters ---- */

void doctor_check_milters(struct doctor *d)
{
	size_t n = 0;

	if (nobody_knows(d, "whether mail filters answer"))
		return;
	for (size_t i = 0; i < d->seen->n_help; i++) {
		const struct doctor_help *h = &d->seen->help[i];

		if (h->helper != DOCTOR_MILTER)
			continue;
		n++;
		if (h->answer != DOCTOR_ANSWERS)
			doctor_mend(d, span_str(h->at),
			            "the mail filter at %s does not answer (%s), and %s until it "
			            "does (defence.milter_failure = %s): start it, or take it out "
			            "of defence.milters",
			            h->at, h->words, meanwhile(d->set->defence_milter_failure),
			            d->set->defence_milter_failure);
		else
			doctor_well(d, span_str(h->at), "the mail filter at %s answers (%s)", h->at,
			            h->words);
	}
	if (!n)
		doctor_well(d, SPAN(""), "no mail filter is named in defence.milters");
}

/* ---- what was learned ---- */

static void judge_learned(struct doctor *d, enum step_action action)
{
	const struct doctor_learned *l = &d->seen->learned;
	uintmax_t wanted = l->n_wanted, unwanted = l->n_unwanted;

	if (l->enough)
		doctor_well(d, SPAN(""),
		            "the step wanted compares with %ju wanted and %ju unwanted messages",
		            wanted, unwanted);
	else if (action > STEP_OBSERVE)
		doctor_mend(
		        d, SPAN(""),
		        "defence.steps says wanted=%s, and nothing follows before %jd messages "
		        "of each kind were learned (%ju wanted, %ju unwanted by now): postrider "
		        "learn ham, postrider learn spam",
		        step_action_name(action), (intmax_t)d->set->defence_learn_least, wanted,
		        unwanted);
	else
		doctor_hint(d, SPAN(""),
		            "the step wanted knows too little yet (%ju wanted, %ju unwanted "
		            "messages of %jd each): people teach it by moving mail into Junk and "
		            "out of it, you by postrider learn",
		            wanted, unwanted, (intmax_t)d->set->defence_learn_least);
}

void doctor_check_learned(struct doctor *d)
{
	enum step_action action = action_of(d, STEP_wanted);

	if (!d->seen->running)
		return;
	if (action == STEP_OFF)
		doctor_well(d, SPAN(""), "the step wanted is off, as defence.steps says");
	else if (!d->seen->learned.seen)
		doctor_unseen(d, SPAN(""),
		              "what was learned of wanted mail was not told: see the log of the "
		              "store");
	else
		judge_learned(d, action);
}
