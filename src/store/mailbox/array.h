/* store/mailbox/array.h - the rows of one mailbox in order of uid, with their sums.  Pure. */
#ifndef STORE_MAILBOX_ARRAY_H
#define STORE_MAILBOX_ARRAY_H

#include "calls/mailbox.h"
#include "store/mailbox/idx.h"

struct box_sums {
	uint32_t exists, unseen, deleted;
	uint64_t octets;
};
/* What an entry with these flags adds; gone: nothing. */
void box_sums_add(struct box_sums *s, uint32_t size, uint64_t flags);
void box_sums_take(struct box_sums *s, uint32_t size, uint64_t flags);

/* With rows that are gone, until they are forgotten. */
struct box_array {
	struct box_row *rows;
	size_t n, room;
	uint32_t uid_next; /* above all that were ever added */
	uint32_t gone;     /* rows that are */
	uint64_t modseq;   /* the highest */
	struct box_sums sums;
};
void box_array_fini(struct box_array *a);
/* Room for n more rows; ERR_NO_MEMORY. */
NODISCARD int box_array_reserve(struct box_array *a, size_t n);

/* Index of the first row with uid >= uid. */
size_t box_array_from(const struct box_array *a, uint32_t uid);
/* NULL: there is none; it may be gone. */
struct box_row *box_array_find(const struct box_array *a, uint32_t uid);

/* Behind the others; one whose uid is below uid_next is passed over.  ERR_NO_MEMORY. */
NODISCARD int box_array_add(struct box_array *a, const struct box_row *row);
void box_array_change(struct box_array *a, const struct box_change *c);
void box_array_cache(struct box_array *a, uint32_t uid, uint64_t cache);
/* Drops the rows that went at MODSEQs up to floor. */
void box_array_forget(struct box_array *a, uint64_t floor);

/* What a change makes of a row; false: nothing, since it is known already, or the row is gone. */
bool box_row_change(struct box_row *row, const struct box_change *c);

#endif
