/* cmd/queue/cmd_queue.c - queue list, show, and orders to the queue: what is not decided yet. */
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/cli.h"
#include "cmd/control.h"

enum {
	TERMINAL_ROWS = 100,
	ROW_MAX = 16 << 10,
	STATE_COLUMNS = 10,
	ADDRESS_COLUMNS = 24,
	DATE_LEN = 10, /* of RFC 3339 */
	MINUTE_LEN = 5,
};

static const char usage[] =
        "usage: postrider queue list [-c FILE] [--json] [--limit N] [WHICH]\n"
        "       postrider queue show [-c FILE] [--json] ID\n\n"
        "list: the recipients whose fate is open, the next to be tried first; all of them when\n"
        "      piped, 100 on a terminal.\n"
        "show: one message, recipient by recipient (as postrider status).\n\n"
        "       postrider queue hold|release|retry [-c FILE] [--json] [--dry-run] [--reason TEXT] "
        "WHICH\n"
        "       postrider queue cancel [--quiet] ... WHICH\n"
        "       postrider queue reroute --via ROUTE ... WHICH\n\n"
        "hold:    they wait until they are released, also over a restart.\n"
        "release: what is held is tried at once.\n"
        "retry:   what waits for its next try is tried at once.\n"
        "cancel:  they are given up; the sender is notified, unless --quiet.\n"
        "reroute: they go to another next hop: direct, relay HOST[:PORT], lmtp HOST[:PORT], as in\n"
        "         delivery.routes; default is what the settings say.\n"
        "An attempt under way is let finish; what it leaves undecided is dealt with then.\n"
        "--dry-run shows what would be touched.  --reason is kept with the change, as is who gave\n"
        "the order.  --all instead of WHICH means every recipient.\n\n"
        "WHICH, all of what is given:\n"
        "  ID               one message, by its id here or its Message-ID\n"
        "  --from ADDRESS   envelope sender; @DOMAIN: of that domain; <>: notifications\n"
        "  --to ADDRESS     recipient; @DOMAIN: of that domain\n"
        "  --domain DOMAIN  where it goes\n"
        "  --login NAME     the account that sent it, by its name (account show)\n"
        "  --state STATES   queued, trying, deferred, held; several with commas\n"
        "  --class CLASS    why it was deferred, as the list shows it in JSON\n"
        "  --older AGE      accepted longer ago than that, as in 30m, 12h, 3d\n"
        "  --younger AGE    accepted since then";

struct queue_options {
	const char *config;
	bool json;
	int64_t limit; /* 0: none; -1: not given */
	bool all;
	json_t *which; /* the request's members: which recipients, */
	json_t *order; /* and what of an order */
};

/* What the options with a value are called in a request. */
static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' }, { "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },         { "limit", required_argument, NULL, 'n' },
	{ "from", required_argument, NULL, 'w' },   { "to", required_argument, NULL, 'w' },
	{ "domain", required_argument, NULL, 'w' }, { "login", required_argument, NULL, 'w' },
	{ "state", required_argument, NULL, 'w' },  { "class", required_argument, NULL, 'w' },
	{ "older", required_argument, NULL, 'a' },  { "younger", required_argument, NULL, 'a' },
	{ "reason", required_argument, NULL, 'o' }, { "via", required_argument, NULL, 'o' },
	{ "quiet", no_argument, NULL, 'b' },        { "dry-run", no_argument, NULL, 'b' },
	{ "all", no_argument, NULL, 'A' },          { 0 },
};

static int set_age(json_t *which, const char *name)
{
	int64_t ms;
	char member[32];

	if (clock_parse_length(span_str(optarg), &ms) < 0)
		return cli_misuse("queue", "--%s: %s is no length of time such as 30m, 12h, 3d",
		                  name, optarg);
	snprintf(member, sizeof member, "%s_ms", name);
	json_object_set_new(which, member, json_integer(ms));
	return CLI_OK;
}

/* What a request calls an option of an order. */
static const char *at_name(int at)
{
	static const char *const names[][2] = { { "reason", "why" },
		                                { "via", "route" },
		                                { "dry-run", "dry_run" } };

	for (size_t i = 0; i < N_ELEMS(names); i++)
		if (strcmp(options[at].name, names[i][0]) == 0)
			return names[i][1];
	return options[at].name;
}

/* One option; the exit status when it ends the command, else CLI_OK. */
static int set_option(int o, int at, struct queue_options *out)
{
	uint64_t limit;

	switch (o) {
	case 'c': out->config = optarg; return CLI_OK;
	case 'j': out->json = true; return CLI_OK;
	case 'n':
		if (span_to_u64(span_str(optarg), INT64_MAX, &limit) < 0)
			return cli_misuse("queue", "--limit: %s is no number", optarg);
		out->limit = (int64_t)limit;
		return CLI_OK;
	case 'w':
		json_object_set_new(out->which, options[at].name, json_string(optarg));
		return CLI_OK;
	case 'A': out->all = true; return CLI_OK;
	case 'o': json_object_set_new(out->order, at_name(at), json_string(optarg)); return CLI_OK;
	case 'b': json_object_set_new(out->order, at_name(at), json_true()); return CLI_OK;
	default: return set_age(out->which, options[at].name);
	}
}

/* " next 04:10Z", with the date where it is another day's. */
static void put_next(struct span next, struct buf *out)
{
	AUTO_BUF now = BUF(64);

	if (!next.n)
		return;
	clock_put_rfc3339(&now, clock_wall_time_ms());
	struct span date = span_sub(next, 0, DATE_LEN);
	bool today = span_starts(buf_span(&now), date);
	buf_printf(out, " next %.*s%s%.*sZ", SPAN_ARG(today ? SPAN("") : date), today ? "" : " ",
	           SPAN_ARG(span_sub(next, DATE_LEN + 1, MINUTE_LEN)));
}

/* For a terminal: piped, rows are JSON.  A reason that the line has no room for gets its own. */
static void print_row(json_t *row)
{
	AUTO_BUF rest = BUF(ROW_MAX);
	const char *state = control_text(row, "state"), *address = control_text(row, "address"),
	           *why = control_text(row, "text");
	int used = printf("%s ", control_text(row, "message"));

	buf_printf(&rest, " tries %-2lld",
	           (long long)json_integer_value(json_object_get(row, "attempt")));
	put_next(span_str(control_text(row, "next_try")), &rest);
	int room = cli_columns() - used - STATE_COLUMNS - (int)rest.n;
	int n = cli_fit(address, room);
	printf("%s%-*s%s%-*.*s%s", cli_state_colour(state), STATE_COLUMNS, state, cli_normal(),
	       ADDRESS_COLUMNS, n, address, buf_str(&rest));
	room -= n > ADDRESS_COLUMNS ? n : ADDRESS_COLUMNS;
	bool fits = (size_t)cli_fit(why, room - 2) == strlen(why);
	if (*why)
		printf("%s%.*s", fits ? "  " : "\n    ", cli_fit(why, cli_columns() - 4), why);
	putchar('\n');
}

/* 1 a line, 0 the last one, which *end is. */
static int print_lines(struct control *c, json_t **end)
{
	json_t *row;
	int r;

	while ((r = control_answer(c, &row)) >= 0 && !control_is_last(row)) {
		print_row(row);
		json_decref(row);
	}
	if (r >= 0)
		*end = row;
	return r;
}

static int copy_lines(struct control *c, bool with_end)
{
	struct span line;
	int r;

	while ((r = control_answer_text(c, &line)) == 1 && !ferror(stdout)) {
		fwrite(line.p, 1, line.n, stdout);
		putchar('\n');
	}
	if (r == 0 && with_end)
		printf("%.*s\n", SPAN_ARG(line));
	return r;
}

static void print_end(json_t *end)
{
	int64_t n = json_integer_value(json_object_get(end, "rows"));

	if (json_is_true(json_object_get(end, "more")))
		printf("the first %jd; --limit N shows more of them, --limit 0 all\n", (intmax_t)n);
	else
		printf("%jd recipient%s undecided\n", (intmax_t)n, n == 1 ? "" : "s");
}

static int list(const struct settings *set, const struct queue_options *o)
{
	int64_t limit = o->limit >= 0 ? o->limit : cli_is_terminal() ? TERMINAL_ROWS : 0;
	json_t *request = json_copy(o->which), *end = NULL;
	struct control c;
	int r = control_open(set, &c);

	if (r < 0) {
		json_decref(request);
		return CLI_FAILED;
	}
	json_object_set_new(request, "call", json_string("queue"));
	json_object_set_new(request, "limit", json_integer(limit));
	r = control_ask(&c, request);
	if (r >= 0)
		r = o->json ? copy_lines(&c, false) : print_lines(&c, &end);
	control_close(&c);
	if (end)
		print_end(end);
	json_decref(end);
	return r < 0 || fflush(stdout) != 0 ? CLI_FAILED : CLI_OK;
}

/* ---- orders ---- */

static bool is_order(const char *word)
{
	static const char *const orders[] = { "hold", "release", "retry", "cancel", "reroute" };

	for (size_t i = 0; i < N_ELEMS(orders); i++)
		if (strcmp(word, orders[i]) == 0)
			return true;
	return false;
}

static void print_done(const char *word, json_t *end, bool dry_run)
{
	int64_t done = json_integer_value(json_object_get(end, "done"));
	int64_t under_way = json_integer_value(json_object_get(end, "under_way"));

	printf("%s: %jd recipient%s%s\n", word, (intmax_t)done, done == 1 ? "" : "s",
	       dry_run ? " would be touched" : "");
	if (!done && !under_way)
		puts("nothing that is undecided fits, or it is so already; see postrider queue "
		     "list");
	if (under_way)
		printf("%jd %s under way: %s\n", (intmax_t)under_way,
		       under_way == 1 ? "attempt is" : "attempts are",
		       strcmp(word, "retry") == 0 ? "nothing to add"
		                                  : "it follows when they have ended");
}

static json_t *order_request(const struct queue_options *o, const char *word, bool tell)
{
	const struct passwd *user = getpwuid(getuid());
	json_t *request = json_copy(o->which);

	json_object_update(request, o->order);
	json_object_set_new(request, "call", json_string("order"));
	json_object_set_new(request, "order", json_string(word));
	json_object_set_new(request, "tell", json_boolean(tell));
	if (user)
		json_object_set_new(request, "by", json_string(user->pw_name));
	return request;
}

static int give_order(const struct settings *set, const struct queue_options *o, const char *word)
{
	bool dry_run = json_is_true(json_object_get(o->order, "dry_run"));
	json_t *end = NULL;
	struct control c;
	int r = control_open(set, &c);

	if (r < 0)
		return CLI_FAILED;
	r = control_ask(&c, order_request(o, word, dry_run || o->json));
	if (r >= 0)
		r = o->json ? copy_lines(&c, true) : print_lines(&c, &end);
	control_close(&c);
	if (end)
		print_done(word, end, dry_run);
	json_decref(end);
	return r < 0 || fflush(stdout) != 0 ? CLI_FAILED : CLI_OK;
}

static int check_order(const struct queue_options *o, const char *word)
{
	if (strcmp(word, "reroute") == 0 && !json_object_get(o->order, "route"))
		return cli_misuse("queue", "reroute: by which way? (--via)");
	if (!json_object_size(o->which) && !o->all)
		return cli_misuse("queue", "%s: which recipients? --all means every one", word);
	return CLI_OK;
}

static int show(const struct queue_options *o, char *message)
{
	char *name[] = { (char *)(uintptr_t) "queue",
		         (char *)(uintptr_t) "-c",
		         (char *)(uintptr_t)cli_config_path(o->config),
		         message,
		         o->json ? (char *)(uintptr_t) "--json" : NULL,
		         NULL };

	optind = 1;
	return cmd_status(o->json ? 5 : 4, name);
}

static int run(int argc, char **argv, struct queue_options *o)
{
	AUTO_ARENA mem = { 0 };
	struct settings set;
	int n = argc - optind;

	if (n < 1)
		return cli_misuse("queue", "list, show, hold, release, retry, cancel or reroute?");
	if (strcmp(argv[optind], "show") == 0)
		return n == 2 ? show(o, argv[optind + 1]) : cli_misuse("queue", "which message?");
	if (strcmp(argv[optind], "list") != 0 && !is_order(argv[optind]))
		return cli_misuse("queue", "list, show, hold, release, retry, cancel or reroute?");
	if (n > 2)
		return cli_misuse("queue", "one message, or all of them");
	if (n == 2)
		json_object_set_new(o->which, "message", json_string(argv[optind + 1]));
	int r = is_order(argv[optind]) ? check_order(o, argv[optind]) : CLI_OK;
	if (r != CLI_OK)
		return r;
	if (cli_settings(o->config, &mem, &set) < 0)
		return CLI_FAILED;
	return is_order(argv[optind]) ? give_order(&set, o, argv[optind]) : list(&set, o);
}

int cmd_queue(int argc, char **argv)
{
	struct queue_options given = { .json = !cli_is_terminal(),
		                       .limit = -1,
		                       .which = json_object(),
		                       .order = json_object() };
	int o, at, r = CLI_OK;

	while (r == CLI_OK && (o = getopt_long(argc, argv, "c:h", options, &at)) != -1) {
		if (o == 'h' || o == '?')
			r = cli_help(o, "queue", usage);
		else
			r = set_option(o, at, &given);
		if (o == 'h')
			break;
	}
	if (r == CLI_OK && o == -1)
		r = run(argc, argv, &given);
	json_decref(given.which);
	json_decref(given.order);
	return r;
}
