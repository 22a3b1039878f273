/* cmd/cmd_account.c - account add, password, list. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/credentials.h"
#include "cmd/cli.h"
#include "cmd/control.h"
#include "cmd/password.h"

enum { ACCOUNTS_MAX = 16 << 20 };

/* Replaces the file in one step: a reader sees the old or the new one. */
static int replace(const char *path, struct span text)
{
	AUTO_BUF fresh = BUF(4096);
	struct stat st;

	buf_printf(&fresh, "%s.new", path);
	const char *name = buf_str(&fresh);
	mode_t mode = stat(path, &st) == 0 ? st.st_mode & 0777 : 0600;
	AUTO_FD int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0 || write(fd, text.p, text.n) != (ssize_t)text.n || fsync(fd) < 0 ||
	    rename(name, path) < 0)
		return cli_fail("cannot write %s: %s", path, strerror(errno));
	return CLI_OK;
}

static bool is_of(struct span line, struct span account)
{
	struct credential_line got;

	return credentials_parse_line(line, &got) == 0 && span_eq_nocase(got.account, account);
}

static bool is_there(struct span text, struct span account)
{
	struct span line;

	while (span_split(&text, '\n', &line))
		if (is_of(line, account))
			return true;
	return false;
}

/* Copies all lines with fresh in place of the account's own, else behind them: the first
 * account of the file may be the postmaster. */
static void put_with(struct span text, struct span account, struct span fresh, struct buf *out)
{
	struct span line;

	while (span_split(&text, '\n', &line)) {
		if (is_of(line, account)) {
			buf_put(out, fresh);
			fresh = SPAN("");
		} else if (line.n || text.n) {
			buf_put(out, line);
			buf_putc(out, '\n');
		}
	}
	buf_put(out, fresh);
}

static int list(struct span text)
{
	struct credential_line got;
	struct span line;

	while (span_split(&text, '\n', &line))
		if (credentials_parse_line(line, &got) == 0)
			printf("%.*s\n", SPAN_ARG(got.account));
	return CLI_OK;
}

static int change(const struct settings *set, struct span text, const char *account,
                  const char *file, bool add)
{
	AUTO_BUF fresh = BUF(4096), out = BUF(ACCOUNTS_MAX + 4096);
	struct span name = span_str(account);
	ptrdiff_t at = span_find_last(name, '@');
	struct span domain = span_sub(name, (size_t)(at + 1), name.n);
	bool ours = false;

	for (size_t i = 0; i < set->server_domains.n; i++)
		ours = ours || span_eq_nocase(domain, span_str(set->server_domains.v[i]));
	if (at <= 0 || !ours)
		return cli_fail("%s: the part behind @ must be one of server.domains", account);
	bool found = is_there(text, name);
	if (add && found)
		return cli_fail(
		        "%s is there already; postrider account password changes its password",
		        account);
	if (!add && !found)
		return cli_fail("there is no account %s; postrider account list shows them",
		                account);
	if (password_line(account, file, &fresh) < 0)
		return CLI_FAILED;
	put_with(text, name, buf_span(&fresh), &out);
	if (out.err)
		return cli_fail("%s: %s", set->server_accounts, err_str(out.err));
	int status = replace(set->server_accounts, buf_span(&out));
	if (status == CLI_OK) {
		printf("%s %s", add ? "added" : "changed", account);
		pid_t server = control_server(set);
		if (server > 0)
			printf("; the running server takes it over on: kill -HUP %d", (int)server);
		putchar('\n');
	}
	return status;
}

int cmd_account(int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
		                                 { "password-file", required_argument, NULL, 'p' },
		                                 { "help", no_argument, NULL, 'h' },
		                                 { 0 } };
	AUTO_ARENA mem = { 0 };
	AUTO_BUF text = { 0 };
	struct settings set;
	const char *path = NULL, *file = NULL;
	int o;

	while ((o = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (o == 'c')
			path = optarg;
		else if (o == 'p')
			file = optarg;
		else
			return cli_help(
			        o, "account",
			        "usage: postrider account list [-c FILE]\n"
			        "       postrider account add|password [-c FILE] "
			        "[--password-file F] ADDRESS\n\n"
			        "The password is the first line of F; without it, it is asked "
			        "on a terminal, else\n"
			        "made at random and printed once.");
	}
	const char *verb = optind < argc ? argv[optind] : "";
	if (cli_settings(path, &mem, &set) < 0 ||
	    cli_read_file(set.server_accounts, ACCOUNTS_MAX, &text) < 0)
		return CLI_FAILED;
	if (strcmp(verb, "list") == 0 && optind + 1 == argc)
		return list(buf_span(&text));
	bool add = strcmp(verb, "add") == 0;
	if ((!add && strcmp(verb, "password") != 0) || optind + 2 != argc)
		return cli_misuse("account", "list, add ADDRESS or password ADDRESS?");
	return change(&set, buf_span(&text), argv[optind + 1], file, add);
}
