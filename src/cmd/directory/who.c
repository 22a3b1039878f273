/* cmd/directory/who.c - see who.h.
 *
 * While no server runs a child of this process opens the database, under the lock of the data
 * directory, and answers as the server would.
 */
#include "cmd/directory/who.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "accounts/accounts.h"
#include "base/clock.h"
#include "base/json.h"
#include "cmd/cli.h"
#include "cmd/control.h"
#include "role/role.h"

void who_fini(struct who_order *o)
{
	arena_fini(&o->mem);
}

int who_field(struct who_order *o, const char *name, const char *value)
{
	if (!o->fields)
		o->fields = arena_array(&o->mem, struct directory_field, DIRECTORY_FIELDS_MAX);
	if (!o->fields || o->n_fields == DIRECTORY_FIELDS_MAX)
		return cli_fail("more than %d settings at once", DIRECTORY_FIELDS_MAX), ERR_LIMIT;
	o->fields[o->n_fields++] = (struct directory_field){ span_str(name), span_str(value) };
	return 0;
}

static json_t *request_of(const struct who_order *o)
{
	json_t *fields = json_array();

	for (size_t i = 0; i < o->n_fields; i++)
		json_array_append_new(
		        fields, json_pack("[s,s]", o->fields[i].name.p, o->fields[i].value.p));
	return json_pack("{s:s, s:s, s:s, s:s, s:o}", "call", "directory", "object", o->object,
	                 "verb", o->verb, "name", o->name ? o->name : "", "fields", fields);
}

static int take_answers(struct control *c, who_row *each, void *arg)
{
	json_t *row;
	bool last = false;
	int r = 0;

	while (!last && (r = control_answer(c, &row)) >= 0) {
		last = control_is_last(row);
		if (!last)
			each(row, arg);
		json_decref(row);
	}
	return r;
}

static int ask_server(const struct settings *set, const struct who_order *o, who_row *each,
                      void *arg)
{
	struct control c;
	int r = control_open(set, &c);

	if (r < 0)
		return r;
	r = control_ask(&c, request_of(o));
	if (r >= 0)
		r = take_answers(&c, each, arg);
	control_close(&c);
	return r;
}

/* ---- the database, in a child ---- */

/* As root: the files are the store's user's, and so is who makes them; like the store's role it
 * lives in the data directory alone from then on, since what stands above may be shut to that user.
 */
static int enter_data(const struct settings *set, const char **dir)
{
	int uid = role_uid(set, ROLE_STORE);
	gid_t gid = (gid_t)uid;

	*dir = uid >= 0 ? "/" : set->server_data_dir;
	if (uid >= 0 &&
	    (chdir(set->server_data_dir) < 0 || chroot(".") < 0 || setgroups(0, NULL) < 0 ||
	     setresgid(gid, gid, gid) < 0 || setresuid((uid_t)uid, (uid_t)uid, (uid_t)uid) < 0))
		return err_errno(ERR_CONFIG, "cannot enter %s", set->server_data_dir);
	return 0;
}

/* Held until the child ends. */
static int lock_data(const struct settings *set, const char *dir)
{
	AUTO_BUF path = BUF(4096);

	buf_printf(&path, "%s/lock", dir);
	int fd = open(buf_str(&path), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(ERR_IO, "no server runs, and its data in %s cannot be opened",
		                 set->server_data_dir);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return err(ERR_UNAVAILABLE,
		           "a server uses %s and does not answer on its control socket; it may be "
		           "starting or stopping: try again",
		           set->server_data_dir);
	return 0;
}

static int put_line(int fd, struct span line)
{
	AUTO_BUF out = BUF(line.n + 1);

	buf_put(&out, line);
	buf_putc(&out, '\n');
	for (struct span rest = buf_span(&out); !out.err && rest.n;) {
		ssize_t n = write(fd, rest.p, rest.n);
		if (n < 0)
			return ERR_CLOSED;
		rest = span_sub(rest, (size_t)n, rest.n);
	}
	return out.err;
}

static int carry_out(struct accounts *db, const struct who_order *o, int fd)
{
	struct directory_order_args a = { .object = span_str(o->object),
		                          .verb = span_str(o->verb),
		                          .name = span_str(o->name),
		                          .fields = o->fields,
		                          .n_fields = o->n_fields };
	struct directory_order_reply got = { .more = true };
	struct accounts_done done;
	struct arena pages[2] = { { 0 }, { 0 } };
	int r = 0;

	for (unsigned i = 0; r >= 0 && got.more; i++) {
		arena_reset(&pages[i % 2]);
		r = accounts_order(db, &a, clock_wall_time_ms(), &pages[i % 2], &got, &done);
		if (r >= 0)
			r = accounts_removed_json(&done, &pages[i % 2], &got);
		for (size_t k = 0; r >= 0 && k < got.n_rows; k++)
			r = put_line(fd, got.rows[k].json);
		a.after = got.after;
	}
	arena_fini(&pages[0]);
	arena_fini(&pages[1]);
	return r;
}

static int answer(const struct settings *set, const struct who_order *o, int fd)
{
	struct accounts *db;
	const char *dir;
	int r = enter_data(set, &dir);

	if (r >= 0)
		r = lock_data(set, dir);
	if (r >= 0)
		r = accounts_open(dir, &db);
	if (r < 0)
		return r;
	r = carry_out(db, o, fd);
	accounts_close(db);
	return r;
}

NORETURN static void be_the_child(const struct settings *set, const struct who_order *o, int fd)
{
	AUTO_BUF line = BUF(4096);
	struct json j = JSON(&line);
	int r = answer(set, o, fd);

	json_begin_object(&j);
	json_member_bool(&j, "ok", r >= 0);
	if (r < 0)
		json_member_span(&j, "what", span_str(err_str(r)));
	json_end_object(&j);
	_exit(put_line(fd, buf_span(&line)) < 0);
}

static int ask_database(const struct settings *set, const struct who_order *o, who_row *each,
                        void *arg)
{
	struct control c = { .in = BUF(CONTROL_ANSWER_MAX) };
	int pair[2];
	int r = role_make_data_dir(set);

	if (r < 0)
		return cli_fail("%s", err_str(r)), r;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return cli_fail("socketpair: %s", strerror(errno)), ERR_IO;
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		be_the_child(set, o, pair[1]);
	close(pair[1]);
	c.fd = pair[0];
	r = pid < 0 ? (cli_fail("fork: %s", strerror(errno)), ERR_IO) : take_answers(&c, each, arg);
	control_close(&c);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	return r;
}

void who_ignore(UNUSED json_t *row, UNUSED void *arg)
{
}

int who_ask(const struct settings *set, const struct who_order *o, who_row *each, void *arg)
{
	return control_server(set) > 0 ? ask_server(set, o, each, arg)
	                               : ask_database(set, o, each, arg);
}
