/* wire/imap/args/search.h - SEARCH, SORT, THREAD: what is looked for, and how it is told.
 *
 * Sources: RFC 3501 6.4.4; RFC 9051 6.4.4; RFC 4731 (RETURN); RFC 5182 (SAVE, $); RFC 5032
 * (WITHIN); RFC 7162 3.1.5 (MODSEQ); RFC 8474 6; RFC 8514 4.3; RFC 5256 (SORT, THREAD).  Rows:
 * search_keys.def.  Pure, no recursion; errors as cursor.h has them.  The cursor is
 * imap_command_parse's, and is taken to the end of the command.
 */
#ifndef WIRE_IMAP_ARGS_SEARCH_H
#define WIRE_IMAP_ARGS_SEARCH_H

#include "wire/imap/set.h"

enum {
	IMAP_SEARCH_DEPTH_MAX = 32, /* of ( ), NOT, OR within each other */
	IMAP_SEARCH_KEYS_MAX = 1000,
	IMAP_SORT_KEYS_MAX = 16,
};

enum imap_key {
	IMAP_KEY_AND,  /* the whole, and each ( )   */
	IMAP_KEY_OR,   /* of two                    */
	IMAP_KEY_NOT,  /* of one                    */
	IMAP_KEY_FLAG, /* node.flag is there, or, when node.no, is not */
	IMAP_KEY_SET,  /* message numbers, or $     */
#define KEY(NAME, ...) IMAP_KEY_##NAME,
#include "wire/imap/args/search_keys.def"
#undef KEY
	IMAP_KEY_COUNT
};

/* A key and, for AND, OR, NOT, the keys below it.  In Polish order: the first key below node i is i
 * + 1, the next one stands at that key's `end`, the last one's `end` is node i's. */
struct imap_search_node {
	uint8_t key;  /* enum imap_key */
	bool no;      /* FLAG          */
	uint16_t end; /* index behind the last node below it; i + 1 for a leaf */
	union {
		unsigned flag;   /* FLAG: one imap_flag                                           */
		int32_t day;     /* DATE: days since 1970-01-01 (date.h, imap_time_day)           */
		uint64_t number; /* NUMBER: octets; INTERVAL: seconds; MODSEQ: the smallest that
		                    fits */
		struct imap_set set; /* SET, UID */
		struct {
			struct span text;  /* STRING, FIELD, KEYWORD, OBJECT_ID: as sent; UTF-8  */
			struct span field; /* FIELD: the header field's name; text "" fits any that
			                      is there */
		};
	};
};

enum imap_search_return {
	IMAP_SEARCH_MIN = 1 << 0,
	IMAP_SEARCH_MAX = 1 << 1,
	IMAP_SEARCH_ALL = 1 << 2,
	IMAP_SEARCH_COUNT = 1 << 3,
	IMAP_SEARCH_SAVE = 1 << 4,
};

struct imap_search {
	bool has_return;  /* answer with ESEARCH                      */
	unsigned returns; /* OR of imap_search_return; () gives ALL    */
	bool has_charset;
	bool has_mod_seq; /* a MODSEQ key is there: CONDSTORE is enabled, the answer tells the
	                     highest */
	const struct imap_search_node *nodes; /* nodes[0] is an AND of all */
	size_t n_nodes;
};
/* ERR_REFUSED: another charset than US-ASCII and UTF-8, for NO [BADCHARSET (US-ASCII UTF-8)];
 * has_return and returns are written then too.  Strings that are no UTF-8, or 8-bit under US-ASCII,
 * are ERR_SYNTAX. */
NODISCARD int imap_search_parse(struct imap_cursor *c, struct imap_search *out);

enum imap_sort_by {
	IMAP_SORT_ARRIVAL,
	IMAP_SORT_CC,
	IMAP_SORT_DATE,
	IMAP_SORT_FROM,
	IMAP_SORT_SIZE,
	IMAP_SORT_SUBJECT,
	IMAP_SORT_TO,
	IMAP_SORT_COUNT
};
struct imap_sort_key {
	uint8_t by; /* enum imap_sort_by */
	bool reverse;
};
struct imap_sort {
	struct imap_sort_key keys[IMAP_SORT_KEYS_MAX];
	size_t n_keys;
	struct imap_search search; /* without RETURN */
};
/* Errors as imap_search_parse. */
NODISCARD int imap_sort_parse(struct imap_cursor *c, struct imap_sort *out);

enum imap_thread_by { IMAP_THREAD_ORDEREDSUBJECT, IMAP_THREAD_REFERENCES };
struct imap_thread {
	enum imap_thread_by by;
	struct imap_search search; /* without RETURN */
};
/* Errors as imap_search_parse; another algorithm is ERR_SYNTAX. */
NODISCARD int imap_thread_parse(struct imap_cursor *c, struct imap_thread *out);

/* "SUBJECT"; for messages, and for logs of what was slow. */
const char *imap_key_word(enum imap_key key);

#endif
