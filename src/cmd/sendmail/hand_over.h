/* cmd/sendmail/hand_over.h - a message leaves the program. */
#ifndef CMD_SENDMAIL_HAND_OVER_H
#define CMD_SENDMAIL_HAND_OVER_H

#include "cmd/sendmail/config.h"
#include "cmd/sendmail/input.h"

/* Sets the domain where none is: of the server here the first that it keeps mail for, in the order
 * of their names, since nobody has mail at the machine's own name; of another the machine's name.
 * An exit status, printed. */
int sendmail_domain(struct sendmail_config *config);

/* To the configured server, or to this machine's, which keeps it in its queue.  An exit status:
 * EX_OK when it was taken for all; EX_NOUSER, EX_NOHOST, EX_UNAVAILABLE when a recipient was
 * refused; EX_TEMPFAIL when it may be taken later: nobody here tries again.  What is wrong is
 * printed. */
int sendmail_hand_over(const struct sendmail_options *o, const struct sendmail_config *config,
                       struct sendmail_message *m);

#endif
