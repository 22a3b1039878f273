/* wire/dmarc/dmarc.h - does what authenticated a message speak for its author?
 *
 * Sources: RFC 9989 4.4 (alignment), 4.10 (tree walk), 5.3 (what a receiver does), 3.2.13 (domains
 *          that do not exist); `pct` and suffix lists are no more.
 * Pure: no I/O, no clock.  Turned like any engine of wire/dns; it looks nothing up that the outcome
 * does not need.
 */
#ifndef WIRE_DMARC_DMARC_H
#define WIRE_DMARC_DMARC_H

#include "base/arena.h"
#include "base/buf.h"
#include "wire/dmarc/record.h"
#include "wire/dns/dns.h"

enum {
	DMARC_WALK_MAX = 8,       /* look-ups of one tree walk, 4.10 */
	DMARC_IDENTITIES_MAX = 8, /* what passed; more are not looked at */
	/* The author's walk, that of each identity, and whether the author's domain exists. */
	DMARC_QUESTIONS_MAX = DMARC_WALK_MAX * (1 + DMARC_IDENTITIES_MAX) + 3,
};

/* RFC 8601 2.7.1, RFC 9989 9.2 */
enum dmarc_result {
	DMARC_RESULT_NONE, /* the domain takes no part in DMARC */
	DMARC_RESULT_PASS,
	DMARC_RESULT_FAIL,
	DMARC_RESULT_TEMPERROR, /* DNS could not tell */
	DMARC_RESULT_PERMERROR, /* the author's domain is no name that DNS can have */
};

/* A domain that passed, in A-labels: the domain of SPF's verdict, or d= of a DKIM signature. */
struct dmarc_identity {
	struct span domain;
	bool spf; /* else DKIM */
};

/* Borrowed until the verdict. */
struct dmarc_subject {
	struct span author; /* the domain of From (author.h), in A-labels */
	const struct dmarc_identity *identities;
	size_t n;
};

/* Spans borrow from the subject, or live in the arena. */
struct dmarc_verdict {
	enum dmarc_result result;
	/* What the domain's owner asks for, when the result is a fail: `t` and the tag that holds
	 * for this domain are taken into account. */
	enum dmarc_policy policy;
	struct dmarc_record record; /* when found */
	bool found;
	struct span policy_domain;            /* where it stands, without "_dmarc." */
	struct span organization;             /* of the author; empty when nothing asked for it */
	const struct dmarc_identity *aligned; /* which one passed; NULL without */
	bool nonexistent;                     /* np was applied */
	unsigned n_questions;
};

struct dmarc;

/* ERR_NO_MEMORY. */
NODISCARD int dmarc_start(const struct dmarc_subject *subject, struct arena *mem,
                          struct dmarc **out);
/* The next question; false: there is a verdict. */
bool dmarc_next(struct dmarc *d, struct dns_question *out);
/* The answer to it; borrowed for the call. */
void dmarc_answer(struct dmarc *d, const struct dns_answer *answer);
const struct dmarc_verdict *dmarc_verdict(const struct dmarc *d);

/* "pass", "fail", "none", "temperror", "permerror" */
const char *dmarc_result_name(enum dmarc_result result);
/* One sentence for people, without final dot: what was found, and what to do.  0, or what the
 * buffer says. */
NODISCARD int dmarc_print(const struct dmarc_verdict *v, const struct dmarc_subject *subject,
                          struct buf *out);

#endif
