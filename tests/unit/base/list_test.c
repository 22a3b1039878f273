/* base/list.h. */
#include "test.h"

#include "base/list.h"

struct item {
	char name;
	struct list link;
};

static void check_order(struct list *head, const char *want)
{
	struct item *it;
	size_t n = 0;

	LIST_EACH(it, head, link)
		CHECK_INT(it->name, want[n++]);
	CHECK_INT(n, strlen(want));
}

TEST(list_keeps_order)
{
	struct list head = LIST_INIT(head);
	struct item a = { .name = 'a' }, b = { .name = 'b' }, c = { .name = 'c' };

	CHECK(list_empty(&head));
	CHECK(LIST_FIRST(&head, struct item, link) == NULL);
	list_push_back(&head, &b.link);
	list_push_front(&head, &a.link);
	list_push_back(&head, &c.link);
	check_order(&head, "abc");
	CHECK(LIST_FIRST(&head, struct item, link) == &a);

	list_remove(&b.link);
	CHECK(!list_linked(&b.link));
	list_remove(&b.link);
	check_order(&head, "ac");
	list_insert_before(&c.link, &b.link);
	check_order(&head, "abc");
}

TEST(list_walk_permits_removal)
{
	struct list head = LIST_INIT(head);
	struct item items[5];
	struct item *it, *next;

	for (size_t i = 0; i < N_ELEMS(items); i++) {
		items[i] = (struct item){ .name = (char)('a' + i) };
		list_push_back(&head, &items[i].link);
	}
	LIST_EACH_SAFE(it, next, &head, link)
		if (it->name != 'c')
			list_remove(&it->link);
	check_order(&head, "c");
}
