/* cmd/doctor/see.c - disk, files, clock, addresses. */
#include "cmd/doctor/see.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include "base/clock.h"
#include "rt/stream/stream.h"

enum { SYNC_BYTES = 4096, SYNC_MS = 100, SYNCS_MAX = 512, US_IN_MS = 1000 };

/* As a journal does it: append, and wait until that is safe. */
static void time_syncs(int fd, struct doctor_disk *out)
{
	static const char block[SYNC_BYTES];
	int64_t begun_at = clock_now_at(), now_at = begun_at;
	unsigned n = 0;

	while (n < SYNCS_MAX && now_at - begun_at < SYNC_MS) {
		if (pwrite(fd, block, sizeof block, (off_t)n * SYNC_BYTES) != SYNC_BYTES ||
		    fdatasync(fd) < 0)
			return;
		n++;
		now_at = clock_now_at();
	}
	out->n_syncs = n;
	out->syncs_us = (uint64_t)(now_at - begun_at) * US_IN_MS;
}

void see_disk(const char *path, struct doctor_disk *out)
{
	struct statvfs vfs;

	*out = (struct doctor_disk){ .path = path };
	if (statvfs(path, &vfs) < 0) {
		snprintf(out->failed, sizeof out->failed, "%s", strerror(errno));
		return;
	}
	out->free_bytes = (uint64_t)vfs.f_bavail * vfs.f_frsize;
	out->free_files = vfs.f_favail;
	out->files = vfs.f_files;
	AUTO_FD int fd = open(path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		time_syncs(fd, out);
}

void see_files(const struct settings *set, const char *config_path,
               struct doctor_file out[SEE_FILES])
{
	const struct doctor_file files[SEE_FILES] = {
		{ .what = "tls.key", .path = set->tls_key, .guard = DOCTOR_SECRET },
		{ .what = "server.credentials",
		  .path = set->server_credentials,
		  .guard = DOCTOR_OWN },
		{ .what = "server.data_dir", .path = set->server_data_dir, .guard = DOCTOR_SECRET },
		{ .what = "the configuration", .path = config_path, .guard = DOCTOR_SAFE },
	};
	struct stat st;

	memcpy(out, files, sizeof files);
	for (size_t i = 0; i < SEE_FILES; i++) {
		out[i].there = stat(out[i].path, &st) == 0;
		out[i].mode = out[i].there ? st.st_mode & 07777 : 0;
		if (!out[i].there && errno != ENOENT)
			out[i].failed = strerror(errno);
	}
}

enum doctor_clock see_clock(void)
{
	struct timex t = { 0 };
	int state = adjtimex(&t);

	if (state < 0)
		return DOCTOR_CLOCK_UNKNOWN;
	return state == TIME_ERROR || t.status & STA_UNSYNC ? DOCTOR_CLOCK_LOOSE
	                                                    : DOCTOR_CLOCK_KEPT;
}

/* A datagram socket that is connected sends nothing; it chooses a route. */
static bool source_to(const struct address *to, struct ip *out)
{
	struct address from = { .len = sizeof from.in6 };
	AUTO_FD int fd = socket(to->sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, &to->sa, to->len) < 0 || getsockname(fd, &from.sa, &from.len) < 0)
		return false;
	address_ip(&from, out);
	return !ip_is_special(out);
}

size_t see_addresses(const struct settings *set, struct ip out[SEE_ADDRESSES])
{
	/* RFC 5737, RFC 3849: nobody's, so by the default route. */
	static const char *const far[SEE_ADDRESSES] = { "192.0.2.1", "[2001:db8::1]" };
	size_t n = 0;

	for (size_t i = 0; i < (set->delivery_ipv6 ? 2 : 1); i++) {
		struct address to;

		if (address_parse(span_str(far[i]), 25, &to) >= 0 && source_to(&to, &out[n]))
			n++;
	}
	return n;
}
