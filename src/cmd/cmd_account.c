/* cmd/cmd_account.c - account add, password, list. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/credentials.h"
#include "cmd/cli.h"
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

/* Copies all lines but the account's own; returns how often it stood there. */
static int copy_others(struct span text, struct span account, struct buf *out)
{
	struct span line, name, hash;
	int found = 0;

	while (span_split(&text, '\n', &line)) {
		bool same = credentials_parse_line(line, &name, &hash) == 0 &&
		            span_eq_nocase(name, account);
		found += same;
		if (!same && (line.n || text.n)) {
			buf_put(out, line);
			buf_putc(out, '\n');
		}
	}
	return found;
}

static int list(struct span text)
{
	struct span line, name, hash;

	while (span_split(&text, '\n', &line))
		if (credentials_parse_line(line, &name, &hash) == 0)
			printf("%.*s\n", SPAN_ARG(name));
	return CLI_OK;
}

static int change(const struct settings *set, struct span text, const char *account,
                  const char *file, bool add)
{
	AUTO_BUF out = BUF(ACCOUNTS_MAX + 4096);
	struct span name = span_str(account);
	ptrdiff_t at = span_find_last(name, '@');
	struct span domain = span_sub(name, (size_t)(at + 1), name.n);
	bool ours = false;

	for (size_t i = 0; i < set->server_domains.n; i++)
		ours = ours || span_eq_nocase(domain, span_str(set->server_domains.v[i]));
	if (at <= 0 || !ours)
		return cli_fail("%s: the part behind @ must be one of server.domains", account);
	int found = copy_others(text, name, &out);
	if (add && found)
		return cli_fail(
		        "%s is there already; postrider account password changes its password",
		        account);
	if (!add && !found)
		return cli_fail("there is no account %s; postrider account list shows them",
		                account);
	if (password_line(account, file, &out) < 0)
		return CLI_FAILED;
	int status = replace(set->server_accounts, buf_span(&out));
	if (status == CLI_OK)
		printf("%s %s; a running server takes it over on SIGHUP: kill -HUP its pid\n",
		       add ? "added" : "changed", account);
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
			return puts("usage: postrider account list [-c FILE]\n"
			            "       postrider account add|password [-c FILE] "
			            "[--password-file F] ADDRESS\n\n"
			            "The password is the first line of F; without it, it is asked "
			            "on a terminal, else\n"
			            "made at random and printed once."),
			       o == 'h' ? CLI_OK : CLI_USAGE;
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
