/* component/net/https_windows.c - there is no libcurl to load; see https.h. */
#include "component/net/https.h"

int https_new(struct poller *p, const char *roots, struct https **out)
{
	(void)p, (void)roots;
	*out = NULL;
	return err(ERR_UNAVAILABLE, "policies of MTA-STS are not fetched on Windows");
}

void https_free(struct https *h)
{
	(void)h;
}

int https_get(struct https *h, const struct webget_question *q, size_t max, https_answered_fn *fn,
              void *arg, struct https_get **out)
{
	(void)h, (void)q, (void)max, (void)fn, (void)arg;
	*out = NULL;
	return ERR_UNAVAILABLE;
}

void https_forget(struct https_get *g)
{
	(void)g;
}
