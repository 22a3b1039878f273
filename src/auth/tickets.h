/* auth/tickets.h - issues, renews and confirms tickets (calls/ticket.h).  Floor 3; auth role only.
 */
#ifndef AUTH_TICKETS_H
#define AUTH_TICKETS_H

#include "calls/ticket.h"

/* For an account whose password, of that hash, was right just now.  Its octets live in mem. */
NODISCARD int tickets_issue(struct span account, const char *hash, enum ticket_protocol protocol,
                            struct arena *mem, struct ticket_carried *out);
/* Registers ticket_renew, ticket_operator, ticket_confirm. */
void tickets_serve(void);

#endif
