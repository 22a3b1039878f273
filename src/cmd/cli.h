/* cmd/cli.h - what the commands share: settings, messages, terminal.  Floor 7. */
#ifndef CMD_CLI_H
#define CMD_CLI_H

#include "base/arena.h"
#include "base/buf.h"
#include "config/settings.h"

/* Exit statuses. */
enum { CLI_OK = 0, CLI_FAILED = 1, CLI_UNDECIDED = 2, CLI_USAGE = 64, CLI_UNSENT = 69 };

/* One command: run gets the arguments behind its name, argv[0] being the name. */
typedef int cli_command(int argc, char **argv);
cli_command cmd_init, cmd_serve, cmd_send, cmd_status, cmd_why, cmd_changes, cmd_queue, cmd_mailbox,
        cmd_import, cmd_export, cmd_learn, cmd_config, cmd_route, cmd_ban, cmd_key, cmd_store,
        cmd_backup, cmd_restore, cmd_domain, cmd_alias, cmd_account, cmd_spf, cmd_dmarc, cmd_dkim,
        cmd_doctor, cmd_quarantine, cmd_defence, cmd_sendmail, cmd_metrics, cmd_suppression,
        cmd_webhook, cmd_mirror, cmd_reload, cmd_acme, cmd_role;

/* "postrider: ..." on standard error; returns CLI_FAILED. */
int cli_fail(const char *fmt, ...) PRINTF(1, 2);
/* The same with "; see postrider COMMAND --help" behind; returns CLI_USAGE. */
int cli_misuse(const char *command, const char *fmt, ...) PRINTF(2, 3);

/* An option beside -c and --help: one that takes a text, or a flag. */
struct cli_option {
	const char *name; /* without --; NULL behind the last */
	const char **text;
	bool *flag;
};
/* Takes all options, into what the rows lead to; the arguments are at optind then.  -1; else the
 * exit status: help was asked for, or one was wrong. */
int cli_options(int argc, char **argv, const char *command, const char *usage, const char **config,
                const struct cli_option *own);

/* --help, or a wrong option that getopt has told of (o is not 'h'): the text, or where
 * it is found; returns the exit status. */
int cli_help(int o, const char *command, const char *text);

/* The program's path ends in that name: it was called by it, perhaps through a link. */
bool cli_is_called(const char *program, const char *name);

/* Where the configuration is: path, else $POSTRIDER_CONFIG, else var/postrider.conf
 * when it is there, else /etc/postrider/postrider.conf. */
const char *cli_config_path(const char *path);
/* Reads it; what is wrong is printed.  ERR_CONFIG. */
NODISCARD int cli_settings(const char *path, struct arena *mem, struct settings *out);
/* A whole file, or standard input for "-"; at most max octets.  The error is printed. */
NODISCARD int cli_read_file(const char *path, size_t max, struct buf *out);
/* The same of a message, with its lines ended as SMTP does (mailfile/lines.h). */
NODISCARD int cli_read_message(const char *path, struct buf *out);

/* A header field's value for people: encoded words decoded (RFC 2047), no control octets. */
void cli_print_value(const char *value);

/* Tells what would be done, and asks on the terminal: 0 when the answer is yes; else, and without a
 * terminal, nothing is to be done, which is printed, and CLI_FAILED. */
NODISCARD int cli_confirm(const char *fmt, ...) PRINTF(1, 2);

/* Standard output is a terminal; colours are wanted (NO_COLOR unset, TERM not dumb). */
bool cli_is_terminal(void);
bool cli_has_colour(void);
/* Columns of the terminal; 80 when it does not say. */
int cli_columns(void);
/* Octets of a line of UTF-8 that fit so many columns. */
int cli_fit(const char *line, int columns);
/* The escape sequence for a delivery state's colour, and back to normal; "" without colours. */
const char *cli_state_colour(const char *state);
const char *cli_normal(void);

#endif
