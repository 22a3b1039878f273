/* queue/serve/own.h - whose a message is, for who may ask of his own alone. */
#ifndef QUEUE_OWN_H
#define QUEUE_OWN_H

#include "base/span.h"

/* A message was committed that this account handed in (empty: nobody's). */
void own_note(uint64_t message, struct span login);

#endif
