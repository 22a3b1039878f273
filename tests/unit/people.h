/* Who is who in a test, as the store would tell the auth role. */
#ifndef TEST_PEOPLE_H
#define TEST_PEOPLE_H

#include "directory/directory.h"
#include "test.h"

/* An enabled account of that one address. */
static inline struct directory_account person(uint32_t number, const char *name, const char *hash,
                                              struct directory_address *address)
{
	address->address = span_str(name);
	return (struct directory_account){ .number = number,
		                           .enabled = true,
		                           .name = span_str(name),
		                           .address = span_str(name),
		                           .addresses = address,
		                           .n_addresses = 1,
		                           .hash = span_str(hash) };
}

static inline void people_told(struct directory_tell_args a, enum directory_tell_step step)
{
	AUTO_ARENA mem = { 0 };
	struct directory_tell_reply got;

	a.step = (uint8_t)step;
	CHECK_INT(directory_tell_here(&a, &mem, &got), 0);
}

/* All there are. */
static inline void people_are(struct directory_tell_args a)
{
	people_told((struct directory_tell_args){ 0 }, DIRECTORY_ALL_BEGIN);
	people_told(a, DIRECTORY_ALL_MORE);
	people_told((struct directory_tell_args){ 0 }, DIRECTORY_ALL_END);
}

#endif
