/* cmd/cmd_acme.c - acme renew, acme status: certificates that an ACME server issues. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "cmd/cli.h"
#include "cmd/control.h"

static const char usage[] =
        "usage: postrider acme status|renew [-c FILE] [--json]\n\n"
        "Certificates that are ordered at the ACME server of tls.acme: for which names, how\n"
        "long they are good, when they are renewed, and why one is not to be had.\n"
        "renew orders all of them now, due or not; authorities limit how often.  Exit\n"
        "status 1: one is missing, or was not issued.";

static json_t *time_of(const char *text)
{
	AUTO_BUF out = BUF(64);
	int64_t s = strtoll(text, NULL, 10);

	if (s)
		clock_put_rfc3339(&out, s * 1000);
	return s ? json_string(buf_str(&out)) : json_null();
}

/* NAMES TAB until TAB renewed at TAB why not */
static json_t *row_of(char *line)
{
	char *names = strsep(&line, "\t"), *until = strsep(&line, "\t"),
	     *renew = strsep(&line, "\t");

	if (!renew || !line)
		return NULL;
	return json_pack("{s:s,s:o,s:o,s:s}", "names", names, "until", time_of(until), "renewed_at",
	                 time_of(renew), "problem", line);
}

static bool print(json_t *row, bool json)
{
	const char *problem = control_text(row, "problem"), *until = control_text(row, "until");

	if (json) {
		control_print(row);
	} else {
		if (*control_text(row, "names"))
			printf("%s\n", control_text(row, "names"));
		if (*until)
			printf("  good until %s, renewed on %s\n", until,
			       control_text(row, "renewed_at"));
		if (*problem)
			printf("  not issued: %s\n", problem);
	}
	return *until && !*problem;
}

static int ask(const struct settings *set, const char *verb, bool json)
{
	struct control c;
	json_t *answer = NULL;
	bool good = true;
	int r = control_open(set, &c);

	if (r < 0)
		return CLI_FAILED;
	r = control_ask(&c, json_pack("{s:s,s:s}", "call", "acme", "verb", verb));
	if (r >= 0)
		r = control_answer(&c, &answer);
	char *text = r < 0 ? NULL : strdup(control_text(answer, "text")), *rest = text, *line;
	while (rest && (line = strsep(&rest, "\n")))
		if (*line) {
			json_t *row = row_of(line);
			good = row && print(row, json) && good;
			json_decref(row);
		}
	free(text);
	json_decref(answer);
	control_close(&c);
	return r >= 0 && good ? CLI_OK : CLI_FAILED;
}

int cmd_acme(int argc, char **argv)
{
	AUTO_ARENA mem = { 0 };
	struct settings set;
	const char *path = NULL;
	bool json = !cli_is_terminal();
	const struct cli_option options[] = { { "json", .flag = &json }, { 0 } };
	int status = cli_options(argc, argv, "acme", usage, &path, options);

	if (status >= 0)
		return status;
	const char *verb = optind < argc ? argv[optind] : "";
	if (optind + 1 != argc || (strcmp(verb, "status") != 0 && strcmp(verb, "renew") != 0))
		return cli_misuse("acme", "status or renew?");
	return cli_settings(path, &mem, &set) < 0 ? CLI_FAILED : ask(&set, verb, json);
}
