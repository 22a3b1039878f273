/* wire/imap/cursor.h - takes a command apart: atoms, strings, numbers.
 *
 * Sources: RFC 3501 9 and RFC 9051 9 (formal syntax).  Pure.  Floor 1 (wire).
 *
 * Each imap_take_*() takes what it names from the front of c->rest and returns 0, or an error with
 * a sentence for BAD ("FETCH: a number is missing", err_str()), after which the command is over:
 *   ERR_SYNTAX     is not well-formed
 *   ERR_UNKNOWN    well-formed, but no word that is known here
 *   ERR_TOO_LONG   over a limit on octets
 *   ERR_LIMIT      over a limit on numbers of things
 *   ERR_REFUSED    is to be answered NO, not BAD; each function that can return it says when
 *   ERR_NO_MEMORY  the arena is full: NO
 * Spans borrow from the command's text or live in c->mem.
 */
#ifndef WIRE_IMAP_CURSOR_H
#define WIRE_IMAP_CURSOR_H

#include "base/arena.h"
#include "base/err.h"

struct imap_cursor {
	struct span rest;
	struct arena *mem; /* for what is parsed; of this command         */
	const char *verb;  /* for error texts: "FETCH"                    */
	bool utf8; /* mailbox names come in UTF-8: UTF8=ACCEPT (RFC 6855) or IMAP4rev2 enabled */
};

/* return imap_bad(c, "%u is no part", n): ERR_SYNTAX with the verb in front. */
#define imap_bad(c, ...) imap_fault((c), ERR_SYNTAX, __VA_ARGS__)
#define imap_fault(c, code, ...)                                                                   \
	({                                                                                         \
		int fault_ = (code);                                                               \
		imap_fault_note((c), fault_, __VA_ARGS__);                                         \
		fault_;                                                                            \
	})
void imap_fault_note(const struct imap_cursor *c, int code, const char *fmt, ...) PRINTF(3, 4);

/* Removes one octet, or a word in any case of letters, or leaves all and returns false.  A word
 * that ends in a letter or digit is one only when no atom character follows. */
bool imap_eat(struct imap_cursor *c, char octet);
bool imap_eat_word(struct imap_cursor *c, const char *word);
bool imap_at(const struct imap_cursor *c, char octet);
/* What stands there up to a space or parenthesis, or the beginning of it: to tell of it. */
struct span imap_word_ahead(const struct imap_cursor *c);

/* One SP, or more: clients send them. */
NODISCARD int imap_take_sp(struct imap_cursor *c);
/* `octet`, else "FETCH: what is missing", as in imap_take(c, ')', "the ) of the list"). */
NODISCARD int imap_take(struct imap_cursor *c, char octet, const char *what);
/* The end of the command; SPs before it are forgiven. */
NODISCARD int imap_take_end(struct imap_cursor *c);

/* `what` names the thing in the error text: "a user name". */
NODISCARD int imap_take_atom(struct imap_cursor *c, const char *what, struct span *out);
/* Quoted or literal; quoted strings may hold UTF-8 (RFC 9051 9), valid only.  No NUL but in a
 * literal8, which is taken only by imap_take_string8(). */
NODISCARD int imap_take_string(struct imap_cursor *c, const char *what, struct span *out);
NODISCARD int imap_take_string8(struct imap_cursor *c, const char *what, struct span *out);
NODISCARD int imap_take_astring(struct imap_cursor *c, const char *what, struct span *out);
/* *nil and an empty span for NIL. */
NODISCARD int imap_take_nstring(struct imap_cursor *c, const char *what, struct span *out,
                                bool *nil);
/* A pattern of LIST: list-char, which takes in % and *, or a string.  Not decoded: name.h. */
NODISCARD int imap_take_pattern_text(struct imap_cursor *c, struct span *out);

/* Digits only.  u32: number; nz: not 0; u64: number64 and mod-sequences, at most 2^63-1. */
NODISCARD int imap_take_u32(struct imap_cursor *c, const char *what, uint32_t *out);
NODISCARD int imap_take_nz(struct imap_cursor *c, const char *what, uint32_t *out);
NODISCARD int imap_take_u64(struct imap_cursor *c, const char *what, uint64_t *out);

bool imap_is_atom_char(char octet); /* RFC 3501 9; 7-bit only */
/* Not empty, atom characters only. */
bool imap_is_atom(struct span s);

#endif
