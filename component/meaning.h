/* component/meaning.h - what an outcome means, where nobody tries again by itself. */
#ifndef COMPONENT_MEANING_H
#define COMPONENT_MEANING_H

#include "base/arena.h"
#include "wire/smtp/verdict/verdict.h"

/* What is final has the server's sentence; what is undecided tells what to do instead of what a
 * server does.  Empty without memory. */
struct span component_meaning(struct smtp_verdict v, struct arena *mem);

#endif
