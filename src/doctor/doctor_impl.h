/* doctor/doctor_impl.h - what the checks share. */
#ifndef DOCTOR_IMPL_H
#define DOCTOR_IMPL_H

#include "doctor/doctor.h"

#define CHECK(name, ...) void doctor_check_##name(struct doctor *d);
#include "doctor/checks.def"
#undef CHECK

/* Tells a finding of the check that runs. */
void doctor_well(struct doctor *d, struct span subject, const char *fmt, ...) PRINTF(3, 4);
void doctor_hint(struct doctor *d, struct span subject, const char *fmt, ...) PRINTF(3, 4);
void doctor_unseen(struct doctor *d, struct span subject, const char *fmt, ...) PRINTF(3, 4);
void doctor_mend(struct doctor *d, struct span subject, const char *fmt, ...) PRINTF(3, 4);
/* Unseen because DNS failed: why is put behind. */
void doctor_unasked(struct doctor *d, struct span subject, const char *fmt, ...) PRINTF(3, 4);

struct span doctor_host(const struct doctor *d);
/* The answer lives as long as the findings; DNS_FAILED too when memory or the server is gone. */
struct dns_answer doctor_ask(struct doctor *d, enum dns_type type, struct span name);
/* The same of "PREFIX.NAME". */
struct dns_answer doctor_ask_below(struct doctor *d, enum dns_type type, const char *prefix,
                                   struct span name);
/* Addresses of a name, of both kinds; n is 0 without any. */
struct doctor_addresses {
	bool failed; /* a question had no answer */
	const struct dns_record *v[32];
	size_t n;
};
struct doctor_addresses doctor_addresses_of(struct doctor *d, struct span name);
bool doctor_is_ours(const struct doctor *d, const struct ip *ip);
/* An address as text, which lives in d->mem. */
struct span doctor_ip(struct doctor *d, const struct ip *ip);

#endif
