/* cmd/sendmail/config.h - where mail goes that programs of this machine send: sendmail.conf.
 *
 *     server = "smtps://web:password@mail.example.org"   # as libpostrider has it; "": the server
 * here domain = "example.org"                             # behind names without one; the host's
 * name sender = "web@example.org"                         # return path of all; "": whoever calls
 *
 * Each may be missing.  -C FILE, else $POSTRIDER_SENDMAIL, else ~/.config/postrider/sendmail.conf,
 * else /etc/postrider/sendmail.conf; without any of these, the server here.
 */
#ifndef CMD_SENDMAIL_CONFIG_H
#define CMD_SENDMAIL_CONFIG_H

#include <stdbool.h>

/* Owned; NULL is "". */
struct sendmail_config {
	char *server, *domain, *sender;
};

/* path: NULL, or that of -C, which must be there.  An exit status: EX_OK, or EX_CONFIG, with what
 * is wrong printed. */
int sendmail_config_read(const char *path, struct sendmail_config *out);
/* Mail goes to the server of this machine. */
bool sendmail_config_is_here(const struct sendmail_config *c);
void sendmail_config_fini(struct sendmail_config *c);

#endif
