/* component/web/web.h - a mail for a Postrider server by HTTPS, and what it tells. */
#ifndef COMPONENT_WEB_WEB_H
#define COMPONENT_WEB_WEB_H

#include "component/sending.h"

/* Hands the mail over for recipients of the group that has some left; it ends by itself, its rows
 * decided, the group back in waiting when there are more. */
void web_begin(struct sending *s, struct sending_group *g);
/* All that are under way end at once. */
void webs_stop(struct sending *s);

#endif
