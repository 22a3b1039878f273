/* doctor/machine.c - the server, its disk, its files, and what it keeps mail for. */
#include "doctor/doctor_impl.h"

enum {
	ROOM_SEGMENTS = 16,      /* store.segment_size: below that mail is refused */
	ROOM_LEAST_SEGMENTS = 2, /* more counts up to this many octets, */
	ROOM_MOST = 128 << 20,   /* unless two segments are more        */
	FILES_LEAST = 1000,
	SYNCS_SLOW = 20, /* a second */
	US = 1000000,
};

void doctor_check_server(struct doctor *d)
{
	if (d->seen->running)
		doctor_well(d, doctor_host(d), "the server runs");
	else
		doctor_mend(d, doctor_host(d),
		            "the server does not run, so DNS and its ports were not looked at: "
		            "start it "
		            "(postrider serve), and ask as the user who did");
}

void doctor_check_domain(struct doctor *d)
{
	bool ours = false;

	if (!d->seen->running)
		return;
	for (size_t i = 0; i < d->seen->n_ours; i++)
		ours = ours || span_eq_nocase(d->domain, span_str(d->seen->ours[i]));
	if (ours)
		doctor_well(d, d->domain, "mail for %.*s is kept here", SPAN_ARG(d->domain));
	else
		doctor_mend(
		        d, d->domain,
		        "%.*s is not one of our domains, so its mail is refused: postrider domain "
		        "add %.*s",
		        SPAN_ARG(d->domain), SPAN_ARG(d->domain));
}

void doctor_check_held(struct doctor *d)
{
	for (size_t i = 0; i < d->seen->n_held; i++) {
		const char *who = d->seen->held[i]; /* and in brackets since when, and why */

		doctor_mend(d, SPAN(""),
		            "the account %s is held, so it cannot send: see who uses it, then "
		            "postrider account release %.*s",
		            who, (int)strcspn(who, " "), who);
	}
	if (d->seen->running && !d->seen->n_held)
		doctor_well(d, SPAN(""), "no account is held");
}

void doctor_check_mirror(struct doctor *d)
{
	const struct doctor_mirror *m = &d->seen->mirror;
	uintmax_t behind = m->n_behind;

	if (!d->seen->running || !*d->set->ledger_mirror)
		return;
	if (!m->seen)
		doctor_unseen(d, SPAN(""),
		              "how far the database of ledger.mirror is was not told: see the log "
		              "of the mirror");
	else if (m->connected && !*m->words)
		doctor_well(d, SPAN(""),
		            "the database of ledger.mirror takes the ledger, and is %ju changes "
		            "behind",
		            behind);
	else
		doctor_mend(d, SPAN(""),
		            "the database of ledger.mirror does not take the ledger, and is %ju "
		            "changes behind; mail goes on: %s",
		            behind, *m->words ? m->words : "it is being connected");
}

/* What settings.def says of store.segment_size. */
static uint64_t needed(const struct doctor *d)
{
	uint64_t segment = (uint64_t)d->set->store_segment_size;
	uint64_t need = ROOM_SEGMENTS * segment;

	if (need > ROOM_MOST)
		need = ROOM_MOST;
	if (need < ROOM_LEAST_SEGMENTS * segment)
		need = ROOM_LEAST_SEGMENTS * segment;
	return need + segment;
}

static void judge_room(struct doctor *d, struct span at, const struct doctor_disk *disk)
{
	uint64_t need = needed(d);

	if (disk->free_bytes < need)
		doctor_mend(
		        d, at,
		        "%s has %ju MB free, and mail is refused below %ju MB: make room, or set "
		        "store.segment_size smaller",
		        disk->path, (uintmax_t)(disk->free_bytes >> 20), (uintmax_t)(need >> 20));
	else if (disk->free_bytes < 4 * need)
		doctor_hint(
		        d, at, "%s has only %ju MB free; mail is refused below %ju MB: make room",
		        disk->path, (uintmax_t)(disk->free_bytes >> 20), (uintmax_t)(need >> 20));
	if (disk->files && disk->free_files < FILES_LEAST)
		doctor_mend(d, at,
		            "%s has room for only %ju more files: remove some, or make the file "
		            "system anew with more inodes",
		            disk->path, (uintmax_t)disk->free_files);
}

void doctor_check_disk(struct doctor *d)
{
	const struct doctor_disk *disk = &d->seen->disk;
	struct span at = span_str(disk->path);

	if (*disk->failed) {
		doctor_unseen(d, at, "the disk of %s was not looked at: %s", disk->path,
		              disk->failed);
		return;
	}
	judge_room(d, at, disk);
	uint64_t us = disk->n_syncs ? disk->syncs_us / disk->n_syncs : 0;
	uint64_t rate = us ? US / us : US;
	if (disk->n_syncs && rate < SYNCS_SLOW)
		doctor_hint(
		        d, at,
		        "%s writes to disk %ju times a second, and so many messages a second at "
		        "least can be taken one after the other: give server.data_dir a disk with "
		        "a write cache that survives a loss of power",
		        disk->path, (uintmax_t)rate);
	if (d->worst[d->now] != DOCTOR_WELL)
		return;
	if (disk->n_syncs)
		doctor_well(
		        d, at,
		        "%s has %ju MB free, and makes %ju messages a second safe one after the "
		        "other, more of them together",
		        disk->path, (uintmax_t)(disk->free_bytes >> 20), (uintmax_t)rate);
	else
		doctor_well(d, at, "%s has %ju MB free", disk->path,
		            (uintmax_t)(disk->free_bytes >> 20));
}

void doctor_check_files(struct doctor *d)
{
	static const struct {
		unsigned forbidden;
		const char *who, *command;
	} guards[] = {
		[DOCTOR_SECRET] = { 027,
		                    "others than its owner and group may read, or its group "
		                    "change,",
		                    "chmod o=,g-w" },
		[DOCTOR_OWN] = { 077, "others than its owner may read", "chmod 600" },
		[DOCTOR_SAFE] = { 022, "others than its owner may change", "chmod go-w" },
	};

	for (size_t i = 0; i < d->seen->n_files; i++) {
		const struct doctor_file *f = &d->seen->files[i];

		if (f->failed)
			doctor_unseen(d, span_str(f->path),
			              "who may read or change %s (%s) was not seen: %s", f->path,
			              f->what, f->failed);
		else if (f->there && f->mode & guards[f->guard].forbidden)
			doctor_mend(d, span_str(f->path), "%s %s (%s): %s %s", guards[f->guard].who,
			            f->path, f->what, guards[f->guard].command, f->path);
	}
	if (d->worst[d->now] == DOCTOR_WELL)
		doctor_well(d, SPAN(""), "nobody else reads keys or changes the configuration");
}
