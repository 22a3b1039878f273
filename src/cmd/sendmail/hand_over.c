/* cmd/sendmail/hand_over.c - see hand_over.h. */
#include "cmd/sendmail/hand_over.h"

#include <postrider.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/cli.h"
#include "cmd/directory/who.h"
#include "cmd/submit.h"

enum { HOST_BYTES = 256 };

/* ---- this machine's server ---- */

static int settings_of_here(struct arena *mem, struct settings *set)
{
	if (cli_settings(NULL, mem, set) >= 0)
		return EX_OK;
	cli_fail("sendmail: the message is not sent. A server elsewhere that should take it is "
	         "named in /etc/postrider/sendmail.conf");
	return EX_CONFIG;
}

static void note_first(json_t *row, void *arg)
{
	char **first = arg;
	const char *name = control_text(row, "domain");

	if (!*first && *name)
		*first = strdup(name);
}

static int domain_of_here(struct sendmail_config *config)
{
	const struct who_order list = { .object = "domain", .verb = "list", .name = "" };
	AUTO_ARENA mem = { 0 };
	struct settings set;
	int status = settings_of_here(&mem, &set);

	if (status != EX_OK)
		return status;
	return who_ask(&set, &list, note_first, &config->domain) < 0 ? EX_TEMPFAIL : EX_OK;
}

int sendmail_domain(struct sendmail_config *config)
{
	char name[HOST_BYTES];
	int status = EX_OK;

	if (config->domain && *config->domain)
		return EX_OK;
	free(TAKE(config->domain));
	if (sendmail_config_is_here(config))
		status = domain_of_here(config);
	if (status == EX_OK && !config->domain && gethostname(name, sizeof name) == 0 &&
	    memchr(name, 0, sizeof name))
		config->domain = strdup(*name ? name : "localhost");
	return status == EX_OK && !config->domain ? EX_OSERR : status;
}

static int to_the_server_here(const struct sendmail_options *o, struct sendmail_message *m)
{
	struct submit_message message = { m->sender, m->recipients, m->n_recipients,
		                          buf_span(&m->text), m->smtputf8 };
	AUTO_ARENA mem = { 0 };
	struct settings set;
	struct control c;
	json_t *answer;
	int status = settings_of_here(&mem, &set);

	if (status != EX_OK)
		return status;
	if (control_open(&set, &c) < 0)
		return cli_fail("sendmail: the message is not sent, and is kept nowhere"),
		       EX_TEMPFAIL;
	int r = submit_message(&c, &message, &answer);
	if (r >= 0) {
		if (o->verbose)
			printf("message %s is in the queue; what becomes of it: postrider status "
			       "%s\n",
			       control_text(answer, "message"), control_text(answer, "message"));
		json_decref(answer);
	}
	control_close(&c);
	return r >= 0 ? EX_OK : r == ERR_REFUSED ? EX_UNAVAILABLE : EX_TEMPFAIL;
}

/* ---- another ---- */

static int compose(struct postrider_mail *mail, const struct sendmail_message *m)
{
	int r = postrider_mail_raw(mail, m->text.p, m->text.n);

	for (size_t i = 0; !r && i < m->n_recipients; i++) {
		AUTO_BUF address = BUF(1024);
		buf_put(&address, m->recipients[i]);
		r = postrider_mail_bcc(mail, buf_str(&address));
	}
	AUTO_BUF sender = BUF(1024);
	buf_put(&sender, m->sender);
	return r ? r : postrider_mail_return_path(mail, buf_str(&sender));
}

static int status_of(const struct postrider_result *r, size_t i)
{
	const char *class = postrider_result_class(r, i);

	if (postrider_result_state(r, i) == POSTRIDER_DELIVERED)
		return EX_OK;
	if (postrider_result_state(r, i) == POSTRIDER_DEFERRED)
		return EX_TEMPFAIL;
	return strcmp(class, "no-such-user") == 0     ? EX_NOUSER
	       : strcmp(class, "no-such-domain") == 0 ? EX_NOHOST
	                                              : EX_UNAVAILABLE;
}

/* A recipient who was refused counts more than one who may be tried again. */
static int tell(const struct sendmail_options *o, const struct postrider_result *r)
{
	int all = EX_OK;

	if (postrider_result_error(r))
		return cli_fail("sendmail: %s", postrider_result_error(r)), EX_DATAERR;
	for (size_t i = 0; i < postrider_result_count(r); i++) {
		int one = status_of(r, i);
		if (one != EX_OK || o->verbose)
			fprintf(one == EX_OK ? stdout : stderr, "%s\n",
			        postrider_result_line(r, i));
		if (all == EX_OK || all == EX_TEMPFAIL)
			all = one == EX_OK ? all : one;
	}
	return all;
}

static int to_another(const struct sendmail_options *o, const char *server,
                      const struct sendmail_message *m)
{
	struct postrider_mail *mail = postrider_mail_new(NULL, NULL, NULL);
	int status = EX_DATAERR;

	if (compose(mail, m)) {
		cli_fail("sendmail: %s", postrider_mail_error(mail));
	} else {
		struct postrider_result *r = postrider_send(mail, server);
		status = tell(o, r);
		postrider_result_free(r);
	}
	postrider_mail_free(mail);
	return status;
}

int sendmail_hand_over(const struct sendmail_options *o, const struct sendmail_config *config,
                       struct sendmail_message *m)
{
	if (config->server && *config->server)
		return to_another(o, strcmp(config->server, "none") == 0 ? NULL : config->server,
		                  m);
	return to_the_server_here(o, m);
}
