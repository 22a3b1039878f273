/* wire/message/envelope/address_list.h - an address list as it can be shown, whatever is wrong with
 * it.
 *
 * Sources: RFC 5322 3.4, 4.4; RFC 9051 7.5.2 (address structure, groups).
 * address.h decides and is strict; this one never refuses.  An address without a domain has an
 * empty host; a comment behind an address without a name is its name.  Linear, no recursion.  Pure.
 */
#ifndef WIRE_MESSAGE_ENVELOPE_ADDRESS_LIST_H
#define WIRE_MESSAGE_ENVELOPE_ADDRESS_LIST_H

#include "base/buf.h"
#include "base/span.h"

/* Appends the entries of a field's value as message_envelope_address() reads them, at most `max`
 * octets of whole entries; *cut is set when some are left off.  0, ERR_TOO_LONG, ERR_NO_MEMORY. */
int message_address_list_put(struct buf *out, struct span value, size_t max, bool *cut);

#endif
