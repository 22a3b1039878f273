/* tests/unit/deliver/zone.h - a made-up DNS zone that answers deliver's questions. */
#ifndef TESTS_UNIT_DELIVER_ZONE_H
#define TESTS_UNIT_DELIVER_ZONE_H

#include "base/arena.h"
#include "deliver/destination.h"

enum { ZONE_OTHER = 99 }; /* a type that nobody asks for */

/* data: records separated by commas ("10 mx1.test,20 mx2.test"; a null MX is "0 ");
 * or "SERVFAIL", "TIMEOUT".  A name in no row does not exist.  Of TLSA,
 * each record is a digit, its use, with a digest that could be one; of CNAME, data is nothing. */
struct zone_row {
	const char *name;
	int type;
	const char *data;
	bool secure;
	const char *canonical;
};

struct ip zone_ip(struct span text);
struct deliver_answer zone_answer(const struct zone_row *rows, size_t n, struct deliver_question q,
                                  struct arena *mem);

#endif
