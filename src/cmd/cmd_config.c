/* cmd/cmd_config.c - config show, config check; store verify. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/cli.h"
#include "config/config.h"
#include "store/store.h"

enum { PRINT_MAX = 1 << 20 };

static int print(const struct settings *set, bool docs, const char *name)
{
	AUTO_BUF out = BUF(PRINT_MAX);
	int r = name ? config_print_one(set, span_str(name), &out) : config_print(set, docs, &out);

	if (r < 0)
		return cli_fail("%s", err_str(r));
	if (out.n)
		fwrite(out.p, 1, out.n, stdout);
	if (name)
		putchar('\n');
	return CLI_OK;
}

/* The server reads these as its own user; here they may be out of reach, so it is no mistake. */
static void note_missing(const char *path)
{
	if (access(path, R_OK) < 0)
		fprintf(stderr, "note: the server needs %s: %s\n", path, strerror(errno));
}

/* Without one of them the server does not start. */
static int check_hashes(const struct settings *set, const char *path)
{
	for (size_t i = 0; i < set->defence_hashes.n; i++) {
		const char *file = set->defence_hashes.v[i];
		if (access(file, F_OK) < 0 && errno == ENOENT)
			return cli_fail("%s: defence.hashes: %s is not there: make it (it may be "
			                "empty), or take it out",
			                path, file);
		note_missing(file);
	}
	return CLI_OK;
}

static void note_missing_certificates(const struct settings *set)
{
	note_missing(set->tls_certificate);
	note_missing(set->tls_key);
	for (size_t i = 0; i < set->tls_certificates.n; i++) {
		struct span rest = span_str(set->tls_certificates.v[i]), file;
		while (span_split(&rest, ' ', &file)) {
			AUTO_BUF z = BUF(4096);
			if (buf_put(&z, file) >= 0 && buf_str(&z))
				note_missing(z.p);
		}
	}
}

static int check(const struct settings *set, const char *path)
{
	int r = store_check_settings(set);

	if (r < 0)
		return cli_fail("%s: %s", path, err_str(r));
	r = check_hashes(set, path);
	if (r != CLI_OK)
		return r;
	printf("%s is right\n", path);
	note_missing_certificates(set);
	return CLI_OK;
}

static const char config_usage[] =
        "usage: postrider config show [-c FILE] [section.name]\n"
        "       postrider config show --defaults [section.name]\n"
        "       postrider config check [-c FILE]\n\n"
        "show: the settings as they are in force; --defaults: each with what it means.\n"
        "check: exit status 0 when the file is right; every mistake with its line.";

int cmd_config(int argc, char **argv)
{
	AUTO_ARENA mem = { 0 };
	struct settings set;
	const char *path = NULL;
	bool defaults = false;
	const struct cli_option options[] = { { "defaults", .flag = &defaults }, { 0 } };
	int status = cli_options(argc, argv, "config", config_usage, &path, options);

	if (status >= 0)
		return status;
	bool checks = optind < argc && strcmp(argv[optind], "check") == 0;
	if (!checks && (optind >= argc || strcmp(argv[optind], "show") != 0))
		return cli_misuse("config", "show or check?");
	int r = defaults ? config_defaults(&mem, &set) : cli_settings(path, &mem, &set);
	if (r < 0)
		return CLI_FAILED;
	if (checks)
		return check(&set, cli_config_path(path));
	return print(&set, defaults, optind + 1 < argc ? argv[optind + 1] : NULL);
}

static const char store_usage[] =
        "usage: postrider store verify [-c FILE]\n\n"
        "Reads the journal, the blobs, the ledger and the mailboxes, changes nothing, and\n"
        "prints every fault that it finds, while the server runs or not.  What a running\n"
        "server changes meanwhile may be told as a fault: look again with it stopped.\n\n"
        "Exit status: 0 no fault, 1 some, or it cannot be read.";

int cmd_store(int argc, char **argv)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF out = BUF(PRINT_MAX);
	struct settings set;
	const char *path = NULL;
	int status = cli_options(argc, argv, "store", store_usage, &path, NULL);

	if (status >= 0)
		return status;
	if (optind + 1 != argc || strcmp(argv[optind], "verify") != 0)
		return cli_misuse("store", "verify?");
	if (cli_settings(path, &mem, &set) < 0)
		return CLI_FAILED;
	int r = store_verify(set.server_data_dir, &out);
	if (out.n)
		fwrite(out.p, 1, out.n, stdout);
	if (r >= 0)
		printf("no fault in %s\n", set.server_data_dir);
	if (r < 0 && !out.n)
		return cli_fail("%s", err_str(r));
	return r < 0 ? CLI_FAILED : CLI_OK;
}
