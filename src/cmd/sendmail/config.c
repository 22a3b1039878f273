/* cmd/sendmail/config.c - see config.h. */
#include "cmd/sendmail/config.h"

#include <confuse.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "cmd/cli.h"

enum { PATH_BYTES = 4096 };

static const char *there(struct buf *path)
{
	const char *p = buf_str(path);

	return p && access(p, R_OK) == 0 ? p : NULL;
}

/* The first that can be read; NULL: none. */
static const char *find(const char *given, struct buf *home)
{
	const char *system = "/etc/postrider/sendmail.conf";

	if (given)
		return given;
	given = getenv("POSTRIDER_SENDMAIL");
	if (given && *given)
		return given;
	if (getenv("HOME"))
		buf_printf(home, "%s/.config/postrider/sendmail.conf", getenv("HOME"));
	given = home->n ? there(home) : NULL;
	return given ? given : access(system, R_OK) == 0 ? system : NULL;
}

int sendmail_config_read(const char *given, struct sendmail_config *out)
{
	AUTO_BUF home = BUF(PATH_BYTES);
	cfg_opt_t options[] = { CFG_SIMPLE_STR("server", &out->server),
		                CFG_SIMPLE_STR("domain", &out->domain),
		                CFG_SIMPLE_STR("sender", &out->sender), CFG_END() };
	const char *path = find(given, &home);
	int r = CFG_SUCCESS;

	*out = (struct sendmail_config){ 0 };
	if (path) {
		cfg_t *c = cfg_init(options, CFGF_NONE);
		r = c ? cfg_parse(c, path) : CFG_PARSE_ERROR; /* prints what is wrong, and where */
		if (r == CFG_FILE_ERROR)
			cli_fail("sendmail: cannot read %s: %s", path, strerror(errno));
		cfg_free(c);
	}
	return r == CFG_SUCCESS ? EX_OK : EX_CONFIG;
}

bool sendmail_config_is_here(const struct sendmail_config *c)
{
	return !c->server || !*c->server;
}

void sendmail_config_fini(struct sendmail_config *c)
{
	free(c->server);
	free(c->domain);
	free(c->sender);
}
