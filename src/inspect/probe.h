/* inspect/probe.h - who is there to look: answers inspect_probe of calls/inspect.h. */
#ifndef INSPECT_PROBE_H
#define INSPECT_PROBE_H

#include "config/settings.h"

void probe_serve(const struct settings *set);

#endif
