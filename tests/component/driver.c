/* tests/component/driver.c - the library as a program of somebody else's has it: what its arguments
 *say.
 *
 *	driver option=dns|127.0.0.1:5353 from=a@x.test to=b@y.test text=Hello send=
 *
 * Each KEY=VALUE is a call in that order; | separates what a call has several of.  Prints, one a
 *line: "call KEY CODE" for a call that failed; for each send "status", "error", "route", "json",
 *and of each row "line" and "row" with all that can be asked of it, separated by tabs.
 */
#include <fcntl.h>
#include <poll.h>
#include <postrider.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct postrider_mail *mail;
static struct postrider_client *client;

static int write_part(void *arg, const void *octets, size_t n)
{
	return fwrite(octets, 1, n, (FILE *)arg) == n ? 0 : -1;
}

static int write_file(const char *path)
{
	FILE *f = fopen(path, "wb");
	int r = f ? postrider_mail_write(mail, write_part, f) : -100;

	if (f)
		fclose(f);
	return r;
}

static int raw_file(const char *path)
{
	static char octets[1 << 20];
	FILE *f = fopen(path, "rb");
	size_t n = f ? fread(octets, 1, sizeof octets, f) : 0;

	if (f)
		fclose(f);
	return postrider_mail_raw(mail, octets, n);
}

/* What stands behind the next |, which becomes the end of what is before. */
static char *second(char *value)
{
	char *bar = strchr(value, '|');

	if (!bar)
		return NULL;
	*bar = 0;
	return bar + 1;
}

static void print_row(const struct postrider_result *r, size_t i)
{
	printf("line %s\n", postrider_result_line(r, i));
	printf("row %s\t%d\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%lld\n",
	       postrider_result_address(r, i), (int)postrider_result_state(r, i),
	       postrider_result_class(r, i), postrider_result_code(r, i),
	       postrider_result_enhanced(r, i), postrider_result_words(r, i),
	       postrider_result_meaning(r, i), postrider_result_host(r, i),
	       postrider_result_host_address(r, i), postrider_result_tls(r, i),
	       postrider_result_tls_policy(r, i), (long long)postrider_result_ms(r, i));
}

/* The JSON in pieces is the one in whole. */
static int compare_part(void *arg, const void *octets, size_t n)
{
	const char **at = arg;

	if (strncmp(*at, octets, n) != 0)
		return -1;
	*at += n;
	return 0;
}

/* Only how many there are of each state. */
static int count_it(const char *server)
{
	struct postrider_result *r = postrider_client_send(client, mail, server);
	size_t n[6] = { 0 };

	for (size_t i = 0; i < postrider_result_count(r); i++)
		n[postrider_result_state(r, i)] += postrider_result_line(r, i)[0] != 0;
	printf("counts %zu %zu %zu\n", n[POSTRIDER_DELIVERED], n[POSTRIDER_DEFERRED],
	       n[POSTRIDER_REFUSED]);
	FILE *nowhere = fopen("/dev/null", "wb");
	if (nowhere && postrider_result_write_json(r, write_part, nowhere))
		printf("error the JSON cannot be written\n");
	if (nowhere)
		fclose(nowhere);
	postrider_result_free(r);
	return 0;
}

static void print_all(struct postrider_result *r);

/* One send at a time. */
static void try_a_second(const char *server)
{
	struct postrider_result *second = postrider_client_send(client, mail, server);
	const char *why = postrider_result_error(second);

	printf("busy %s\n", why ? why : "");
	postrider_result_free(second);
	if (postrider_client_set(client, "port", "25"))
		printf("option %s\n", postrider_client_error(client));
}

/* Within a loop of ours, that waits for one descriptor more. */
static int loop(const char *server)
{
	struct postrider_result *r = postrider_client_start(client, mail, server);
	int fd = postrider_client_fd(client), turns = 0, goes_on;

	do {
		struct pollfd p[2] = { { postrider_client_fd(client), POLLIN, 0 },
			               { -1, POLLIN, 0 } };
		if ((int)p[0].fd != fd || fd < 0)
			printf("error another descriptor\n");
		poll(p, 2, postrider_client_wait_ms(client));
		goes_on = postrider_client_run(client) == 1;
		if (turns++ == 0 && goes_on)
			try_a_second(server);
	} while (goes_on);
	printf("turns %d\n", turns);
	if (postrider_client_wait_ms(client) != 0 || postrider_client_run(client) != 0)
		printf("error something is still under way\n");
	print_all(r);
	return 0;
}

/* A program that ends while it sends. */
static int abandon(const char *server)
{
	struct postrider_result *r = postrider_client_start(client, mail, server);

	postrider_client_run(client);
	postrider_client_free(client);
	client = NULL;
	print_all(r);
	return 0;
}

static const char *columns[10], *values[1000];
static size_t n_columns, n_values;

static int send_each(const char *server)
{
	if (!n_columns)
		return postrider_result_free(
		               postrider_client_send_each(client, mail, server, NULL, NULL, 0)),
		       0;
	print_all(postrider_client_send_each(client, mail, server, columns, values,
	                                     n_values / n_columns));
	return 0;
}

/* A file of one address a line. */
static int bcc_file(const char *path)
{
	char line[512];
	FILE *f = fopen(path, "r");
	int r = 0;

	while (!r && f && fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = 0;
		r = postrider_mail_bcc(mail, line);
	}
	if (f)
		fclose(f);
	return r;
}

static void print_all(struct postrider_result *r)
{
	printf("status %d\n", postrider_result_status(r));
	if (postrider_result_error(r))
		printf("error %s\n", postrider_result_error(r));
	printf("route %s\n", postrider_result_route(r));
	const char *json = postrider_result_json(r);
	printf("json %s\n", json);
	if (postrider_result_write_json(r, compare_part, &json) || *json)
		printf("error the JSON in pieces is another\n");
	for (size_t i = 0; i < postrider_result_count(r); i++)
		print_row(r, i);
	/* misuse: nothing but empty answers */
	print_row(r, postrider_result_count(r));
	print_row(NULL, 0);
	postrider_result_free(r);
}

static int send_it(const char *server)
{
	print_all(client ? postrider_client_send(client, mail, server)
	                 : postrider_send(mail, server));
	return 0;
}

static int until_end;

static int decided(void *arg, const struct postrider_result *r, size_t i)
{
	(void)arg;
	printf("decided %s\n", postrider_result_line(r, i));
	if (postrider_result_json(r)[0] != '{')
		printf("error there is no JSON\n");
	return --until_end == 0;
}

/* Ends the send at the n-th. */
static int watch(const char *n)
{
	until_end = atoi(n);
	return postrider_client_watch(client, decided, NULL);
}

/* What a function that the library calls may not do with the client that calls it. */
static int meddle(void *arg, const struct postrider_result *r, size_t i)
{
	static const char *to[] = { "to", NULL }, *row[] = { "x@x.test" };
	struct postrider_result *all[3];

	(void)r;
	(void)i;
	if (postrider_client_set(client, "port", "1"))
		printf("meddle %s\n", postrider_client_error(client));
	if (postrider_client_dkim(client, "x.test", "x", "x"))
		printf("meddle %s\n", postrider_client_error(client));
	printf("meddle run %d\n", postrider_client_run(client));
	all[0] = postrider_client_send(client, mail, NULL);
	all[1] = postrider_client_send_each(client, mail, NULL, to, row, 1);
	all[2] = postrider_client_start(client, mail, NULL);
	for (size_t k = 0; k < 3; k++) {
		printf("meddle %s\n", postrider_result_error(all[k]));
		postrider_result_free(all[k]);
	}
	if (strcmp(arg, "free") == 0)
		postrider_client_free(client);
	return 0;
}

static int watch_and_meddle(char *how)
{
	return postrider_client_watch(client, meddle, how);
}

/* The n-th time that it is asked for: TOKEN-n; "none" for none. */
static const char *give_token(void *arg, const char *user, const char *host)
{
	static char token[300];
	static int n;

	printf("token %s %s\n", user, host);
	snprintf(token, sizeof token, "%s-%d", (const char *)arg, ++n);
	return strcmp(arg, "none") == 0 ? NULL : token;
}

static int attach_memory(char *value)
{
	char *octets = second(value);

	return postrider_mail_attach_memory(mail, value, NULL, octets, octets ? strlen(octets) : 0);
}

static int get_part(void *arg, void *octets, int n)
{
	return (int)fread(octets, 1, (size_t)n, (FILE *)arg);
}

static int get_nothing(void *arg, void *octets, int n)
{
	(void)arg;
	(void)octets;
	(void)n;
	return -1;
}

/* PATH|NAME */
static int stream(char *value)
{
	char *name = second(value);
	FILE *f = fopen(value, "rb");
	int r = postrider_mail_attach_stream(mail, name, NULL, f ? get_part : get_nothing, f);

	if (f)
		fclose(f);
	return r;
}

/* What begins again, as often as it is asked; gives no more than fails_at octets, then fails. */
static struct source {
	FILE *f;
	long given, fails_at;
} sources[8];
static int n_sources;

static int source_begin(void *arg)
{
	struct source *s = arg;

	s->given = 0;
	return s->f ? fseek(s->f, 0, SEEK_SET) : -1;
}

static int source_get(void *arg, void *octets, int n)
{
	struct source *s = arg;
	int got = (int)fread(octets, 1, (size_t)n, s->f);

	s->given += got;
	return s->fails_at && s->given > s->fails_at ? -1 : got;
}

/* PATH|NAME|SIZE|FAILS_AT */
static int source(char *value)
{
	char *name = second(value), *size = name ? second(name) : NULL;
	char *fails_at = size ? second(size) : NULL;
	struct source *s = &sources[n_sources++];

	s->f = fopen(value, "rb");
	s->fails_at = fails_at ? atol(fails_at) : 0;
	return postrider_mail_attach_source(mail, name, NULL, size && *size ? atoll(size) : -1,
	                                    source_get, source_begin, s);
}

/* NAME|ADDRESS|PHONE */
static int contact(char *value)
{
	char *address = second(value), *phone = address ? second(address) : NULL;

	return postrider_mail_contact(mail, value, address, phone);
}

static int inline_file(char *value)
{
	char *id = second(value);

	return postrider_mail_inline(mail, value, id);
}

static int header(char *value)
{
	char *text = second(value);

	return postrider_mail_header(mail, value, text);
}

static struct {
	const char *option, *value;
} given[40];
static size_t n_given;

static int option(char *value)
{
	char *text = second(value);

	if (n_given < sizeof given / sizeof *given) {
		given[n_given].option = value;
		given[n_given++].value = text;
	}

	if (!client)
		client = postrider_client_new();
	int r = postrider_client_set(client, value, text);
	if (r)
		printf("option %s\n", postrider_client_error(client));
	return r;
}

/* The most memory that this process has had, in KiB. */
static int peak(void)
{
	char line[256];
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof line, f))
		if (strncmp(line, "VmHWM:", 6) == 0)
			printf("peak %ld\n", atol(line + 6));
	if (f)
		fclose(f);
	return 0;
}

/* DOMAIN|SELECTOR|PATH of a key */
static int dkim(char *value)
{
	static char pem[8192];
	char *selector = second(value), *path = second(selector);
	FILE *f = fopen(path, "rb");
	size_t n = f ? fread(pem, 1, sizeof pem - 1, f) : 0;

	pem[n] = 0;
	if (f)
		fclose(f);
	int r = postrider_client_dkim(client, value, selector, pem);
	if (r)
		printf("option %s\n", postrider_client_error(client));
	return r;
}

/* Another thread cancels once there is something to read in a FIFO, or a file; "now": this one
 * does. */
static void *cancel_then(void *path)
{
	int c = EOF;

	while (c == EOF) {
		FILE *f = fopen(path, "r");
		c = f ? fgetc(f) : EOF;
		if (f)
			fclose(f);
		if (c == EOF)
			poll(NULL, 0, 10); /* where a FIFO is not waited for */
	}
	postrider_client_cancel(client);
	return NULL;
}

static int cancel(char *path)
{
	static pthread_t thread;

	if (strcmp(path, "now") == 0)
		return postrider_client_cancel(client), 0;
	if (strcmp(path, "joined") == 0)
		return pthread_join(thread, NULL);
	return pthread_create(&thread, NULL, cancel_then, path);
}

/* A client, a mail and its results in a thread of their own. */
static void *send_alone(void *to)
{
	struct postrider_client *c = postrider_client_new();
	struct postrider_mail *m = postrider_mail_new("alice@sender.test", to, "From a thread");
	size_t n = 0;

	for (size_t i = 0; i < n_given; i++)
		postrider_client_set(c, given[i].option, given[i].value);
	postrider_mail_text(m, "Hello");
	for (int i = 0; i < 5; i++) {
		struct postrider_result *r = postrider_client_send(c, m, NULL);

		n += postrider_result_status(r) == 0 && postrider_result_json(r)[0] == '{';
		postrider_result_free(r);
	}
	postrider_mail_free(m);
	postrider_client_free(c);
	return (void *)n;
}

/* ADDRESS: four threads, five mails each. */
static int threads(char *to)
{
	pthread_t all[4];
	size_t n = 0;

	for (int i = 0; i < 4; i++)
		pthread_create(&all[i], NULL, send_alone, to);
	for (int i = 0; i < 4; i++) {
		void *got = NULL;

		pthread_join(all[i], &got);
		n += (size_t)got;
	}
	printf("threads %zu\n", n);
	return 0;
}

/* Misuse: each is told as what it is. */
static int null(const char *value)
{
	struct postrider_result *r = postrider_send(NULL, NULL), *s;

	printf("null %d %s\n", postrider_mail_text(NULL, "x"), postrider_mail_error(NULL));
	printf("null %d %s\n", postrider_client_set(NULL, "dns", "x"),
	       postrider_client_error(NULL));
	printf("null %d %s\n", postrider_result_state(r, 0), postrider_result_error(r));
	s = postrider_client_send(NULL, mail, value);
	printf("null %d %s\n", postrider_result_state(s, 0), postrider_result_error(s));
	printf("null %d %s\n", postrider_result_status(NULL), postrider_result_error(NULL));
	postrider_result_free(s);
	postrider_result_free(r);
	return postrider_mail_text(mail, NULL);
}

/* The server's URL is in a file, and nothing of it is left here: what is found in memory afterwards
 * is the library's. */
static int send_secret(const char *path)
{
	static volatile char url[512];
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, (char *)url, sizeof url - 1);

	if (fd >= 0)
		close(fd);
	url[n < 0 ? 0 : n] = 0;
	print_all(client ? postrider_client_send(client, mail, (const char *)url)
	                 : postrider_send(mail, (const char *)url));
	for (size_t i = 0; i < sizeof url; i++)
		url[i] = 0;
	return 0;
}

/* Says so, and goes on once a FIFO is opened. */
static int wait_here(const char *path)
{
	printf("waits %d\n", (int)getpid());
	fflush(stdout);
	int fd = open(path, O_RDONLY);

	return fd < 0 ? -1 : close(fd);
}

static int touch(const char *path)
{
	FILE *f = fopen(path, "ab");

	return f ? fclose(f) : -1;
}

static int unknown(const char *key)
{
	fprintf(stderr, "driver: there is no %s\n", key);
	exit(99);
}

static int call(const char *key, char *value)
{
	static const struct {
		const char *key;
		int (*fn)(struct postrider_mail *m, const char *value);
	} calls[] = {
		{ "from", postrider_mail_from },
		{ "to", postrider_mail_to },
		{ "cc", postrider_mail_cc },
		{ "bcc", postrider_mail_bcc },
		{ "reply_to", postrider_mail_reply_to },
		{ "return_path", postrider_mail_return_path },
		{ "subject", postrider_mail_subject },
		{ "text", postrider_mail_text },
		{ "html", postrider_mail_html },
		{ "attach", postrider_mail_attach },
		{ "message_id", postrider_mail_message_id },
		{ "unsubscribe", postrider_mail_unsubscribe },
	};

	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (strcmp(key, calls[i].key) == 0)
			return calls[i].fn(mail, value);
	if (strcmp(key, "date") == 0)
		return postrider_mail_date(mail, strtoll(value, NULL, 10));
	if (strcmp(key, "raw") == 0)
		return raw_file(value);
	if (strcmp(key, "write") == 0)
		return write_file(value);
	if (strcmp(key, "header") == 0)
		return header(value);
	if (strcmp(key, "inline") == 0)
		return inline_file(value);
	if (strcmp(key, "stream") == 0)
		return stream(value);
	if (strcmp(key, "token") == 0)
		return postrider_client_token(client, give_token, value);
	if (strcmp(key, "dkim") == 0)
		return dkim(value);
	if (strcmp(key, "threads") == 0)
		return threads(value);
	if (strcmp(key, "cancel") == 0)
		return cancel(value);
	if (strcmp(key, "loop") == 0)
		return loop(*value ? value : NULL);
	if (strcmp(key, "abandon") == 0)
		return abandon(*value ? value : NULL);
	if (strcmp(key, "unlink") == 0)
		return remove(value);
	if (strcmp(key, "secret") == 0)
		return send_secret(value);
	if (strcmp(key, "wait") == 0)
		return wait_here(value);
	if (strcmp(key, "null") == 0)
		return null(value);
	if (strcmp(key, "touch") == 0)
		return touch(value);
	if (strcmp(key, "column") == 0)
		return columns[n_columns++] = value, 0;
	if (strcmp(key, "value") == 0)
		return values[n_values++] = value, 0;
	if (strcmp(key, "each") == 0)
		return send_each(*value ? value : NULL);
	if (strcmp(key, "bcc_file") == 0)
		return bcc_file(value);
	if (strcmp(key, "count") == 0)
		return count_it(*value ? value : NULL);
	if (strcmp(key, "peak") == 0)
		return peak();
	if (strcmp(key, "source") == 0)
		return source(value);
	if (strcmp(key, "contact") == 0)
		return contact(value);
	if (strcmp(key, "memory") == 0)
		return attach_memory(value);
	if (strcmp(key, "watch") == 0)
		return watch(value);
	if (strcmp(key, "meddle") == 0)
		return watch_and_meddle(value);
	if (strcmp(key, "gone") == 0)
		return client = NULL, 0;
	if (strcmp(key, "option") == 0)
		return option(value);
	return strcmp(key, "send") == 0 ? send_it(*value ? value : NULL) : unknown(key);
}

int main(int argc, char **argv)
{
	mail = postrider_mail_new(NULL, NULL, NULL);
	for (int i = 1; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		if (!value)
			return 99;
		*value++ = 0;
		int r = call(argv[i], value);
		if (r)
			printf("call %s %d %s\n", argv[i], r,
			       postrider_mail_error(mail) ? postrider_mail_error(mail) : "");
	}
	postrider_mail_free(mail);
	postrider_client_free(client);
	while (n_sources)
		if (sources[--n_sources].f)
			fclose(sources[n_sources].f);
	return 0;
}
