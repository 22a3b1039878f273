/* role/store.c - the data directory and the queue: files there and nowhere else, no network. */
#include "role/role.h"

#include <unistd.h>

#include "accounts/accounts.h"
#include "base/event.h"
#include "debtbook/debtbook.h"
#include "fulltext/fulltext.h"
#include "greylist/greylist.h"
#include "kit/kit.h"
#include "learned/learned.h"
#include "mailbox/mailbox.h"
#include "queue/queue.h"
#include "queue/serve/serve.h"
#include "role/counted.h"
#include "sandbox/sandbox.h"
#include "sending/sending.h"
#include "store/mail.h"
#include "store/store.h"
#include "suppressions/suppressions.h"
#include "ticket/gate.h"
#include "ticket/ticket.h"
#include "tlsfacts/tlsfacts.h"
#include "webhooks/webhooks.h"

static struct {
	struct store *store;
	struct queue *queue;
	bool is_open; /* all that an account's removal reaches */
	struct cond opened;
} self = { .opened = { LIST_INIT(self.opened.waiters) } };

/* As root the role lives in its data directory alone, whatever stands above it. */
static int prepare(struct role_inputs *inputs, struct settings *set)
{
	if (geteuid() != 0)
		return 0;
	if (chdir(set->server_data_dir) < 0 || chroot(".") < 0)
		return err_errno(ERR_CONFIG, "cannot enter %s", set->server_data_dir);
	store_tell_as(set->server_data_dir);
	set->server_data_dir = "/";
	return 0;
}

static int confine(const struct settings *set, int uid)
{
	struct sandbox_profile profile = { .role = "store",
		                           .may = SANDBOX_FILES_WRITE,
		                           .write_dirs = { set->server_data_dir } };
	role_open_crypto();
	return role_confine(&profile, uid);
}

/* What the auth role has confirmed is lost with the link; one that comes knows nobody. */
static void link_changed(struct ipc_address peer, bool up)
{
	if (peer.role != ROLE_AUTH)
		return;
	gate_forget();
	if (up)
		accounts_auth_came();
}

/* An account's own limits are the store's to keep. */
static void account_heard(const struct directory_account *a)
{
	int r = store_limit_set(self.store, a->name, a->gone ? 0 : a->quota_octets,
	                        a->gone ? 0 : a->quota_messages);
	if (r < 0)
		event_log(EVENT_internal_error, "what=%s reason=%s",
		          "an account has no limits but the settings'", err_str(r));
	r = fulltext_account(a->name, a->indexed && !a->gone);
	if (r < 0)
		event_log(EVENT_internal_error, "what=%s reason=%s",
		          "an account's texts are not indexed", err_str(r));
	sending_account(a);
	webhooks_account(a);
}

static int account_use(struct span name, uint64_t *messages, uint64_t *octets)
{
	return store_account_use(self.store, name, messages, octets);
}

/* Of a damaged mailbox it is known what it refers to once it was rebuilt. */
static WAITS int remove_mail(struct span name)
{
	AUTO_ARENA mem = { 0 };
	struct store_rebuilding rebuilt;
	struct account *a;
	int r = store_account_remove(self.store, name); /* WAITS */

	if (r != ERR_DAMAGED)
		return r;
	r = store_account_known(self.store, name, &a);
	if (r >= 0)
		r = store_mail_rebuild(self.store, a, &mem, &rebuilt); /* WAITS */
	return r < 0 ? r : store_account_remove(self.store, name);     /* WAITS */
}

/* One that a crash cut short begins with the start. */
static WAITS int account_purge(struct span name)
{
	int r = 0;

	while (r >= 0 && !self.is_open)
		r = cond_wait(&self.opened, "all that is kept of accounts"); /* WAITS */
	if (r >= 0)
		r = fulltext_forget_account(name); /* WAITS */
	if (r >= 0)
		r = learned_forget(name); /* WAITS */
	if (r >= 0)
		r = suppressions_forget(name); /* WAITS */
	if (r >= 0)
		r = kit_forget(name); /* WAITS */
	if (r >= 0)
		r = webhooks_forget(name);    /* WAITS */
	return r < 0 ? r : remove_mail(name); /* WAITS */
}

static const struct accounts_keeper keeper = { account_heard, sending_domain, account_use,
	                                       account_purge };

static WAITS int start(const struct role_inputs *inputs)
{
	int r = ticket_key_set(inputs->ticket_key);
	if (r >= 0)
		r = store_open(inputs->set, &self.store);
	if (r >= 0)
		r = fulltext_start(self.store, inputs->set->server_data_dir);
	if (r >= 0)
		sending_start(inputs->set, self.store);
	accounts_follow(&keeper);
	if (r >= 0)
		r = accounts_start(inputs->set->server_data_dir);
	if (r >= 0)
		r = tlsfacts_start(inputs->set->server_data_dir);
	if (r >= 0)
		r = greylist_start(inputs->set);
	if (r >= 0)
		r = debtbook_start(inputs->set->server_data_dir);
	if (r >= 0)
		r = learned_start(inputs->set, inputs->set->server_data_dir); /* WAITS */
	if (r >= 0)
		r = suppressions_start(inputs->set->server_data_dir); /* WAITS */
	if (r >= 0)
		r = kit_start(inputs->set->server_data_dir);
	if (r >= 0)
		r = queue_open(inputs->set, self.store, &self.queue);
	if (r >= 0)
		r = webhooks_start(inputs->set, self.store); /* WAITS */
	if (r < 0)
		return r;
	queue_serve();
	counted_serve_store(self.store);
	mailbox_serve(inputs->set, self.store);
	ipc_on_link(link_changed);
	self.is_open = true;
	cond_broadcast(&self.opened);
	return 0;
}

static int reload(const struct role_inputs *inputs)
{
	store_reload(self.store, inputs->set);
	int r = webhooks_reload();
	return r < 0 ? r : queue_reload(self.queue);
}

static WAITS void stop(void)
{
	sending_stop(); /* WAITS */
	accounts_stop();
	webhooks_stop(); /* WAITS */
	mailbox_close();
	fulltext_stop();
	if (self.queue)
		queue_close(TAKE(self.queue));
	greylist_stop();
	debtbook_stop();
	learned_stop(); /* WAITS */
	tlsfacts_stop();
	suppressions_stop();
	kit_stop();
	counted_serve_store(NULL);
	if (self.store)
		store_close(TAKE(self.store));
}

const struct role_ops role_store = {
	.prepare = prepare,
	.confine = confine,
	.start = start,
	.reload = reload,
	.stop = stop,
	.awaits_answers = true,
};
