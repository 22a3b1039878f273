/* cmd/cmd_init.c - init: a complete configuration, keys and an account in a directory. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/certificate.h"
#include "cmd/cli.h"
#include "cmd/dkim/dkim_cmd.h"
#include "cmd/directory/password.h"
#include "cmd/directory/print_publish.h"
#include "cmd/directory/who.h"
#include "wire/smtp/path.h"

struct init {
	const char *dir, *domain, *account, *password_file, *hostname;
	long port_base; /* -1: the standard ports on every address */
	char host[512];
	struct buf tlsa;
	json_t *keys; /* the domain's row of them */
};

/* Writes dir/name, which must not be there. */
static int write_file(const struct init *in, const char *name, mode_t mode, struct span text)
{
	AUTO_BUF path = BUF(4096);

	buf_printf(&path, "%s/%s", in->dir, name);
	AUTO_FD int fd = open(buf_str(&path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0 || write(fd, text.p, text.n) != (ssize_t)text.n || fsync(fd) < 0) {
		cli_fail("cannot write %s: %s%s", buf_str(&path), strerror(errno),
		         errno == EEXIST
		                 ? "; init never overwrites: choose another directory, or remove it"
		                 : "");
		return ERR_IO;
	}
	return 0;
}

static int make_dirs(const struct init *in)
{
	AUTO_BUF tls = BUF(4096);

	buf_printf(&tls, "%s/tls", in->dir);
	if ((mkdir(in->dir, 0755) < 0 && errno != EEXIST) ||
	    (mkdir(buf_str(&tls), 0700) < 0 && errno != EEXIST))
		return cli_fail("cannot make %s: %s", in->dir, strerror(errno)), ERR_IO;
	return 0;
}

static void put_listener(const struct init *in, struct buf *out, const char *name, int port)
{
	if (in->port_base >= 0)
		buf_printf(out, "\t%-11s = { \"127.0.0.1:%ld\", \"[::1]:%ld\" }\n", name,
		           in->port_base + port, in->port_base + port);
	else
		buf_printf(out, "\t%-11s = { \"0.0.0.0:%d\", \"[::]:%d\" }\n", name, port, port);
}

static int write_config(const struct init *in)
{
	AUTO_BUF out = BUF(64 << 10);

	buf_printf(&out,
	           "# Postrider's configuration.  Every setting, what it means and its default:\n"
	           "#   postrider config show --defaults\n\n"
	           "server {\n"
	           "\thostname   = \"%s\"\n"
	           "\tpostmaster = \"%s\"\n"
	           "}\n\n"
	           "listen {\n",
	           in->host, in->account);
	put_listener(in, &out, "smtp", 25);
	put_listener(in, &out, "submission", 587);
	put_listener(in, &out, "submissions", 465);
	if (in->port_base >=
	    0) /* off by itself: whose servers may use it is for the owner to say */
		put_listener(in, &out, "lmtp", 24);
	put_listener(in, &out, "imap", 143);
	put_listener(in, &out, "imaps", 993);
	put_listener(in, &out, "pop3", 110);
	put_listener(in, &out, "pop3s", 995);
	if (in->port_base >= 0) { /* ports that a web server may have */
		put_listener(in, &out, "http", 80);
		put_listener(in, &out, "https", 443);
	}
	buf_puts(&out, "}\n");
	return write_file(in, "postrider.conf", 0644, buf_span(&out));
}

/* What its mail is signed with. */
static int write_keys(struct init *in, const struct settings *set)
{
	const struct dkim_cmd x = { .domain = in->domain, .set = set };

	return dkim_cmd_make(&x, &in->keys);
}

/* The first domain and account. */
static int write_directory(struct init *in, const struct password *password)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF path = BUF(4096);
	AUTO(who_fini) struct who_order account = { "account", "add", in->account };
	const struct who_order domain = { "domain", "add", in->domain };
	struct settings set;

	buf_printf(&path, "%s/postrider.conf", in->dir);
	int r = cli_settings(buf_str(&path), &mem, &set);
	if (r >= 0)
		r = who_ask(&set, &domain, who_ignore, NULL);
	if (r >= 0)
		r = who_field(&account, "hash", password->hash.p);
	if (r >= 0)
		r = who_field(&account, "scram", password->scram.p);
	if (r >= 0)
		r = who_ask(&set, &account, who_ignore, NULL);
	return r < 0 ? r : write_keys(in, &set);
}

static int write_all(struct init *in)
{
	AUTO_BUF certificate = BUF(64 << 10), key = BUF(64 << 10);
	AUTO(password_fini) struct password password = { 0 };
	int r = make_dirs(in);

	if (r >= 0)
		r = certificate_make(in->host, &certificate, &key, &in->tlsa);
	if (r >= 0)
		r = write_config(in);
	if (r >= 0)
		r = password_get(in->password_file, PASSWORD_MAKE, "", &password);
	if (r >= 0)
		r = write_file(in, "tls/cert.pem", 0644, buf_span(&certificate));
	if (r >= 0)
		r = write_file(in, "tls/key.pem", 0600, buf_span(&key));
	if (r >= 0)
		r = write_directory(in, &password);
	if (r >= 0 && password.made.n)
		printf("The password of %s is %s (shown only now)\n", in->account,
		       buf_str(&password.made));
	return r;
}

static void print_advice(struct init *in)
{
	printf("\n%s/postrider.conf is ready.  Run it:\n\n    postrider serve -c "
	       "%s/postrider.conf\n\n",
	       in->dir, in->dir);
	if (in->port_base >= 0)
		printf("It listens on loopback, for trying it out; what follows is for the day "
		       "when it has\n"
		       "the standard ports (postrider init without --port-base).\n\n");
	printf("DNS records to publish for %s (192.0.2.1 stands for this machine's address):\n\n",
	       in->domain);
	publish_print(&(struct publish){ in->domain, in->host, NULL });
	publish_print_keys(in->keys);
	printf("    _25._tcp.%s. IN TLSA 3 1 1 %s\n\n", in->host, buf_str(&in->tlsa));
	printf("And ask whoever gave you the address for its reverse name (PTR): %s\n"
	       "The TLSA record helps only where the zone is signed (DNSSEC).\n"
	       "The certificate is self-signed: servers take it, mail clients will ask once.\n"
	       "For one that clients know, put it into %s/tls/cert.pem and key.pem.\n",
	       in->host, in->dir);
}

static int check(struct init *in)
{
	struct smtp_path path;
	bool utf8;

	if (!in->dir || !in->domain || !in->account)
		return cli_misuse("init", "DIR, --domain and --account are needed");
	if (smtp_domain_check(span_str(in->domain), &utf8) < 0 || utf8)
		return cli_misuse("init", "--domain: %s is no domain in ASCII form", in->domain);
	if (smtp_address_split(span_str(in->account), 0, &path) < 0 ||
	    !span_eq_nocase(path.domain, span_str(in->domain)))
		return cli_misuse("init", "--account: %s is not an address at %s", in->account,
		                  in->domain);
	if (in->port_base > 65535 - 995)
		return cli_misuse("init", "--port-base: at most %d", 65535 - 995);
	if (in->hostname && smtp_domain_check(span_str(in->hostname), &utf8) < 0)
		return cli_misuse("init", "--hostname: %s is no host name", in->hostname);
	int n = in->hostname ? snprintf(in->host, sizeof in->host, "%s", in->hostname)
	                     : snprintf(in->host, sizeof in->host, "mail.%s", in->domain);
	return n < (int)sizeof in->host ? CLI_OK : cli_misuse("init", "the host name is too long");
}

static bool parse_port(const char *text, long *out)
{
	uint64_t v;

	if (span_to_u64(span_str(text), 65535, &v) < 0)
		return false;
	*out = (long)v;
	return true;
}

int cmd_init(int argc, char **argv)
{
	static const struct option options[] = { { "domain", required_argument, NULL, 'd' },
		                                 { "account", required_argument, NULL, 'a' },
		                                 { "password-file", required_argument, NULL, 'p' },
		                                 { "port-base", required_argument, NULL, 'b' },
		                                 { "hostname", required_argument, NULL, 'n' },
		                                 { "help", no_argument, NULL, 'h' },
		                                 { 0 } };
	struct init in = { .port_base = -1, .tlsa = BUF(256) };
	int o;

	while ((o = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (o) {
		case 'd': in.domain = optarg; break;
		case 'a': in.account = optarg; break;
		case 'p': in.password_file = optarg; break;
		case 'n': in.hostname = optarg; break;
		case 'b':
			if (!parse_port(optarg, &in.port_base))
				return cli_misuse("init", "--port-base: %s is no port", optarg);
			break;
		default:
			return cli_help(
			        o, "init",
			        "usage: postrider init DIR --domain DOMAIN --account ADDRESS "
			        "[--password-file F]\n"
			        "                      [--hostname NAME] [--port-base N]\n\n"
			        "Writes a configuration, a key with a self-signed certificate "
			        "and the account under\n"
			        "DIR, and prints the DNS records to publish.  --port-base N, "
			        "for trying it out:\n"
			        "loopback only, SMTP on N+25, submission on N+587, submissions "
			        "on N+465,\n"
			        "IMAP on N+143 and, TLS from the start, on N+993, POP3 on "
			        "N+110 and N+995,\n"
			        "HTTP on N+80 and N+443.");
		}
	}
	in.dir = optind + 1 == argc ? argv[optind] : NULL;
	int status = check(&in);
	if (status == CLI_OK)
		status = write_all(&in) < 0 ? CLI_FAILED : CLI_OK;
	if (status == CLI_OK)
		print_advice(&in);
	buf_fini(&in.tlsa);
	json_decref(in.keys);
	return status;
}
