/* tests/unit/cmd/capture.h - what a command prints. */
#ifndef TESTS_UNIT_CMD_CAPTURE_H
#define TESTS_UNIT_CMD_CAPTURE_H

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "test.h"

struct capture {
	int stream, before, file;
};

/* stream: STDOUT_FILENO or STDERR_FILENO. */
static inline struct capture capture_begin(int stream)
{
	struct capture c = { stream, dup(stream), memfd_create("capture", MFD_CLOEXEC) };

	fflush(NULL);
	CHECK(dup2(c.file, stream) == stream);
	return c;
}

/* Appends what was printed since. */
static inline void capture_end(struct capture *c, struct buf *out)
{
	char block[1024];
	ssize_t n;

	fflush(NULL);
	CHECK(dup2(c->before, c->stream) == c->stream);
	CHECK_INT(lseek(c->file, 0, SEEK_SET), 0);
	while ((n = read(c->file, block, sizeof block)) > 0)
		CHECK_INT(buf_put(out, span_make(block, (size_t)n)), 0);
	close(c->before);
	close(c->file);
}

/* What the statement prints must be this. */
#define CHECK_PRINTS(stream, want, statement)                                                      \
	do {                                                                                       \
		AUTO_BUF printed_ = BUF(64 << 10);                                                 \
		struct capture capture_ = capture_begin(stream);                                   \
		statement;                                                                         \
		capture_end(&capture_, &printed_);                                                 \
		CHECK_SPAN(buf_span(&printed_), span_str(want));                                   \
	} while (0)

#endif
