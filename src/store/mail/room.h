/* store/mail/room.h - what an account may keep. */
#ifndef STORE_MAIL_ROOM_H
#define STORE_MAIL_ROOM_H

#include "store/store_impl.h"

/* Whether there is room for so much more.  ERR_QUOTA. */
NODISCARD int mail_room(const struct store *sp, const struct account *a, uint64_t messages,
                        uint64_t octets);
/* Whether the mailbox has so many UIDs left (RFC 9051 2.3.1.1: 32 bits).  ERR_LIMIT. */
NODISCARD int mail_uids(const struct mailbox *m, size_t n);

#endif
