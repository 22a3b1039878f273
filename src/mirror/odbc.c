/* mirror/odbc.c - see odbc.h. */
#include "mirror/odbc.h"

#include <dlfcn.h>
#include <iconv.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include <odbcinst.h>
#include <sqlext.h>

#include "base/buf.h"
#include "base/os/library.h"
#include "mirror/connection.h"
#include "mirror/text.h"

enum {
	CONNECT_S = 15,
	STATEMENT_S = 60,
	PATH_BYTES = 320,
	WORDS_BYTES = 512,
	LONG_ROOM = 4000,
	CONNECTION_MAX = 700
};

#define ODBC(f)                                                                                    \
	f(AllocHandle) f(FreeHandle) f(SetEnvAttr) f(SetConnectAttr) f(SetStmtAttr)                \
	        f(DriverConnectW) f(Disconnect) f(GetInfo) f(GetDiagRec) f(Prepare)                \
	                f(BindParameter) f(Execute) f(Fetch) f(GetData) f(EndTran)
#define POINTER(name)  typeof(SQL##name) *name;
#define FUNCTION(name) { "SQL" #name, &odbc.name },
static struct {
	ODBC(POINTER)
} odbc;
static const struct library_function functions[] = { ODBC(FUNCTION) };

static struct {
	typeof(SQLGetPrivateProfileString) *get;
} ini;
static const struct library_function ini_functions[] = { { "SQLGetPrivateProfileString",
	                                                   &ini.get } };

static char driver_dir[PATH_BYTES];

const char *odbc_driver_dir(void)
{
	return driver_dir;
}

/* ---- loading ---- */

static void profile(const char *section, const char *entry, char out[PATH_BYTES], const char *file)
{
	*out = 0;
	(void)ini.get(section, entry, "", out, PATH_BYTES, file);
	out[PATH_BYTES - 1] = 0;
}

/* What the connection string says of its driver: a path, or a name of odbcinst.ini, as it stands or
 * by a data source of odbc.ini. */
static int driver_named(struct span connection, char out[PATH_BYTES])
{
	char name[PATH_BYTES] = "", dsn[PATH_BYTES] = "";

	(void)connection_get(connection, "DRIVER", name, sizeof name);
	if (!*name && connection_get(connection, "DSN", dsn, sizeof dsn)) {
		profile(dsn, "Driver", name, "odbc.ini");
		if (!*name)
			return err(ERR_CONFIG,
			           "odbc.ini has no data source %s with a Driver, or cannot be "
			           "read",
			           dsn);
	}
	if (!*name)
		return err(ERR_CONFIG, "the connection string names neither DSN nor Driver");
	if (strchr(name, '/'))
		memcpy(out, name, PATH_BYTES);
	else
		profile(name, "Driver", out, "odbcinst.ini");
	return *out ? 0
	            : err(ERR_CONFIG, "odbcinst.ini has no driver %s: install its package", name);
}

/* The manager looks for a bare name beside itself, in odbc/, too. */
static bool load_driver(const char *path)
{
	AUTO_BUF beside = BUF(2 * PATH_BYTES);
	char origin[PATH_BYTES * 2] = "";
	void *manager = dlopen("libodbc.so.2", RTLD_NOW | RTLD_NOLOAD);

	if (strchr(path, '/') || !manager || dlinfo(manager, RTLD_DI_ORIGIN, origin) < 0)
		buf_puts(&beside, path);
	else
		buf_printf(&beside, "%s/odbc/%s", origin, path);
	if (beside.err || (!dlopen(buf_str(&beside), RTLD_NOW | RTLD_NODELETE) &&
	                   !dlopen(path, RTLD_NOW | RTLD_NODELETE)))
		return false;
	const char *slash = strrchr(buf_str(&beside), '/');
	if (slash)
		snprintf(driver_dir, sizeof driver_dir, "%.*s", (int)(slash - buf_str(&beside)),
		         buf_str(&beside));
	return true;
}

/* What drivers load when they first need it, which is too late then: what names are resolved by,
 * and converters; they stay. */
static void load_more(void)
{
	static const char *const charsets[] = { "UTF-16",  "UTF-16LE", "UCS-2",
		                                "UCS-2LE", "UTF-32",   "ISO-8859-1" };
	struct addrinfo *none = NULL;

	for (size_t i = 0; i < N_ELEMS(charsets); i++) {
		(void)iconv_open(charsets[i], "UTF-8");
		(void)iconv_open("UTF-8", charsets[i]);
	}
	if (getaddrinfo("localhost", "5432", NULL, &none) == 0)
		freeaddrinfo(none);
}

int odbc_load(struct span connection)
{
	char path[PATH_BYTES];
	int r = library_load("libodbc.so.2", functions, N_ELEMS(functions));

	if (r >= 0)
		r = library_load("libodbcinst.so.2", ini_functions, N_ELEMS(ini_functions));
	if (r < 0)
		return err(r, "%s: install unixodbc", err_str(r));
	r = driver_named(connection, path);
	if (r < 0)
		return r;
	if (!load_driver(path))
		return err(ERR_UNAVAILABLE, "the driver cannot be loaded: %s", dlerror());
	load_more();
	return 0;
}

/* ---- errors ---- */

/* SQLSTATE 08: the connection; HYT00, HYT01: time.  By whatever way it failed, it is over. */
static int fault(SQLSMALLINT kind, void *handle, const char *doing)
{
	SQLCHAR state[6] = "", words[WORDS_BYTES] = "";
	SQLSMALLINT n = 0;
	SQLINTEGER native = 0;

	if (!SQL_SUCCEEDED(odbc.GetDiagRec(kind, handle, 1, state, &native, words,
	                                   (SQLSMALLINT)sizeof words, &n)))
		return err(ERR_NET, "%s: the driver does not say why", doing);
	for (SQLCHAR *p = words; *p; p++)
		if (*p < ' ')
			*p = ' ';
	return err(ERR_NET, "%s: %s (SQLSTATE %s)", doing, (const char *)words,
	           (const char *)state);
}

static int fault_of(struct odbc *c, const char *doing)
{
	return c->stmt ? fault(SQL_HANDLE_STMT, c->stmt, doing)
	               : fault(SQL_HANDLE_DBC, c->dbc, doing);
}

/* ---- connections ---- */

static void *value_of(uintptr_t n)
{
	return (void *)n; /* attributes are numbers in the place of pointers */
}

static int connect_by(struct odbc *c, struct span connection)
{
	SQLWCHAR wide[CONNECTION_MAX + 1];
	size_t n = mirror_text(connection, N_ELEMS(wide) - 1, wide);
	SQLSMALLINT got;

	if (connection.n >= N_ELEMS(wide))
		return err(ERR_CONFIG, "the connection string has over %zu octets",
		           N_ELEMS(wide) - 1);
	wide[n] = 0;
	odbc.SetConnectAttr(c->dbc, SQL_ATTR_LOGIN_TIMEOUT, value_of(CONNECT_S), 0);
	odbc.SetConnectAttr(c->dbc, SQL_ATTR_CONNECTION_TIMEOUT, value_of(STATEMENT_S), 0);
	if (!SQL_SUCCEEDED(odbc.DriverConnectW(c->dbc, NULL, wide, SQL_NTS, NULL, 0, &got,
	                                       SQL_DRIVER_NOPROMPT)))
		return fault(SQL_HANDLE_DBC, c->dbc, "connecting");
	if (!SQL_SUCCEEDED(odbc.GetInfo(c->dbc, SQL_DBMS_NAME, c->database,
	                                (SQLSMALLINT)sizeof c->database, &got)))
		*c->database = 0;
	return 0;
}

int odbc_connect(struct odbc *c, struct span connection)
{
	int r;

	*c = (struct odbc){ 0 };
	if (!SQL_SUCCEEDED(odbc.AllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &c->env)) ||
	    !SQL_SUCCEEDED(
	            odbc.SetEnvAttr(c->env, SQL_ATTR_ODBC_VERSION, value_of(SQL_OV_ODBC3), 0)) ||
	    !SQL_SUCCEEDED(odbc.AllocHandle(SQL_HANDLE_DBC, c->env, &c->dbc)))
		r = err(ERR_NO_MEMORY, "no memory for a connection by ODBC");
	else
		r = connect_by(c, connection);
	if (r < 0)
		odbc_close(c);
	return r;
}

int odbc_transactions(struct odbc *c)
{
	return SQL_SUCCEEDED(odbc.SetConnectAttr(c->dbc, SQL_ATTR_AUTOCOMMIT,
	                                         value_of(SQL_AUTOCOMMIT_OFF), SQL_IS_UINTEGER))
	               ? 0
	               : fault(SQL_HANDLE_DBC, c->dbc, "beginning transactions");
}

static void statement_end(struct odbc *c)
{
	if (c->stmt)
		odbc.FreeHandle(SQL_HANDLE_STMT, c->stmt);
	c->stmt = NULL;
}

void odbc_close(struct odbc *c)
{
	statement_end(c);
	if (c->dbc) {
		odbc.EndTran(SQL_HANDLE_DBC, c->dbc, SQL_ROLLBACK);
		odbc.Disconnect(c->dbc);
		odbc.FreeHandle(SQL_HANDLE_DBC, c->dbc);
	}
	if (c->env)
		odbc.FreeHandle(SQL_HANDLE_ENV, c->env);
	*c = (struct odbc){ 0 };
}

int odbc_commit(struct odbc *c)
{
	statement_end(c);
	return SQL_SUCCEEDED(odbc.EndTran(SQL_HANDLE_DBC, c->dbc, SQL_COMMIT))
	               ? 0
	               : fault(SQL_HANDLE_DBC, c->dbc, "committing");
}

void odbc_rollback(struct odbc *c)
{
	statement_end(c);
	odbc.EndTran(SQL_HANDLE_DBC, c->dbc, SQL_ROLLBACK);
}

/* ---- statements ---- */

/* One octet that a null points to. */
static SQLCHAR nothing[4];

static int bind_value(struct odbc *c, SQLUSMALLINT at, struct odbc_value *v)
{
	bool text = v->kind == ODBC_TEXT || v->kind == ODBC_NULL_TEXT;
	bool null = v->kind == ODBC_NULL_TEXT || v->kind == ODBC_NULL_NUMBER;
	SQLSMALLINT sql = !text                 ? SQL_BIGINT
	                  : v->room > LONG_ROOM ? SQL_WLONGVARCHAR
	                                        : SQL_WVARCHAR;
	SQLPOINTER p = null   ? (void *)nothing
	               : text ? (void *)(uintptr_t)v->text
	                      : (void *)&v->number;

	_Static_assert(sizeof(SQLLEN) == sizeof v->octets, "ODBC counts by another type");
	v->octets = null   ? SQL_NULL_DATA
	            : text ? (long)(v->n * sizeof *v->text)
	                   : (long)sizeof v->number;
	return odbc.BindParameter(c->stmt, at, SQL_PARAM_INPUT, text ? SQL_C_WCHAR : SQL_C_SBIGINT,
	                          sql, text ? v->room : 0, 0, p, null ? 0 : v->octets, &v->octets);
}

int odbc_run(struct odbc *c, const char *statement, struct odbc_value *values, size_t n)
{
	SQLRETURN s;

	statement_end(c);
	if (!SQL_SUCCEEDED(odbc.AllocHandle(SQL_HANDLE_STMT, c->dbc, &c->stmt)))
		return fault(SQL_HANDLE_DBC, c->dbc, "a statement");
	odbc.SetStmtAttr(c->stmt, SQL_ATTR_QUERY_TIMEOUT, value_of(STATEMENT_S), 0);
	s = odbc.Prepare(c->stmt, (SQLCHAR *)(uintptr_t)statement, SQL_NTS);
	for (size_t i = 0; SQL_SUCCEEDED(s) && i < n; i++)
		s = (SQLRETURN)bind_value(c, (SQLUSMALLINT)(i + 1), &values[i]);
	if (SQL_SUCCEEDED(s))
		s = odbc.Execute(c->stmt);
	if (SQL_SUCCEEDED(s) || s == SQL_NO_DATA)
		return 0;
	return fault_of(c, "writing");
}

int odbc_next(struct odbc *c)
{
	SQLRETURN s = odbc.Fetch(c->stmt);

	if (s == SQL_NO_DATA)
		return 0;
	return SQL_SUCCEEDED(s) ? 1 : fault_of(c, "reading");
}

int odbc_number(struct odbc *c, int column, int64_t *out)
{
	SQLLEN n = 0;
	SQLBIGINT v = 0;

	if (!SQL_SUCCEEDED(
	            odbc.GetData(c->stmt, (SQLUSMALLINT)column, SQL_C_SBIGINT, &v, sizeof v, &n)))
		return fault_of(c, "reading");
	*out = n == SQL_NULL_DATA ? 0 : (int64_t)v;
	return 0;
}

int odbc_ascii(struct odbc *c, int column, char *out, size_t room)
{
	SQLLEN n = 0;

	*out = 0;
	if (!SQL_SUCCEEDED(
	            odbc.GetData(c->stmt, (SQLUSMALLINT)column, SQL_C_CHAR, out, (SQLLEN)room, &n)))
		return fault_of(c, "reading");
	if (n == SQL_NULL_DATA)
		*out = 0;
	return 0;
}
