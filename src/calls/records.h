/* calls/records.h - what the journal keeps, and what travels between roles.
 *
 * Floor 2.  One table a record gives its struct, its encoding (base/coding/pack.h), and
 * with it the journal's format (FORMAT.md).  Numbers are for ever.
 */
#ifndef STORE_RECORDS_H
#define STORE_RECORDS_H

#include "base/coding/pack.h"
#include "change/change.h"

/* What a message or a recipient may carry besides its fields; record_items.def has the kinds.
 * Whoever copies a record copies all of them, those that it does not know included. */
enum record_item_kind {
#define ITEM(name, number, where) RECORD_ITEM_##name = number,
#include "calls/record_items.def"
#undef ITEM
};
#define RECORD_ITEM_FIELDS(F, L) F(u16, kind) F(span, octets)
PACK_DECLARE(record_item, RECORD_ITEM_FIELDS)

/* address: as given in RCPT.  domain: destination in lower-case A-labels.
 * account: non-empty for a mailbox of ours; then uid is its UID in INBOX.
 * prefix: fields that stand in front of the content for this recipient alone. */
#define RECORD_RECIPIENT_FIELDS(F, L)                                                              \
	F(span, address)                                                                           \
	F(span, domain)                                                                            \
	F(span, account)                                                                           \
	F(u32, uid)                                                                                \
	F(span, prefix)                                                                            \
	L(record_item, items)
PACK_DECLARE(record_recipient, RECORD_RECIPIENT_FIELDS)

/* One accepted message.  return_path: empty for <>.  login: the account that submitted it, or
 * empty.  Its content is prefix, header and body, one behind the other, in lines that end in CRLF:
 *   prefix   fields of ours, put in front after the message was judged
 *   header   the header section as received, the empty line included that ends it (there is none
 *            when the header section ends without one: RFC 5322 2.1, wire/message/header.h)
 *   body     what follows; empty when it is the file of `blob` (not 0)
 * size_bytes: of the content.  body_bytes: of the body, wherever it is.  What a recipient has in
 * front of it besides is in neither. */
#define RECORD_MESSAGE_FIELDS(F, L)                                                                \
	F(u64, id)                                                                                 \
	F(i64, time_ms)                                                                            \
	F(span, return_path)                                                                       \
	F(span, login)                                                                             \
	F(span, client_address)                                                                    \
	F(span, helo)                                                                              \
	F(span, protocol)                                                                          \
	F(span, message_id)                                                                        \
	F(span, subject)                                                                           \
	F(bool, body_8bit)                                                                         \
	F(bool, smtputf8)                                                                          \
	F(u64, size_bytes)                                                                         \
	F(u64, body_bytes)                                                                         \
	F(u64, blob)                                                                               \
	L(record_recipient, recipients)                                                            \
	L(record_item, items)                                                                      \
	F(span, prefix)                                                                            \
	F(span, header)                                                                            \
	F(span, body)
PACK_DECLARE(record_message, RECORD_MESSAGE_FIELDS)

/* Adds an item behind those that m has; it lives in mem.  ERR_NO_MEMORY. */
NODISCARD int record_item_add(struct record_message *m, uint16_t kind, struct span octets,
                              struct arena *mem);

/* Octets of the content that the record itself holds: all but a blob's. */
uint64_t record_inline_bytes(const struct record_message *m);

/* The first change of m's recipient i, with which it is committed: QUEUED and due at once, or
 * DELIVERED when it has an account.  Its number is seq + i.  Spans borrow from m. */
void record_first_change(const struct record_message *m, uint32_t i, uint64_t seq,
                         struct record_change *out);

#endif
