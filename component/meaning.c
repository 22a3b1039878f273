/* component/meaning.c - see meaning.h. */
#include "component/meaning.h"

static const char LATER[] = "It is not tried again by itself: send it again in some minutes or "
                            "hours, or through a mail server that keeps trying.";
static const char SOON[] =
        "It is not tried again by itself: send it again in a quarter of an hour, "
        "or through a mail server that keeps trying.";
static const char SLOWLY[] =
        "It is not tried again by itself: send it again in some hours, to fewer "
        "people at a time, or through a mail server that slows down by itself.";
static const char LOGIN[] =
        "It is not tried again by itself: check the user name and the password, or the token, "
        "then send it again.";
static const char UNLISTED[] =
        "It is not tried again by itself: send it through a mail server that "
        "others trust.";
static const char OTHER_WAY[] =
        "It is not tried again by itself: send it through a mail server that you may use, with a "
        "login, by port 587 or 465; or have the network's operator open the port.";
static const char TWICE[] =
        "It is not tried again by itself: ask the recipient before you send it again, since it may "
        "come twice.";
static const char MORE_TIME[] =
        "It is not tried again by itself: send it again, with a longer time (the client's option "
        "time).";
static const char AGAIN[] = "It is not tried again by itself: send it again if it is still to go.";

/* What is not as at a server: where there is a fact it stands for the server's. */
static const struct {
	enum smtp_class class;
	const char *fact, *advice;
} OURS[] = {
	{ SMTP_CLASS_GREYLISTED, NULL, SOON },
	{ SMTP_CLASS_RATE_LIMITED, NULL, SLOWLY },
	{ SMTP_CLASS_COMPLAINTS,
	  "The recipient's server takes mail from this address slowly, because "
	  "much comes from it or its users complain of it.",
	  SLOWLY },
	{ SMTP_CLASS_LOGIN_FAILED, "The login at the server that is to pass the message on failed.",
	  LOGIN },
	{ SMTP_CLASS_BLOCKED,
	  "The recipient's server distrusts the address that this machine sends "
	  "from.",
	  UNLISTED },
	{ SMTP_CLASS_NO_REVERSE_NAME,
	  "The address that this machine sends from has no name that leads "
	  "back to it, and the recipient's server puts its mail off.",
	  UNLISTED },
	{ SMTP_CLASS_LOCAL_TROUBLE, "This program or its machine had trouble: the words say which.",
	  LATER },
	{ SMTP_CLASS_PORT_CLOSED, NULL, OTHER_WAY },
	{ SMTP_CLASS_MAY_HAVE_ARRIVED, NULL, TWICE },
	{ SMTP_CLASS_TIME_LIMIT, NULL, MORE_TIME },
	{ SMTP_CLASS_CANCELLED, "The send was ended before this recipient was decided.", AGAIN },
};

struct span component_meaning(struct smtp_verdict v, struct arena *mem)
{
	const char *fact = smtp_class_undecided(v.class), *advice = LATER;

	if (v.permanent || v.class == SMTP_CLASS_DELIVERED)
		return span_str(smtp_verdict_sentence(v));
	for (size_t i = 0; i < N_ELEMS(OURS); i++) {
		if (OURS[i].class != v.class)
			continue;
		fact = OURS[i].fact ? OURS[i].fact : fact;
		advice = OURS[i].advice;
	}
	return span_str(arena_printf(mem, "%s %s", fact, advice));
}
