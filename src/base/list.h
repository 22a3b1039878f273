/* base/list.h - intrusive doubly linked list.  Floor 0, header only. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

/* Head and node alike.  A head points to itself when empty; a node outside any
 * list has next == NULL. */
struct list {
	struct list *prev, *next;
};

#define LIST_INIT(h)                                                                               \
	{                                                                                          \
		&(h), &(h)                                                                         \
	}

static inline void list_init(struct list *h)
{
	h->prev = h->next = h;
}

static inline bool list_empty(const struct list *h)
{
	return h->next == h;
}

static inline bool list_linked(const struct list *n)
{
	return n->next != NULL;
}

static inline void list_insert_before(struct list *at, struct list *n)
{
	n->prev = at->prev;
	n->next = at;
	at->prev->next = n;
	at->prev = n;
}

static inline void list_push_back(struct list *h, struct list *n)
{
	list_insert_before(h, n);
}

static inline void list_push_front(struct list *h, struct list *n)
{
	list_insert_before(h->next, n);
}

/* No-op on a node outside any list. */
static inline void list_remove(struct list *n)
{
	if (!n->next)
		return;
	n->prev->next = n->next;
	n->next->prev = n->prev;
	n->prev = n->next = NULL;
}

#define LIST_FIRST(h, type, m) (list_empty(h) ? NULL : CONTAINER((h)->next, type, m))

#define LIST_EACH(it, h, m)                                                                        \
	for (it = CONTAINER((h)->next, typeof(*it), m); &it->m != (h);                             \
	     it = CONTAINER(it->m.next, typeof(*it), m))

/* The current node may be removed or freed in the body. */
#define LIST_EACH_SAFE(it, tmp, h, m)                                                              \
	for (it = CONTAINER((h)->next, typeof(*it), m),                                            \
	    tmp = CONTAINER(it->m.next, typeof(*it), m);                                           \
	     &it->m != (h); it = tmp, tmp = CONTAINER(it->m.next, typeof(*it), m))

#endif
