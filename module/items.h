/*
 * items.h - the list of what of an answer the policy looks at, as it grows.
 */
#ifndef ITEMS_H
#define ITEMS_H

#include "policy/evaluate.h"

struct regional;

/* Begins as zero but for its region, in which it stays. */
struct item_list {
	struct regional *region;
	struct pol_item *items;
	size_t count;
	size_t size;
	bool failed; /* no memory: something is missing */
};

/* An item at the list's end, all but its trigger zero. NULL without memory. */
struct pol_item *items_add(struct item_list *list, enum pol_trigger trigger);

#endif
