/* config/config_live.h: what a running server takes anew. */
#include "test.h"

#include "config/config.h"
#include "config/config_live.h"

static void parse(struct arena *mem, const char *text, struct settings *out)
{
	AUTO_BUF errors = BUF(4096);

	CHECK_INT(config_parse(span_str(text), "/etc/p.conf", mem, out, &errors), 0);
}

TEST(config_live_names_what_differs)
{
	static const struct {
		const char *before, *after, *live, *restart;
	} t[] = {
		{ "", "", "", "" },
		{ "", "smtp { size_max = 25M }", "", "" },
		{ "", "smtp { size_max = 1M }", "smtp.size_max", "" },
		{ "log { json = true }", "", "log.json", "" },
		{ "", "listen { smtp = \"0.0.0.0:25\" }", "", "listen.smtp" },
		{ "", "listen { lmtp_networks = \"10.0.0.0/8\" }", "listen.lmtp_networks", "" },
		{ "smtp { relay_networks = { \"10.0.0.0/8\" } }",
		  "smtp { relay_networks = { \"10.0.0.0/8\", \"10.1.0.0/16\" } }",
		  "smtp.relay_networks", "" },
		{ "server { hostname = a.test }", "server { hostname = b.test  credentials = c }",
		  "server.credentials", "server.hostname" },
		{ "", "tls { certificate = a  key = b }\nstore { segment_size = 32M }",
		  "tls.certificate, tls.key", "store.segment_size" },
		{ "delivery { retry = { 1m } }", "delivery { retry = { 2m } hold = true }",
		  "delivery.retry", "delivery.hold" },
	};

	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		AUTO_BUF live = BUF(4096), restart = BUF(4096), none = BUF(4096);
		static struct settings set, fresh;

		parse(&mem, t[row].before, &set);
		parse(&mem, t[row].after, &fresh);
		CHECK_INT(config_live_put(&set, &fresh, true, &live), 0);
		CHECK_INT(config_live_put(&set, &fresh, false, &restart), 0);
		CHECK_SPAN(buf_span(&live), span_str(t[row].live));
		CHECK_SPAN(buf_span(&restart), span_str(t[row].restart));
		config_live_take(&set, &fresh);
		CHECK_INT(config_live_put(&set, &fresh, true, &none), 0);
		CHECK_SPAN(buf_span(&none), SPAN(""));
		CHECK_INT(config_live_put(&set, &fresh, false, &none), 0);
		CHECK_SPAN(buf_span(&none), span_str(t[row].restart));
	}
}
