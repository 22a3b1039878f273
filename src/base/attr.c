/* base/attr.c - what the clean-up attributes call. */
#include "base/attr.h"

#include <unistd.h>

void attr_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
