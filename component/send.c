/* component/send.c - postrider_send: a mail is made, sent, and told of. */
#include "component/send.h"

#include <stdlib.h>

#include "base/clock.h"
#include "component/code.h"
#include "component/mail/mail.h"
#include "component/result.h"
#include "component/sending.h"
#include "component/sign.h"
#include "postrider.h"

struct send_job {
	struct mail_made made;
	struct arena mem;
	struct route route;
	struct sending sending;
};

static void job_free(struct send_job *job)
{
	sending_fini(&job->sending);
	route_wipe(&job->route);
	arena_fini(&job->mem);
	mail_made_fini(&job->made);
	free(job);
}

/* Rows for whoever is known, each with the error. */
static struct postrider_result *refuse(const struct mail_made *mail, const char *words,
                                       bool for_good)
{
	struct postrider_result *r =
	        result_new(mail->addresses, mail->n_addresses, mail->return_path);

	if (r)
		result_fail(r, words, for_good);
	return r;
}

static struct postrider_result *refuse_all(const char *words, bool for_good)
{
	return refuse(&(struct mail_made){ 0 }, words, for_good);
}

/* All that comes before the first attempt.  NULL, or why not, and whether it will not do another
 * time either. */
static const char *prepare(struct postrider_client *c, struct postrider_mail *m, const char *server,
                           struct send_job *job, bool *for_good)
{
	int e = mail_make(m, &job->made);

	*for_good = mail_is_bad(m);
	if (e != POSTRIDER_OK)
		return postrider_mail_error(m);
	*for_good = true;
	if (!job->made.n_addresses)
		return "there is no recipient: give to, cc or bcc";
	if (c->job)
		return CLIENT_BUSY;
	e = client_route(c, server, &job->mem, &job->route);
	if (e >= 0)
		e = sign_made(c, &job->made);
	*for_good = !code_is_own(code_of(e));
	return e < 0 ? err_str(e) : NULL;
}

static struct postrider_result *begin(struct postrider_client *c, struct send_job *job)
{
	struct postrider_result *r =
	        result_new(job->made.addresses, job->made.n_addresses, job->made.return_path);
	int e;

	if (!r)
		return NULL;
	r->route = span_str(arena_str(&r->mem, job->route.told));
	job->sending = (struct sending){ .client = c,
		                         .mail = &job->made,
		                         .route = job->route,
		                         .result = r,
		                         .addresses = job->made.addresses,
		                         .n_rows = job->made.n_addresses };
	e = sending_begin(&job->sending);
	if (e < 0) {
		result_fail(r, err_str(e), !code_is_own(code_of(e)));
		return r;
	}
	c->job = job;
	client_begin_send(c);
	return r;
}

static struct postrider_result *start(struct postrider_client *c, struct postrider_mail *m,
                                      const char *server)
{
	struct send_job *job = calloc(1, sizeof *job);
	struct postrider_result *r;
	const char *why;
	bool for_good;

	if (!job)
		return refuse_all("out of memory", false);
	why = prepare(c, m, server, job, &for_good);
	r = why ? refuse(&job->made, why, for_good) : begin(c, job);
	if (c->job != job)
		job_free(job);
	else
		send_turn(c, 0); /* so that there is something to wait for */
	return r;
}

struct postrider_result *postrider_client_start(struct postrider_client *c,
                                                struct postrider_mail *m, const char *server)
{
	struct postrider_result *r;

	if (!c || !client_enter(c))
		return refuse_all(c ? CLIENT_BUSY : CLIENT_NULL, c);
	r = start(c, m, server);
	client_leave(c);
	return r;
}

static void end_job(struct postrider_client *c)
{
	client_end_send(c);
	job_free(TAKE(c->job));
}

int send_turn(struct postrider_client *c, int64_t until_at)
{
	struct sending *s = &c->job->sending;

	if (c->cancelled)
		sending_stop(s);
	if (sending_goes_on(s) && (poller_turn(&c->poller, until_at) < 0 || s->ended))
		sending_end(s);
	if (c->cancelled)
		sending_stop(s);
	if (sending_goes_on(s))
		return 1;
	end_job(c);
	return 0;
}

void send_end(struct postrider_client *c)
{
	if (!c->job)
		return;
	sending_stop(&c->job->sending);
	while (sending_goes_on(&c->job->sending))
		sending_end(&c->job->sending);
	end_job(c);
}

struct postrider_result *postrider_client_send(struct postrider_client *c, struct postrider_mail *m,
                                               const char *server)
{
	struct postrider_result *r;
	bool busy;

	if (!c || !client_enter(c))
		return refuse_all(c ? CLIENT_BUSY : CLIENT_NULL, c);
	busy = c->job;
	r = start(c, m, server);
	while (!busy && c->job)
		send_turn(c, CLOCK_NEVER);
	client_leave(c);
	return r;
}

struct postrider_result *postrider_send(struct postrider_mail *m, const char *server)
{
	struct postrider_client *c = postrider_client_new();
	struct postrider_result *r =
	        c ? postrider_client_send(c, m, server) : refuse_all("out of memory", false);

	postrider_client_free(c);
	return r;
}
