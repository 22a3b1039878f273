/* inspect/content.h - a message's octets in one piece, however large.
 *
 * A body in a file is not read into memory: its pages are put behind the header's octets.  Nobody
 * can write to the file, or make it shorter, once it is judged (queue_file END).
 */
#ifndef INSPECT_CONTENT_H
#define INSPECT_CONTENT_H

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

struct content {
	struct span header, body;
	struct span whole; /* both, one behind the other */
	void *map;
	size_t map_n;
	char *copy;
};

/* file -1: the body is in memory.  The content is valid as long as header and body are.
 * ERR_TOO_BIG: no room for it; ERR_CORRUPT: the file is shorter than body_bytes; ERR_IO. */
NODISCARD int content_open(struct span header, struct span body, int file, uint64_t body_bytes,
                           struct content *out);
void content_close(struct content *c);

#endif
