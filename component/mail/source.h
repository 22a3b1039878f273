/* component/mail/source.h - where the octets of an attachment come from while a mail is sent.
 *
 * They are read once for each server that the mail goes to, by several readers at a time, but for
 * a program's own functions: of these there is one reader.
 */
#ifndef COMPONENT_MAIL_SOURCE_H
#define COMPONENT_MAIL_SOURCE_H

#include "base/arena.h"
#include "base/err.h"
#include "component/mail/file.h"

enum source_kind {
	SOURCE_MEMORY,
	SOURCE_FILE,   /* opened by its path for each reader                   */
	SOURCE_SPOOL,  /* a temporary file of ours that has no name            */
	SOURCE_PROGRAM /* functions that can begin again                       */
};

#define SOURCE_UNKNOWN UINT64_MAX

struct source {
	enum source_kind kind;
	const char *name; /* for errors; of a file its path */
	uint64_t size;    /* SOURCE_UNKNOWN: of functions alone */
	struct span octets;
	int fd;
	struct file_stamp stamp; /* of a file, as it is to be */
	int (*get)(void *arg, void *octets, int n);
	int (*rewind)(void *arg);
	void *arg;
};

/* A regular file is not held open; what is none is read to its end at once.  ERR_IO, ERR_LIMIT,
 * ERR_NO_MEMORY. */
NODISCARD int source_file(const char *path, struct arena *mem, struct source *out);
/* All that get gives, into a temporary file.  ERR_CANCELLED: get failed. */
NODISCARD int source_spool(int (*get)(void *arg, void *octets, int n), void *arg, const char *name,
                           struct source *out);
/* The file as it is now is the one to be sent.  ERR_IO. */
NODISCARD int source_look(struct source *s);
/* Reads it through: is it UTF-8?  False for functions. */
bool source_is_utf8(const struct source *s);
void source_fini(struct source *s);

struct source_reader {
	const struct source *source; /* NULL: not begun */
	uint64_t at;
	int fd;
};

/* ERR_IO: it is not there, or has changed since source_look; ERR_CANCELLED: rewind failed. */
NODISCARD int source_begin(const struct source *s, struct source_reader *out);
/* n octets; less at the end alone, whose size and stamp are right.  ERR_IO with words: it has
 * changed meanwhile, or cannot be read; ERR_CANCELLED: get failed. */
NODISCARD int source_read(struct source_reader *r, char *p, size_t n);
void source_end(struct source_reader *r);

#endif
