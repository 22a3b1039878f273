/* role/mirror.c - the ledger into a database of somebody's own: the network, and of files what its
 * driver reads at each connection.  Library and driver are loaded before. */
#include "role/role.h"

#include <unistd.h>

#include "mirror/mirror.h"
#include "role/counted.h"
#include "sandbox/sandbox.h"

static int prepare(struct role_inputs *inputs, struct settings *set)
{
	struct span connection = span_str(set->ledger_mirror);

	if (span_sub(connection, 0, 1).n && *connection.p == '/')
		connection = span_trim(inputs->mirror);
	mirror_prepare(connection);
	return 0;
}

static int confine(const struct settings *set, int uid)
{
	struct sandbox_profile profile = {
		.role = "mirror",
		.may = SANDBOX_CONNECT | SANDBOX_FILES_READ,
		.read_dirs = { "/etc/odbc.ini", "/etc/odbcinst.ini", "/etc/hosts",
		               "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/gai.conf",
		               "/etc/services", "/etc/ssl/certs", "/usr/share/ca-certificates",
		               mirror_driver_dir() },
	};
	if (!*mirror_driver_dir())
		profile.read_dirs[9] = NULL;
	role_open_crypto();
	return role_confine(&profile, uid);
}

/* The parent starts it again. */
static void lost(void)
{
	_exit(1);
}

static WAITS int start(const struct role_inputs *inputs)
{
	counted_serve_mirror();
	return mirror_start(inputs->set, inputs->alone ? lost : NULL); /* WAITS */
}

static WAITS void stop(void)
{
	mirror_stop(); /* WAITS */
}

const struct role_ops role_mirror = {
	.prepare = prepare,
	.confine = confine,
	.start = start,
	.stop = stop,
};
