/* role/role.h - the processes of one server.  Floor 6.
 *
 * Each role has a file: what it needs, its sandbox, how it starts and stops.  run.c
 * turns a process into one role; parent.c starts and restarts them; serve.c prepares
 * what they need, and with --one-process runs all of them in one process.
 */
#ifndef ROLE_ROLE_H
#define ROLE_ROLE_H

#include "config/settings.h"
#include "role/boot.h"
#include "ipc/ipc.h"

enum { ROLE_LISTENERS_MAX = 64 };

/* In order of stopping: who asks stops before who serves. */
enum { ROLE_RUNNING_COUNT = 7 };
extern const enum role role_stop_order[ROLE_RUNNING_COUNT];

/* What a role was given; octets live as long as the process. */
struct role_inputs {
	const struct settings *set;
	struct span certificate, key, credentials, ticket_key, secret, mirror;
	struct span certificates; /* more of them: PEM of chain and key, behind each a NUL */
	int homes_fd;             /* auth/homes.h; -1: none */
	int hashes_fd;            /* lists of hashes of viruses, whose role takes it; -1: none */
	bool alone;               /* no other role is in this process */
	struct {
		enum boot_listener kind;
		int fd;
	} listeners[ROLE_LISTENERS_MAX];
	size_t n_listeners;
};

/* One role.  All functions may be NULL. */
struct role_ops {
	/* Before the sandbox: opens what it will need, and may change set (chroot).  Blocks. */
	int (*prepare)(struct role_inputs *inputs, struct settings *set);
	/* Enters the role's sandbox.  uid -1: stays who it is. */
	int (*confine)(const struct settings *set, int uid);
	/* In a fibre: begins to serve. */
	WAITS int (*start)(const struct role_inputs *inputs);
	/* Settings, certificates, credentials or lists of hashes have changed; an error: the old
	 * ones of these stay. */
	int (*reload)(const struct role_inputs *inputs);
	/* In a fibre: finishes what it holds, until the fibre's deadline. */
	WAITS void (*stop)(void);
	/* What uacme's hook says: METHOD TYPE IDENTIFIER TOKEN AUTH.  0: it is done. */
	int (*challenge)(const struct role_inputs *inputs, struct span words);
	bool awaits_answers; /* at its stop it waits for the answers to dots, for delivery.data_time
	                      */
};

extern const struct role_ops role_edge, role_auth, role_store, role_courier, role_control,
        role_inspect, role_mirror;
const struct role_ops *role_ops(enum role r);
/* How long its stop may take. */
int64_t role_stop_ms(const struct settings *set, enum role r);

/* Whether the settings want it; without, it is not started. */
bool role_is_wanted(const struct settings *set, enum role r);

/* Turns this process into role r, given by its parent over BOOT_FD.  Returns the exit status. */
int role_run(enum role r);

/* The user that role r becomes: -1 unless started as root; server.user's, else a number
 * of its own. */
int role_uid(const struct settings *set, enum role r);
/* parent.c, in a child of the parent: becomes `postrider role NAME`, with sock as BOOT_FD. */
NORETURN void role_become(const char *name, int sock);
/* What one message took the next one takes: glibc would give it back to the system behind each, and
 * fault it in anew.  What is as large as mapped_bytes goes back at once. */
void role_keep_memory(int mapped_bytes);
/* Before the sandbox, where OpenSSL is used. */
void role_open_crypto(void);
/* Enters the sandbox and says so in the log, also what the kernel could not give. */
struct sandbox_profile;
NODISCARD int role_confine(const struct sandbox_profile *profile, int uid);
/* Sets up the log as the settings say, in the name of a role. */
void role_log(const struct settings *set, const char *name);
/* Its level and form alone. */
void role_log_rules(const struct settings *set);

/* What the parent holds for its roles: octets in memory files, bound sockets. */
struct server_inputs {
	struct settings *set;
	const char *config_path;
	int config_fd, certificate_fd, key_fd, certificates_fd, credentials_fd, homes_fd,
	        ticket_key_fd, secret_fd, hashes_fd, mirror_fd;
	struct {
		enum boot_listener kind;
		int fd;
	} listeners[ROLE_LISTENERS_MAX];
	size_t n_listeners;
};

/* serve.c: reads certificates, keys, credentials and lists, as the settings say; on an error those
 * of before stay. */
NODISCARD int server_inputs_load(struct server_inputs *inputs);
/* serve.c: the configuration's file, for the roles, and what it says.  ERR_CONFIG: errors has each
 * mistake with its line, if it could be read; else the detail says why not. */
struct arena;
struct buf;
NODISCARD int server_config_read(struct server_inputs *inputs, struct arena *mem,
                                 struct settings *set, struct buf *errors);
/* parent.c: runs the roles until SIGTERM or SIGINT.  Returns the exit status. */
int parent_run(struct server_inputs *inputs);
/* one.c: the same in one process, without sandboxes. */
int one_process_run(struct server_inputs *inputs);
/* serve.c: server.data_dir, made when missing, the store's user's. */
NODISCARD int role_make_data_dir(const struct settings *set);
/* serve.c: reads the configuration, binds, and runs either.  Returns the exit status. */
int role_serve(const char *config_path, bool one_process);

#endif
