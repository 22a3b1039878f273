/* classify/score.c - how alike a message is to mail that was not wanted.
 *
 * Each feature's odds by how often it was seen in either kind (G. Robinson's f(w), with little
 * strength for what nothing is known of), their logarithms added as if features were independent
 * (naive Bayes), and divided by the root of their number: of two features that always stand
 * together each says the half, and a long text is not surer than a short one by its length alone.
 */
#include <math.h>

#include "classify/table.h"

/* What an account has told counts so many times. */
enum { OWN_WEIGHT = 4 };
static const double strength = 0.2;

struct seen {
	double ham, spam;
};

static void add(struct seen *s, const struct classify_table *t, uint32_t hash, double weight)
{
	if (t) {
		const struct classify_pair *p = &t->pairs[hash & ((1u << t->bits) - 1)];
		s->ham += weight * p->ham;
		s->spam += weight * p->spam;
	}
}

static double log_odds(const struct seen *s, const struct seen *messages)
{
	double n = s->ham + s->spam;

	if (n == 0)
		return 0;
	double spam = s->spam / messages->spam, ham = s->ham / messages->ham;
	double p = (strength * 0.5 + n * spam / (spam + ham)) / (strength + n);
	return log(p / (1 - p));
}

static struct seen messages_of(const struct classify_table *server,
                               const struct classify_table *own)
{
	struct seen m = { 0 };

	if (server)
		m = (struct seen){ server->ham, server->spam };
	if (own) {
		m.ham += (double)OWN_WEIGHT * own->ham;
		m.spam += (double)OWN_WEIGHT * own->spam;
	}
	return (struct seen){ m.ham < 1 ? 1 : m.ham, m.spam < 1 ? 1 : m.spam };
}

/* The heaviest first, as many as there is room for. */
struct why {
	double weights[CLASSIFY_WHY_MAX];
	uint16_t at[CLASSIFY_WHY_MAX];
	size_t n;
};

static void note(struct why *w, uint16_t at, double weight)
{
	size_t i = w->n;

	if (weight < 0.5 || (w->n == CLASSIFY_WHY_MAX && weight <= w->weights[w->n - 1]))
		return;
	if (w->n < CLASSIFY_WHY_MAX)
		w->n++;
	else
		i--;
	for (; i && w->weights[i - 1] < weight; i--) {
		w->weights[i] = w->weights[i - 1];
		w->at[i] = w->at[i - 1];
	}
	w->weights[i] = weight;
	w->at[i] = at;
}

void classify_score(const struct classify_table *server, const struct classify_table *own,
                    const uint32_t *hashes, size_t n, struct classify_score *out)
{
	struct seen messages = messages_of(server, own);
	struct why for_spam = { .n = 0 }, for_ham = { .n = 0 };
	double sum = 0;

	*out = (struct classify_score){ 0 };
	for (size_t i = 0; i < n && i <= UINT16_MAX; i++) {
		struct seen s = { 0 };
		add(&s, server, hashes[i], 1);
		add(&s, own, hashes[i], OWN_WEIGHT);
		double weight = log_odds(&s, &messages);
		sum += weight;
		note(&for_spam, (uint16_t)i, weight);
		note(&for_ham, (uint16_t)i, -weight);
	}
	out->score = n ? (int32_t)lrint(10 * sum / sqrt((double)n)) : 0;
	const struct why *why = out->score > 0 ? &for_spam : &for_ham;
	for (; out->n_why < why->n; out->n_why++)
		out->why[out->n_why] = why->at[out->n_why];
	for (unsigned k = 0; k < 2; k++) {
		const struct classify_table *t = k ? own : server;
		out->told_ham += t ? t->told_ham : 0;
		out->told_spam += t ? t->told_spam : 0;
	}
}
