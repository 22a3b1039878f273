/* Cases of SPF with their zone, from a file: what the suite and the differential test share.
 *
 * A line is fields between tabs; \xNN is an octet, \\ a backslash:
 *	scenario  NAME                               forgets the zone
 *	rr        NAME TYPE VALUE                    A AAAA CNAME PTR TXT; MX: preference SP name;
 *	                                             FAIL: all else about the name fails
 *	case      ID IP HELO SENDER RESULTS TEXT     the results that are right, between commas;
 *	                                             the explanation, or "-" for any
 */
#ifndef TESTS_UNIT_WIRE_SPF_CASES_H
#define TESTS_UNIT_WIRE_SPF_CASES_H

#include <stdio.h>

#include "wire/spf/spf.h"

struct spf_case {
	char *id, *ip, *helo, *sender, *results, *explanation;
	struct spf_subject subject;
	const struct spf_verdict *verdict;
	unsigned asked; /* counted where the answers are given */
};

/* Runs each case of the file.  The number of cases, or -1 when a line is not understood. */
int cases_run(FILE *file, void (*tell)(const struct spf_case *, void *), void *arg);

#endif
