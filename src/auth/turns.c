/* auth/turns.c - see turns.h. */
#include "auth/turns.h"

#include "base/clock.h"

#define TURN(item_) CONTAINER(item_, struct turn, item)

void turns_init(struct turns *t)
{
	*t = (struct turns){ 0 };
	list_init(&t->lines);
	fair_init(&t->home);
	fair_init(&t->stranger);
	fair_init(&t->refused);
	for (size_t i = 0; i < TURNS_LINES; i++)
		fair_init(&t->line[i].strangers);
}

static uint16_t *of_network(struct turns *t, uint64_t network)
{
	return &t->of_network[network % TURNS_LINES];
}

static bool is_waiting_stranger(const struct turns *t, const struct turn *turn)
{
	return turn->item.in && turn->item.in != &t->home && turn->item.in != &t->refused;
}

/* Takes it out of where it waits. */
static void leave(struct turns *t, struct turn *turn)
{
	if (is_waiting_stranger(t, turn)) {
		t->n_strangers_waiting--;
		--*of_network(t, turn->item.network);
	}
	fair_remove(&turn->item);
}

static void refuse(struct turns *t, struct turn *turn)
{
	leave(t, turn);
	turn->state = TURN_REFUSED;
	fair_push(&t->refused, &turn->item);
}

static struct turn *last_of(const struct fair *f)
{
	return TURN(CONTAINER(f->items.prev, struct fair_item, node));
}

/* Lines with somebody in them stand in order of their next turns: a turn taken puts a line last. */
static void line_up(struct turns *t, struct turns_line *line)
{
	struct list *at = &t->lines;

	list_remove(&line->node);
	if (!line->strangers.n)
		return;
	while (at->prev != &t->lines &&
	       CONTAINER(at->prev, struct turns_line, node)->next_at > line->next_at)
		at = at->prev;
	list_insert_before(at, &line->node);
}

static void ask_home(struct turns *t, struct turn *turn)
{
	fair_push(&t->home, &turn->item);
	if (t->home.n > TURNS_HOME_WAITING)
		refuse(t, last_of(&t->home));
}

void turns_ask(struct turns *t, struct turn *turn, int64_t now_at)
{
	struct turns_line *line = &t->line[turn->account % TURNS_LINES];

	turn->state = TURN_WAITS;
	if (turn->at_home) {
		ask_home(t, turn);
		return;
	}
	if (t->n_strangers_waiting == TURNS_STRANGERS_WAITING ||
	    *of_network(t, turn->item.network) == TURNS_WAITING) {
		refuse(t, turn);
		return;
	}
	t->n_strangers_waiting++;
	++*of_network(t, turn->item.network);
	if (line->next_at < now_at)
		line->next_at = now_at;
	fair_push(&line->strangers, &turn->item);
	if (line->strangers.n > TURNS_WAITING)
		refuse(t, last_of(&line->strangers));
	line_up(t, line);
}

/* Accounts whose turn has come: one of each goes on to wait for a hash. */
static void take_turns(struct turns *t, int64_t now_at)
{
	struct turns_line *line;

	while ((line = LIST_FIRST(&t->lines, struct turns_line, node)) && line->next_at <= now_at) {
		fair_push(&t->stranger, fair_pop(&line->strangers));
		line->next_at = now_at + TURNS_ACCOUNT_MS;
		line_up(t, line);
	}
}

static struct turn *begin(struct turns *t, struct fair *from, size_t *n)
{
	struct turn *turn = TURN(LIST_FIRST(&from->items, struct fair_item, node));

	from->round = turn->item.round;
	leave(t, turn);
	turn->state = TURN_CHECKS;
	++*n;
	return turn;
}

struct turn *turns_next(struct turns *t, int64_t now_at)
{
	struct fair_item *refused = fair_pop(&t->refused);

	if (refused)
		return TURN(refused);
	take_turns(t, now_at);
	if (t->n_home + t->n_strangers == TURNS_HASHES)
		return NULL;
	if (t->home.n)
		return begin(t, &t->home, &t->n_home);
	if (t->stranger.n && t->n_strangers < TURNS_STRANGERS)
		return begin(t, &t->stranger, &t->n_strangers);
	return NULL;
}

int64_t turns_next_at(const struct turns *t)
{
	return list_empty(&t->lines) ? CLOCK_NEVER
	                             : CONTAINER(t->lines.next, struct turns_line, node)->next_at;
}

void turns_end(struct turns *t, struct turn *turn)
{
	struct turns_line *line = &t->line[turn->account % TURNS_LINES];

	if (turn->state == TURN_CHECKS)
		--*(turn->at_home ? &t->n_home : &t->n_strangers);
	leave(t, turn);
	line_up(t, line);
}

void turns_welcome(struct turns *t, uint64_t account, uint64_t network)
{
	struct turns_line *line = &t->line[account % TURNS_LINES];
	struct fair_item *it, *next;

	LIST_EACH_SAFE(it, next, &line->strangers.items, node) {
		struct turn *turn = TURN(it);
		if (turn->account != account || it->network != network)
			continue;
		leave(t, turn);
		turn->at_home = true;
		ask_home(t, turn);
	}
	line_up(t, line);
}
