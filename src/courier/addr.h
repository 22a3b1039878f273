/* courier/addr.h - comparing addresses of rt/stream.h.  Pure.  Floor 5. */
#ifndef COURIER_ADDR_H
#define COURIER_ADDR_H

#include "rt/stream.h"

uint16_t addr_port(const struct address *a);
void addr_set_port(struct address *a, uint16_t port);
/* The same family and host; ports are not looked at. */
bool addr_same_host(const struct address *a, const struct address *b);
bool addr_is_unspecified(const struct address *a); /* 0.0.0.0 or :: */
/* Family, host and port; keyed a process. */
uint64_t addr_hash(const struct address *a);

#endif
