/* queue/schedule/retry.c - see retry.h. */
#include "queue/schedule/retry.h"

#include "base/clock.h"

int retry_rule_make(const char *setting, const struct settings_list *waits, int64_t expiry_ms,
                    struct retry_rule *out)
{
	struct retry_rule rule = { .expiry_ms = expiry_ms };
	int r;

	if (waits->n < 1 || waits->n > RETRY_STEPS_MAX)
		return err(ERR_CONFIG, "%s has %zu waits, not 1 to %d", setting, waits->n,
		           RETRY_STEPS_MAX);
	for (; rule.n < waits->n; rule.n++) {
		r = clock_parse_length(span_str(waits->v[rule.n]), &rule.waits_ms[rule.n]);
		if (r < 0 || rule.waits_ms[rule.n] <= 0)
			return err(ERR_CONFIG, "%s: \"%s\" is no wait", setting, waits->v[rule.n]);
	}
	*out = rule;
	return 0;
}

int retry_rule_from(const struct settings *set, struct retry_rule *out)
{
	return retry_rule_make("delivery.retry", &set->delivery_retry, set->delivery_expiry, out);
}

/* splitmix64's last step: near numbers give far ones. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static int64_t plain_wait_ms(const struct retry_rule *rule, uint32_t step)
{
	size_t i = step > 0 ? step - 1 : 0;

	return rule->waits_ms[i < rule->n ? i : rule->n - 1];
}

int64_t retry_wait_ms(const struct retry_rule *rule, uint32_t step, uint64_t seed)
{
	int64_t wait_ms = plain_wait_ms(rule, step);
	int64_t spread_ms = wait_ms / 4;
	uint64_t dice = mix(seed + 0x9e3779b97f4a7c15u * ((uint64_t)step + 1));

	return wait_ms - spread_ms / 2 + (int64_t)(dice % (uint64_t)(spread_ms + 1));
}

int64_t retry_wait_max_ms(const struct retry_rule *rule)
{
	int64_t max_ms = 0;

	for (size_t i = 0; i < rule->n; i++)
		if (rule->waits_ms[i] > max_ms)
			max_ms = rule->waits_ms[i];
	return max_ms + max_ms / 8 + 1;
}

/* The waits between so many attempts, each as short as it can have been. */
static int64_t waited_ms(const struct retry_rule *rule, uint32_t attempt)
{
	int64_t sum_ms = 0;

	for (uint32_t step = 1; step < attempt && sum_ms < rule->expiry_ms; step++) {
		int64_t wait_ms = plain_wait_ms(rule, step);

		sum_ms = clock_add(sum_ms, wait_ms - wait_ms / 8);
	}
	return sum_ms;
}

static int64_t age_ms(const struct retry_rule *rule, int64_t accepted_ms,
                      const struct retry_clock *now, uint32_t attempt)
{
	int64_t by_wall = now->wall_ms - accepted_ms, by_steady = now->steady_ms - accepted_ms;

	if (by_wall < 0 && by_steady < 0)
		return waited_ms(rule, attempt);
	if (by_wall < 0 || by_steady < 0)
		return by_wall < 0 ? by_steady : by_wall;
	return by_wall < by_steady ? by_wall : by_steady;
}

/* What is left of the time after a start in which nothing is given up; may be below 0. */
static int64_t grace_ms(const struct retry_rule *rule, const struct retry_clock *now)
{
	int64_t half_ms = rule->expiry_ms / 2;

	return (half_ms < RETRY_GRACE_MS ? half_ms : RETRY_GRACE_MS) -
	       (now->steady_ms - now->started_ms);
}

int64_t retry_next_ms(const struct retry_rule *rule, int64_t accepted_ms,
                      const struct retry_clock *now, uint32_t attempt, uint32_t step, uint64_t seed)
{
	int64_t left_ms = rule->expiry_ms - age_ms(rule, accepted_ms, now, attempt);
	int64_t least_ms = grace_ms(rule, now);
	int64_t wait_ms = retry_wait_ms(rule, step, seed);

	if (left_ms < least_ms && waited_ms(rule, attempt) < rule->expiry_ms)
		left_ms = least_ms;
	if (left_ms <= 0)
		return 0;
	return clock_add(now->wall_ms, wait_ms < left_ms ? wait_ms : left_ms);
}
