/* directory/route.h - where an address's mail goes.  Floor 3. */
#ifndef DIRECTORY_ROUTE_H
#define DIRECTORY_ROUTE_H

#include "calls/directory.h"

struct directory_route {
	bool local;          /* the domain is ours                                        */
	struct span address; /* in its one form (smtp_path_canonical); <postmaster> has a domain */
	struct span account; /* local: the only mailbox it leads to,                      */
	struct span mailbox; /* and the one in there that its tag asks for; or none       */
	bool limited;        /* and it has limits of its own                              */
	struct directory_target *targets; /* local: where else it leads                   */
	size_t n_targets;
	uint64_t returned;   /* local: it is the return path of that message, */
	struct span sender;  /* which this address sent */
	struct span domain;  /* lower-case A-labels or a [literal]; of ours too           */
	struct span defence; /* local: the words that hold for it (calls/directory.h); targets have
	                      * theirs */
};

/* address: local@domain, in any form of RFC 5321 4.1.2, or postmaster alone (4.5.1: the account
 * that has this office; its domain is taken).  Spans live in mem.
 *   ERR_NOT_FOUND  the domain is ours, and has no such user: 550 5.1.1
 *   ERR_REFUSED    who has it takes no mail for now: 550 5.2.1
 *   ERR_LIMIT      it leads to too many
 *   ERR_SYNTAX     no address, or its domain cannot be a name in DNS (RFC 5890)
 *   ERR_TOO_LONG   over a limit of wire/smtp/path.h
 *   and what directory_lookup returns: a fault of ours, 4xx */
NODISCARD WAITS int directory_route(struct span address, struct arena *mem,
                                    struct directory_route *out);

/* A domain as lower-case A-labels (RFC 5891 5); a [literal] stays.  ERR_SYNTAX. */
NODISCARD int directory_domain_ascii(struct span domain, struct arena *mem, struct span *out);

#endif
