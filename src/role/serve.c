/* role/serve.c - prepares what the roles need: configuration, keys, bound sockets. */
#include "role/role.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "auth/check.h"
#include "base/event.h"
#include "base/os.h"
#include "config/config.h"
#include "role/acme.h"
#include "role/renewal.h"
#include "rt/stream/stream.h"
#include "store/store.h"
#include "ticket/ticket.h"
#include "wire/clamd/hash_list.h"

enum {
	FILE_MAX = 16 << 20,
	BACKLOG = 1024,
	/* What one role is given no other may change. */
	SEALS = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL,
};

static int append(int file, int to)
{
	char block[1024];
	ssize_t n;

	while ((n = read(file, block, sizeof block)) > 0)
		if (write(to, block, (size_t)n) != n || lseek(to, 0, SEEK_CUR) > FILE_MAX)
			return -1;
	return n < 0 ? -1 : 0;
}

/* An open file's octets as a memory file; the roles read it whatever user they are. */
static int copy(int file, const char *path, int *out)
{
	int memory = memfd_create("postrider", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (memory < 0 || (file >= 0 && append(file, memory) < 0) ||
	    fcntl(memory, F_ADD_SEALS, SEALS) < 0) {
		close(memory);
		return err(ERR_CONFIG, "cannot read %s, or it is over %d octets", path, FILE_MAX);
	}
	*out = memory;
	return 0;
}

static int load(const char *path, int *out)
{
	AUTO_FD int file = open(path, O_RDONLY | O_CLOEXEC);

	return file < 0 ? err_errno(ERR_CONFIG, "cannot read %s", path) : copy(file, path, out);
}

/* Of tls.acme_dir nothing counts but files of its user's: another's, behind a link, would be shown
 * to strangers. */
static int open_acme(const struct settings *set, const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), uid = acme_uid(set);
	struct stat st;

	if (fd < 0)
		return err_errno(ERR_CONFIG, "tls.acme_dir: cannot read %s", path);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uid < 0 || (int)st.st_uid == uid))
		return fd;
	close(fd);
	return err(ERR_CONFIG, "tls.acme_dir: %s is no file of its user's", path);
}

/* The one by ACME takes the other's place once it is there. */
static int load_certificate(const struct settings *set, int *out)
{
	AUTO_BUF path = BUF(ACME_PATH_MAX);

	if (!acme_certificate(set, set->server_hostname, &path))
		return load(set->tls_certificate, out);
	AUTO_FD int file = open_acme(set, path.p);
	return file < 0 ? file : copy(file, path.p, out);
}

static int load_key(const struct settings *set, int *out)
{
	AUTO_BUF path = BUF(ACME_PATH_MAX);

	if (!acme_certificate(set, set->server_hostname, &path) ||
	    !acme_key(set, set->server_hostname, &path))
		return load(set->tls_key, out);
	AUTO_FD int file = open_acme(set, path.p);
	return file < 0 ? file : copy(file, path.p, out);
}

/* With an end of line behind it. */
static int append_text(int file, const char *path, int to)
{
	if (append(file, to) < 0 || write(to, "\n", 1) != 1)
		return err(ERR_CONFIG, "tls.certificates: cannot read %s", path);
	return 0;
}

static int append_file(struct span path, int to)
{
	AUTO_BUF z = BUF(4096);

	buf_put(&z, path);
	AUTO_FD int file = buf_str(&z) ? open(z.p, O_RDONLY | O_CLOEXEC) : -1;
	if (file < 0)
		return err_errno(ERR_CONFIG, "tls.certificates: cannot read %.*s", SPAN_ARG(path));
	return append_text(file, z.p, to);
}

static int append_acme_file(const struct settings *set, const char *path, int to)
{
	AUTO_FD int file = open_acme(set, path);

	return file < 0 ? file : append_text(file, path, to);
}

/* A certificate and its key, both or none: one may just be made. */
static int append_one(const struct settings *set, const char *name, int to)
{
	AUTO_BUF certificate = BUF(ACME_PATH_MAX);
	AUTO_BUF key = BUF(ACME_PATH_MAX);

	if (!acme_certificate(set, name, &certificate) || !acme_key(set, name, &key))
		return 0;
	int r = append_acme_file(set, certificate.p, to);
	if (r >= 0)
		r = append_acme_file(set, key.p, to);
	return r < 0 || write(to, "", 1) == 1 ? r : err_errno(ERR_CONFIG, "tls.acme_dir");
}

static int append_acme(const struct settings *set, int to)
{
	DIR *dir = opendir(set->tls_acme_dir);
	struct dirent *e;
	int r = 0;

	while (dir && r >= 0 && (e = readdir(dir)))
		if (e->d_name[0] != '.' && strcmp(e->d_name, set->server_hostname) != 0)
			r = append_one(set, e->d_name, to);
	if (dir)
		closedir(dir);
	return r;
}

static int load_certificates(const struct settings *set, int *out)
{
	AUTO_FD int all = memfd_create("postrider", MFD_CLOEXEC);
	int r = all < 0 ? err_errno(ERR_CONFIG, "tls.certificates") : 0;

	if (r >= 0 && *set->tls_acme)
		r = append_acme(set, all);
	for (size_t i = 0; r >= 0 && i < set->tls_certificates.n; i++) {
		struct span rest = span_str(set->tls_certificates.v[i]), path;
		while (r >= 0 && span_split(&rest, ' ', &path))
			r = append_file(path, all);
		if (r >= 0 && write(all, "", 1) != 1)
			r = err_errno(ERR_CONFIG, "tls.certificates");
	}
	if (r >= 0 && lseek(all, 0, SEEK_SET) < 0)
		r = err_errno(ERR_CONFIG, "tls.certificates");
	return r < 0 ? r : copy(all, "tls.certificates", out);
}

/* For its owner's eyes alone.  With `may_lack`, without the file it is empty. */
static int load_secrets(const char *setting, const char *path, bool may_lack, int *out)
{
	struct stat st;
	AUTO_FD int file = open(path, O_RDONLY | O_CLOEXEC);

	if (file < 0 && !(may_lack && errno == ENOENT))
		return err_errno(ERR_CONFIG, "cannot read %s", path);
	if (file >= 0 && (fstat(file, &st) < 0 || st.st_mode & 077))
		return err(ERR_CONFIG, "%s: others than its owner may read %s; chmod 600 it",
		           setting, path);
	return copy(file, path, out);
}

/* Passwords of ours. */
static int load_credentials(const struct settings *set, int *out)
{
	return load_secrets("server.credentials", set->server_credentials, true, out);
}

/* Else it is the connection string itself, and there is none to hand. */
static int load_mirror(const struct settings *set, int *out)
{
	const char *path = *set->ledger_mirror == '/' ? set->ledger_mirror : "";

	return *path ? load_secrets("ledger.mirror", path, false, out) : copy(-1, path, out);
}

/* One behind the other: the lists' lines say themselves what they are. */
static int load_hashes(const struct settings *set, int *out)
{
	AUTO_FD int all = memfd_create("postrider", MFD_CLOEXEC);

	for (size_t i = 0; all >= 0 && i < set->defence_hashes.n; i++) {
		const char *path = set->defence_hashes.v[i];
		AUTO_FD int file = open(path, O_RDONLY | O_CLOEXEC);
		if (file < 0)
			return err_errno(ERR_CONFIG, "defence.hashes: cannot read %s", path);
		if (append(file, all) < 0 || write(all, "\n", 1) != 1 ||
		    lseek(all, 0, SEEK_CUR) > CLAMD_HASH_LIST_MAX)
			return err(ERR_CONFIG,
			           "defence.hashes: %s cannot be read, or the lists together are "
			           "over %d octets",
			           path, CLAMD_HASH_LIST_MAX);
	}
	if (all < 0 || lseek(all, 0, SEEK_SET) < 0)
		return err_errno(ERR_CONFIG, "defence.hashes");
	return copy(all, "the lists of hashes", out);
}

/* With it the auth role seals what the store role opens (ticket/ticket.h). */
static int make_ticket_key(int *out)
{
	char key[TICKET_KEY_BYTES];
	int memory = memfd_create("postrider", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	os_random(key, sizeof key);
	if (memory < 0 || write(memory, key, sizeof key) != sizeof key ||
	    fcntl(memory, F_ADD_SEALS, SEALS) < 0)
		return err_errno(ERR_BUG, "cannot make the key of tickets");
	os_wipe(key, sizeof key);
	*out = memory;
	return 0;
}

/* All or none: a new certificate never stands beside an old key. */
int server_inputs_load(struct server_inputs *p)
{
	const struct {
		int *held;
		int (*load)(const struct settings *set, int *out);
	} files[] = { { &p->certificate_fd, load_certificate },
		      { &p->key_fd, load_key },
		      { &p->certificates_fd, load_certificates },
		      { &p->credentials_fd, load_credentials },
		      { &p->hashes_fd, load_hashes } };
	int fresh[N_ELEMS(files)], r = 0;
	size_t n = 0;

	while (n < N_ELEMS(files) && (r = files[n].load(p->set, &fresh[n])) >= 0)
		n++;
	for (size_t i = 0; i < n; i++) {
		if (r >= 0) {
			int old = *files[i].held;
			*files[i].held = fresh[i];
			fresh[i] = old;
		}
		if (fresh[i] >= 0)
			close(fresh[i]);
	}
	return r;
}

static int hold_socket(struct server_inputs *p, enum boot_listener kind, int fd)
{
	if (p->n_listeners == ROLE_LISTENERS_MAX)
		return err(ERR_CONFIG, "more than %d listeners", ROLE_LISTENERS_MAX);
	p->listeners[p->n_listeners].kind = kind;
	p->listeners[p->n_listeners++].fd = fd;
	return 0;
}

static int bind_address(struct server_inputs *p, enum boot_listener kind, const char *text)
{
	struct address a;
	int on = 1;
	int r = address_parse(span_str(text), 0, &a);

	if (r < 0)
		return err(ERR_CONFIG, "listen: %s is no address:port", text);
	int fd = socket(a.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 && errno == EAFNOSUPPORT)
		return 0; /* a machine without IPv6 */
	if (fd < 0)
		return err_errno(ERR_CONFIG, "listen: socket for %s", text);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (a.sa.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	if (bind(fd, &a.sa, a.len) < 0 || listen(fd, BACKLOG) < 0) {
		r = errno == EADDRNOTAVAIL && a.sa.sa_family == AF_INET6
		            ? 0
		            : err_errno(ERR_CONFIG, "cannot listen on %s%s", text,
		                        errno == EADDRINUSE ? " (another server holds it; stop it "
		                                              "or change the listen section)"
		                        : errno == EACCES ? " (ports below 1024 need root; or use "
		                                            "postrider init --port-base)"
		                                          : "");
		close(fd);
		return r;
	}
	event_log(EVENT_listening, "address=%s", text);
	return hold_socket(p, kind, fd);
}

static int bind_list(struct server_inputs *p, enum boot_listener kind,
                     const struct settings_list *list)
{
	int r = 0;
	for (size_t i = 0; r >= 0 && i < list->n; i++)
		r = bind_address(p, kind, list->v[i]);
	return r;
}

/* Takes away what an earlier server left, and neither another's door nor somebody's file. */
static int clear_path(int fd, const struct sockaddr_un *a)
{
	struct stat st;

	if (connect(fd, (const struct sockaddr *)a, sizeof *a) == 0)
		return err(ERR_CONFIG, "a server runs at %s already; stop it first", a->sun_path);
	if (lstat(a->sun_path, &st) == 0 && !S_ISSOCK(st.st_mode))
		return err(ERR_CONFIG, "listen: %s is there, and no socket; remove it",
		           a->sun_path);
	unlink(a->sun_path);
	return 0;
}

/* A Unix socket: who may use it is who its mode says. */
static int bind_path(struct server_inputs *p, enum boot_listener kind, const char *path,
                     mode_t mode)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof a.sun_path)
		return err(ERR_CONFIG, "listen: %s is longer than a socket's path may be", path);
	memcpy(a.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_errno(ERR_CONFIG, "listen: socket for %s", path);
	int r = clear_path(fd, &a);
	mode_t mask = umask(0777 & ~mode);
	if (r >= 0 && (bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, BACKLOG) < 0))
		r = err_errno(ERR_CONFIG, "cannot listen on %s", path);
	umask(mask);
	if (r < 0) {
		close(fd);
		return r;
	}
	return hold_socket(p, kind, fd);
}

/* path empty: none.  Who may use it, its mode says. */
static int bind_socket(struct server_inputs *p, enum boot_listener kind, const char *path,
                       const char *mode)
{
	int r = *path ? bind_path(p, kind, path, (mode_t)strtoul(mode, NULL, 8)) : 0;

	if (r >= 0 && *path)
		event_log(EVENT_listening, "address=%s", path);
	return r;
}

static int bind_all(struct server_inputs *p)
{
	const struct settings *set = p->set;
	const struct {
		enum boot_listener kind;
		const struct settings_list *list;
	} lists[] = { { BOOT_LISTEN_SMTP, &set->listen_smtp },
		      { BOOT_LISTEN_SUBMISSION, &set->listen_submission },
		      { BOOT_LISTEN_SUBMISSIONS, &set->listen_submissions },
		      { BOOT_LISTEN_LMTP, &set->listen_lmtp },
		      { BOOT_LISTEN_IMAP, &set->listen_imap },
		      { BOOT_LISTEN_IMAPS, &set->listen_imaps },
		      { BOOT_LISTEN_POP3, &set->listen_pop3 },
		      { BOOT_LISTEN_POP3S, &set->listen_pop3s },
		      { BOOT_LISTEN_HTTP, &set->listen_http },
		      { BOOT_LISTEN_HTTPS, &set->listen_https },
		      { BOOT_LISTEN_METRICS, &set->listen_metrics },
		      { BOOT_LISTEN_ADMIN, &set->listen_admin } };
	int r = 0;

	for (size_t i = 0; r >= 0 && i < N_ELEMS(lists); i++)
		r = bind_list(p, lists[i].kind, lists[i].list);
	if (r >= 0)
		r = bind_socket(p, BOOT_LISTEN_LMTP, set->listen_lmtp_socket,
		                set->listen_lmtp_socket_mode);
	if (r >= 0)
		r = bind_socket(p, BOOT_LISTEN_HTTP, set->listen_http_socket,
		                set->listen_http_socket_mode);
	if (r >= 0)
		r = bind_socket(p, BOOT_LISTEN_ADMIN, set->listen_admin_socket,
		                set->listen_admin_socket_mode);
	if (r >= 0) /* the command line's: for its owner alone */
		r = bind_path(p, BOOT_LISTEN_CONTROL, set->listen_control, 0600);
	return r;
}

int role_make_data_dir(const struct settings *set)
{
	int uid = role_uid(set, ROLE_STORE);

	if (mkdir(set->server_data_dir, 0700) < 0 && errno != EEXIST)
		return err_errno(ERR_CONFIG, "cannot make %s", set->server_data_dir);
	if (uid >= 0 && chown(set->server_data_dir, (uid_t)uid, (gid_t)uid) < 0)
		return err_errno(ERR_CONFIG, "cannot give %s to the store's user",
		                 set->server_data_dir);
	return 0;
}

/* A file of the auth role's in a directory that belongs to the store's user: nothing but a plain
 * file of its own will do. */
static int open_data(const struct settings *set, const char *name, struct buf *path, int *out)
{
	struct stat st;

	buf_printf(path, "%s/%s", set->server_data_dir, name);
	AUTO_FD int fd = open(buf_str(path), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (path->err || fd < 0)
		return err_errno(ERR_CONFIG, "cannot open %s", buf_str(path));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1)
		return err(ERR_CONFIG, "%s is no plain file; remove it", buf_str(path));
	*out = fd;
	fd = -1;
	return 0;
}

/* auth/homes.h. */
static int open_homes(struct server_inputs *p)
{
	AUTO_BUF path = BUF(4096);

	return open_data(p->set, "homes", &path, &p->homes_fd);
}

/* Made at the first start; what a crash has left of one is none. */
static int load_secret(struct server_inputs *p)
{
	AUTO_BUF path = BUF(4096);
	char secret[AUTH_SECRET_BYTES + 1];
	AUTO_FD int file = -1;
	int r = open_data(p->set, "secret", &path, &file);

	if (r < 0)
		return r;
	if (pread(file, secret, sizeof secret, 0) != AUTH_SECRET_BYTES) {
		os_random(secret, AUTH_SECRET_BYTES);
		if (ftruncate(file, 0) < 0 ||
		    pwrite(file, secret, AUTH_SECRET_BYTES, 0) != AUTH_SECRET_BYTES ||
		    fsync(file) < 0)
			r = err_errno(ERR_CONFIG, "cannot write %s", buf_str(&path));
	}
	os_wipe(secret, sizeof secret);
	return r < 0 ? r : copy(file, buf_str(&path), &p->secret_fd);
}

int server_config_read(struct server_inputs *p, struct arena *mem, struct settings *set,
                       struct buf *errors)
{
	struct stat st;
	int r = load(p->config_path, &p->config_fd);

	if (r < 0 || fstat(p->config_fd, &st) < 0)
		return r < 0 ? r : err_errno(ERR_CONFIG, "cannot read %s", p->config_path);
	char *text = arena_alloc(mem, (size_t)st.st_size + 1);
	if (!text || pread(p->config_fd, text, (size_t)st.st_size, 0) != st.st_size)
		return err(ERR_CONFIG, "cannot read %s", p->config_path);
	return config_parse(span_make(text, (size_t)st.st_size), p->config_path, mem, set, errors);
}

static int read_config(struct server_inputs *p, struct arena *mem, struct settings *set)
{
	AUTO_BUF errors = BUF(64 << 10);
	int r = server_config_read(p, mem, set, &errors);

	if (r < 0 && errors.n)
		fprintf(stderr, "%s", buf_str(&errors));
	else if (r < 0)
		fprintf(stderr,
		        "postrider: %s; give it with -c FILE, or make one with postrider init\n",
		        err_str(r));
	return r;
}

/* Each session holds a descriptor: take as many as we may. */
static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* Roles read the configuration again, and know of no current folder. */
static const char *absolute(const char *path, struct arena *mem)
{
	char *here = *path == '/' ? NULL : getcwd(NULL, 0);
	const char *whole = here ? arena_printf(mem, "%s/%s", here, path) : path;

	free(here);
	return whole ? whole : path;
}

int role_serve(const char *config_path, bool one_process)
{
	AUTO_ARENA mem = { 0 };
	struct settings *set = arena_new(&mem, struct settings);
	struct server_inputs inputs = { .set = set,
		                        .config_path = absolute(config_path, &mem),
		                        .config_fd = -1,
		                        .certificate_fd = -1,
		                        .key_fd = -1,
		                        .certificates_fd = -1,
		                        .credentials_fd = -1,
		                        .homes_fd = -1,
		                        .secret_fd = -1,
		                        .hashes_fd = -1,
		                        .mirror_fd = -1,
		                        .ticket_key_fd = -1 };

	if (!set || read_config(&inputs, &mem, set) < 0)
		return 1;
	role_log(set, "parent");
	raise_descriptors();
	int r = server_inputs_load(&inputs);
	if (r >= 0)
		r = make_ticket_key(&inputs.ticket_key_fd);
	if (r >= 0)
		r = role_make_data_dir(set);
	if (r >= 0)
		r = renewal_make_dir(set);
	if (r >= 0)
		r = open_homes(&inputs);
	if (r >= 0)
		r = load_secret(&inputs);
	if (r >= 0)
		r = load_mirror(set, &inputs.mirror_fd);
	if (r >= 0)
		r = store_lease_check(set->server_data_dir);
	if (r >= 0)
		r = bind_all(&inputs);
	if (r < 0) {
		fprintf(stderr, "postrider: %s\n", err_str(r));
		return 1;
	}
	return one_process ? one_process_run(&inputs) : parent_run(&inputs);
}
