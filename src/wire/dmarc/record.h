/* wire/dmarc/record.h - a DMARC policy record.
 *
 * Sources: RFC 9989 4.7 (tags), 4.8 (grammar), 4.10.1 (what a bad one means), 6376 3.2 (tag lists).
 * Pure: no I/O, no allocation.
 */
#ifndef WIRE_DMARC_RECORD_H
#define WIRE_DMARC_RECORD_H

#include "base/span.h"

enum dmarc_policy { DMARC_NONE, DMARC_QUARANTINE, DMARC_REJECT };

/* "psd": whether the domain is a public suffix. */
enum dmarc_psd { DMARC_PSD_UNSAID, DMARC_PSD_YES, DMARC_PSD_NO };

/* Spans borrow from the text. */
struct dmarc_record {
	enum dmarc_policy p, sp, np; /* what was not said is filled in: np by sp, sp by p */
	bool has_np;
	/* False: p is missing or wrong, or sp or np is wrong, and nobody wants reports: then DMARC
	 * is not done (4.10.1).  With reports wanted, all three are "none" instead. */
	bool usable;
	enum dmarc_psd psd;
	bool testing; /* t=y: one step less than asked */
	bool strict_dkim, strict_spf;
	struct span rua, ruf;
};

/* False when the text is no DMARC record: the first tag must be v=DMARC1.  Unknown tags (pct among
 * them) and values that are none of a tag's are passed over; of a tag that stands twice the first
 * counts. */
bool dmarc_record_parse(struct span text, struct dmarc_record *out);
/* "none", "quarantine", "reject" */
const char *dmarc_policy_name(enum dmarc_policy policy);

#endif
