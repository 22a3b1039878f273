/* The configuration file: what is taken, what is refused and in which words. */
#include "config/config.h"

#include <stdlib.h>
#include <unistd.h>

#include "config/config_network.h"
#include "config/config_table.h"
#include "test.h"

enum { ERRORS_MAX = 16 << 10 };

static int parse(const char *text, struct arena *mem, struct settings *s, struct buf *errors)
{
	return config_parse(exact(span_str(text)), "/etc/postrider/postrider.conf", mem, s, errors);
}

TEST(config_defaults_are_the_tables)
{
	AUTO_ARENA mem = { 0 };
	struct settings s;

	CHECK_INT(config_defaults(&mem, &s), 0);
	CHECK_STR(s.server_hostname, "");
	CHECK_STR(s.server_data_dir, "data");
	CHECK_INT(s.delivery_routes.n, 0);
	CHECK_INT(s.listen_smtp.n, 2);
	CHECK_STR(s.listen_smtp.v[0], "0.0.0.0:25");
	CHECK_STR(s.listen_smtp.v[1], "[::]:25");
	CHECK_INT(s.smtp_size_max, 25 << 20);
	CHECK_INT(s.smtp_command_time, 5 * 60 * 1000);
	CHECK_INT(s.delivery_expiry, INT64_C(5) * 86400 * 1000);
	CHECK_INT(s.delivery_retry.n, 7);
	CHECK_INT(s.delivery_ipv6, true);
	CHECK_INT(s.delivery_hold, false);
	CHECK_INT(s.log_blocked_loop, 20);
}

TEST(config_table_agrees_with_itself)
{
	for (size_t i = 0; i < config_table_n; i++) {
		const struct config_setting *s = &config_table[i];
		struct span rest = span_str(s->def), one;

		test_row = i;
		CHECK_INT(i, config_table_find(span_str(s->section), span_str(s->name)) -
		                     config_table);
		if (s->type != CONFIG_LIST)
			CHECK_INT(config_value_check(s, rest), 0);
		while (s->type == CONFIG_LIST && span_split(&rest, ',', &one))
			CHECK_INT(config_value_check(s, one), 0);
		if (strstr(s->doc, "0 is"))
			CHECK_INT(config_value_check(s, SPAN("0")), 0);
		/* A section's settings stand together: the parser's tables need it. */
		for (size_t k = 0; k + 1 < i && strcmp(s[-1].section, s->section) != 0; k++)
			CHECK(strcmp(config_table[k].section, s->section) != 0);
	}
	test_row = SIZE_MAX;
}

TEST(config_takes_every_form)
{
	static const char text[] =
	        "# a comment { with \" in it\n"
	        "server { hostname = mx.example.org # behind a value\n"
	        "  data_dir = /var/lib/postrider\n"
	        "  credentials = \"my \\\"own\\\" \\x66ile\"\n"
	        "}\n"
	        "smtp { size_max = 1G rcpt_max=7\tcommand_time = 1m30s }\r\n"
	        "listen { smtp += 192.0.2.1:2525 submission = {} }\n"
	        "smtp { relay_networks = {10.0.0.0/8, 2001:db8::/32, 192.0.2.7}\n"
	        "  plain_auth_on_loopback = On }\n"
	        "delivery { routes = {\n"
	        "    \"example.org direct\", # one\n"
	        "    'example.net hold' /* two\n"
	        "    { */, \"xn--bcher-kva.example direct\" // three\n"
	        "  } }\n"
	        "log { blocked_loop = 0 level = debug }";
	AUTO_ARENA mem = { 0 };
	AUTO_BUF errors = BUF(ERRORS_MAX);
	struct settings s = { 0 };

	CHECK_INT(parse(text, &mem, &s, &errors), 0);
	CHECK_STR(buf_str(&errors), "");
	CHECK_STR(s.server_hostname, "mx.example.org");
	CHECK_INT(s.delivery_routes.n, 3);
	CHECK_STR(s.delivery_routes.v[0], "example.org direct");
	CHECK_STR(s.delivery_routes.v[1], "example.net hold");
	CHECK_STR(s.delivery_routes.v[2], "xn--bcher-kva.example direct");
	CHECK_STR(s.server_data_dir, "/var/lib/postrider");
	CHECK_STR(s.server_credentials, "/etc/postrider/my \"own\" file");
	CHECK_STR(s.tls_key, "/etc/postrider/tls/key.pem");
	CHECK_STR(s.listen_control, "/etc/postrider/control");
	CHECK_INT(s.smtp_size_max, 1 << 30);
	CHECK_INT(s.smtp_rcpt_max, 7);
	CHECK_INT(s.smtp_command_time, 90000);
	CHECK_INT(s.listen_smtp.n, 3);
	CHECK_STR(s.listen_smtp.v[2], "192.0.2.1:2525");
	CHECK_INT(s.listen_submission.n, 0);
	CHECK_INT(s.listen_submissions.n, 2);
	CHECK_INT(s.smtp_relay_networks.n, 3);
	CHECK_INT(s.smtp_plain_auth_on_loopback, true);
	CHECK_INT(s.log_blocked_loop, 0);
	CHECK_STR(s.log_level, "debug");
}

/* Each row: a text, and the lines of its mistakes. */
TEST(config_tells_each_mistake)
{
	static const char host[] = "server { hostname = a.example }\n";
	static const struct {
		const char *text, *want;
	} t[] = {
		{ "smtp {\n\n size_maxx = 3\n}",
		  "c:4: unknown setting smtp.size_maxx; did you mean size_max?\n" },
		{ "smtp { expiry = 3 }",
		  "c:2: unknown setting smtp.expiry; did you mean delivery.expiry?\n" },
		{ "smtp { zzzzzz = {3, 4} }", "c:2: unknown setting smtp.zzzzzz\n" },
		{ "smpt {\n a = 3\n b = { 4 }\n}",
		  "c:2: unknown section smpt; did you mean smtp?\n" },
		{ "size_max = 3", "c:2: in no section: size_max; did you mean smtp.size_max?\n" },
		{ "smtp { a = 1\n rcpt_max = no\n}\nq { b = 1 }\nsmtp { hops_max = 0 d = 1 }",
		  "c:2: unknown setting smtp.a\n"
		  "c:3: smtp.rcpt_max: \"no\" is no number from 0 to 1000000000\n"
		  "c:5: unknown section q\n"
		  "c:6: smtp.hops_max: \"0\" is not from 1 to 1000\n"
		  "c:6: unknown setting smtp.d\n" },
		{ "smtp { rcpt_max = 3\n rcpt_max = 4 }",
		  "c:3: smtp.rcpt_max is set already on line 2\n" },
		{ "listen { smtp = {}\n smtp = 127.0.0.1:1\n smtp = 127.0.0.1:2 }",
		  "c:4: listen.smtp is set already on line 3\n" },
		{ "smtp { rcpt_max = \"1\n }", "c:2: this string never ends\n" },
		{ "\n/* smtp { }", "c:3: this comment never ends\n" },
		{ "smtp {\n relay_networks = {10.0.0.0/8\n}", "c:2: this { is never closed\n" },
		{ "smtp { }\n}", "c:3: unexpected closing brace\n" },
		{ "smtp { rcpt_max 3 }", "c:2: missing equal sign after option 'rcpt_max'\n" },
		{ "smtp { rcpt_max = {3} }", "c:2: unexpected token '{'\n" },
		{ "smtp { rcpt_max = '1\x1b[2J' }",
		  "c:2: smtp.rcpt_max: \"1\\x1b[2J\" is no number from 0 to 1000000000\n" },
		{ "server { user = 'a\nb' }",
		  "c:3: server.user: \"a\\x0ab\" holds a control character\n" },
		{ "server { hostname = c..d }",
		  "c:2: server.hostname is set already on line 1\n"
		  "c:2: server.hostname: \"c..d\" is no host name (international names are "
		  "written in their xn-- form)\n" },
		{ "server { hostname = e_f }",
		  "c:2: server.hostname is set already on line 1\n"
		  "c:2: server.hostname: \"e_f\" is no host name (international names are "
		  "written in their xn-- form)\n" },
		{ "server { hostname = g. }", "c:2: server.hostname is set already on line 1\n"
		                              "c:2: server.hostname: \"g.\" is no host name\n" },
		{ "listen { smtp = {25, localhost:25, 127.0.0.1, 127.0.0.1:0} }",
		  "c:2: listen.smtp: \"25\" is no address and port such as 0.0.0.0:25 or [::]:25\n"
		  "c:2: listen.smtp: \"localhost:25\" is no address and port such as 0.0.0.0:25 or "
		  "[::]:25\n"
		  "c:2: listen.smtp: \"127.0.0.1\" is no address and port such as 0.0.0.0:25 or "
		  "[::]:25\n"
		  "c:2: listen.smtp: \"127.0.0.1:0\" is no address and port such as 0.0.0.0:25 or "
		  "[::]:25\n" },
		{ "smtp { relay_networks = {10.0.0.0/33, 10.0.0.1/8, a/8} }",
		  "c:2: smtp.relay_networks: \"10.0.0.0/33\" needs a prefix of 0 to 32 bits\n"
		  "c:2: smtp.relay_networks: \"10.0.0.1/8\" has bits set right of its prefix of 8\n"
		  "c:2: smtp.relay_networks: \"a/8\" is no network such as 10.0.0.0/8 or "
		  "2001:db8::/32\n" },
		{ "smtp { size_max = 25MB }",
		  "c:2: smtp.size_max: \"25MB\" is no size such as 1000, 64K, 25M or 2G\n" },
		{ "smtp { size_max = 9999999G }",
		  "c:2: smtp.size_max: \"9999999G\" is no size such as 1000, 64K, 25M or 2G\n" },
		{ "smtp { size_max = K }",
		  "c:2: smtp.size_max: \"K\" is no size such as 1000, 64K, 25M or 2G\n" },
		{ "smtp { command_time = 5 min }",
		  "c:2: missing equal sign after option 'min'\nc:2: unknown setting smtp.min\n" },
		{ "smtp { command_time = 0 }",
		  "c:2: smtp.command_time: \"0\" is not from 100ms to 1h\n" },
		{ "smtp { command_time = never }", "c:2: smtp.command_time: \"never\" is no length "
		                                   "of time such as 30s, 5m, 1h30m or 4d\n" },
		{ "delivery { hold = maybe remote_port = 65536 }",
		  "c:2: delivery.hold: \"maybe\" is neither true nor false (nor yes, no, on, off)\n"
		  "c:2: delivery.remote_port: \"65536\" is not from 1 to 65535\n" },
		{ "delivery { retry = {5m, 0, x} }",
		  "c:2: delivery.retry: \"0\" is no length of time such as 30s, 5m, 1h30m or 4d\n"
		  "c:2: delivery.retry: \"x\" is no length of time such as 30s, 5m, 1h30m or "
		  "4d\n" },
		{ "delivery { retry = {} }",
		  "c: delivery.retry needs at least one wait, such as 5m\n" },
		{ "store { blob_threshold = 1M segment_size = 64K }",
		  "c:2: store.blob_threshold: \"1M\" is not from 1 to 256K\n"
		  "c:2: store.segment_size: \"64K\" is not from 1M to 1G\n" },
		{ "smtp { rcpt_max = 10001 }",
		  "c:2: smtp.rcpt_max: \"10001\" is not from 1 to 10000\n" },
		{ "resolver { address = '127.0.0.1:53' }",
		  "c:2: resolver.address: \"127.0.0.1:53\" is no address such as 192.0.2.1 or "
		  "[2001:db8::1]\n" },
		{ "log { level = loud }",
		  "c:2: log.level: \"loud\" is none of debug, info, notice, warning, error\n" },
		{ "defence { clamd = localhost:3310 hashes = {own.hdb} scan_failure = refuse }",
		  "c:2: defence.clamd: \"localhost:3310\" is none of auto, off, the whole path of "
		  "a Unix "
		  "socket, such as unix:/run/clamav/clamd.ctl, an address and port such as "
		  "127.0.0.1:3310\n"
		  "c:2: defence.hashes: \"own.hdb\" is no whole path, from / on\n"
		  "c:2: defence.scan_failure: \"refuse\" is none of tempfail, tag, pass\n" },
		{ "defence { steps = {'attachments=Junk', 'worms=off', attachments} }",
		  "c:2: defence.steps: \"attachments=Junk\" is not understood: \"Junk\" is none "
		  "of off, observe, tag, junk, quarantine, reject\n"
		  "c:2: defence.steps: \"worms=off\" is not understood: \"worms\" is no step "
		  "of "
		  "the defence; there are: early, helo, rdns, attachments, greylist, spf, dkim, "
		  "arc, "
		  "dmarc, own, virus, wanted, rspamd, milter\n"
		  "c:2: defence.steps: \"attachments\" is not understood: \"attachments\" is not "
		  "of the form step=action, such as attachments=junk\n" },
		{ "tls { key = '' }", "c:2: tls.key: \"\" is empty, but a path is needed\n" },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		AUTO_BUF errors = BUF(ERRORS_MAX), text = BUF(ERRORS_MAX);
		struct settings s = { .smtp_rcpt_max = 77 };

		buf_puts(&text, host);
		buf_puts(&text, t[row].text);
		CHECK_INT(config_parse(exact(buf_span(&text)), "c", &mem, &s, &errors), ERR_CONFIG);
		CHECK_STR(buf_str(&errors), t[row].want);
		CHECK_INT(s.smtp_rcpt_max, 77);
	}
}

TEST(config_refuses_nul_and_bulk)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF errors = BUF(ERRORS_MAX), text = BUF(4 << 20);
	struct settings s;
	struct span nul = SPAN("smtp {\n rcpt_max = 1\0 }\n");

	CHECK_INT(config_parse(exact(nul), "c", &mem, &s, &errors), ERR_CONFIG);
	CHECK_STR(buf_str(&errors), "c:2: this line holds a NUL octet\n");
	for (int i = 0; i < 200; i++)
		buf_printf(&text, "smtp { unknown%d = 1 rcpt_max = x%d }\n", i, i);
	buf_reset(&errors);
	CHECK_INT(config_parse(buf_span(&text), "c", &mem, &s, &errors), ERR_CONFIG);
	CHECK(errors.n > 0);
	while (text.n <= 1 << 20)
		buf_puts(&text, "# and on it goes\n");
	CHECK_INT(config_parse(buf_span(&text), "c", &mem, &s, &errors), ERR_CONFIG);
}

TEST(config_takes_the_machines_name)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF errors = BUF(ERRORS_MAX);
	struct settings s = { 0 };
	char name[256] = "";

	CHECK_INT(gethostname(name, sizeof name - 1), 0);
	CHECK_INT(parse("", &mem, &s, &errors), 0);
	CHECK_STR(s.server_hostname, name);
}

TEST(config_paths_stand_below_the_file)
{
	static const struct {
		const char *path, *below; /* NULL: the current folder */
	} t[] = {
		{ "/etc/p/c", "/etc/p/data" },
		{ "/c", "/data" },
		{ "c", NULL },
	};
	AUTO_ARENA mem = { 0 };
	AUTO_BUF errors = BUF(ERRORS_MAX), here = BUF(4096);
	char *cwd = getcwd(NULL, 0);

	buf_printf(&here, "%s/data", cwd);
	free(cwd);
	EACH_ROW(t) {
		struct settings s = { 0 };

		CHECK_INT(config_parse(SPAN("server { hostname = a.example }"), t[row].path, &mem,
		                       &s, &errors),
		          0);
		CHECK_STR(s.server_data_dir, t[row].below ? t[row].below : buf_str(&here));
	}
}

TEST(config_print_comes_back_equal)
{
	static const char text[] =
	        "server { hostname = a.example credentials = 'q\"\\\\$x ${HOME}'\n"
	        "}\n delivery { routes = {'a.example direct', 'b.example hold'} }\n"
	        "smtp { size_max = 1025 command_time = 61500ms relay_networks = 10.0.0.0/8 }\n"
	        "log { blocked_loop = 0 json = yes }";
	AUTO_ARENA mem = { 0 };
	AUTO_BUF errors = BUF(ERRORS_MAX), first = BUF(1 << 20), second = BUF(1 << 20);
	AUTO_BUF brief = BUF(1 << 20);
	static struct settings s, again;

	CHECK_INT(parse(text, &mem, &s, &errors), 0);
	CHECK_STR(s.server_credentials, "/etc/postrider/q\"\\$x ${HOME}");
	CHECK_INT(config_print(&s, true, &first), 0);
	CHECK_INT(config_parse(buf_span(&first), "/other/file", &mem, &again, &errors), 0);
	CHECK_STR(again.server_credentials, s.server_credentials);
	CHECK_INT(again.smtp_command_time, 61500);
	CHECK_INT(config_print(&again, true, &second), 0);
	CHECK_SPAN(buf_span(&second), buf_span(&first));
	CHECK_INT(config_print(&again, false, &brief), 0);
	CHECK(brief.n < first.n);
	CHECK_INT(config_parse(buf_span(&brief), "/other/file", &mem, &again, &errors), 0);
	buf_reset(&second);
	CHECK_INT(config_print(&again, true, &second), 0);
	CHECK_SPAN(buf_span(&second), buf_span(&first));
}

TEST(config_print_one_value)
{
	static const struct {
		struct span name;
		int r;
		const char *want;
	} t[] = {
		{ SPAN("smtp.size_max"), 0, "25M" },
		{ SPAN("smtp.command_time"), 0, "5m" },
		{ SPAN("smtp.rcpt_max"), 0, "1000" },
		{ SPAN("delivery.ipv6"), 0, "true" },
		{ SPAN("listen.smtp"), 0, "0.0.0.0:25, [::]:25" },
		{ SPAN("log.blocked_loop"), 0, "20ms" },
		{ SPAN("server.data_dir"), 0, "data" },
		{ SPAN("smtp.sizemax"), ERR_NOT_FOUND,
		  "there is no setting smtp.sizemax; did you mean size_max?" },
		{ SPAN("smtp"), ERR_NOT_FOUND, "a setting is named section.name" },
		{ SPAN(""), ERR_NOT_FOUND, "a setting is named section.name" },
	};
	AUTO_ARENA mem = { 0 };
	struct settings s = { 0 };

	CHECK_INT(config_defaults(&mem, &s), 0);
	EACH_ROW(t) {
		AUTO_BUF out = BUF(1024);
		int r = config_print_one(&s, exact(t[row].name), &out);

		CHECK_INT(r, t[row].r);
		CHECK_STR(r < 0 ? err_str(r) : buf_str(&out), t[row].want);
	}
}

/* RFC 4632 3.1, RFC 4291 2.3. */
TEST(config_network_has_addresses)
{
	static const struct {
		struct span network, address;
		bool has;
	} t[] = {
		{ SPAN("10.0.0.0/8"), SPAN("10.255.0.1"), true },
		{ SPAN("10.0.0.0/8"), SPAN("11.0.0.1"), false },
		{ SPAN("192.0.2.128/25"), SPAN("192.0.2.127"), false },
		{ SPAN("192.0.2.128/25"), SPAN("192.0.2.128"), true },
		{ SPAN("192.0.2.7"), SPAN("192.0.2.7"), true },
		{ SPAN("192.0.2.7"), SPAN("192.0.2.6"), false },
		{ SPAN("0.0.0.0/0"), SPAN("203.0.113.1"), true },
		{ SPAN("0.0.0.0/0"), SPAN("[2001:db8::1]"), false },
		{ SPAN("10.0.0.0/8"), SPAN("[::ffff:10.1.2.3]"), true },
		{ SPAN("2001:db8::/33"), SPAN("[2001:db8:7fff::1]"), true },
		{ SPAN("2001:db8::/33"), SPAN("[2001:db8:8000::1]"), false },
		{ SPAN("::1"), SPAN("[::1]"), true },
		{ SPAN("::/0"), SPAN("10.0.0.1"), false },
	};
	EACH_ROW(t) {
		struct config_network n;
		struct address a;

		CHECK_INT(config_network_parse(t[row].network, &n), 0);
		CHECK_INT(address_parse(t[row].address, 25, &a), 0);
		CHECK_INT(config_network_has(&n, &a), t[row].has);
	}
}
