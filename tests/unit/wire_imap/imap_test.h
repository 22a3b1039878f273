/* tests/unit/wire_imap/imap_test.h - a cursor over exactly the octets of a text. */
#ifndef TESTS_UNIT_WIRE_IMAP_IMAP_TEST_H
#define TESTS_UNIT_WIRE_IMAP_IMAP_TEST_H

#include "test.h"
#include "wire/imap/command.h"

static inline struct imap_cursor cursor_at(struct span text, struct arena *mem)
{
	return (struct imap_cursor){ .rest = exact(text), .mem = mem, .verb = "TEST" };
}

/* A cursor at the arguments of a whole command, "A1 FETCH 1 FLAGS". */
static inline struct imap_cursor args_of(struct span text, bool utf8, struct arena *mem)
{
	struct imap_cursor args = { 0 };
	struct imap_command command;

	CHECK_INT(imap_command_parse(exact(text), mem, utf8, &command, &args), 0);
	return args;
}

/* The detail of the latest error has these words. */
#define CHECK_SAYS(code, words)                                                                    \
	test_check(strstr(err_str(code), (words)) != NULL, __FILE__, __LINE__, "\"%s\" in \"%s\"", \
	           (words), err_str(code))

#endif
