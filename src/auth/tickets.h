/* auth/tickets.h - issues, renews and confirms tickets (calls/ticket.h).  Floor 3; auth role only.
 */
#ifndef AUTH_TICKETS_H
#define AUTH_TICKETS_H

#include "calls/ticket.h"

/* What a login by that protocol opens (enum ticket_right); key: the protocols of the key that was
 * given, for TICKET_HTTP (calls/directory.h). */
uint8_t tickets_rights(enum ticket_protocol protocol, unsigned key);
/* For an account whose password, of that hash, was right just now.  Its octets live in mem. */
NODISCARD int tickets_issue(struct span account, const char *hash, enum ticket_protocol protocol,
                            uint8_t rights, struct arena *mem, struct ticket_carried *out);
/* One that a role shows: sealed, in time, of an account that has that password still, and with that
 * right (enum ticket_right).  ERR_TICKET. */
struct ticket;
NODISCARD WAITS int tickets_check(struct span octets, unsigned right, struct arena *mem,
                                  struct ticket *out);
/* Registers ticket_renew, ticket_operator, ticket_confirm. */
void tickets_serve(void);

#endif
