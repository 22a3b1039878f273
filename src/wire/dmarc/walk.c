/* wire/dmarc/walk.c - see walk.h. */
#include "wire/dmarc/walk.h"

#include <stdio.h>

enum { LABEL_MAX = 63, LABELS_KEPT = 7 };

static const char prefix[] = "_dmarc.";

bool dmarc_name_ok(struct span domain)
{
	struct span label;

	if (domain.n == 0 || domain.n + sizeof prefix > DNS_NAME_BYTES ||
	    memchr(domain.p, 0, domain.n) || domain.p[domain.n - 1] == '.')
		return false;
	while (span_split(&domain, '.', &label))
		if (label.n == 0 || label.n > LABEL_MAX)
			return false;
	return true;
}

static size_t n_labels(struct span name)
{
	size_t n = name.n > 0;

	for (size_t i = 0; i < name.n; i++)
		n += name.p[i] == '.';
	return n;
}

void dmarc_walk_begin(struct dmarc_walk *w, struct span domain)
{
	*w = (struct dmarc_walk){ .domain = domain, .target = domain, .organization = domain };
}

bool dmarc_walk_next(const struct dmarc_walk *w, struct dns_question *out)
{
	if (w->target.n == 0)
		return false;
	out->type = DNS_TXT;
	(void)snprintf(out->name, sizeof out->name, "%s%.*s", prefix, SPAN_ARG(w->target));
	return true;
}

/* Exactly one record, among whatever else the TXT records are (4.10, steps 2 and 6). */
static bool find_record(const struct dns_answer *answer, struct arena *mem,
                        struct dmarc_record *out)
{
	struct span found = { 0 }, kept;
	size_t n = 0;

	for (size_t i = 0; answer->status == DNS_FOUND && i < answer->n; i++)
		if (dmarc_record_parse(answer->records[i].text, out)) {
			found = answer->records[i].text;
			n++;
		}
	return n == 1 && arena_copy(mem, found, &kept) == 0 && dmarc_record_parse(kept, out);
}

/* The name one label longer than `suffix`, on the way to the domain. */
static struct span one_below(struct span domain, struct span suffix)
{
	size_t at = domain.n - suffix.n;

	if (at == 0)
		return domain;
	for (at--; at && domain.p[at - 1] != '.'; at--)
		;
	return span_sub(domain, at, domain.n);
}

/* 4.10.2: psd=n is the organization; below psd=y it is; else the shortest name with a record. */
static void take_record(struct dmarc_walk *w, const struct dmarc_record *record)
{
	bool first = w->target.n == w->domain.n;

	w->last = w->target;
	w->record = *record;
	w->organization = record->psd == DMARC_PSD_YES && !first ? one_below(w->domain, w->target)
	                                                         : w->target;
	/* 4.10.1: the organization's is the last one found, but where that is the suffix's. */
	bool has_better = w->own || (record->psd == DMARC_PSD_YES && w->policy_domain.n &&
	                             w->policy_domain.n == w->organization.n);
	if (!has_better) {
		w->policy_domain = w->target;
		w->policy = *record;
	}
	w->own |= first;
}

static void go_up(struct dmarc_walk *w)
{
	struct span label;
	size_t keep = n_labels(w->target) - 1;

	if (w->target.n == w->domain.n && keep > LABELS_KEPT)
		keep = LABELS_KEPT;
	while (n_labels(w->target) > keep && span_split(&w->target, '.', &label))
		;
}

void dmarc_walk_answer(struct dmarc_walk *w, const struct dns_answer *answer, struct arena *mem)
{
	struct dmarc_record record;

	w->n++;
	if (answer->status == DNS_FAILED) {
		w->failed = true;
		w->target = (struct span){ 0 };
		return;
	}
	if (find_record(answer, mem, &record)) {
		take_record(w, &record);
		if (record.psd != DMARC_PSD_UNSAID) {
			w->target = (struct span){ 0 };
			return;
		}
	}
	go_up(w);
}
