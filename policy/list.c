/*
 * list.c - the indicators that one source states, gathered and sorted.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/error.h"
#include "policy/grow.h"
#include "policy/list_p.h"
#include "policy/record_p.h"

/* Octets are kept in blocks that never move, so entries can point into them. */
#define BLOCK_SIZE ((size_t)1 << 20)
#define ENTRIES_FIRST 1024

struct block {
	struct block *previous;
	size_t used;
	uint8_t octets[BLOCK_SIZE];
};

struct pol_list {
	struct list_entry *entries;
	size_t count;
	size_t size;
	struct block *block; /* the one being filled */
};

int
pol_list_new(struct pol_list **list)
{
	struct pol_list *made = calloc(1, sizeof(*made));

	if (made == NULL)
		return POL_ENOMEM;
	*list = made;
	return 0;
}

void
pol_list_free(struct pol_list *list)
{
	struct block *block;

	if (list == NULL)
		return;
	while ((block = list->block) != NULL) {
		list->block = block->previous;
		free(block);
	}
	free(list->entries);
	free(list);
}

/* Room for LEN octets, at most BLOCK_SIZE; NULL without memory. */
static uint8_t *
reserve(struct pol_list *list, size_t len)
{
	struct block *block = list->block;

	if (block == NULL || BLOCK_SIZE - block->used < len) {
		block = malloc(sizeof(*block));
		if (block == NULL)
			return NULL;
		block->previous = list->block;
		block->used = 0;
		list->block = block;
	}
	return block->octets + block->used;
}

static struct list_entry *
next_entry(struct pol_list *list)
{
	struct list_entry *entries = pol_grow(list->entries, &list->size,
	    list->count + 1, sizeof(*entries), ENTRIES_FIRST);

	if (entries == NULL)
		return NULL;
	list->entries = entries;
	return &entries[list->count];
}

int
pol_list_add(struct pol_list *list, const struct pol_subject *subject,
    const struct pol_indicator *indicator, unsigned long line)
{
	struct pol_indicator plain = *indicator;
	struct list_entry *entry = next_entry(list);
	struct pol_key key;
	uint8_t *octets = reserve(list, sizeof(key.data) + RECORD_INDICATOR_MAX);
	int len;

	if (entry == NULL || octets == NULL)
		return POL_ENOMEM;
	plain.feed = 0;
	pol_subject_key(subject, &key);
	len = record_write_indicator(&plain, octets + key.len);
	if (len < 0)
		return len;
	memcpy(octets, key.data, key.len);
	list->block->used += key.len + (size_t)len;
	*entry = (struct list_entry){.octets = octets,
	    .line = line,
	    .key_len = key.len,
	    .record_len = (uint16_t)len,
	    .kind = (uint8_t)subject->kind,
	    .scope = (uint8_t)indicator->scope,
	    .triggers = indicator->triggers,
	    .allows = indicator->action == POL_ALLOW};
	list->count++;
	return 0;
}

size_t
pol_list_count(const struct pol_list *list)
{
	return list->count;
}

/* Order of (kind, key, scope, triggers). */
static int
compare_places(const struct list_entry *a, const struct list_entry *b)
{
	int order = (int)a->kind - (int)b->kind;

	if (order == 0)
		order = pol_key_compare(
		    a->octets, a->key_len, b->octets, b->key_len);
	if (order == 0)
		order = (int)a->scope - (int)b->scope;
	if (order == 0)
		order = (int)a->triggers - (int)b->triggers;
	return order;
}

/* The same, then what allows, and the first line first. */
static int
compare_entries(const void *a_entry, const void *b_entry)
{
	const struct list_entry *a = a_entry, *b = b_entry;
	int order = compare_places(a, b);

	if (order != 0)
		return order;
	if (a->allows != b->allows)
		return a->allows ? -1 : 1;
	return a->line < b->line ? -1 : a->line > b->line;
}

int
pol_list_seal(struct pol_list *list, pol_duplicate *duplicate, void *arg)
{
	struct list_entry *entries = list->entries;
	size_t kept = 0;

	if (list->count == 0)
		return 0;
	qsort(entries, list->count, sizeof(*entries), compare_entries);
	for (size_t i = 1; i < list->count; i++) {
		if (compare_places(&entries[kept], &entries[i]) != 0)
			entries[++kept] = entries[i];
		else if (duplicate != NULL)
			duplicate(entries[i].line, entries[kept].line, arg);
	}
	list->count = kept + 1;
	return 0;
}

/* Write an entry's record anew, in shadow mode. */
static int
shade(struct pol_list *list, struct list_entry *entry,
    struct pol_indicator *indicator)
{
	uint8_t *octets =
	    reserve(list, entry->key_len + (size_t)RECORD_INDICATOR_MAX);
	int len;

	if (octets == NULL)
		return POL_ENOMEM;
	indicator->shadow = true;
	len = record_write_indicator(indicator, octets + entry->key_len);
	if (len < 0)
		return len;
	memcpy(octets, entry->octets, entry->key_len);
	list->block->used += entry->key_len + (size_t)len;
	entry->octets = octets;
	entry->record_len = (uint16_t)len;
	return 0;
}

int
pol_list_filter(struct pol_list *list, pol_filter *filter, void *arg)
{
	size_t kept = 0;
	int rc = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct list_entry *entry = &list->entries[i];
		struct pol_list_item item = {
		    .kind = (enum pol_kind)entry->kind,
		    .key = entry->octets,
		    .key_len = entry->key_len,
		    .line = entry->line};

		if (rc >= 0)
			rc = list_indicator(entry, &item.indicator);
		if (rc == 0)
			rc = filter(&item, arg);
		if (rc == POL_FILTER_SHADE)
			rc = shade(list, entry, &item.indicator);
		/* After an error all the others stay. */
		if (rc != POL_FILTER_DROP)
			list->entries[kept++] = *entry;
		if (rc > 0)
			rc = 0;
	}
	list->count = kept;
	return rc;
}

/* Does the entry's key end at PARENT's, or within it? */
static bool
is_within(const struct list_entry *entry, const struct list_entry *parent)
{
	return entry->kind == parent->kind &&
	    pol_key_within(entry->octets, entry->key_len, parent->octets,
		parent->key_len);
}

/* The end of the entries from START that have its subject; EXCEPTION is set to
 * the one among them that allows it with all below it, if there is one. */
static size_t
find_exception(const struct pol_list *list, size_t start,
    const struct list_entry **exception)
{
	const struct list_entry *first = &list->entries[start];
	size_t end;

	for (end = start; end < list->count; end++) {
		const struct list_entry *entry = &list->entries[end];

		if (entry->key_len != first->key_len ||
		    !is_within(entry, first))
			break;
		if (entry->allows && entry->scope == POL_SUBTREE &&
		    entry->kind == POL_NAME)
			*exception = entry;
	}
	return end;
}

void
pol_list_exempt(struct pol_list *list, pol_duplicate *exempted, void *arg)
{
	struct list_entry *entries = list->entries;
	struct list_entry covering = {.octets = NULL};
	size_t kept = 0, end;

	/* What is below a name follows it: one exception is enough to know. */
	for (size_t i = 0; i < list->count; i = end) {
		const struct list_entry *exception = NULL;

		end = find_exception(list, i, &exception);
		if (covering.octets != NULL &&
		    !is_within(&entries[i], &covering))
			covering.octets = NULL;
		if (covering.octets == NULL && exception != NULL)
			covering = *exception;
		for (size_t j = i; j < end; j++)
			if (covering.octets == NULL || entries[j].allows)
				entries[kept++] = entries[j];
			else
				exempted(entries[j].line, covering.line, arg);
	}
	list->count = kept;
}

struct list_entry *
list_entries(struct pol_list *list, size_t *count)
{
	*count = list->count;
	return list->entries;
}

int
list_indicator(
    const struct list_entry *entry, struct pol_indicator *indicator)
{
	struct record_reader reader = {
	    .next = entry->octets + entry->key_len,
	    .end = entry->octets + entry->key_len + entry->record_len};

	return record_next(&reader, indicator) == 1 ? 0 : POL_ECORRUPT;
}
