/* component/code.h - our errors as those of postrider.h. */
#ifndef COMPONENT_CODE_H
#define COMPONENT_CODE_H

#include "postrider.h"

enum postrider_error code_of(int r);

#endif
