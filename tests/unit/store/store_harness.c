/* tests/unit/store/store_harness.c - see store_harness.h. */
#include "store_harness.h"

#include <stdio.h>
#include <stdlib.h>

struct settings rig_settings;
struct store *rig_spool;
static char dir[256];

static void body(void *arg)
{
	void (*fn)(void) = *(void (**)(void))arg;
	fn();
	if (rig_spool)
		rig_close();
}

static const char *root(void)
{
	const char *tmp = getenv("TMPDIR");
	return tmp ? tmp : "/tmp";
}

void rig_test_run(void (*fn)(void))
{
	snprintf(dir, sizeof dir, "%s/postrider-store-XXXXXX", root());
	CHECK(mkdtemp(dir) != NULL);
	rig_settings = (struct settings){
		.server_data_dir = dir,
		.store_segment_size = TEST_SEGMENT,
		.store_blob_threshold = TEST_SEGMENT / 4,
		.store_ledger_kept = 0,
	};
	CHECK_INT(loop_init(0), 0);
	CHECK_INT(fibre_spawn("test", body, &fn), 0);
	CHECK_INT(loop_run(), 0);
	CHECK_INT(fibre_count(), 0);
	loop_fini();
	CHECK_INT(rig_shell("rm -rf \"$PWD\""), 0);
}

void rig_open(void)
{
	CHECK_INT(store_open(&rig_settings, &rig_spool), 0);
}

void rig_close(void)
{
	store_close(TAKE(rig_spool));
}

void rig_reopen(void)
{
	rig_close();
	rig_open();
}

const char *rig_path(const char *name)
{
	static char path[512];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	return path;
}

int rig_shell(const char *command)
{
	char line[1024];
	snprintf(line, sizeof line, "cd '%s' && { %s; }", dir, command);
	return system(line);
}

void test_message(struct test_message *t, struct span text, const char *const *to, size_t n)
{
	*t = (struct test_message){ .m = {
		                            .return_path = SPAN("sender@example.test"),
		                            .login = SPAN("return_path"),
		                            .client_address = SPAN("192.0.2.9"),
		                            .helo = SPAN("client.example.test"),
		                            .protocol = SPAN("ESMTPSA"),
		                            .subject = SPAN("a subject"),
		                            .body = text,
		                    } };
	t->m.recipients = t->to;
	t->m.n_recipients = n;
	for (size_t i = 0; i < n; i++) {
		struct span address = span_str(to[i]), domain = address, local;
		span_split(&domain, '@', &local);
		t->to[i] = (struct record_recipient){ .address = address, .domain = domain };
		if (span_find(domain, '.') < 0)
			t->to[i].account = local;
	}
}

uint64_t rig_commit(struct span text, const char *to)
{
	struct test_message t;
	test_message(&t, text, &to, 1);
	int r = store_commit(rig_spool, &t.m, NULL, NULL, 0);
	return r < 0 ? 0 : t.m.id;
}

int rig_change(uint64_t message, uint32_t recipient, uint8_t state, int64_t next_try_ms)
{
	struct record_change f = {
		.message = message,
		.recipient = recipient,
		.state = state,
		.attempt = 1,
		.code = state == RECIPIENT_DEFERRED ? 451 : 250,
		.text = SPAN("words"),
		.next_try_ms = next_try_ms,
	};
	return store_record(rig_spool, &f, 1);
}

void rig_check_text(uint64_t id, struct span text)
{
	AUTO_BUF got = BUF(16 << 20);
	CHECK_INT(store_read(rig_spool, id, 0, 16 << 20, &got), 0);
	CHECK_SPAN(buf_span(&got), text);
}

size_t rig_pending(void)
{
	AUTO_ARENA mem = { 0 };
	struct store_pending *rows;
	size_t n = 0;
	CHECK_INT(
	        store_pending(rig_spool, (struct store_place){ -1, 0, 0 }, 100000, &mem, &rows, &n),
	        0);
	return n;
}

uint8_t rig_state(uint64_t id, uint32_t recipient)
{
	AUTO_ARENA mem = { 0 };
	struct record_change *rows;
	size_t n = 0;
	int r = store_status(rig_spool, id, recipient, 1, &mem, &rows, &n);
	return r < 0 ? 0 : rows[0].state;
}

static WAITS int list_of(struct mailbox *m, uint32_t after, size_t max, struct arena *mem,
                         struct rig_entry **out, size_t *n)
{
	struct box_want want = { .first = after + 1, .last = UINT32_MAX, .max = max };
	struct store_entry_about *about;
	struct box_entry *rows;
	bool done;
	int r = box_page(m->box, &want, mem, &rows, n, &done);
	if (r < 0)
		return r;
	about = arena_array(mem, struct store_entry_about, *n);
	*out = arena_array(mem, struct rig_entry, *n);
	r = store_mail_about(rig_spool, m->account->name, rows, *n, mem, about);
	for (size_t i = 0; i < *n && r >= 0; i++)
		(*out)[i] = (struct rig_entry){ rows[i].row.uid,           rows[i].row.message,
			                        rows[i].row.date_s * 1000, rows[i].row.size,
			                        about[i].return_path,      about[i].subject,
			                        about[i].recipient };
	return r;
}

int rig_mailbox_list(struct span account, struct span name, uint32_t after, size_t max,
                     struct arena *mem, struct rig_entry **out, size_t *n)
{
	AUTO(store_mailbox_leave) struct mailbox *m = NULL;
	struct account *a;
	*n = 0;
	if (store_account_known(rig_spool, account, &a) < 0)
		return span_eq(name, SPAN("INBOX")) ? 0 : ERR_NOT_FOUND;
	m = names_path(a, name);
	if (!m)
		return ERR_NOT_FOUND;
	m->users++;
	return list_of(m, after, max, mem, out, n);
}

int rig_mailbox_get(struct span account, struct span name, uint32_t uid, struct arena *mem,
                    struct rig_entry *out)
{
	struct rig_entry *found;
	size_t n = 0;
	int r = uid ? rig_mailbox_list(account, name, uid - 1, 1, mem, &found, &n) : 0;
	if (r < 0)
		return r;
	if (n == 0 || found->uid != uid)
		return ERR_NOT_FOUND;
	*out = *found;
	return 0;
}
