/* Connection strings of ODBC: mirror/connection.h. */
#include "mirror/connection.h"

#include "test.h"

TEST(connection_has_values)
{
	static const struct {
		const char *connection, *keyword, *value; /* "": it is not there */
	} t[] = {
		{ "DSN=app", "DSN", "app" },
		{ "dsn=app;PWD=x", "DSN", "app" },
		{ " Driver = {PostgreSQL Unicode} ;Server=h", "DRIVER", "PostgreSQL Unicode" },
		{ "PWD={a;Driver=no}}b};Driver=yes", "DRIVER", "yes" },
		{ "PWD={a;b}}c};Driver=x", "PWD", "a;b}c" },
		{ "Driver=first;Driver=second", "DRIVER", "first" },
		{ "Server=h;DSN= app ;x", "DSN", "app" },
		{ "Driver=", "DRIVER", "" },
		{ "DSN", "DSN", "" },
		{ "", "DSN", "" },
		{ "DSN={never ends", "DSN", "never ends" },
		{ "DSN=0123456789012345678901234567890123456789", "DSN", "" }, /* no room */
	};
	char out[32];

	EACH_ROW(t) {
		CHECK(connection_get(span_str(t[row].connection), t[row].keyword, out,
		                     sizeof out) == (*t[row].value != 0));
		CHECK_STR(out, t[row].value);
	}
}
