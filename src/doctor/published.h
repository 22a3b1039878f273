/* doctor/published.h - whether DNS has a record that is to be published (publish.h).  Pure. */
#ifndef DOCTOR_PUBLISHED_H
#define DOCTOR_PUBLISHED_H

#include "base/arena.h"
#include "wire/dns/dns.h"

enum published_state {
	PUBLISHED_YES,
	PUBLISHED_NO,
	PUBLISHED_DIFFERENT, /* another stands there, or others beside it that count too */
	PUBLISHED_UNKNOWN,   /* it could not be looked up */
};
/* "yes", "no", "different", "unknown" */
const char *published_name(enum published_state state);

/* A record as publish_fn has it. */
struct published_record {
	const char *owner, *type, *value;
};
/* found: what stands there, of that type and purpose, as in a zone file. */
struct published {
	enum published_state state;
	struct span *found;
	size_t n_found;
	struct span why; /* PUBLISHED_UNKNOWN */
};

/* Whose answer tells it.  False: of a type that is not looked up. */
bool published_question(const struct published_record *r, struct dns_question *out);
/* Spans live in mem, or are the answer's. */
NODISCARD int published_judge(const struct published_record *r, const struct dns_answer *answer,
                              struct arena *mem, struct published *out);

#endif
