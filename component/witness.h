/* component/witness.h - connections that only tell whether there is a way out.
 *
 * Before a network is said to let no mail out, more servers of the recipient's domain are called;
 * who answers is hung up on at once, and has told that there is a way.
 */
#ifndef COMPONENT_WITNESS_H
#define COMPONENT_WITNESS_H

#include "component/client.h"
#include "deliver/deliver.h"

/* Calls some that the attempt has not come to. */
void witness_call(struct postrider_client *c, const struct deliver *d);
/* All are sent away. */
void witness_end(struct postrider_client *c);

#endif
