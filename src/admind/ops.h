/* admind/ops.h - an operation: which call it is, what of the request becomes its members, and how
 * the answer is made of the call's lines. */
#ifndef ADMIND_OPS_H
#define ADMIND_OPS_H

#include "controld/controld.h"
#include "httpd/session.h"

/* What a member may be, and what becomes of it in the call. */
enum admind_kind {
	ADMIND_TEXT,   /* text */
	ADMIND_TRUTH,  /* true or false */
	ADMIND_LENGTH, /* text such as "10m": ms */
	ADMIND_OBJECT, /* members of their own, in `of` */
	/* Of the directory: a field, as text. */
	ADMIND_FIELD,  /* text; null is none */
	ADMIND_NAME,   /* text */
	ADMIND_NUMBER, /* likewise */
	ADMIND_YES_NO,
	ADMIND_ON_OFF,
	ADMIND_WORDS, /* an array of texts: one field, a comma between */
	ADMIND_LIST,  /* an array of texts: a field each */
	ADMIND_OWN,   /* the operation's own hook takes it, a text */
};

struct admind_member {
	const char *name; /* NULL: the end */
	enum admind_kind kind;
	const char *as; /* in the call */
	bool needed;
	const struct admind_member *of;
};

/* The call, while it is made. */
struct admind_call {
	struct httpd_request *q;
	const struct admind_op *op;
	json_t *given;    /* the members of the request */
	json_t *request;  /* the call */
	json_t *besides;  /* members of the answer that no line has; NULL: none */
	struct span text; /* the octets that follow the request; in q->mem */
};

enum admind_shape {
	ADMIND_ROWS, /* {rows: [...], and the last line's members} */
	ADMIND_ONE,  /* the row */
	ADMIND_LAST, /* the last line's members */
	ADMIND_MADE, /* what stands besides, alone */
};
enum admind_paged { ADMIND_WHOLE, ADMIND_BY_LIMIT, ADMIND_BY_NAME };

/* A route's arg. */
struct admind_op {
	const char *call;
	const char *fixed[3][2];             /* members of the call */
	const char *segments[2];             /* the path's ":", the first and the second */
	bool second_is_field;                /* of the directory */
	const struct admind_member *members; /* of the query, or of the body; NULL: none */
	enum admind_paged paged;
	enum admind_shape shape;
	const char *rows;
	int status; /* 0: 200 */
	/* Before the call: 0, or why not. */
	int (*prepare)(struct admind_call *c);
};

/* A route's handler. */
WAITS httpd_handler admind_serve;

/* request.c: the call of the request; ERR_SYNTAX says what is wrong with it. */
NODISCARD int admind_read(struct admind_call *c);
NODISCARD int admind_field(struct admind_call *c, const char *name, struct span value);
/* answer.c: asks, and answers. */
NODISCARD WAITS int admind_answer(struct admind_call *c);
NODISCARD WAITS int admind_problem(struct httpd_request *q, int r);
/* One row of a call, for json_decref. */
NODISCARD WAITS int admind_ask_row(struct httpd_request *q, json_t *request, json_t **out);
/* gate.c */
WAITS httpd_handler admind_may;
/* secrets.c: admind_op's prepare. */
WAITS int admind_password(struct admind_call *c);
WAITS int admind_app_password(struct admind_call *c);
WAITS int admind_key(struct admind_call *c);
WAITS int admind_operator_key(struct admind_call *c);
/* trial.c */
WAITS int admind_letter(struct admind_call *c);
/* openapi.c */
WAITS httpd_handler admind_openapi;

#endif
