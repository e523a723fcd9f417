/*
 * chunk.c - entries of Unbound's message cache, copied.
 */
#include "config.h"

#include "services/cache/rrset.h"
#include "util/data/msgreply.h"
#include "util/regional.h"
#include "util/storage/lruhash.h"

#include "module/answer.h"
#include "module/chunk.h"

#define GROUP_BINS 16 /* locked together */
#define LOOK_BINS 256 /* empty ones passed under a table's lock */
#define CACHE_LINE 64 /* octets */
#define REGION_SIZE 65536 /* octets: what a chunk needs, mostly */

bool
chunk_init(struct chunk *chunk, const struct sinkbound *sinkbound)
{
	*chunk = (struct chunk){.sinkbound = sinkbound,
	    .region = regional_create_custom(REGION_SIZE)};
	return chunk->region != NULL;
}

void
chunk_destroy(struct chunk *chunk)
{
	regional_destroy(chunk->region);
}

void
chunk_clear(struct chunk *chunk)
{
	chunk->first = NULL;
	chunk->count = 0;
	chunk->failed = false;
	regional_free_all(chunk->region);
}

static bool
copy_name(struct regional *region, const uint8_t **name, size_t len)
{
	*name = regional_alloc_init(region, *name, len);
	return *name != NULL;
}

/* The items of an answer whose RRsets are locked, and nothing that points into
 * them. */
static bool
copy_items(struct chunk *chunk, const struct reply_info *rep,
    struct chunk_entry *entry)
{
	if (!answer_items(chunk->sinkbound, rep, chunk->region, &entry->items,
		&entry->item_count))
		return false;
	for (size_t i = 0; i < entry->item_count; i++)
		if (entry->items[i].name != NULL &&
		    !copy_name(chunk->region, &entry->items[i].name,
			entry->items[i].name_len))
			return false;
	return true;
}

/* With the entry locked. An answer some RRset of which is gone cannot be given
 * any more. */
static bool
copy_answer(struct chunk *chunk, struct reply_info *rep, struct chunk_entry *entry)
{
	bool copied;

	if (rep->an_numrrsets == 0 ||
	    !rrset_array_lock(rep->ref, rep->rrset_count, 0))
		return true;
	copied = copy_items(chunk, rep, entry);
	rrset_array_unlock(rep->ref, rep->rrset_count);
	return copied;
}

/* With its bin locked. */
static void
copy_entry(struct chunk *chunk, struct lruhash_entry *cached)
{
	const struct query_info *key =
	    &((const struct msgreply_entry *)cached->key)->key;
	struct chunk_entry *entry =
	    regional_alloc_zero(chunk->region, sizeof(*entry));

	if (entry != NULL) {
		entry->hash = cached->hash;
		entry->key = *key;
		entry->key.local_alias = NULL;
		entry->key.qname = regional_alloc_init(
		    chunk->region, key->qname, key->qname_len);
	}
	if (entry == NULL || entry->key.qname == NULL) {
		chunk->failed = true;
		return;
	}
	lock_rw_rdlock(&cached->lock);
	if (!copy_answer(chunk, cached->data, entry))
		chunk->failed = true;
	lock_rw_unlock(&cached->lock);
	entry->next = chunk->first;
	chunk->first = entry;
	chunk->count++;
}

/* Bins that are locked together. */
struct group {
	struct lruhash_bin *bins[GROUP_BINS];
	unsigned count;
};

/* The octets of a cache line or two at AT will be read soon. */
static void
expect(const void *at)
{
	__builtin_prefetch(at);
	__builtin_prefetch((const char *)at + CACHE_LINE);
}

/*
 * Lock the next bins that are not empty, from *BIN on, and move *BIN behind
 * them. Returns whether the table's end is reached. Bins change only under the
 * table's lock.
 */
static bool
lock_bins(struct lruhash *table, size_t *bin, struct group *group)
{
	size_t end = *bin + LOOK_BINS;
	bool is_end;

	group->count = 0;
	lock_quick_lock(&table->lock);
	if (end > table->size)
		end = table->size;
	for (; *bin < end && group->count < GROUP_BINS; (*bin)++) {
		struct lruhash_bin *found = &table->array[*bin];

		if (found->overflow_list == NULL)
			continue;
		lock_quick_lock(&found->lock);
		expect(found->overflow_list);
		group->bins[group->count++] = found;
	}
	is_end = *bin >= table->size;
	lock_quick_unlock(&table->lock);
	return is_end;
}

/* Most of the time goes into waiting for memory: ask for that of all entries
 * before the first is needed. Who holds a bin may follow its entries. */
static void
expect_entries(const struct group *group)
{
	for (unsigned i = 0; i < group->count; i++) {
		const struct lruhash_entry *cached =
		    group->bins[i]->overflow_list;

		for (; cached != NULL; cached = cached->overflow_next) {
			const struct msgreply_entry *entry = cached->key;

			expect(entry->key.qname);
			expect(cached->data);
		}
	}
	for (unsigned i = 0; i < group->count; i++) {
		const struct lruhash_entry *cached =
		    group->bins[i]->overflow_list;

		for (; cached != NULL; cached = cached->overflow_next) {
			const struct reply_info *rep = cached->data;

			for (size_t j = 0; j < rep->an_numrrsets; j++)
				expect(rep->rrsets[j]);
		}
	}
}

static void
copy_group(struct chunk *chunk, const struct group *group)
{
	expect_entries(group);
	for (unsigned i = 0; i < group->count; i++) {
		struct lruhash_bin *bin = group->bins[i];

		for (struct lruhash_entry *cached = bin->overflow_list;
		     cached != NULL; cached = cached->overflow_next)
			copy_entry(chunk, cached);
		lock_quick_unlock(&bin->lock);
	}
}

bool
chunk_take(struct chunk *chunk, struct lruhash *table, size_t *bin)
{
	struct group group;
	bool is_end = lock_bins(table, bin, &group);

	copy_group(chunk, &group);
	return is_end;
}
