/* inspect/inspect.h - the inspect role's work: the steps of the defence that look into a message.
 *
 * Steps are taken in the order of steps.def: first what is computing alone, on a thread of the pool
 * where a message is large; then, unless that has decided it, what asks DNS, which is waiting
 * alone; last what asks clamd, which takes the most of the processor, though another's.
 */
#ifndef INSPECT_INSPECT_H
#define INSPECT_INSPECT_H

#include "config/settings.h"
#include "inspect/virus/scanner.h"

/* Before the sandbox closes.  ERR_UNAVAILABLE: a library is not installed. */
NODISCARD int inspect_prepare(void);
/* Registers the call.  alone: this process does nothing else, and ends itself when a message has
 * taken INSPECT_CPU_MS of the processor: some octets found a loop that nobody knows of.  reach: how
 * clamd is come to. */
enum { INSPECT_CPU_MS = 30 * 1000 };
void inspect_serve(const struct settings *set, bool alone, scanner_reach_fn *reach);

#endif
