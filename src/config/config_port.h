/* config/config_port.h - the port that a service of ours is told of by. */
#ifndef CONFIG_CONFIG_PORT_H
#define CONFIG_CONFIG_PORT_H

#include "config/settings.h"

/* Of the first of a setting listen.*; 0: nobody listens. */
int config_port(const struct settings_list *listen);

#endif
