/* A host, an LF, and what is read as a policy and as a TXT record. */
#include "fuzz.h"

#include "wire/mtasts/mtasts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mtasts_policy policy;
	struct span all = span_make(data, size), host = { 0 }, id;

	span_split(&all, '\n', &host);
	if (mtasts_record_parse(all, &id) >= 0)
		MUST(id.n > 0 && id.n <= MTASTS_ID_MAX);
	if (mtasts_policy_parse(all, &policy) < 0)
		return 0;
	MUST(policy.max_age <= MTASTS_AGE_MAX && policy.n_hosts <= MTASTS_HOSTS_MAX);
	MUST(policy.n_hosts || policy.mode == MTASTS_NONE);
	for (size_t i = 0; i < policy.n_hosts; i++)
		MUST(policy.hosts[i].p >= all.p && policy.hosts[i].n > 0);
	if (mtasts_permits(&policy, host))
		MUST(host.n > 0);
	return 0;
}
