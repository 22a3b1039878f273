/* wire/spf/spf_impl.h - what the files of the engine share. */
#ifndef WIRE_SPF_SPF_IMPL_H
#define WIRE_SPF_SPF_IMPL_H

#include "wire/spf/macro.h"
#include "wire/spf/record.h"
#include "wire/spf/spf.h"

/* What happens next, when no question is open. */
enum spf_phase {
	SPF_PHASE_RECORD,  /* ask for the record of the top frame */
	SPF_PHASE_TERM,    /* take its next term */
	SPF_PHASE_TARGET,  /* the term's name: expand it, ask */
	SPF_PHASE_NEXT_MX, /* one of the MX is to be asked for */
	SPF_PHASE_EXP,     /* the explanation's name: expand it, ask */
	SPF_PHASE_TEXT,    /* the explanation is there: expand it */
	SPF_PHASE_DONE,
};

/* What the open question is for. */
enum spf_want {
	SPF_WANT_NOTHING,
	SPF_WANT_RECORD,
	SPF_WANT_ADDRESSES, /* of a, exists and one MX */
	SPF_WANT_MX,
	SPF_WANT_PTR,
	SPF_WANT_PTR_ADDRESSES,
	SPF_WANT_EXP,
};

/* One check_host(): the first, and one an include within which we are. */
struct spf_frame {
	struct span domain;
	struct span terms; /* what is left of the record */
	struct span redirect, exp;
	struct spf_term term; /* under way */
};

/* Names, with what was found about each. */
struct spf_names {
	struct span name[SPF_NAMES_MAX];
	bool valid[SPF_NAMES_MAX];
	size_t n, at;
	bool done;
	bool is_void; /* something was not there: that counts for each term that wants them */
};

/* An include is a term that counts, so there are no more frames than that. */
enum { SPF_FRAMES_MAX = SPF_TERMS_MAX + 1 };

struct spf {
	struct spf_values values; /* domain and validated are set for each expansion */
	struct arena *mem;
	struct spf_verdict verdict;
	struct spf_frame frames[SPF_FRAMES_MAX];
	size_t n_frames;
	enum spf_phase phase;
	enum spf_want want;
	struct dns_question question;
	bool term_is_void;    /* nothing was found for the term under way, and that was counted */
	struct spf_names mx;  /* of the term under way */
	struct spf_names ptr; /* of the client; asked for once */
	struct span text;     /* of the explanation, before expansion */
};

static inline struct spf_frame *spf_top(struct spf *s)
{
	return &s->frames[s->n_frames - 1];
}

/* Ends the check. */
void spf_finish(struct spf *s, enum spf_result result, const char *problem);
/* The term under way matched, or did not. */
void spf_match(struct spf *s, bool matched);
/* Opens a question; false, and none, when the name is not well-formed. */
bool spf_ask(struct spf *s, enum spf_want want, enum dns_type type, struct span name);
/* A look-up found nothing: 4.6.4.  False: that was one too many, and the check has ended. */
bool spf_void(struct spf *s);

/* A name: no empty label, none over 63 octets, 253 in all; one final dot is dropped. */
bool spf_name_ok(struct span *name);
/* Expands a domain-spec; an empty one is the frame's domain.  *out is empty when the name is not
 * well-formed, which no look-up can find. */
int spf_target(struct spf *s, struct span spec, struct span *out);

/* Opens the questions that validate the client's names; false when they are known. */
bool spf_validate_names(struct spf *s);
void spf_answer_ptr(struct spf *s, const struct dns_answer *answer);
void spf_answer_ptr_addresses(struct spf *s, const struct dns_answer *answer);
/* Whether a validated name is `domain` or below it (5.5). */
bool spf_ptr_matches(const struct spf *s, struct span domain);
/* For %{p}: the domain, else one below it, else any; empty when there is none (7.3). */
struct span spf_ptr_best(const struct spf *s, struct span domain);

/* The mechanisms: begins to find out whether the term under way matches; its name is `target`. */
void spf_begin_term(struct spf *s, struct span target);
void spf_next_mx(struct spf *s);
void spf_answer_mx(struct spf *s, const struct dns_answer *answer);
void spf_answer_addresses(struct spf *s, const struct dns_answer *answer);
/* Whether one address is in the network, by the bits of the client's family. */
bool spf_in_network(const struct ip *a, const struct ip *network, const struct spf_term *term);

/* The explanation (6.2). */
void spf_ask_explanation(struct spf *s);
void spf_answer_explanation(struct spf *s, const struct dns_answer *answer);
void spf_expand_explanation(struct spf *s);

#endif
