/* cmd/defence/ban_look.h - whom an order to shut out an address would hit that is ours. */
#ifndef CMD_DEFENCE_BAN_LOOK_H
#define CMD_DEFENCE_BAN_LOOK_H

#include "config/settings.h"
#include "rt/stream/stream.h"

/* Behind "that address is"; NULL: it is a stranger's. */
const char *ban_look(const struct settings *set, const struct ip *ip);

#endif
