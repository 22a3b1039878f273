/* cmd/control_dns.h - DNS, as the running server sees it. */
#ifndef CMD_CONTROL_DNS_H
#define CMD_CONTROL_DNS_H

#include "base/arena.h"
#include "cmd/control.h"
#include "wire/dns/dns.h"

/* One question; what it gives lives in mem.  ERR_CLOSED and such, printed; ERR_NO_MEMORY. */
NODISCARD int control_dns(struct control *c, const struct dns_question *q, struct arena *mem,
                          struct dns_answer *out);

#endif
