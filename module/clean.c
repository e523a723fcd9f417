/*
 * clean.c - what of a query was found to be listed nowhere.
 */
#include "config.h"

#include "util/regional.h"

#include "module/clean.h"

/* More items than this are evaluated again: comparing each with each would cost
 * as much. */
#define ITEMS_MAX 16

bool
clean_is_of(const struct clean *clean, struct database_goal goal)
{
	return clean->goal.opening == goal.opening &&
	       clean->goal.generation == goal.generation;
}

static bool
same_item(const struct pol_item *a, const struct pol_item *b)
{
	if (a->trigger != b->trigger || a->name_len != b->name_len)
		return false;
	return a->name != NULL
		   ? memcmp(a->name, b->name, a->name_len) == 0
		   : pol_address_compare(&a->address, &b->address) == 0;
}

static bool
is_known(const struct clean *clean, const struct pol_item *item)
{
	for (size_t i = 0; i < clean->count; i++)
		if (same_item(&clean->items[i], item))
			return true;
	return false;
}

static void
add_item(
    struct clean *clean, struct regional *region, const struct pol_item *item)
{
	struct pol_item *copy = &clean->items[clean->count];

	*copy = *item;
	if (item->name != NULL) {
		copy->name =
		    regional_alloc_init(region, item->name, item->name_len);
		if (copy->name == NULL)
			return;
	}
	clean->count++;
}

void
clean_remember(struct clean *clean, struct regional *region,
    struct database_goal goal, const struct pol_query *query, bool is_own)
{
	if (!clean_is_of(clean, goal)) {
		clean->goal = goal;
		clean->is_qname = false;
		clean->count = 0;
	}
	if (is_own)
		clean->is_qname = true;
	if (query->item_count > ITEMS_MAX)
		return;
	if (query->item_count > 0 && clean->items == NULL)
		clean->items =
		    regional_alloc(region, ITEMS_MAX * sizeof(*clean->items));
	for (size_t i = 0; i < query->item_count && clean->items != NULL &&
			   clean->count < ITEMS_MAX;
	     i++)
		if (!is_known(clean, &query->items[i]))
			add_item(clean, region, &query->items[i]);
}

bool
clean_strip(const struct clean *clean, struct regional *region,
    const struct pol_query *query, bool is_own, struct pol_query *rest)
{
	struct pol_item *items = NULL;
	size_t count = 0;

	if (query->item_count > 0) {
		items =
		    regional_alloc(region, query->item_count * sizeof(*items));
		if (items == NULL)
			return false;
	}
	for (size_t i = 0; i < query->item_count; i++)
		if (!is_known(clean, &query->items[i]))
			items[count++] = query->items[i];
	*rest = *query;
	if (is_own && clean->is_qname)
		rest->qname = NULL;
	rest->items = items;
	rest->item_count = count;
	return true;
}
