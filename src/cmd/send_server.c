/* cmd/send_server.c - send --server: by the library, without a running server of ours. */
#include <getopt.h>
#include <postrider.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/cli.h"
#include "cmd/control.h"
#include "cmd/send_server.h"
#include "cmd/queue/table.h"

enum { TEXT_MAX = 256 << 20 };

struct sending {
	struct postrider_mail *mail;
	struct postrider_client *client;
	const char *server;
	bool json, has_text;
};

/* A text from a file, - being standard input. */
static int set_file(struct sending *s, int (*set)(struct postrider_mail *m, const char *text),
                    const char *path)
{
	AUTO_BUF octets = BUF(TEXT_MAX);
	const char *text;

	if (cli_read_file(path, TEXT_MAX, &octets) < 0)
		return POSTRIDER_FILE;
	text = buf_str(&octets);
	return text ? set(s->mail, text) : POSTRIDER_NO_MEMORY;
}

/* "NAME=VALUE" */
static int set_option(struct sending *s, char *text)
{
	char *value = strchr(text, '=');
	int r;

	if (!value)
		return cli_misuse("send", "--option %s: write NAME=VALUE", text), POSTRIDER_INVALID;
	*value++ = 0;
	r = postrider_client_set(s->client, text, value);
	if (r)
		cli_misuse("send", "--option %s", postrider_client_error(s->client));
	return r;
}

static int set_text(struct sending *s, int o, const char *value)
{
	if (s->has_text)
		return cli_misuse("send", "the text is given twice: --body or --text, once"),
		       POSTRIDER_INVALID;
	s->has_text = true;
	return o == 'B' ? postrider_mail_text(s->mail, value)
	                : set_file(s, postrider_mail_text, value);
}

static int take_option(struct sending *s, int o, char *value)
{
	switch (o) {
	case 'f': return postrider_mail_from(s->mail, value);
	case 't': return postrider_mail_to(s->mail, value);
	case 'k': return postrider_mail_cc(s->mail, value);
	case 'b': return postrider_mail_bcc(s->mail, value);
	case 's': return postrider_mail_subject(s->mail, value);
	case 'B':
	case 'x': return set_text(s, o, value);
	case 'H': return set_file(s, postrider_mail_html, value);
	case 'a': return postrider_mail_attach(s->mail, value);
	case 'w': return postrider_client_set(s->client, "time", value);
	case 'S': s->server = strcmp(value, "none") == 0 ? NULL : value; return 0;
	case 'o': return set_option(s, value);
	case 'j': s->json = true; return 0;
	case 'c': return 0; /* of the running server */
	default: return POSTRIDER_INVALID;
	}
}

static void show(const struct sending *s, const struct postrider_result *r)
{
	json_t *all = json_loads(postrider_result_json(r), 0, NULL), *record;
	struct table t = { 0 };
	size_t i;

	json_array_foreach(json_object_get(all, "recipients"), i, record)
	{
		if (s->json)
			control_print(record);
		else
			table_set(&t, record);
	}
	if (!s->json) {
		printf("%s\n", postrider_result_route(r));
		table_draw(&t);
		table_explain(&t);
	}
	table_fini(&t);
	json_decref(all);
}

static int run(struct sending *s)
{
	struct postrider_result *r = postrider_client_send(s->client, s->mail, s->server);
	int status = postrider_result_status(r);

	if (postrider_result_error(r)) {
		cli_fail("%s", postrider_result_error(r));
		status = CLI_UNSENT;
	} else {
		show(s, r);
	}
	postrider_result_free(r);
	return status;
}

bool send_wants_server(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--server") == 0 || strncmp(argv[i], "--server=", 9) == 0)
			return true;
	return false;
}

int send_by_server(int argc, char **argv, const struct option *options)
{
	struct sending s = { .json = !cli_is_terminal() };
	int o, status = CLI_OK;

	s.mail = postrider_mail_new(NULL, NULL, NULL);
	s.client = postrider_client_new();
	while (status == CLI_OK && (o = getopt_long(argc, argv, "c:h", options, NULL)) != -1)
		if (take_option(&s, o, optarg)) {
			status = CLI_USAGE;
			if (postrider_mail_error(s.mail))
				cli_misuse("send", "%s", postrider_mail_error(s.mail));
		}
	if (status == CLI_OK && optind < argc)
		status = cli_misuse("send", "%s is no option", argv[optind]);
	if (status == CLI_OK)
		status = run(&s);
	postrider_mail_free(s.mail);
	postrider_client_free(s.client);
	return status;
}
