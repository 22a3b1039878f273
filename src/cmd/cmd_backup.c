/* cmd/cmd_backup.c - backup, restore. */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/cli.h"
#include "cmd/control.h"
#include "store/backup/backup.h"
#include "store/store.h"

enum {
	KEEP_MS = 10 * 60 * 1000, /* the server removes nothing for so long, */
	KEEP_EVERY_MS = 60000,    /* and is asked again */
	SHOW_EVERY_MS = 200,
};

struct copying {
	struct control server;
	bool running, shown;
	int64_t kept_at, shown_at;
};

static int keep(struct copying *x, int ms)
{
	json_t *answer;
	int r = control_ask(&x->server, json_pack("{s:s, s:i}", "call", "keep", "ms", ms));

	if (r >= 0)
		r = control_answer(&x->server, &answer);
	if (r < 0)
		return r;
	json_decref(answer);
	x->kept_at = clock_now_at();
	return 0;
}

static int turn(const struct store_copy *c, void *arg)
{
	struct copying *x = arg;
	int64_t now = clock_now_at();

	if (x->shown && now - x->shown_at > SHOW_EVERY_MS) {
		fprintf(stderr, "\r%ju files, %ju MB", (uintmax_t)c->n_files,
		        (uintmax_t)(c->octets >> 20));
		x->shown_at = now;
	}
	return x->running && now - x->kept_at > KEEP_EVERY_MS ? keep(x, KEEP_MS) : 0;
}

static int told(const struct copying *x, const struct store_copy *c, int r)
{
	if (x->shown)
		fprintf(stderr, "\r\033[K");
	if (r < 0)
		return cli_fail("%s", err_str(r));
	printf("%ju files, %ju octets\n", (uintmax_t)c->n_files, (uintmax_t)c->octets);
	return CLI_OK;
}

static int backup(const struct settings *set, const char *to)
{
	struct copying x = { .running = control_server(set) != 0, .shown = isatty(STDERR_FILENO) };
	struct store_copy c = { .from = set->server_data_dir, .to = to, .turn = turn, .arg = &x };
	int r = 0;

	if (x.running && (control_open(set, &x.server) < 0 || keep(&x, KEEP_MS) < 0))
		return CLI_FAILED;
	r = store_backup(&c);
	if (x.running) {
		(void)!keep(&x, 0); /* else it ends by itself */
		control_close(&x.server);
	}
	return told(&x, &c, r);
}

static int restore(const struct settings *set, const char *from)
{
	struct copying x = { .shown = isatty(STDERR_FILENO) };
	struct store_copy c = { .from = from, .to = set->server_data_dir, .turn = turn, .arg = &x };

	if (control_server(set))
		return cli_fail("a server is running: stop it, and move %s away",
		                set->server_data_dir);
	int r = store_restore(&c);
	if (r == ERR_EXISTS)
		return cli_fail("%s is not empty: move it away first", set->server_data_dir);
	return told(&x, &c, r);
}

/* The directory; NULL, and *status: there is nothing to do. */
static const char *arguments(int argc, char **argv, const char *help, struct arena *mem,
                             struct settings *set, int *status)
{
	const char *path = NULL, *command = help[0] == 'b' ? "backup" : "restore";

	*status = cli_options(argc, argv, command, help + 1, &path, NULL);
	if (*status >= 0)
		return NULL;
	*status = optind + 1 == argc ? CLI_FAILED : cli_misuse(command, "which directory?");
	if (optind + 1 != argc || cli_settings(path, mem, set) < 0)
		return NULL;
	return argv[optind];
}

int cmd_backup(int argc, char **argv)
{
	AUTO_ARENA mem = { 0 };
	struct settings set;
	int status;
	const char *to = arguments(
	        argc, argv,
	        "busage: postrider backup [-c FILE] DIR\n\n"
	        "Copies the data directory to DIR, which is made, or empty, while the server runs "
	        "or not.\nAll that was answered before it begins is in it, what logins hang on, "
	        "and what was learned\n(of wanted mail, other domains' TLS, who comes again, who "
	        "is "
	        "shut out); indexes of texts are\nleft out, for they are made again.  The "
	        "configuration and the keys that it names are files of\ntheir own: copy them too.  "
	        "store verify reads a backup where server.data_dir names it.",
	        &mem, &set, &status);

	return to ? backup(&set, to) : status;
}

int cmd_restore(int argc, char **argv)
{
	AUTO_ARENA mem = { 0 };
	struct settings set;
	int status;
	const char *from = arguments(argc, argv,
	                             "rusage: postrider restore [-c FILE] DIR\n\n"
	                             "Copies a backup to the data directory, which is not there, "
	                             "or empty.  Stop the server "
	                             "first.\nWhat it told mail programs since the backup was made "
	                             "is not told again for "
	                             "something else: UIDs\nand the like go on a million above.",
	                             &mem, &set, &status);

	return from ? restore(&set, from) : status;
}
