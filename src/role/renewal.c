/* role/renewal.c - see renewal.h. */
#include "role/renewal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/event.h"
#include "role/acme.h"

static struct {
	pid_t pid; /* 0: none */
	int sock;
	bool asks; /* a challenge is with the edge */
	bool told; /* how it went was passed on */
} renewal = { .sock = -1 };

int renewal_make_dir(const struct settings *set)
{
	const char *dir = set->tls_acme_dir;
	int uid = acme_uid(set);

	if (!*set->tls_acme)
		return 0;
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return err_errno(ERR_CONFIG, "tls.acme_dir: cannot make %s", dir);
	if (uid >= 0 && chown(dir, (uid_t)uid, (gid_t)uid) < 0)
		return err_errno(ERR_CONFIG, "tls.acme_dir: cannot give %s to its user", dir);
	return 0;
}

static int start(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(ERR_LIMIT, "socketpair");
	pid_t pid = fork();
	if (pid == 0)
		role_become(ACME_ROLE, pair[1]);
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return err_errno(ERR_LIMIT, "fork");
	}
	renewal.pid = pid;
	renewal.sock = pair[0];
	renewal.asks = renewal.told = false;
	return 0;
}

static void bury(int control)
{
	int status;

	close(renewal.sock);
	kill(renewal.pid, SIGKILL);
	while (waitpid(renewal.pid, &status, 0) < 0 && errno == EINTR)
		continue;
	renewal.pid = 0;
	renewal.sock = -1;
	renewal.asks = false;
	if (!renewal.told && control >= 0)
		(void)!boot_send_text(control, BOOT_ACME, 0,
		                      SPAN("\t\t\tthe process that sees to certificates has "
		                           "ended; its line is in the log\n"));
}

int renewal_begin(const struct server_inputs *inputs, const struct boot_message *m)
{
	if (renewal.pid && renewal.told) /* it has said all, and is just ending */
		bury(-1);
	if (renewal.pid)
		return err(ERR_EXISTS, "a renewal is under way");
	int r = start();
	if (r >= 0)
		r = boot_send(renewal.sock, BOOT_CONFIG, 0, inputs->config_path, inputs->config_fd);
	if (r >= 0)
		r = boot_send(renewal.sock, BOOT_ACME, m->arg, NULL, m->fd);
	if (r >= 0)
		r = boot_send(renewal.sock, BOOT_GO, 0, NULL, -1);
	if (r < 0 && renewal.pid) {
		renewal.told = true;
		bury(-1);
	}
	return r;
}

int renewal_fd(void)
{
	return renewal.sock;
}

void renewal_challenged(bool yes)
{
	if (!renewal.pid || !renewal.asks)
		return;
	renewal.asks = false;
	(void)!boot_send(renewal.sock, BOOT_CHALLENGE, yes, NULL, -1);
}

bool renewal_hear(int edge, int control)
{
	struct boot_message m;
	bool issued = false;

	if (boot_recv(renewal.sock, &m) < 0) {
		bury(control);
		return false;
	}
	if (m.type == BOOT_CHALLENGE) {
		renewal.asks = true;
		if (edge < 0 || boot_send(edge, BOOT_CHALLENGE, 0, m.text, -1) < 0)
			renewal_challenged(false);
	} else if (m.type == BOOT_ACME) {
		issued = m.arg;
		renewal.told = true;
		if (control >= 0)
			(void)!boot_send(control, BOOT_ACME, m.arg, NULL, m.fd);
	}
	boot_drop(&m);
	return issued;
}

void renewal_stop(void)
{
	renewal.told = true;
	if (renewal.pid)
		bury(-1);
}
