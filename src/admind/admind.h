/* admind/admind.h - the operator's door for programs: /admin/v1, what the command line can.
 *
 * Floor above controld and httpd, in the control role.  A request becomes a call of the control
 * socket's (controld_ask), its lines one JSON document; passwords and keys are made here.
 */
#ifndef ADMIND_ADMIND_H
#define ADMIND_ADMIND_H

#include "httpd/httpd.h"

/* The service of its listeners (httpd_accept).  set: borrowed. */
struct httpd_server admind_server(const struct settings *set);

#endif
