/* cmd/sendmail/dialogue.h - SMTP on standard input and output (-bs), as mail programs speak it to
 * sendmail. */
#ifndef CMD_SENDMAIL_DIALOGUE_H
#define CMD_SENDMAIL_DIALOGUE_H

#include "cmd/sendmail/config.h"
#include "cmd/sendmail/options.h"

/* Until QUIT or the end of input.  Lines may end in LF.  An exit status. */
int sendmail_dialogue(const struct sendmail_options *o, const struct sendmail_config *config);

#endif
