/* policy/browser.h - a browser that was made to talk to a mail server obeys somebody else: nothing
 * behind its request line is heard, however much it looks like mail (threats 20).  Pure.
 */
#ifndef POLICY_BROWSER_H
#define POLICY_BROWSER_H

#include "base/span.h"

/* Whether the first word of a line is one of HTTP's methods. */
bool browser_is_asking(struct span word);

#endif
