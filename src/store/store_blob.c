/* store/store_blob.c - bodies above the threshold while they are received. */
#include <stdlib.h>

#include "store/blob.h"
#include "store/journal/file.h"
#include "store/store_impl.h"

struct job {
	int dir;
	struct store_blob *blob;
	struct span octets;
	uint64_t room;
	int reader; /* for the asker; -1: none */
};

static int create(void *arg)
{
	struct job *j = arg;
	int r = file_room(j->dir, j->room);
	if (r >= 0)
		r = j->blob->fd = store_blobfile_create(j->dir, j->blob->number);
	return r < 0 ? r : 0;
}

static int room(void *arg)
{
	struct job *j = arg;
	return file_room(j->dir, j->room);
}

static int append(void *arg)
{
	struct job *j = arg;
	int r = file_room(j->dir, j->room);
	return r < 0 ? r : store_blobfile_append(j->blob->fd, j->octets, j->blob->size_bytes);
}

static int lease(struct job *j)
{
	struct store_blob *blob = j->blob;
	int r = blob->reader = store_blobfile_open(j->dir, blob->number);
	if (r >= 0)
		r = blob_lease(blob->reader, &blob->size_bytes);
	if (r < 0)
		file_close(&blob->reader);
	return r;
}

static int end(void *arg)
{
	struct job *j = arg;
	int r = lease(j);
	if (r >= 0 && (r = j->reader = store_blobfile_open(j->dir, j->blob->number)) < 0)
		file_close(&j->blob->reader);
	return r < 0 ? r : 0;
}

static int seal(void *arg)
{
	struct job *j = arg;
	file_close(&j->blob->fd);
	int r = j->blob->reader < 0 ? lease(j) : 0;
	if (r >= 0)
		r = blob_sync(j->dir, j->blob->number, j->blob->reader);
	if (r >= 0) {
		file_close(&j->blob->reader);
		j->blob->sealed = true;
	}
	return r;
}

static int drop(void *arg)
{
	struct job *j = arg;
	file_close(&j->blob->fd);
	file_close(&j->blob->reader);
	return store_blobfile_remove(j->dir, j->blob->number);
}

static struct store_blob *find(struct store *sp, uint64_t number)
{
	return map_get(&sp->blobs, MAP_KEY(number));
}

/* Whoever has its descriptor may still write. */
static bool is_with_others(const struct store_blob *blob)
{
	return blob->fd < 0 && blob->reader < 0 && !blob->sealed;
}

WAITS int store_blob_begin(struct store *sp, uint64_t *number)
{
	struct store_blob *blob = calloc(1, sizeof *blob);
	if (!blob)
		return err(ERR_NO_MEMORY, "no memory for a blob");
	blob->number = store_next_id(sp);
	blob->fd = blob->reader = -1;
	struct job job = { .dir = sp->blob_dir, .blob = blob, .room = sp->room };
	int r = offload(create, &job, "blob create");
	if (r < 0) {
		free(blob);
		return r;
	}
	r = map_put(&sp->blobs, MAP_KEY(blob->number), blob, NULL);
	if (r < 0) {
		(void)offload(drop, &job, "blob remove"); /* else the next start does it */
		free(blob);
		return r;
	}
	*number = blob->number;
	return 0;
}

/* A file that could not be removed is an orphan, which the next start removes. */
static WAITS void forget(struct store *sp, struct store_blob *blob)
{
	struct job job = { .dir = sp->blob_dir, .blob = blob };
	map_remove(&sp->blobs, MAP_KEY(blob->number));
	(void)offload(drop, &job, "blob remove");
	free(blob);
}

/* An abort that came meanwhile is done now. */
static WAITS void release(struct store *sp, struct store_blob *blob)
{
	blob->busy = false;
	if (blob->aborted)
		forget(sp, blob);
}

WAITS int store_blob_append(struct store *sp, uint64_t number, struct span octets)
{
	struct store_blob *blob = find(sp, number);
	if (!blob || blob->fd < 0 || blob->busy)
		return err(ERR_NOT_FOUND, "no such blob is being received");
	if (blob->broken)
		return err(ERR_IO, "an earlier part of the message could not be written");
	struct job job = { .dir = sp->blob_dir, .blob = blob, .octets = octets, .room = sp->room };
	blob->busy = true;
	int r = offload(append, &job, "blob append");
	if (r < 0)
		blob->broken = true;
	else
		blob->size_bytes += octets.n;
	release(sp, blob);
	return r;
}

int store_blob_give(struct store *sp, uint64_t number, int *fd)
{
	struct store_blob *blob = find(sp, number);
	if (!blob || blob->fd < 0 || blob->busy)
		return err(ERR_NOT_FOUND, "no such blob is there to be filled");
	*fd = TAKE_FD(blob->fd);
	return 0;
}

WAITS int store_blob_end(struct store *sp, uint64_t number, int *reader)
{
	struct store_blob *blob = find(sp, number);
	if (!blob || blob->busy || !is_with_others(blob))
		return err(ERR_NOT_FOUND, "no such blob is being received");
	struct job job = { .dir = sp->blob_dir, .blob = blob, .reader = -1 };
	blob->busy = true;
	int r = offload(end, &job, "blob lease");
	release(sp, blob);
	if (r >= 0)
		*reader = job.reader;
	return r;
}

WAITS int store_blob_room(struct store *sp)
{
	struct job job = { .dir = sp->blob_dir, .room = sp->room };
	return offload(room, &job, "room for a blob");
}

int store_blob_size(struct store *sp, uint64_t number, uint64_t *size)
{
	struct store_blob *blob = find(sp, number);
	if (!blob)
		return err(ERR_NOT_FOUND, "the message's text is not there");
	if (is_with_others(blob))
		return err(ERR_UNAVAILABLE, "the message's text was not ended");
	*size = blob->size_bytes;
	return 0;
}

WAITS void store_blob_abort(struct store *sp, uint64_t number)
{
	struct store_blob *blob = find(sp, number);
	if (blob && blob->busy)
		blob->aborted = true;
	else if (blob)
		forget(sp, blob);
}

/* Syncing large files takes long: some pool threads stay free for the journal. */
static WAITS int sync_blob(struct store *sp, struct store_blob *blob)
{
	struct job job = { .dir = sp->blob_dir, .blob = blob };
	int r = 0;
	while (sp->n_sealing == STORE_SEALS_MAX && r >= 0)
		r = cond_wait(&sp->sealed, "blob sync of others");
	if (r < 0)
		return r;
	sp->n_sealing++;
	r = offload(seal, &job, "blob sync");
	sp->n_sealing--;
	cond_signal(&sp->sealed);
	blob->broken = r < 0 && r != ERR_UNAVAILABLE;
	return r;
}

WAITS int store_blob_seal(struct store *sp, struct record_message *m)
{
	if (!m->blob) {
		m->body_bytes = m->body.n;
		m->size_bytes = m->prefix.n + m->header.n + m->body.n;
		return 0;
	}
	struct store_blob *blob = find(sp, m->blob);
	if (!blob || blob->busy || m->body.n)
		return err(ERR_NOT_FOUND, "the message's text is not there");
	if (blob->broken)
		return err(ERR_IO, "the message's text could not be written");
	if (is_with_others(blob))
		return err(ERR_UNAVAILABLE, "the message's text was not ended");
	blob->busy = true;
	int r = blob->sealed ? 0 : sync_blob(sp, blob);
	if (r < 0) {
		release(sp, blob);
		return r;
	}
	m->body_bytes = blob->size_bytes;
	m->size_bytes = m->prefix.n + m->header.n + m->body_bytes;
	return 0;
}

WAITS void store_blob_unseal(struct store *sp, uint64_t number, bool committed)
{
	struct store_blob *blob = find(sp, number);
	if (!blob)
		return;
	if (!committed) {
		release(sp, blob);
		return;
	}
	map_remove(&sp->blobs, MAP_KEY(number));
	free(blob);
}

void store_blobs_fini(struct store *sp)
{
	struct store_blob *blob;
	MAP_EACH(blob, &sp->blobs) {
		file_close(&blob->fd);
		file_close(&blob->reader);
		free(blob);
	}
	map_fini(&sp->blobs);
}

int store_lease_check(const char *data_dir)
{
	return blob_lease_check(data_dir);
}
