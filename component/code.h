/* component/code.h - our errors as those of postrider.h. */
#ifndef COMPONENT_CODE_H
#define COMPONENT_CODE_H

#include <stdbool.h>

#include "postrider.h"

enum postrider_error code_of(int r);
/* A fault of this system, or of what the program gave to be called: another time it may do. */
bool code_is_own(enum postrider_error code);

#endif
