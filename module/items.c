/*
 * items.c - the list of what of an answer the policy looks at, as it grows.
 */
#include "config.h"

#include "util/regional.h"

#include "module/items.h"

#define ITEMS_FIRST 8

static bool
grow(struct item_list *list)
{
	size_t size = list->size > 0 ? 2 * list->size : ITEMS_FIRST;
	struct pol_item *items =
	    regional_alloc(list->region, size * sizeof(*items));

	if (items == NULL) {
		list->failed = true;
		return false;
	}
	if (list->count > 0)
		memcpy(items, list->items, list->count * sizeof(*items));
	list->items = items;
	list->size = size;
	return true;
}

struct pol_item *
items_add(struct item_list *list, enum pol_trigger trigger)
{
	struct pol_item *item;

	if (list->count == list->size && !grow(list))
		return NULL;
	item = &list->items[list->count++];
	memset(item, 0, sizeof(*item));
	item->trigger = trigger;
	return item;
}
