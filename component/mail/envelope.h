/* component/mail/envelope.h - whom a mail goes to, each once. */
#ifndef COMPONENT_MAIL_ENVELOPE_H
#define COMPONENT_MAIL_ENVELOPE_H

#include "component/mail/mail.h"

/* Of to, cc, bcc and more, in this order, into made->addresses, whose text stays the mail's.
 * ERR_SYNTAX with words, ERR_NO_MEMORY. */
NODISCARD int envelope_make(const struct postrider_mail *m, const struct mail_people *more,
                            struct mail_made *made);

#endif
