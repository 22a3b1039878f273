/* component/mail/reader.h - the octets of a message that is made, a piece after the other. */
#ifndef COMPONENT_MAIL_READER_H
#define COMPONENT_MAIL_READER_H

#include "component/mail/mail.h"

struct mail_reader {
	const struct mail_made *made;
	size_t offset, piece; /* in text; of pieces */
	struct source_reader source;
};

void mail_reader_init(struct mail_reader *r, const struct mail_made *made);
void mail_reader_fini(struct mail_reader *r);
/* The next octets, at most max, which are there until the next call; in room, where they have to be
 * made.  Empty at the end.  What source_read and source_begin return; ERR_NO_MEMORY. */
NODISCARD int mail_reader_next(struct mail_reader *r, size_t max, struct buf *room,
                               struct span *out);
/* All its octets, for servers that are told how many there will be.  As mail_reader_next. */
NODISCARD int mail_reader_size(const struct mail_made *made, uint64_t *out);
bool mail_reader_is_at_end(const struct mail_reader *r);

#endif
