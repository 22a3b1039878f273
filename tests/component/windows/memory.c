/* memory.exe N SERVER: composes, writes and frees N mails of 1 MiB, and sends as many small ones,
 * each by a client of its own; prints how many KiB and handles the process has more than after the
 * first tenth. */
#include <postrider.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <psapi.h>

static int count(void *arg, const void *octets, size_t n)
{
	(void)octets;
	*(size_t *)arg += n;
	return 0;
}

static int compose(const char *text)
{
	struct postrider_mail *m = postrider_mail_new("a@sender.test", "b@one.test", "s");
	size_t n = 0;
	int r = postrider_mail_text(m, text);

	if (!r)
		r = postrider_mail_write(m, count, &n);
	postrider_mail_free(m);
	return r || n < strlen(text);
}

static int send_one(const char *server)
{
	struct postrider_mail *m = postrider_mail_new("a@sender.test", "b@one.test", "s");
	struct postrider_result *r;
	int status;

	postrider_mail_text(m, "t");
	r = postrider_send(m, server);
	status = postrider_result_status(r);
	if (status)
		puts(postrider_result_line(r, 0));
	postrider_result_free(r);
	postrider_mail_free(m);
	return status;
}

static long long kib(void)
{
	PROCESS_MEMORY_COUNTERS c;

	return GetProcessMemoryInfo(GetCurrentProcess(), &c, sizeof c)
	               ? (long long)c.PagefileUsage >> 10
	               : -1;
}

static long handles(void)
{
	DWORD n = 0;

	GetProcessHandleCount(GetCurrentProcess(), &n);
	return (long)n;
}

int main(int argc, char **argv)
{
	int n = argc == 3 ? atoi(argv[1]) : 0;
	long long before = 0;
	long had = 0;
	char *text = malloc((1 << 20) + 1);

	if (!text || n < 10)
		return 99;
	for (int i = 0; i < 1 << 20; i++)
		text[i] = i % 70 == 69 ? '\n' : 'x';
	text[1 << 20] = 0;
	for (int i = 0; i < n; i++) {
		if (i == n / 10) {
			before = kib();
			had = handles();
		}
		if (compose(text) || send_one(argv[2]))
			return 1;
	}
	printf("%lld %ld\n", kib() - before, handles() - had);
	free(text);
	return 0;
}
