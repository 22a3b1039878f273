/* cmd/export/files.h - a mailbox as files of a message each, in groups.
 *
 * A file is written under another name, then all of a group are brought to disk, then they get
 * their names in rising order of uid: so what has its name is whole, and the greatest uid of the
 * names says how far an export was.
 */
#ifndef CMD_EXPORT_FILES_H
#define CMD_EXPORT_FILES_H

#include "cmd/export/export.h"

struct export_files {
	const char *fresh, *final; /* directories */
	char **names;              /* of the group */
	size_t n;
	uint64_t n_octets;
	struct arena mem; /* of the group */
};

/* Makes both directories; what a cut has left in the first is taken away.  ERR_REFUSED, counted. */
NODISCARD int export_files_open(struct export_run *x, struct export_files *f);
/* "17.V1700000000.postrider": the message's name as far as it is the export's. */
int export_files_name(const struct export_run *x, uint32_t uid, struct buf *out);
/* The greatest uid of such names, of this mailbox. */
NODISCARD int export_files_last(const struct export_run *x, const struct export_files *f,
                                uint32_t *uid);
/* name: of the file.  1: the group is full: export_files_commit. */
NODISCARD int export_files_put(struct export_files *f, struct span name, struct span text,
                               int64_t date_s);
NODISCARD int export_files_commit(struct export_files *f);
void export_files_fini(struct export_files *f);

#endif
