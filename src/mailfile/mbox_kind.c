/* mailfile/mbox_kind.c - the four kinds, and what a file says of its own. */
#include "mailfile/mbox.h"

static const char *const names[] = {
	[MBOX_O] = "mboxo", [MBOX_RD] = "mboxrd", [MBOX_CL] = "mboxcl", [MBOX_CL2] = "mboxcl2"
};

const char *mbox_kind_name(enum mbox_kind kind)
{
	return kind >= MBOX_O && kind <= MBOX_CL2 ? names[kind] : "unknown";
}

int mbox_kind_from_name(struct span name, enum mbox_kind *out)
{
	for (size_t i = MBOX_O; i < N_ELEMS(names); i++)
		if (span_eq_nocase(name, span_str(names[i]))) {
			*out = (enum mbox_kind)i;
			return 0;
		}
	return ERR_UNKNOWN;
}

enum mbox_kind mbox_kind_of(const struct mbox_reader *r)
{
	if (r->n_right && !r->n_wrong)
		return r->n_bare || !r->n_quoted ? MBOX_CL2 : MBOX_CL;
	return r->n_twice ? MBOX_RD : MBOX_O;
}
