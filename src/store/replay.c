/* store/replay.c - at start: the journal's tail into the ledger.
 *
 * The ledger knows up to where it holds the journal; what lies behind is applied in the
 * same way as when it was new.  Blocks: runs on a pool thread.
 */
#include <stdlib.h>
#include <unistd.h>

#include "store/journal/file.h"
#include "store/journal/segfile.h"
#include "store/store_impl.h"

enum { REPLAY_ITEMS = 2000, REPLAY_BYTES = 4 << 20 };

struct replay {
	struct store_start *start;
	struct list items;
	size_t n, bytes;
};

static int flush(struct replay *p)
{
	int r = p->n ? ledger_apply(p->start->sp->ledger, &p->items) : 0;
	p->n = p->bytes = 0;
	return r;
}

/* Octets at the payload's end that are a message's content. */
static size_t content_octets(const struct segment_record *record)
{
	struct span rest = record->payload, head;
	if (record->kind != SEGMENT_MESSAGE && record->kind != SEGMENT_COPY)
		return 0;
	return pack_get_span(&rest, &head) < 0 ? 0 : rest.n;
}

static int item_fill(struct ledger_item *item, const struct segfile_reader *reader,
                     const struct segment_record *record)
{
	char header[SEGMENT_RECORD_HEADER_BYTES];
	item->content_octets = content_octets(record);
	item->place = (struct journal_place){ reader->number, record->offset };
	item->end = reader->offset;
	segment_record_frame(header, record->kind, record->flags, record->payload.n);
	buf_put(&item->octets, span_make(header, sizeof header));
	return buf_put(&item->octets,
	               span_sub(record->payload, 0, record->payload.n - item->content_octets));
}

static int add(struct replay *p, const struct segfile_reader *reader,
               const struct segment_record *record)
{
	struct ledger_item *item = ledger_item_new();
	if (!item || item_fill(item, reader, record) < 0) {
		ledger_item_free(item);
		return err(ERR_NO_MEMORY, "no memory to read the journal");
	}
	list_push_back(&p->items, &item->link);
	p->n++;
	p->bytes += item->octets.n;
	p->start->replayed += record->kind != SEGMENT_OPEN;
	return p->n < REPLAY_ITEMS && p->bytes < REPLAY_BYTES ? 0 : flush(p);
}

static int take(const struct segfile_reader *reader, const struct segment_record *record, void *arg)
{
	return add(arg, reader, record);
}

/* Where the log of a file goes on to at least, whatever does not check before. */
static uint64_t sure_end(const struct store_start *s, uint64_t number)
{
	uint64_t applied = number == s->applied.segment ? s->applied.offset : 0;
	uint64_t end = number == s->end.segment ? s->end.offset : 0;
	return applied > end ? applied : end;
}

/* What a killed process had written is in the kernel's memory, maybe not on the disk: it is
 * synced before anything is done about it. */
int store_journal_pass(struct journal_pass *p, const struct segfile *file)
{
	struct store_start *s = p->start;
	struct segfile_reader reader;
	struct segment_record record;
	uint64_t from = file->number == p->from.segment ? p->from.offset : 0;
	uint64_t limit = segfile_limit(s->files, s->n_files, file->number);
	if (limit == UINT64_MAX && !file->opened) /* what lies behind the damage is looked for */
		limit = file->size;
	int r = segfile_reader_open(&reader, s->sp->journal_dir, file->number, from, limit);
	if (r < 0)
		return r;
	if (limit == UINT64_MAX)
		reader.sure = sure_end(s, file->number);
	reader.singly = p->singly;
	if (limit >= file->size)
		r = file_sync_data(reader.fd);
	while (r >= 0 && (r = segfile_reader_next(&reader, &record)) == 1)
		r = p->take(&reader, &record, p->arg);
	if (r >= 0)
		p->end = (struct journal_place){ file->number, reader.offset };
	p->damaged += reader.damaged;
	segfile_reader_close(&reader);
	return r;
}

/* Made ahead and never used. */
static bool is_empty(const struct segfile *file)
{
	return !file->opened && !file->damaged;
}

static int retire_empty(struct store_start *s, struct segfile *file)
{
	int r = segfile_retire(s->sp->journal_dir, file->number);
	file->spare = r >= 0;
	return r;
}

static bool is_there(const struct store_start *s, uint64_t number)
{
	for (size_t i = 0; i < s->n_files; i++)
		if (!s->files[i].spare && s->files[i].number == number)
			return true;
	return false;
}

/* Segments are used again only when the ledger and the files of mailboxes have what they say. */
static bool has_gap(const struct store_start *s)
{
	for (size_t i = 0; i < s->n_files; i++) {
		const struct segfile *file = &s->files[i];
		if (!file->spare && file->opened && file->previous > s->folded.segment &&
		    !is_there(s, file->previous))
			return true;
	}
	return false;
}

/* Messages can be found again without it; what is in mailboxes, and their names, cannot. */
static int check_mailboxes(const struct store_start *s)
{
	bool used = ledger_marks(s->sp->ledger).last_account > 0;
	int r = used ? 1 : file_dir_has_some(s->sp->mail_dir);
	if (r <= 0 || !has_gap(s))
		return r < 0 ? r : 0;
	return err(ERR_CORRUPT,
	           "ledger.db is lost or older than the journal, and the names of the mailboxes in "
	           "%s/mail stand in it alone: restore ledger.db from a backup, or move both away",
	           s->data_dir);
}

int store_replay(struct store_start *s)
{
	struct replay p = { .start = s };
	struct journal_pass pass = { .start = s, .from = s->applied, .take = take, .arg = &p };
	int r = check_mailboxes(s);
	list_init(&p.items);
	s->next_number = s->applied.segment + 1;
	pass.end = s->applied;
	for (size_t i = 0; i < s->n_files && r >= 0; i++) {
		struct segfile *file = &s->files[i];
		if (file->number >= s->next_number)
			s->next_number = file->number + 1;
		if (file->last_id > s->sp->last_id)
			s->sp->last_id = file->last_id;
		if (file->last_seq > s->sp->last_seq)
			s->sp->last_seq = file->last_seq;
		if (file->spare || file->number < s->applied.segment)
			continue;
		r = is_empty(file) ? retire_empty(s, file) : store_journal_pass(&pass, file);
	}
	if (r >= 0)
		r = flush(&p);
	s->end = pass.end;
	s->damaged += pass.damaged;
	struct ledger_item *item, *tmp;
	LIST_EACH_SAFE(item, tmp, &p.items, link)
		ledger_item_free(item);
	return r;
}
