/* controld/trial.h - a message that is shown to the defence (postrider defence test): what is
 * asked, and what came of it. */
#ifndef CONTROLD_TRIAL_H
#define CONTROLD_TRIAL_H

#include "calls/bans.h"
#include "controld/session.h"
#include "defence/client.h"
#include "defence/lists.h"
#include "intake/defend.h"

/* Where the dialogue would end, in its order. */
enum trial_stop { TRIAL_GOES_ON, TRIAL_AT_CONNECTION, TRIAL_AT_MAIL, TRIAL_AT_RCPT, TRIAL_AT_TEXT };

struct trial {
	struct controld_session *s;
	struct intake_source from;
	struct address client;
	struct ip ip;
	struct ban_row ban; /* address "": nothing is known of it */
	bool bans_silent;   /* who listens to strangers could not be asked */
	struct lists_said lists;
	struct client_name name;
	struct smtp_path to;
	bool taken;          /* the recipient */
	const char *rcpt_no; /* why not; NULL: it was not asked, or taken */
	struct intake *in;
	struct intake_judgement *judged; /* NULL: nobody has judged */
	enum trial_stop stop;            /* the first, and what is read there */
	const char *reply, *words;       /* "554 5.7.1 ..."; without the codes */
	const char *cause; /* where a fault of ours puts off: what the log would say; or NULL */
};

/* postmaster and abuse get through. */
bool trial_is_listed(const struct trial *t);
/* SMTP has one reply for all recipients. */
bool trial_all_refuse(const struct trial *t);
WAITS int trial_answer(struct trial *t);

#endif
