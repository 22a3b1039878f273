/* role/run.c - turns a process into one role. */
#include "role/role.h"

#include <malloc.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "base/event.h"
#include "config/config.h"
#include "config/config_live.h"
#include "role/reach.h"
#include "role/wish.h"
#include "rt/fibre.h"
#include "rt/log.h"
#include "rt/loop.h"
#include "sandbox/sandbox.h"

enum { STOP_MS = 15000, ROLE_UID_FIRST = 61300, KEPT_BYTES = 2 << 20, GROWN_BYTES = 256 << 10 };

static struct {
	enum role role;
	const struct role_ops *ops;
	struct role_inputs inputs;
	struct arena mem; /* of the settings: for the process's life */
	struct settings set;
	struct settings *fresh; /* not in force yet */
	int not_understood;     /* why what came for it is not taken; 0 */
	struct span config;
	struct {
		struct ipc_address peer;
		int fd, descriptors_fd;
	} links[ROLE_COUNT * IPC_INSTANCES_MAX];
	size_t n_links;
	uv_poll_t parent;
	bool started, stopping;
} self = { .inputs = { .homes_fd = -1, .hashes_fd = -1, .alone = true } };

const enum role role_stop_order[ROLE_RUNNING_COUNT] = { ROLE_EDGE,   ROLE_CONTROL, ROLE_INSPECT,
	                                                ROLE_MIRROR, ROLE_STORE,   ROLE_COURIER,
	                                                ROLE_AUTH };

const struct role_ops *role_ops(enum role r)
{
	static const struct role_ops *const ops[ROLE_COUNT] = {
		[ROLE_EDGE] = &role_edge,       [ROLE_AUTH] = &role_auth,
		[ROLE_STORE] = &role_store,     [ROLE_COURIER] = &role_courier,
		[ROLE_CONTROL] = &role_control, [ROLE_INSPECT] = &role_inspect,
		[ROLE_MIRROR] = &role_mirror,
	};
	return ops[r];
}

bool role_is_wanted(const struct settings *set, enum role r)
{
	return r != ROLE_MIRROR || *set->ledger_mirror;
}

int64_t role_stop_ms(const struct settings *set, enum role r)
{
	return STOP_MS + (role_ops(r)->awaits_answers ? set->delivery_data_time : 0);
}

/* All octets of a memory file instead of those in *out, which stay on failure. */
static int take_octets(int fd, struct span *out)
{
	struct stat st;
	char *p = fstat(fd, &st) == 0 && st.st_size >= 0 ? malloc((size_t)st.st_size + 1) : NULL;
	bool whole = p && pread(fd, p, (size_t)st.st_size, 0) == st.st_size;

	if (!whole) {
		free(p);
		return err(ERR_IO, "a file from the parent cannot be read");
	}
	if (out->p)
		explicit_bzero((char *)(uintptr_t)out->p, out->n);
	free((char *)(uintptr_t)out->p);
	*out = span_make(p, (size_t)st.st_size);
	return 0;
}

static int parse_config(const char *path, struct settings *out)
{
	AUTO_BUF errors = BUF(64 << 10);
	int r = config_parse(self.config, path, &self.mem, out, &errors);

	return r < 0 ? err(r, "configuration: %s", buf_str(&errors)) : 0;
}

/* Of a running role only what can change counts, when all has come. */
static int take_config(struct boot_message *m)
{
	int r = take_octets(m->fd, &self.config);

	if (r < 0 || !self.started)
		return r < 0 ? r : parse_config(m->text, &self.set);
	struct settings *fresh = arena_new(&self.mem, struct settings);
	r = fresh ? parse_config(m->text, fresh) : err(ERR_NO_MEMORY, "configuration");
	if (r >= 0)
		self.fresh = fresh;
	return r;
}

/* Links are kept until the role has started: a question that it cannot answer yet waits in
 * its socket.  A peer that was started anew in the meantime has another one. */
static void keep_link(struct ipc_address peer, struct boot_message *m)
{
	size_t i = 0;

	while (i < self.n_links && (self.links[i].peer.role != peer.role ||
	                            self.links[i].peer.instance != peer.instance))
		i++;
	if (i < self.n_links) {
		close(self.links[i].fd);
		if (self.links[i].descriptors_fd >= 0)
			close(self.links[i].descriptors_fd);
	} else {
		self.n_links++;
	}
	self.links[i].peer = peer;
	self.links[i].fd = m->fd;
	self.links[i].descriptors_fd = m->descriptors_fd;
	m->fd = m->descriptors_fd = -1;
}

static int link_now(struct ipc_address peer, int fd, int descriptors_fd)
{
	int r = ipc_link(peer, fd, descriptors_fd);
	if (r < 0)
		event_log(EVENT_ipc_broken, "peer=%s", role_name(peer.role));
	return r;
}

static int take_link(struct boot_message *m)
{
	struct ipc_address peer = boot_address(m->arg);

	if (peer.role >= ROLE_COUNT || peer.instance >= IPC_INSTANCES_MAX || m->fd < 0)
		return err(ERR_SYNTAX, "a link to role %d, instance %u", (int)peer.role,
		           peer.instance);
	if (self.started) {
		int fd = m->fd, descriptors_fd = m->descriptors_fd;
		m->fd = m->descriptors_fd = -1;
		return link_now(peer, fd, descriptors_fd);
	}
	keep_link(peer, m);
	return 0;
}

static int take_listener(struct boot_message *m)
{
	if (self.inputs.n_listeners == ROLE_LISTENERS_MAX || m->fd < 0 ||
	    m->arg >= BOOT_LISTEN_COUNT)
		return err(ERR_SYNTAX, "listener %u of kind %u", (unsigned)self.inputs.n_listeners,
		           m->arg);
	self.inputs.listeners[self.inputs.n_listeners].kind = m->arg;
	self.inputs.listeners[self.inputs.n_listeners++].fd = m->fd;
	m->fd = -1;
	return 0;
}

static int take_homes(struct boot_message *m)
{
	if (self.inputs.homes_fd >= 0 || m->fd < 0)
		return err(ERR_SYNTAX, "a file of homes");
	self.inputs.homes_fd = m->fd;
	m->fd = -1;
	return 0;
}

/* The role takes it at its start and at each reload. */
static int take_hashes(struct boot_message *m)
{
	self.inputs.hashes_fd = m->fd;
	m->fd = -1;
	return 0;
}

static int take_challenge(const struct boot_message *m)
{
	int r = self.ops->challenge ? self.ops->challenge(&self.inputs, span_str(m->text))
	                            : ERR_UNKNOWN;

	return boot_send(BOOT_FD, BOOT_CHALLENGE, r >= 0, NULL, -1);
}

static int take_by_type(struct boot_message *m)
{
	switch (m->type) {
	case BOOT_CONFIG: return take_config(m);
	case BOOT_CERTIFICATE: return take_octets(m->fd, &self.inputs.certificate);
	case BOOT_KEY: return take_octets(m->fd, &self.inputs.key);
	case BOOT_TICKET_KEY: return take_octets(m->fd, &self.inputs.ticket_key);
	case BOOT_IDENTITIES: return take_octets(m->fd, &self.inputs.certificates);
	case BOOT_CREDENTIALS: return take_octets(m->fd, &self.inputs.credentials);
	case BOOT_MIRROR: return take_octets(m->fd, &self.inputs.mirror);
	case BOOT_SECRET: return take_octets(m->fd, &self.inputs.secret);
	case BOOT_HASHES: return take_hashes(m);
	case BOOT_HOMES: return take_homes(m);
	case BOOT_LISTENER: return take_listener(m);
	case BOOT_LINK: return take_link(m);
	case BOOT_REACHED: reach_take(m); return 0;
	case BOOT_RELOAD:
	case BOOT_ACME: wish_take(m); return 0;
	case BOOT_CHALLENGE: return take_challenge(m);
	default: return err(ERR_SYNTAX, "boot message %u is not known", m->type);
	}
}

static int take(struct boot_message *m)
{
	int r = take_by_type(m);

	boot_drop(m);
	return r;
}

static int take_all(void)
{
	struct boot_message m;

	for (;;) {
		int r = boot_recv(BOOT_FD, &m);
		if (r < 0)
			return r;
		if (m.type == BOOT_GO) {
			boot_drop(&m);
			return 0;
		}
		r = take(&m);
		if (r < 0)
			return r;
	}
}

NORETURN static void leave(int status)
{
	log_finish();
	_exit(status);
}

static void stop_fibre(void *arg)
{
	fibre_deadline_set(clock_add(loop_now_at(), role_stop_ms(&self.set, self.role)));
	if (self.ops->stop)
		self.ops->stop();
	leave(0);
}

static void stop(void)
{
	if (self.stopping)
		return;
	self.stopping = true;
	if (fibre_spawn("stop", stop_fibre, NULL) < 0)
		leave(1);
}

static void reload(void)
{
	int r = self.not_understood;

	self.not_understood = 0;
	if (r >= 0 && self.fresh)
		config_live_take(&self.set, self.fresh);
	self.fresh = NULL;
	role_log_rules(&self.set);
	if (r >= 0 && self.ops->reload)
		r = self.ops->reload(&self.inputs);
	if (boot_send(BOOT_FD, BOOT_TAKEN, 0, r < 0 ? err_str(r) : NULL, -1) < 0)
		leave(1);
}

/* A word from the parent while the role runs. */
static void parent_said(uv_poll_t *poll, int status, int events)
{
	struct boot_message m;
	int r = boot_recv(BOOT_FD, &m);

	if (r == ERR_AGAIN)
		return;
	if (r < 0)
		leave(1); /* the parent is gone: what was answered is in the journal */
	if (m.type == BOOT_STOP) {
		boot_drop(&m);
		stop();
	} else if (m.type == BOOT_GO) {
		boot_drop(&m);
		reload();
	} else if ((r = take(&m)) < 0) {
		self.not_understood = r;
		event_log(EVENT_internal_error, "what=%s",
		          "the parent's message was not understood");
	}
	loop_turn();
}

static void start_fibre(void *arg)
{
	loop_excuse(true);
	int r = self.ops->start(&self.inputs);
	loop_excuse(false);

	self.started = true;
	for (size_t i = 0; r >= 0 && i < self.n_links; i++)
		r = link_now(self.links[i].peer, self.links[i].fd, self.links[i].descriptors_fd);
	if (r >= 0)
		r = boot_send(BOOT_FD, BOOT_READY, 0, NULL, -1);
	if (r >= 0)
		return;
	event_log(EVENT_internal_error, "what=%s reason=%s", "the role cannot start", err_str(r));
	leave(1);
}

int role_uid(const struct settings *set, enum role r)
{
	if (geteuid() != 0)
		return -1;
	struct passwd *user = *set->server_user ? getpwnam(set->server_user) : NULL;
	return user ? (int)user->pw_uid : ROLE_UID_FIRST + (int)r;
}

void role_open_crypto(void)
{
	OPENSSL_init_ssl(OPENSSL_INIT_LOAD_CONFIG, NULL); /* the system's policy: a file */
}

int role_confine(const struct sandbox_profile *profile, int uid)
{
	struct sandbox_report report;
	int r;

	r = sandbox_enter(profile, uid, uid, &report);
	if (r < 0)
		return r;
	event_log(EVENT_role_started, "seccomp=%d landlock_abi=%d", report.seccomp,
	          report.landlock_abi);
	if (!report.seccomp || !report.landlock_abi)
		event_log(EVENT_sandbox_partial, "missing=%s what=%s",
		          report.seccomp ? "landlock" : "seccomp",
		          "this kernel guards the role less; use one with landlock, Linux 5.13 or "
		          "newer");
	return 0;
}

void role_log_rules(const struct settings *set)
{
	static const char *const levels[] = { "debug", "info", "notice", "warning", "error" };

	for (size_t i = 0; i < N_ELEMS(levels); i++)
		if (strcmp(set->log_level, levels[i]) == 0)
			event_set_level((enum event_level)i);
	event_set_json(set->log_json);
}

void role_log(const struct settings *set, const char *name)
{
	role_log_rules(set);
	event_set_role(name);
	log_open();
}

static int begin(void)
{
	int uid = -1;
	int r = take_all();

	self.inputs.set = &self.set;
	if (r >= 0) {
		role_log(&self.set, role_name(self.role));
		uid = role_uid(&self.set, self.role);
		r = loop_init(self.set.log_blocked_loop);
	}
	if (r >= 0 && self.ops->prepare)
		r = self.ops->prepare(&self.inputs, &self.set);
	if (r >= 0)
		r = self.ops->confine(&self.set, uid);
	if (r >= 0 && (uv_poll_init(loop_uv(), &self.parent, BOOT_FD) < 0 ||
	               uv_poll_start(&self.parent, UV_READABLE, parent_said) < 0))
		r = err(ERR_BUG, "cannot watch the parent");
	return r < 0 ? r : fibre_spawn("start", start_fibre, NULL);
}

void role_keep_memory(int mapped_bytes)
{
	(void)mallopt(M_MMAP_THRESHOLD, mapped_bytes);
	(void)mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
	(void)mallopt(M_TOP_PAD, GROWN_BYTES);
}

int role_run(enum role r)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN); /* the parent says when to stop */
	signal(SIGHUP, SIG_IGN);
	signal(SIGIO, SIG_IGN); /* somebody would like to write what is leased */
	self.role = r;
	self.ops = role_ops(r);
	int e = begin();
	if (e < 0) {
		event_log(EVENT_internal_error, "what=%s reason=%s", "the role cannot start",
		          err_str(e));
		return 1;
	}
	return loop_run() < 0;
}
