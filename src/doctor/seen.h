/* doctor/seen.h - what there is to see of this machine, for the checks to judge. */
#ifndef DOCTOR_SEEN_H
#define DOCTOR_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/coding/ip.h"

enum { DOCTOR_WORDS_BYTES = 256, DOCTOR_DIGEST_BYTES = 32 };

/* tls.certificate and tls.key. */
struct doctor_certificate {
	char failed[DOCTOR_WORDS_BYTES]; /* why there is nothing to judge; "": there is */
	bool names_host;                 /* server.hostname is one of its names */
	bool key_fits;
	bool self_signed;
	char chain_failed[DOCTOR_WORDS_BYTES]; /* why this system's roots do not vouch; "": they do
	                                        */
	int64_t from_s, until_s;               /* seconds since 1970 */
	uint8_t whole[DOCTOR_DIGEST_BYTES];    /* SHA-256, as TLSA has them (RFC 6698 2.1) */
	uint8_t public_key[DOCTOR_DIGEST_BYTES];
};

/* One SMTP session: with our own smtp port, or with somebody else's. */
struct doctor_dialogue {
	char at[DOCTOR_WORDS_BYTES];     /* who was called; "": nobody */
	char failed[DOCTOR_WORDS_BYTES]; /* why it came to nothing; "": it did not */
	char greeting[DOCTOR_WORDS_BYTES];
	int64_t greeted_ms; /* when, by this machine's clock */
	bool starttls, encrypted;
	bool same_certificate; /* the one of tls.certificate */
	/* A foreign sender and a foreign recipient.  relay_code 0: not tried. */
	int relay_code;
	char relay_words[DOCTOR_WORDS_BYTES];
};

struct doctor_disk {
	const char *path;
	char failed[DOCTOR_WORDS_BYTES];
	uint64_t free_bytes, free_files, files; /* files 0: the file system does not count them */
	unsigned n_syncs;                       /* 0: not tried */
	uint64_t syncs_us;                      /* what they took together */
};

enum doctor_guard {
	DOCTOR_SECRET, /* the world may not read it, nor the group write */
	DOCTOR_OWN,    /* its owner alone may read it */
	DOCTOR_SAFE,   /* its owner alone may write it */
};
struct doctor_file {
	const char *what; /* the setting */
	const char *path;
	enum doctor_guard guard;
	bool there;
	unsigned mode;
	const char *failed; /* why it was not looked at; NULL: it was, or is not there */
};

enum doctor_clock { DOCTOR_CLOCK_UNKNOWN, DOCTOR_CLOCK_KEPT, DOCTOR_CLOCK_LOOSE };

/* Who helps the defence, as the running server says. */
enum doctor_helper { DOCTOR_CLAMD, DOCTOR_HASHES, DOCTOR_MILTER, DOCTOR_RSPAMD };
enum doctor_answer { DOCTOR_ANSWERS, DOCTOR_ABSENT, DOCTOR_SILENT };
struct doctor_help {
	enum doctor_helper helper;
	enum doctor_answer answer; /* ABSENT: a clamd that nobody has named   */
	const char *at;            /* its endpoint                            */
	const char *words;         /* what it tells of its version, or why it does not answer */
	uint64_t n_hashes;
};

/* What was told of wanted and unwanted mail, for the whole server. */
struct doctor_learned {
	bool seen, enough;
	uint64_t n_wanted, n_unwanted;
};

/* The database of ledger.mirror, as the running server says. */
struct doctor_mirror {
	bool seen, connected;
	char words[DOCTOR_WORDS_BYTES]; /* what is wrong; "": nothing is */
	uint64_t n_behind;
};

struct doctor_seen {
	bool running;            /* the server */
	int64_t now_s;           /* since 1970 */
	const char *const *ours; /* domains whose mail is kept here */
	size_t n_ours;
	const char *const *held; /* accounts that may not send: "ADDRESS (REASON)" */
	size_t n_held;
	struct doctor_certificate certificate;
	struct doctor_dialogue own, peer;
	bool from_relay_network;               /* `own` was called from where mail may be relayed */
	char peer_unasked[DOCTOR_WORDS_BYTES]; /* why DNS did not say whom to call; "": it did */
	struct doctor_disk disk;
	const struct doctor_file *files;
	size_t n_files;
	char help_failed[DOCTOR_WORDS_BYTES]; /* why nobody knows who helps; "": it is known */
	const struct doctor_help *help;
	size_t n_help;
	struct doctor_learned learned;
	struct doctor_mirror mirror;
	enum doctor_clock clock; /* by the kernel: whether something keeps it right */
};

#endif
