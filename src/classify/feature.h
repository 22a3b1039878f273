/* classify/feature.h - what of a message tells whether it is wanted: features, each once.
 *
 * A feature is a short text that a person may read, such as `"cheap watches"`, `links to
 * example.biz`, `from example.org`, and its hash, by which tables count it (table.h).  Whoever
 * changes what features there are raises CLASSIFY_FORMAT: tables of before mean nothing then.
 * Pure.
 */
#ifndef CLASSIFY_FEATURE_H
#define CLASSIFY_FEATURE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

enum {
	CLASSIFY_FORMAT = 1,
	CLASSIFY_FEATURES_MAX = 2000,       /* of a message; later ones are left out         */
	CLASSIFY_FEATURE_BYTES = 80,        /* of a feature's text                           */
	CLASSIFY_MESSAGE_BYTES = 512 << 10, /* of a message that are looked at          */
	CLASSIFY_TEXT_BYTES = 64 << 10,     /* of its texts, decoded                    */
};

/* text: UTF-8 without control characters. */
struct classify_feature {
	uint32_t hash;
	struct span text;
};

struct classify_features {
	struct classify_feature *v;
	size_t n;
};

/* In the order of the header's fields and of the text, so that the same message gives the same
 * list; lines end in CRLF (wire/message/header.h).  0 or ERR_NO_MEMORY. */
NODISCARD int classify_read(struct span message, struct arena *mem, struct classify_features *out);

#endif
