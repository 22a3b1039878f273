/* role/counted.h - each role answers what it has counted (calls/metrics.h). */
#ifndef ROLE_COUNTED_H
#define ROLE_COUNTED_H

#include "store/store.h"

void counted_serve_edge(void);
void counted_serve_auth(void);
void counted_serve_courier(void);
void counted_serve_inspect(void);
void counted_serve_mirror(void);
/* With what the store knows of its journal and of the queue; it stays until it is served no more.
 */
void counted_serve_store(struct store *sp);

#endif
