/* cmd/defence/cmd_authentication.c - spf and dmarc: who may send for a domain, as the running
 * server sees it. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cli.h"
#include "cmd/control.h"
#include "wire/dmarc/walk.h"

/* Asks, and takes the one answer; what is wrong is printed. */
static int ask(const char *path, json_t *request, json_t **answer)
{
	AUTO_ARENA mem = { 0 };
	struct settings set;
	struct control c;
	int r = cli_settings(path, &mem, &set);

	if (r >= 0)
		r = control_open(&set, &c);
	if (r < 0) {
		json_decref(request);
		return r;
	}
	r = control_ask(&c, request);
	if (r >= 0)
		r = control_answer(&c, answer);
	control_close(&c);
	return r;
}

/* What DNS did not say now is neither yes nor no. */
static int spf_status(const char *result)
{
	return strcmp(result, "pass") == 0        ? CLI_OK
	       : strcmp(result, "temperror") == 0 ? CLI_UNDECIDED
	                                          : CLI_FAILED;
}

static void explain_spf(json_t *answer)
{
	const char *explanation = control_text(answer, "explanation");

	printf("%s\n%s\n", control_text(answer, "result"), control_text(answer, "words"));
	if (*explanation)
		printf("%s explains: %s\n", control_text(answer, "domain"), explanation);
}

static const char spf_usage[] =
        "usage: postrider spf [-c FILE] --ip IP [--helo NAME] [--sender ADDRESS] [--json]\n\n"
        "Whether a client at that address may send mail of that sender, by the domain's SPF "
        "record\n"
        "(RFC 7208): none, neutral, pass, fail, softfail, temperror or permerror, and why. Without "
        "a\n"
        "sender it is the name of HELO that counts. The running server asks DNS; domains in their "
        "xn-- form.\n\n"
        "Exit status: 0 pass, 1 any other result that DNS gave, 2 it could not be asked "
        "(temperror, no\n"
        "server runs).";

int cmd_spf(int argc, char **argv)
{
	const char *path = NULL, *ip = NULL, *helo = "", *sender = "";
	bool json = false;
	json_t *answer;
	struct ip parsed;
	const struct cli_option options[] = { { "ip", .text = &ip },
		                              { "helo", .text = &helo },
		                              { "sender", .text = &sender },
		                              { "json", .flag = &json },
		                              { 0 } };
	int status = cli_options(argc, argv, "spf", spf_usage, &path, options);

	if (status >= 0)
		return status;
	sender = strcmp(sender, "<>") ? sender : "";
	if (optind != argc || !ip || (!*helo && !*sender))
		return cli_misuse("spf", "--ip and --sender, or --ip and --helo?");
	if (ip_parse(span_str(ip), &parsed) < 0)
		return cli_misuse("spf", "--ip: %s is no IPv4 or IPv6 address", ip);
	if (ask(path,
	        json_pack("{s:s, s:s, s:s, s:s}", "call", "spf", "ip", ip, "helo", helo, "sender",
	                  sender),
	        &answer) < 0)
		return CLI_UNDECIDED;
	if (json)
		control_print(answer);
	else
		explain_spf(answer);
	status = spf_status(control_text(answer, "result"));
	json_decref(answer);
	return status;
}

static void explain_dmarc(const char *domain, json_t *answer)
{
	const char *where = control_text(answer, "policy_domain");

	if (!*where) {
		printf("none\n%s has no DMARC record, nor has a domain above it\n", domain);
		return;
	}
	bool own = strcasecmp(where, domain) == 0;
	printf("%s\n", control_text(answer, own ? "p" : "sp"));
	if (!json_is_true(json_object_get(answer, "usable")))
		printf("the record at _dmarc.%s has no valid policy and asks for no reports, so it "
		       "is not applied\n",
		       where);
	printf("the record at _dmarc.%s holds for %s, which belongs to %s\n", where, domain,
	       control_text(answer, "organization"));
	printf("what fails: %s for %s, %s for domains below it, %s for those that do not exist%s\n",
	       control_text(answer, "p"), where, control_text(answer, "sp"),
	       control_text(answer, "np"),
	       json_is_true(json_object_get(answer, "testing"))
	               ? "; being tested (t=y): one step less is applied"
	               : "");
	printf("alignment: DKIM %s, SPF %s\n",
	       json_is_true(json_object_get(answer, "strict_dkim")) ? "strict" : "relaxed",
	       json_is_true(json_object_get(answer, "strict_spf")) ? "strict" : "relaxed");
	if (*control_text(answer, "rua"))
		printf("reports to: %s\n", control_text(answer, "rua"));
}

static const char dmarc_usage[] =
        "usage: postrider dmarc [-c FILE] [--json] DOMAIN\n\n"
        "What the owner of a domain wants done with mail that is not shown to be from it (RFC "
        "9989):\n"
        "none, quarantine or reject, and where that is said. The running server asks DNS; the "
        "domain\n"
        "in its xn-- form.\n\n"
        "Exit status: 0 a record holds, 1 none does, 2 it could not be asked.";

int cmd_dmarc(int argc, char **argv)
{
	const char *path = NULL;
	bool json = false;
	json_t *answer;
	const struct cli_option options[] = { { "json", .flag = &json }, { 0 } };
	int status = cli_options(argc, argv, "dmarc", dmarc_usage, &path, options);

	if (status >= 0)
		return status;
	if (optind + 1 != argc)
		return cli_misuse("dmarc", "which domain?");
	if (!dmarc_name_ok(span_str(argv[optind])))
		return cli_misuse("dmarc",
		                  "%s is no domain; give it without final dot, in its xn-- form",
		                  argv[optind]);
	if (ask(path, json_pack("{s:s, s:s}", "call", "dmarc", "domain", argv[optind]), &answer) <
	    0)
		return CLI_UNDECIDED;
	if (json)
		control_print(answer);
	else
		explain_dmarc(argv[optind], answer);
	bool holds = *control_text(answer, "policy_domain") &&
	             json_is_true(json_object_get(answer, "usable"));
	json_decref(answer);
	return holds ? CLI_OK : CLI_FAILED;
}
