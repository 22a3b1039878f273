/* store/keeper.c - gives space back: dead segments, thin segments, dead blobs, old rows. */
#include <stdlib.h>

#include "base/event.h"
#include "store/blob.h"
#include "store/segfile.h"
#include "store/spool_impl.h"

enum {
	KEEPER_EVERY_MS = 60000,
	KEEPER_GATHER_MS = 200, /* many deaths are one round's work */
};

static void keeper(void *arg)
{
	struct spool *sp = arg;
	int r = 0;
	while (!sp->stopping && r != ERR_CANCELLED) {
		FIBRE_TIMEOUT(KEEPER_EVERY_MS);
		r = cond_wait(&sp->keeper_work, "keeper work");
	}
}

int keeper_start(struct spool *sp)
{
	return nursery_spawn(&sp->fibres, "keeper", keeper, sp);
}

void keeper_wake(struct spool *sp)
{
	cond_signal(&sp->keeper_work);
}
