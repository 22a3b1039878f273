/* auth/app_password.h - passwords for one program each.  Floor 3; pure but for the cryptography.
 *
 * They are made at random, 20 characters of 55, so that a plain digest is as good as a slow hash,
 * and it costs nothing to try all of an account: its text is $sha256$ and SHA-256 in base64.
 */
#ifndef AUTH_APP_PASSWORD_H
#define AUTH_APP_PASSWORD_H

#include "directory/entry.h"

enum { APP_PASSWORD_CHARS = 20 };

NODISCARD int app_password_make(struct buf *out);

NODISCARD int app_password_hash(struct span password, struct buf *out);
/* The one of the account that this is, if it is for that protocol (enum ticket_protocol).  NULL:
 * none. */
const struct directory_app_password *app_password_find(const struct directory_entry *e,
                                                       struct span password, uint8_t protocol);
/* The one of that hash; NULL: none. */
const struct directory_app_password *app_password_of_hash(const struct directory_entry *e,
                                                          struct span hash);
/* Whether a hash is in force: the account's, or that of one of its app passwords. */
bool app_password_in_force(const struct directory_entry *e, struct span hash);

#endif
