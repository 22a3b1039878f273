/* store: on a full disk mail is refused, results are recorded, and they free it.  As root: each
 * test fills a small disk of its own. */
#include "store_harness.h"

#include <stdio.h>
#include <stdlib.h>

static const int64_t patience_ms = 60000;
static char kilobyte[1024];
static const char *outer;

/* A disk of which so many octets are taken; the store's directory from now on. */
static bool disk_mount(const char *size, const char *taken)
{
	static char path[300];
	char command[200];
	snprintf(command, sizeof command, "mkdir full && mount -t tmpfs -o size=%s none full",
	         size);
	if (rig_shell(command) != 0) {
		printf("skipped: only root may mount the small disk that this fills\n");
		return false;
	}
	snprintf(command, sizeof command, "head -c %s /dev/zero > full/ballast", taken);
	CHECK_INT(rig_shell(command), 0);
	outer = rig_settings.server_data_dir;
	snprintf(path, sizeof path, "%s", rig_path("full"));
	rig_settings.server_data_dir = path;
	return true;
}

static void disk_unmount(void)
{
	CHECK_INT(rig_shell("umount full && rmdir full"), 0);
	rig_settings.server_data_dir = outer;
}

enum { ACCEPTED_MAX = 20000 };
static uint64_t accepted[ACCEPTED_MAX];
static size_t n_accepted, n_writers;

/* Until the disk refuses. */
static void fill_up(void *arg)
{
	(void)arg;
	while (n_accepted < ACCEPTED_MAX) {
		uint64_t id = rig_commit(span_make(kilobyte, sizeof kilobyte), "bob@example.net");
		if (!id)
			break;
		accepted[n_accepted++] = id;
	}
	n_writers--;
}

static WAITS void fill_up_by(size_t writers)
{
	n_accepted = 0;
	for (n_writers = 0; n_writers < writers; n_writers++)
		CHECK_INT(fibre_spawn("writer", fill_up, NULL), 0);
	while (n_writers)
		CHECK_INT(fibre_yield(), 0);
	CHECK(n_accepted > 1000 && n_accepted < ACCEPTED_MAX);
}

/* As the queue does: a result that the disk has no room for now is offered again. */
static WAITS int deliver(uint64_t message)
{
	int64_t until = clock_add(clock_now_at(), patience_ms);
	int r;
	while ((r = rig_change(message, 0, RECIPIENT_DELIVERED, 0)) == ERR_NO_SPACE &&
	       clock_now_at() < until)
		CHECK_INT(fibre_sleep(5), 0);
	return r;
}

/* A final failure, with the notification that goes with it. */
static WAITS int bounce(uint64_t message)
{
	const char *sender = "ann@local";
	struct test_message dsn;
	struct record_change refused = { .message = message,
		                         .state = RECIPIENT_REFUSED,
		                         .attempt = 1 };
	test_message(&dsn, SPAN("Subject: failed\r\n\r\nx\r\n"), &sender, 1);
	return store_commit(rig_spool, &dsn.m, NULL, &refused, 1);
}

STORE_TEST(a_full_disk_refuses_and_recovers)
{
	static const size_t t[] = { 1, 40 }; /* who commit at once */
	EACH_ROW(t) {
		if (!disk_mount("14m", "6000000"))
			return;
		rig_open();
		fill_up_by(t[row]);
		for (size_t i = 0; i < n_accepted; i++)
			rig_check_text(accepted[i], span_make(kilobyte, sizeof kilobyte));
		/* What came of accepted mail is still written down. */
		for (size_t i = 0; i < 20; i++)
			CHECK_INT(rig_change(accepted[i], 0, RECIPIENT_DELIVERED, 0), 0);
		CHECK_INT(bounce(accepted[20]), 0);
		CHECK_INT(rig_shell("rm full/ballast"), 0);
		uint64_t more = rig_commit(SPAN("x"), "bob@example.net");
		CHECK(more != 0);
		CHECK_INT(rig_pending(), n_accepted - 21 + 1);
		for (size_t i = 21; i < n_accepted; i++)
			CHECK_INT(deliver(accepted[i]), 0);
		CHECK_INT(rig_pending(), 1);
		rig_reopen();
		CHECK_INT(rig_pending(), 1);
		rig_check_text(more, SPAN("x"));
		rig_close();
		disk_unmount();
	}
}

/* Nobody helps; and some messages stay undecided, so that no segment is dead by itself. */
STORE_TEST(results_alone_free_a_full_disk)
{
	enum { STAYS = 40 };
	if (!disk_mount("14m", "6000000"))
		return;
	rig_open();
	fill_up_by(1);
	for (size_t i = 0; i < n_accepted; i++)
		if (i % STAYS)
			CHECK_INT(deliver(accepted[i]), 0);
	int64_t until = clock_add(clock_now_at(), patience_ms);
	uint64_t more = 0;
	while (!more && clock_now_at() < until) {
		more = rig_commit(span_make(kilobyte, sizeof kilobyte), "bob@example.net");
		CHECK_INT(fibre_sleep(5), 0);
	}
	CHECK(more != 0);
	CHECK_INT(rig_pending(), (n_accepted + STAYS - 1) / STAYS + 1);
	for (size_t i = 0; i < n_accepted; i += STAYS)
		rig_check_text(accepted[i], span_make(kilobyte, sizeof kilobyte));
	rig_close();
	disk_unmount();
}

STORE_TEST(results_are_recorded_after_a_restart_on_a_full_disk)
{
	if (!disk_mount("14m", "6000000"))
		return;
	rig_open();
	fill_up_by(1);
	for (size_t i = 0; i < 3; i++) {
		rig_reopen();
		CHECK_INT(rig_change(accepted[i], 0, RECIPIENT_DELIVERED, 0), 0);
		CHECK_INT(rig_pending(), n_accepted - i - 1);
	}
	rig_close();
	disk_unmount();
}

/* Others took the last octet: what is said names the place and the need, and it goes on by itself.
 */
STORE_TEST(people_are_told_where_a_disk_is_full)
{
	AUTO_ARENA mem = { 0 };
	struct store_pending *rows;
	size_t n;
	if (!disk_mount("14m", "2000000"))
		return;
	rig_open();
	uint64_t id = rig_commit(SPAN("x"), "bob@example.net");
	CHECK_INT(rig_pending(), 1);
	int r = 0;
	for (size_t i = 0; i < 600 && r >= 0; i++) {
		if (i % 20 == 0)
			CHECK_INT(rig_shell("cat /dev/zero >> full/others 2>/dev/null || true"), 0);
		CHECK_INT(rig_change(id, 0, RECIPIENT_DEFERRED, 99), 0);
		if (i % 20 == 19)
			r = store_pending(rig_spool, (struct store_place){ -1, 0, 0 }, 10, &mem,
			                  &rows, &n);
	}
	CHECK_INT(r, ERR_NO_SPACE);
	CHECK(strstr(err_str(r), rig_settings.server_data_dir) != NULL);
	CHECK(strstr(err_str(r), "0 KiB are free there and 8 MiB are needed") != NULL);
	rig_close();
	r = store_open(&rig_settings, &rig_spool);
	CHECK_INT(r, ERR_NO_SPACE);
	CHECK(strstr(err_str(r), rig_settings.server_data_dir) != NULL);
	CHECK(strstr(err_str(r), "0 KiB are free there and 8 MiB are needed") != NULL);
	CHECK_INT(rig_shell("rm full/others"), 0);
	rig_open();
	CHECK_INT(rig_pending(), 1);
	rig_close();
	disk_unmount();
}

static size_t n_taken[2];

static void commit_one(void *arg)
{
	static char big[900000];
	bool is_big = arg != NULL;
	n_taken[is_big] += rig_commit(is_big ? span_make(big, sizeof big)
	                                     : span_make(kilobyte, sizeof kilobyte),
	                              "bob@example.net") != 0;
	n_writers--;
}

/* Only what does not fit is refused, and not what came with it. */
STORE_TEST(a_big_message_is_refused_alone)
{
	/* The first of 4 MiB leaves the 64 MiB free that mail leaves free; a second would not. */
	if (!disk_mount("78m", "8000000"))
		return;
	rig_settings.store_segment_size = 4 << 20;
	rig_open();
	for (size_t i = 0; i < 2500; i++)
		CHECK(rig_commit(span_make(kilobyte, sizeof kilobyte), "bob@example.net") != 0);
	for (n_writers = 0; n_writers < 11; n_writers++)
		CHECK_INT(fibre_spawn("writer", commit_one, n_writers ? NULL : &n_taken), 0);
	while (n_writers)
		CHECK_INT(fibre_yield(), 0);
	CHECK_INT(n_taken[true], 0);
	CHECK_INT(n_taken[false], 10);
	rig_close();
	disk_unmount();
}
