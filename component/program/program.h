/* component/program/program.h - what postrider-send asks of its system. */
#ifndef COMPONENT_PROGRAM_PROGRAM_H
#define COMPONENT_PROGRAM_PROGRAM_H

#include <stdbool.h>
#include <stdio.h>

/* Arguments in UTF-8; by wide.c on Windows. */
int utf8_main(int argc, char **argv);
/* To be read, by a path in UTF-8; NULL: it cannot be. */
FILE *open_utf8(const char *path);
/* Columns of the terminal on standard output; 0: it is none. */
int terminal_columns(void);

#endif
