/* wire/spf/spf.h - may this address send mail for that domain?  check_host() without I/O.
 *
 * Sources: RFC 7208 whole; RFC 8616 4 (local parts in UTF-8).
 * Pure: no I/O, no clock.  No recursion: an include is a frame of an array, and what a policy can
 * make us ask is counted.
 *
 *	spf_start(&subject, mem, &spf);
 *	while (spf_next(spf, &question))
 *		spf_answer(spf, &answer);
 *	switch (spf_verdict(spf)->result) ...
 *
 * How long all of that may take is the caller's (4.6.4: 20 s at least); who gives up tells
 * SPF_TEMPERROR by itself.
 */
#ifndef WIRE_SPF_SPF_H
#define WIRE_SPF_SPF_H

#include "base/arena.h"
#include "base/buf.h"
#include "wire/dns/dns.h"

/* Limits, RFC 7208 4.6.4. */
enum {
	SPF_TERMS_MAX = 10, /* terms that ask DNS, in one check */
	SPF_VOIDS_MAX = 2,  /* such terms for which there was nothing */
	SPF_NAMES_MAX = 10, /* MX of one term; names of the client's address */
	/* Whatever the policy: its record, the terms and each one's MX, the client's names once,
	 * and an explanation. */
	SPF_QUESTIONS_MAX = 1 + SPF_TERMS_MAX * (1 + SPF_NAMES_MAX) + (1 + SPF_NAMES_MAX) + 1,
	SPF_EXPLANATION_MAX = 300, /* octets */
};

/* RFC 7208 2.6 */
enum spf_result {
	SPF_NONE,
	SPF_NEUTRAL,
	SPF_PASS,
	SPF_FAIL,
	SPF_SOFTFAIL,
	SPF_TEMPERROR,
	SPF_PERMERROR,
};

/* Who sends; borrowed until the verdict.  Domains are in A-labels. */
struct spf_subject {
	struct ip ip;       /* an IPv4-mapped address counts as IPv4 */
	struct span sender; /* "local@domain"; empty: the null sender, postmaster at helo (2.4) */
	struct span helo;
	struct span receiver; /* our name, for %{r}; may be empty */
	int64_t now_s;        /* for %{t} */
};

/* Spans live in the arena that spf_start was given, or are the subject's. */
struct spf_verdict {
	enum spf_result result;
	struct span domain; /* whose policy was asked first: what SPF vouches for, when it passes */
	struct span at;     /* whose record decided, after redirect */
	struct span term;   /* that term; empty when none matched */
	/* Of SPF_PERMERROR and SPF_TEMPERROR: what is wrong, in words that go on after "because".
	 */
	const char *problem;
	/* Of SPF_FAIL: what the domain wants to have told (6.2), cleaned to printable US-ASCII;
	 * empty when it says nothing. */
	struct span explanation;
	unsigned n_questions, n_terms, n_voids;
};

struct spf;

/* ERR_NO_MEMORY.  `mem` lives until the verdict was read. */
NODISCARD int spf_start(const struct spf_subject *subject, struct arena *mem, struct spf **out);
/* The next question; false: there is a verdict.  Asked again without an answer, it is the same. */
bool spf_next(struct spf *s, struct dns_question *out);
/* The answer to it; borrowed for the call. */
void spf_answer(struct spf *s, const struct dns_answer *answer);
const struct spf_verdict *spf_verdict(const struct spf *s);

/* "pass", "softfail", ...: RFC 7208 2.6 and RFC 8601 2.7.2. */
const char *spf_result_name(enum spf_result result);
/* One sentence for people: what was found about whom, and what to do where something is to be done.
 * Without final dot; what strangers wrote is escaped.  0, or what the buffer says. */
NODISCARD int spf_print(const struct spf_verdict *v, const struct spf_subject *subject,
                        struct buf *out);

#endif
