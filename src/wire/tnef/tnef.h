/* wire/tnef/tnef.h - the files in a winmail.dat, and their names.
 *
 * Sources: MS-OXTNEF 2.1 (the stream), 2.1.3.3 (attributes), 2.1.3.4 (attachments' properties).
 * A message within (PidTagAttachDataObject) is walked too.  Each name of an attachment counts:
 * attAttachTitle, PidTagAttachFilename, PidTagAttachLongFilename, PidTagDisplayName.  Malformed
 * octets end the walk, and are told. Pure.  Floor 1 (wire).
 */
#ifndef WIRE_TNEF_TNEF_H
#define WIRE_TNEF_TNEF_H

#include "base/buf.h"
#include "base/span.h"

enum { TNEF_DEPTH_MAX = 8 }; /* messages within messages; deeper ones are not opened */

/* A stream being walked. */
struct tnef_level {
	struct span rest;  /* attributes that are to come                          */
	struct span props; /* properties of the attribute at hand that are to come */
	uint32_t n_props;
	uint32_t n_values; /* of the property at hand, each with its length        */
	uint32_t type;     /* of those values                                      */
	uint32_t tag;
};

/* An iterator over a decoded application/ms-tnef body. */
struct tnef {
	struct tnef_level levels[TNEF_DEPTH_MAX];
	size_t depth; /* levels in use */
	bool broken;  /* malformed, or too deep: there may be names that were not seen */
};

/* False, and *t is at its end, when the octets are no TNEF stream. */
bool tnef_begin(struct tnef *t, struct span stream);
/* True with the next name appended to `name`, as UTF-8 or in the sender's code page; what of it is
 * not ASCII may be U+FFFD.  It may hold control octets.  False at the end. */
bool tnef_next_name(struct tnef *t, struct buf *name);
/* The same, and between the names the files' octets: then *data is not empty, and `name` has got
 * nothing.  It borrows from the stream. */
bool tnef_next(struct tnef *t, struct buf *name, struct span *data);

#endif
