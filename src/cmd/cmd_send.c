/* cmd/cmd_send.c - send: compose a message, hand it over, and watch it arrive. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/cli.h"
#include "cmd/control.h"
#include "cmd/draft.h"
#include "cmd/queue/table.h"
#include "cmd/send_server.h"
#include "cmd/submit.h"

struct sending {
	struct settings set;
	struct arena mem;
	struct draft draft;
	const char *config;
	int64_t wait_ms;
	json_int_t seq; /* the message's records have greater numbers */
	bool json;
};

static int usage(int o)
{
	return cli_help(
	        o, "send",
	        "usage: postrider send --from ADDRESS --to ADDRESS... [options]\n\n"
	        "  --to, --cc, --bcc LIST  recipients; repeat, or separate by commas\n"
	        "  --subject TEXT\n"
	        "  --body TEXT             the text itself\n"
	        "  --text FILE             the text from a file; - is standard input\n"
	        "  --html FILE             the same as HTML\n"
	        "  --attach FILE           any number of times\n"
	        "  --wait TIME             how long to watch, e.g. 10s (the default), 5m; 0: do "
	        "not\n"
	        "  --json                  JSON lines, also on a terminal\n"
	        "  -c, --config FILE\n\n"
	        "Without a server of ours, by the library (docs/guide/library.md):\n"
	        "  --server none           to the recipients' servers, as DNS names them; or\n"
	        "  --server URL            smtps://user:password@host, https://key@host, host:587, "
	        "lmtp:/path\n"
	        "  --option NAME=VALUE     such as dns=192.0.2.53; any number of times\n\n"
	        "Exit status: 0 all delivered; 1 some failed, whatever became of the others; 2 "
	        "none\nfailed, and some were undecided when the wait was over; 64 misuse; 69 "
	        "nothing "
	        "was sent.");
}

static int take_option(struct sending *s, int o)
{
	struct draft *d = &s->draft;
	size_t max = (size_t)256 << 20;

	switch (o) {
	case 'f': return draft_set_from(d, optarg);
	case 't': return draft_add(d, &d->to, optarg);
	case 'k': return draft_add(d, &d->cc, optarg);
	case 'b': return draft_add(d, &d->bcc, optarg);
	case 's': d->message.subject = span_str(optarg); return 0;
	case 'B':
	case 'x':
		if (d->message.text.p)
			return cli_misuse("send",
			                  "the text is given twice: --body or --text, once"),
			       ERR_SYNTAX;
		d->message.text = span_str(optarg);
		return o == 'B' ? 0 : draft_set_file(d, &d->message.text, optarg, max);
	case 'H': return draft_set_file(d, &d->message.html, optarg, max);
	case 'a': return draft_attach(d, optarg, max);
	case 'c': s->config = optarg; return 0;
	case 'j': s->json = true; return 0;
	case 'o': return cli_misuse("send", "--option is for --server"), ERR_SYNTAX;
	case 'w':
		return clock_parse_length(span_str(optarg), &s->wait_ms) < 0
		               ? (cli_misuse("send", "--wait: %s is no time; write 10s or 5m",
		                             optarg),
		                  ERR_SYNTAX)
		               : 0;
	default: return ERR_UNKNOWN;
	}
}

/* Hands the message over; *id is the caller's to free. */
static int hand_over(struct sending *s, struct control *c, char **id)
{
	AUTO_BUF text = BUF((size_t)s->set.smtp_size_max);
	bool smtputf8 = false;
	json_t *answer;
	int r = draft_finish(&s->draft, &s->set, &text, &smtputf8);

	if (r < 0)
		return r;
	struct submit_message m = { s->draft.message.from.address, s->draft.recipients,
		                    s->draft.n_recipients, buf_span(&text), smtputf8 };
	r = submit_message(c, &m, &answer);
	if (r < 0)
		return r;
	*id = strdup(control_text(answer, "message"));
	s->seq = json_integer_value(json_object_get(answer, "seq"));
	if (s->json)
		control_print(answer);
	else
		printf("message %s is committed: the server has it\n", *id);
	json_decref(answer);
	return *id ? 0 : ERR_NO_MEMORY;
}

/* One answer to one question for feedback: shows each record. */
static int show_records(struct sending *s, struct control *c, struct table *t, json_int_t *after)
{
	for (;;) {
		json_t *line;
		int r = control_answer(c, &line);
		if (r < 0)
			return r;
		bool last = control_is_last(line);
		if (last)
			*after = json_integer_value(json_object_get(line, "seq"));
		else if (!*control_text(line, "report")) /* that changes no state */
			table_set(t, line);
		if (!last && s->json)
			control_print(line);
		else if (!last)
			table_draw(t);
		json_decref(line);
		if (last)
			return 0;
	}
}

static int watch(struct sending *s, struct control *c, const char *id, struct table *t)
{
	int64_t until = clock_add(clock_now_at(), s->wait_ms);
	json_int_t after = s->seq;
	int r = 0;

	control_until_interrupted(c);
	while (r >= 0 && !(t->n == s->draft.n_recipients && table_is_final(t))) {
		int64_t left = until - clock_now_at();
		if (left <= 0)
			break;
		r = control_ask(c, json_pack("{s:s, s:s, s:I, s:I}", "call", "changes", "message",
		                             id, "after", after, "wait",
		                             (json_int_t)(left > 30000 ? 30000 : left)));
		if (r >= 0)
			r = show_records(s, c, t, &after);
	}
	return r;
}

static int run(struct sending *s)
{
	struct control c;
	struct table t = { 0 };
	char *id = NULL;

	if (control_open(&s->set, &c) < 0)
		return CLI_UNSENT;
	int r = hand_over(s, &c, &id);
	int status = r == ERR_CLOSED ? CLI_UNDECIDED : CLI_UNSENT;
	if (r >= 0) {
		(void)!watch(s, &c, id, &t); /* cut short, it leaves some undecided */
		bool all = t.n == s->draft.n_recipients;
		status = table_status(&t) == CLI_OK && !all ? CLI_UNDECIDED : table_status(&t);
		if (!s->json)
			table_explain(&t);
		if (!s->json && status == CLI_UNDECIDED)
			printf("\nNot all is decided yet; look again with: postrider status %s\n",
			       id);
	}
	table_fini(&t);
	free(id);
	control_close(&c);
	return status;
}

static int check(struct sending *s)
{
	const struct draft *d = &s->draft;

	if (!d->message.from.address.n)
		return cli_misuse("send", "--from is missing");
	if (d->to.n + d->cc.n + d->bcc.n == 0)
		return cli_misuse("send", "--to is missing");
	if (!d->message.text.n && !d->message.html.n && !d->message.n_attachments)
		return cli_misuse("send",
		                  "the message is empty: give --body, --text, --html or --attach");
	return CLI_OK;
}

int cmd_send(int argc, char **argv)
{
	static const struct option options[] = { { "from", required_argument, NULL, 'f' },
		                                 { "to", required_argument, NULL, 't' },
		                                 { "cc", required_argument, NULL, 'k' },
		                                 { "bcc", required_argument, NULL, 'b' },
		                                 { "subject", required_argument, NULL, 's' },
		                                 { "body", required_argument, NULL, 'B' },
		                                 { "text", required_argument, NULL, 'x' },
		                                 { "html", required_argument, NULL, 'H' },
		                                 { "attach", required_argument, NULL, 'a' },
		                                 { "wait", required_argument, NULL, 'w' },
		                                 { "config", required_argument, NULL, 'c' },
		                                 { "server", required_argument, NULL, 'S' },
		                                 { "option", required_argument, NULL, 'o' },
		                                 { "json", no_argument, NULL, 'j' },
		                                 { "help", no_argument, NULL, 'h' },
		                                 { 0 } };
	struct sending s = { .wait_ms = 10000, .json = !cli_is_terminal() };
	int o, status;

	if (send_wants_server(argc, argv))
		return send_by_server(argc, argv, options);
	while ((o = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		bool asks = o == 'h' || o == '?';
		if (asks || take_option(&s, o) < 0) {
			draft_fini(&s.draft);
			return asks ? usage(o) : CLI_USAGE;
		}
	}
	status = optind < argc ? cli_misuse("send", "%s is no option", argv[optind]) : check(&s);
	if (status == CLI_OK)
		status = cli_settings(s.config, &s.mem, &s.set) < 0 ? CLI_UNSENT : run(&s);
	draft_fini(&s.draft);
	arena_fini(&s.mem);
	return status;
}
