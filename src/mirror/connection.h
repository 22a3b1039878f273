/* mirror/connection.h - what stands in a connection string of ODBC.  Pure. */
#ifndef MIRROR_CONNECTION_H
#define MIRROR_CONNECTION_H

#include <stdbool.h>

#include "base/span.h"

/* KEYWORD=value; ...; a value may stand in braces, in which }} is one brace.  The first of that
 * keyword, without regard to case, counts.  False: it is not there, or longer than room. */
bool connection_get(struct span connection, const char *keyword, char *out, size_t room);

#endif
