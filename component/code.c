/* component/code.c - see code.h. */
#include "component/code.h"

#include "base/err.h"

enum postrider_error code_of(int r)
{
	switch (r) {
	case ERR_SYNTAX:
	case ERR_UNKNOWN:
	case ERR_CONFIG:
	case ERR_REFUSED:
	case ERR_EXISTS: return POSTRIDER_INVALID;
	case ERR_NOT_FOUND:
	case ERR_IO: return POSTRIDER_FILE;
	case ERR_LIMIT:
	case ERR_TOO_LONG:
	case ERR_TOO_BIG: return POSTRIDER_LIMIT;
	case ERR_NO_MEMORY: return POSTRIDER_NO_MEMORY;
	default: return r < 0 ? POSTRIDER_FAILED : POSTRIDER_OK;
	}
}

bool code_is_own(enum postrider_error code)
{
	return code == POSTRIDER_FILE || code == POSTRIDER_NO_MEMORY || code == POSTRIDER_FAILED;
}

const char *postrider_version(void)
{
	return POSTRIDER_VERSION;
}
