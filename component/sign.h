/* component/sign.h - signs what is sent by DKIM, with keys that the program gave. */
#ifndef COMPONENT_SIGN_H
#define COMPONENT_SIGN_H

#include "component/client.h"
#include "component/mail/mail.h"

/* A signature by each key of the author's domain, or of the nearest one above it that has keys,
 * comes first in the message; none, and it stays as it is.  Reads the message through.  Negative,
 * with words: it is not to be sent. */
NODISCARD int sign_made(const struct postrider_client *c, struct mail_made *made);
void sign_keys_fini(struct sign_keys *keys);

#endif
