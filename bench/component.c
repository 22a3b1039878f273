/* bench/component.c - mails by libpostrider, and by libcurl that is given them ready made: for
 *bench/component.
 *
 *	bench_component ours|curl|large|many PORT N [FILE]
 */
#include <curl/curl.h>
#include <postrider.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 2048 };

static char text[TEXT_BYTES + 1];

static void make_text(void)
{
	memset(text, 'x', TEXT_BYTES);
	for (int i = 63; i < TEXT_BYTES; i += 64)
		text[i] = '\n';
}

static int ours(const char *server, long n)
{
	struct postrider_client *c = postrider_client_new();
	int failed = 0;

	for (long i = 0; i < n; i++) {
		struct postrider_mail *m =
		        postrider_mail_new("alice@example.org", "bob@example.net", "Hello");

		postrider_mail_text(m, text);
		struct postrider_result *r = postrider_client_send(c, m, server);
		failed |= postrider_result_status(r);
		postrider_result_free(r);
		postrider_mail_free(m);
	}
	postrider_client_free(c);
	return failed;
}

/* A mail of FILE to each of n. */
static int large(const char *server, long n, const char *file)
{
	const char *columns[] = { "to", NULL };
	const char **values = calloc((size_t)n, sizeof *values);
	struct postrider_mail *m = postrider_mail_new("alice@example.org", NULL, "Hello");

	for (long i = 0; i < n; i++) {
		char *to = malloc(40);
		snprintf(to, 40, "u%ld@example.net", i);
		values[i] = to;
	}
	postrider_mail_text(m, text);
	postrider_mail_attach(m, file);
	struct postrider_result *r = postrider_send_each(m, server, columns, values, (size_t)n);
	return postrider_result_status(r);
}

static int many(const char *server, long n)
{
	struct postrider_mail *m = postrider_mail_new("alice@example.org", NULL, "Hello");
	char to[40];

	postrider_mail_text(m, text);
	for (long i = 0; i < n; i++) {
		snprintf(to, sizeof to, "u%ld@example.net", i);
		postrider_mail_bcc(m, to);
	}
	return postrider_result_status(postrider_send(m, server));
}

static char message[TEXT_BYTES * 2];
static size_t given;

static size_t give(char *p, size_t size, size_t n, void *arg)
{
	size_t left = strlen(message) - given;

	(void)arg;
	n = size * n < left ? size * n : left;
	memcpy(p, message + given, n);
	given += n;
	return n;
}

static int by_curl(const char *server, long n)
{
	char url[100], *at = message;
	struct curl_slist *to = curl_slist_append(NULL, "bob@example.net");
	CURL *c = curl_easy_init();
	int failed = 0;

	snprintf(url, sizeof url, "smtp://%s/bench", server);
	at += sprintf(at, "From: alice@example.org\r\nTo: bob@example.net\r\nSubject: "
	                  "Hello\r\nDate: Mon, 30 Nov 2026 07:00:00 +0000\r\n"
	                  "Message-ID: <1@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: "
	                  "text/plain; charset=utf-8\r\n\r\n");
	for (const char *p = text; *p; p++) {
		if (*p == '\n')
			*at++ = '\r';
		*at++ = *p;
	}
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_MAIL_FROM, "alice@example.org");
	curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, give);
	curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	for (long i = 0; i < n; i++) {
		given = 0;
		failed |= curl_easy_perform(c) != CURLE_OK;
	}
	curl_easy_cleanup(c);
	curl_slist_free_all(to);
	return failed;
}

int main(int argc, char **argv)
{
	char server[40];
	long n = argc > 3 ? atol(argv[3]) : 0;

	if (argc < 4)
		return 99;
	make_text();
	snprintf(server, sizeof server, "127.0.0.1:%s", argv[2]);
	if (strcmp(argv[1], "ours") == 0)
		return ours(server, n);
	if (strcmp(argv[1], "many") == 0)
		return many(server, n);
	if (strcmp(argv[1], "large") == 0 && argc > 4)
		return large(server, n, argv[4]);
	return by_curl(server, n);
}
