/* doctor/doctor.h - what a server needs so that its mail is taken elsewhere and it takes mail
 * itself.
 *
 * Pure: DNS is asked through a function that is passed in, and what there is to see of this machine
 * is in struct doctor_seen.  A check is a row of checks.def; each tells at least one finding.
 */
#ifndef DOCTOR_DOCTOR_H
#define DOCTOR_DOCTOR_H

#include "base/arena.h"
#include "config/settings.h"
#include "doctor/seen.h"
#include "wire/dns/dns.h"

/* In the order of their weight. */
enum doctor_level {
	DOCTOR_WELL,
	DOCTOR_HINT,   /* could be better; nothing fails by it                  */
	DOCTOR_UNSEEN, /* could not be looked at: DNS or the machine did not say */
	DOCTOR_MEND,
};
enum { DOCTOR_LEVELS = DOCTOR_MEND + 1 };

/* One sentence, without final dot: what was found, and behind a colon what is to be done.  What
 * strangers wrote is in it as it came. */
struct doctor_finding {
	const char *check;   /* of checks.def */
	struct span subject; /* what it is about: a domain, an address, a file */
	enum doctor_level level;
	const char *text;
};

/* A key that mail from here is signed with. */
struct doctor_key {
	struct span domain; /* empty: whichever is looked at */
	struct span selector;
	struct span record; /* that is to be published; empty: not known here */
	bool waits;         /* for its record, which was never seen */
	bool signs; /* what leaves now, by directory/signer.h; of who signs elsewhere, too */
};

enum doctor_check {
#define CHECK(name, ...) DOCTOR_AT_##name,
#include "doctor/checks.def"
#undef CHECK
	DOCTOR_CHECKS
};

struct doctor {
	const struct settings *set;
	const struct doctor_seen *seen;
	const struct ip *addresses; /* that mail leaves from */
	size_t n_addresses;
	const struct doctor_key *keys; /* of DKIM */
	size_t n_keys;
	struct span relay; /* the host that all mail goes through; empty: none */
	struct arena *mem; /* of findings and answers */
	/* NULL: nobody to ask; checks that need it are left out.  A look-up that fails is
	 * DNS_FAILED.  ERR_NO_MEMORY, ERR_CLOSED: the doctor ends. */
	int (*ask)(const struct dns_question *q, struct arena *mem, struct dns_answer *out,
	           void *arg);
	void (*tell)(const struct doctor_finding *f, void *arg);
	/* Before each check of the server: what it needs to see and nobody has looked at yet, so
	 * that what is known is told before what takes long.  NULL: all is seen.  Errors as of ask.
	 */
	int (*look)(enum doctor_check check, void *arg);
	void *arg;
	/* its own */
	struct span domain;                     /* that is being looked at */
	enum doctor_check now;                  /* the check that runs */
	enum doctor_level worst[DOCTOR_CHECKS]; /* that each has told, of this domain */
	struct span failure;                    /* the first one of DNS in this check */
	size_t n_unasked;                       /* findings that DNS has left open */
	int error;                              /* the first one; sticks */
};

/* Looks at the server, then at each domain.  0, or what `ask` gave, or ERR_NO_MEMORY. */
NODISCARD int doctor_run(struct doctor *d, const char *const *domains, size_t n);

/* "well", "hint", "unseen", "mend" */
const char *doctor_level_name(enum doctor_level level);

#endif
