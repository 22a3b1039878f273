/* store/mailbox/mail_walk.c - see mail_walk.h. */
#include "store/mailbox/mail_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "store/journal/file.h"
#include "store/mailbox/idx_file.h"

struct walk {
	int dir; /* `mail` */
	int (*fn)(const struct mail_name *n, void *arg);
	void *arg;
	struct mail_name at;
	unsigned above; /* NN */
};

/* fn for each name in dir/path; a directory that is not there is empty. */
static int each(int dir, const char *path, int (*fn)(struct walk *w, const char *name),
                struct walk *w)
{
	int r = 0;
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		r = err_errno(ERR_IO, "cannot list mail/%s", path);
		file_close(&fd);
		return r;
	}
	for (struct dirent *e; r == 0 && (e = readdir(d));)
		if (e->d_name[0] != '.')
			r = fn(w, e->d_name);
	closedir(d);
	return r;
}

static int a_file(struct walk *w, const char *name)
{
	struct span suffix = span_str(name), head;
	uint64_t n;
	if (!span_split(&suffix, '.', &head) || !suffix.n || span_to_u64(head, UINT32_MAX, &n) < 0)
		return 0;
	w->at.number = (uint32_t)n;
	w->at.suffix = suffix;
	w->at.name = name;
	return w->fn(&w->at, w->arg);
}

static int an_account(struct walk *w, const char *name)
{
	char path[IDX_PATH_BYTES];
	uint64_t n;
	if (span_to_u64(span_str(name), UINT32_MAX, &n) < 0 || n % 100 != w->above)
		return 0;
	idx_dir_name((uint32_t)n, path);
	AUTO_FD int dir = openat(w->dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_errno(ERR_IO, "cannot open mail/%s", path);
	w->at = (struct mail_name){ .dir = dir, .account = (uint32_t)n };
	int r = each(dir, ".", a_file, w);
	if (r != 0)
		return r;
	w->at = (struct mail_name){ .dir = dir, .account = (uint32_t)n, .name = path };
	return w->fn(&w->at, w->arg);
}

int mail_walk(int dir, int (*fn)(const struct mail_name *n, void *arg), void *arg)
{
	struct walk w = { .dir = dir, .fn = fn, .arg = arg };
	int r = 0;
	for (; r == 0 && w.above < 100; w.above++) {
		char path[8];
		snprintf(path, sizeof path, "%02u", w.above % 100);
		r = each(dir, path, an_account, &w);
	}
	return r;
}
