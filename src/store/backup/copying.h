/* store/backup/copying.h - a copy that is being made. */
#ifndef STORE_BACKUP_COPYING_H
#define STORE_BACKUP_COPYING_H

#include <stdint.h>

struct store_copy {
	const char *from, *to;
	int (*turn)(const struct store_copy *c, void *arg); /* after each file; an error ends it */
	void *arg;
	uint64_t n_files, octets; /* so far */
};

#endif
