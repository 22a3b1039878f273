/* The file of logins at relay hosts. */
#include "auth/relay_logins.h"

#include "base/arena.h"
#include "calls/auth.h"
#include "test.h"

static int ask(const char *name, struct arena *mem, struct auth_relay_login_reply *out)
{
	struct auth_relay_login_args a = { .name = span_str(name) };

	return auth_relay_login(&a, mem, out);
}

TEST(relay_logins_are_found_by_name)
{
	static const char file[] = "# ours\n\nmain:user@example.net:pass:word with : and space \r\n"
	                           "bulk:b:x\n";
	AUTO_ARENA mem = { 0 };
	struct auth_relay_login_reply got;

	relay_logins_serve();
	CHECK_INT(relay_logins_load(exact(span_str(file))), 0);
	CHECK_INT(ask("main", &mem, &got), 0);
	CHECK_SPAN(got.user, SPAN("user@example.net"));
	CHECK_SPAN(got.password, SPAN("pass:word with : and space "));
	CHECK_INT(ask("bulk", &mem, &got), 0);
	CHECK_SPAN(got.password, SPAN("x"));
	CHECK_INT(ask("Main", &mem, &got), ERR_NOT_FOUND);
	CHECK_INT(ask("", &mem, &got), ERR_NOT_FOUND);
	relay_logins_close();
	CHECK_INT(ask("bulk", &mem, &got), ERR_NOT_FOUND);
}

TEST(relay_logins_keep_the_old_ones_when_the_file_is_wrong)
{
	static const struct {
		const char *file, *told;
	} t[] = {
		{ "main:user\n", "line 1: expected NAME:USER:PASSWORD" },
		{ "a:b:c\n:user:secret\n", "line 2" },
		{ "a::secret\n", "line 1" },
		{ "a:b:\n", "line 1" },
		{ "a:b:c\na:d:e\n", "line 2: the name stands twice" },
	};
	AUTO_ARENA mem = { 0 };
	struct auth_relay_login_reply got;

	relay_logins_serve();
	CHECK_INT(relay_logins_load(SPAN("old:user:pass")), 0);
	EACH_ROW(t) {
		CHECK_INT(relay_logins_load(exact(span_str(t[row].file))), ERR_CONFIG);
		CHECK(strstr(err_str(ERR_CONFIG), t[row].told));
		CHECK(!strstr(err_str(ERR_CONFIG), "secret"));
		CHECK_INT(ask("old", &mem, &got), 0);
	}
	relay_logins_close();
}
