/* tests/unit/store/spool_harness.c - see spool_harness.h. */
#include "spool_harness.h"

#include <stdio.h>
#include <stdlib.h>

struct settings store_settings;
struct spool *store_spool;
static char dir[256];

static void body(void *arg)
{
	void (*fn)(void) = *(void (**)(void))arg;
	fn();
	if (store_spool)
		store_close();
}

static const char *root(void)
{
	const char *tmp = getenv("TMPDIR");
	return tmp ? tmp : "/tmp";
}

void store_test_run(void (*fn)(void))
{
	snprintf(dir, sizeof dir, "%s/postrider-store-XXXXXX", root());
	CHECK(mkdtemp(dir) != NULL);
	store_settings = (struct settings){
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
	CHECK_INT(store_shell("rm -rf \"$PWD\""), 0);
}

void store_open(void)
{
	CHECK_INT(spool_open(&store_settings, &store_spool), 0);
}

void store_close(void)
{
	spool_close(TAKE(store_spool));
}

void store_reopen(void)
{
	store_close();
	store_open();
}

const char *store_path(const char *name)
{
	static char path[512];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	return path;
}

int store_shell(const char *command)
{
	char line[1024];
	snprintf(line, sizeof line, "cd '%s' && { %s; }", dir, command);
	return system(line);
}

void test_message(struct test_message *t, struct span text, const char *const *to, size_t n)
{
	*t = (struct test_message){ .m = {
		                            .sender = SPAN("sender@example.test"),
		                            .login = SPAN("sender"),
		                            .client_address = SPAN("192.0.2.9"),
		                            .client_name = SPAN("client.example.test"),
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

uint64_t store_commit(struct span text, const char *to)
{
	struct test_message t;
	test_message(&t, text, &to, 1);
	int r = spool_commit(store_spool, &t.m, NULL, 0);
	return r < 0 ? 0 : t.m.id;
}

int store_change(uint64_t message, uint32_t recipient, uint8_t state, int64_t next_try_ms)
{
	struct record_feedback f = {
		.message = message,
		.recipient = recipient,
		.state = state,
		.attempt = 1,
		.code = state == RECIPIENT_DEFERRED ? 451 : 250,
		.text = SPAN("words"),
		.next_try_ms = next_try_ms,
	};
	return spool_record(store_spool, &f, 1);
}

void store_check_text(uint64_t id, struct span text)
{
	AUTO_BUF got = BUF(16 << 20);
	CHECK_INT(spool_read(store_spool, id, 0, 16 << 20, &got), 0);
	CHECK_SPAN(buf_span(&got), text);
}

size_t store_pending(void)
{
	AUTO_ARENA mem = { 0 };
	struct spool_pending *rows;
	size_t n = 0;
	CHECK_INT(spool_pending(store_spool, -1, 0, 0, 100000, &mem, &rows, &n), 0);
	return n;
}

uint8_t store_state(uint64_t id, uint32_t recipient)
{
	AUTO_ARENA mem = { 0 };
	struct record_feedback *rows;
	size_t n = 0;
	int r = spool_status(store_spool, id, recipient, 1, &mem, &rows, &n);
	return r < 0 ? 0 : rows[0].state;
}
