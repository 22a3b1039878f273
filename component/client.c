/* component/client.c - a client and its sessions; see client.h. */
#include "component/client.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "component/code.h"
#include "component/net/wake.h"
#include "component/send.h"
#include "component/sign.h"
#include "component/witness.h"

enum { USER_SHOWN = 100, IDLE_MAX = 64, GOODBYE_MS = 1000 };

struct postrider_client *postrider_client_new(void)
{
	struct postrider_client *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	options_init(&c->options);
	poller_init(&c->poller);
	list_init(&c->idle);
	list_init(&c->leaving);
	list_init(&c->witnesses);
	c->wake_fd = wake_open();
	return c;
}

/* A user alone is for a token. */
int client_route(const struct postrider_client *c, const char *server, struct arena *mem,
                 struct route *out)
{
	const struct options *o = &c->options;
	int r = route_parse(span_str(server), mem, out);

	if (r < 0 || out->web || !out->to.user.n || out->to.password.n || o->token || o->give_token)
		return r;
	r = err(ERR_SYNTAX,
	        "the server: %.*s has no password; write user:password@, or give a token (the "
	        "option "
	        "token, postrider_client_token)",
	        SPAN_ARG(span_sub(out->to.user, 0, USER_SHOWN)));
	route_wipe(out);
	return r;
}

/* ---- cancelled ----------------------------------------------------------------------- */

/* What a signal handler may do, too. */
void postrider_client_cancel(struct postrider_client *c)
{
	if (!c)
		return;
	atomic_store(&c->cancelled, true);
	wake_up(c->wake_fd);
}

static void on_wake(void *arg, short happened)
{
	/* Whoever turns the poller looks at cancelled. */
	(void)arg;
	(void)happened;
}

bool client_enter(struct postrider_client *c)
{
	if (c->inside)
		return false;
	c->inside = true;
	return true;
}

void client_leave(struct postrider_client *c)
{
	c->inside = false;
	if (c->freed)
		postrider_client_free(c);
}

int client_may_change(const struct postrider_client *c, const char *what)
{
	return c->job || c->inside ? err(ERR_SYNTAX, "%s: not while a send is under way", what) : 0;
}

void client_begin_send(struct postrider_client *c)
{
	c->ended = false;
	reach_reset(&c->reach);
	c->wake.fn = on_wake;
	if (c->wake_fd >= 0)
		poller_wait(&c->poller, &c->wake, c->wake_fd, POLLIN, CLOCK_NEVER);
}

void client_end_send(struct postrider_client *c)
{
	witness_end(c);
	poller_forget(&c->wake);
	wake_clear(c->wake_fd);
	atomic_store(&c->cancelled, false);
}

/* What is called may not take itself away. */
static int may_set_function(struct postrider_client *c, const char *what)
{
	if (!c)
		return POSTRIDER_INVALID;
	c->words[0] = 0;
	if (c->inside)
		snprintf(c->words, sizeof c->words, "%s: not while a send is under way", what);
	return c->inside ? POSTRIDER_INVALID : POSTRIDER_OK;
}

int postrider_client_set(struct postrider_client *c, const char *option, const char *value)
{
	int r;

	if (!c)
		return POSTRIDER_INVALID;
	c->words[0] = 0;
	r = client_may_change(c, option ? option : "an option");
	if (r >= 0 && option && value)
		r = options_set(&c->options, span_str(option), span_str(value));
	else if (r >= 0)
		r = err(ERR_SYNTAX, "%s: a value is needed, and it is NULL",
		        option ? option : "the name of an option");
	if (r < 0) {
		snprintf(c->words, sizeof c->words, "%s", err_str(r));
		return code_of(r);
	}
	sts_free(TAKE(c->sts));
	resolve_free(TAKE(c->dns)); /* other name servers, perhaps */
	link_tls_reset(&c->tls, c->options.roots);
	return POSTRIDER_OK;
}

int postrider_client_watch(struct postrider_client *c,
                           int (*decided)(void *arg, const struct postrider_result *r, size_t i),
                           void *arg)
{
	int r = may_set_function(c, "watch");

	if (r)
		return r;
	c->decided = decided;
	c->arg = arg;
	return POSTRIDER_OK;
}

int postrider_client_token(struct postrider_client *c,
                           const char *(*token)(void *arg, const char *user, const char *host),
                           void *arg)
{
	int r = may_set_function(c, "token");

	if (r)
		return r;
	c->options.give_token = token;
	c->options.token_arg = arg;
	return POSTRIDER_OK;
}

const char *postrider_client_error(const struct postrider_client *c)
{
	return !c ? CLIENT_NULL : c->words[0] ? c->words : NULL;
}

/* ---- sessions ------------------------------------------------------------------------ */

struct session *client_take(struct postrider_client *c, const struct deliver_plan *plan,
                            size_t *candidate)
{
	struct session *s, *next;

	for (size_t i = 0; !plan->fresh && i < plan->n_candidates; i++)
		LIST_EACH_SAFE(s, next, &c->idle, list) {
			if (!session_serves(s, &plan->candidates[i], plan))
				continue;
			list_remove(&s->list);
			c->n_idle--;
			*candidate = i;
			if (session_is_alive(s))
				return s;
			session_free(s);
		}
	return NULL;
}

void client_keep(struct postrider_client *c, struct session *s)
{
	if (c->n_idle == IDLE_MAX || s->by_dane) {
		client_goodbye(c, s);
		return;
	}
	list_push_front(&c->idle, &s->list);
	c->n_idle++;
}

static void go_on_leaving(struct session *s, int64_t until_at)
{
	struct poller *p = s->wait.poller;

	if (session_turn(s, NULL))
		session_free(s);
	else
		poller_wait(p, &s->wait, s->link.fd, session_events(s), until_at);
}

static void on_leaving(void *arg, short happened)
{
	struct session *s = arg;

	if (happened)
		go_on_leaving(s, s->wait.until_at);
	else
		session_free(s);
}

void client_goodbye(struct postrider_client *c, struct session *s)
{
	list_push_back(&c->leaving, &s->list);
	s->wait = (struct poller_wait){ .poller = &c->poller, .fn = on_leaving, .arg = s };
	smtp_client_quit(s->client);
	go_on_leaving(s, clock_add(clock_now_at(), GOODBYE_MS));
}

void postrider_client_free(struct postrider_client *c)
{
	struct session *s, *next;

	if (!c)
		return;
	if (c->inside) {
		c->freed = true;
		postrider_client_cancel(c);
		return;
	}
	send_end(c);
	LIST_EACH_SAFE(s, next, &c->idle, list) {
		list_remove(&s->list);
		client_goodbye(c, s);
	}
	while (!list_empty(&c->leaving))
		if (poller_turn(&c->poller, CLOCK_NEVER) < 0)
			session_free(LIST_FIRST(&c->leaving, struct session, list));
	sts_free(c->sts);
	resolve_free(c->dns);
	link_tls_fini(&c->tls);
	poller_fini(&c->poller);
	options_fini(&c->options);
	sign_keys_fini(&c->keys);
	socket_close(c->wake_fd);
	free(c);
}
