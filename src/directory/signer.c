/* directory/signer.c - see signer.h. */
#include "directory/signer.h"

bool signer_uses(const struct directory_signer *s, size_t key)
{
	const struct directory_key *k = &s->keys[key];
	bool any_published = false;

	for (size_t i = 0; i < s->n_keys; i++)
		any_published = any_published || s->keys[i].published;
	for (size_t i = 0; i < s->n_keys; i++) {
		const struct directory_key *other = &s->keys[i];

		if (other->ed25519 == k->ed25519 &&
		    (any_published ? other->published && i > key : i < key))
			return false;
	}
	return k->published || !any_published;
}
