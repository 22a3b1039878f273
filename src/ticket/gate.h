/* ticket/gate.h - in the store role: nothing of an account is opened without its ticket. */
#ifndef TICKET_GATE_H
#define TICKET_GATE_H

#include "calls/ticket.h"

/* Does the ticket open that account with that right?  A seal is checked here, and once an
 * account the auth role is asked whether the password is still the same; that is asked again
 * after gate_forget.  ERR_TICKET: it does not, the words say why; else what the question
 * returned. */
NODISCARD WAITS int gate_check(struct span octets, enum ticket_right right, struct span account);
/* The same for what is the ticket's account's, which it names; it lives in mem.  The operator's
 * tickets name one too, or open none. */
NODISCARD WAITS int gate_account(struct span octets, enum ticket_right right, struct arena *mem,
                                 struct span *account);
/* Accounts may have changed: an order was carried out, or the link to the auth role broke. */
void gate_forget(void);

#endif
