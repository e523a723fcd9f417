/*
 * chunk.h - entries of Unbound's message cache, copied, so that they can be
 * looked at without a lock.
 */
#ifndef CHUNK_H
#define CHUNK_H

#include "module/module.h"
#include "util/data/msgreply.h"

struct lruhash;
struct regional;

/* An entry: its query, and the items of its answer. */
struct chunk_entry {
	struct chunk_entry *next;
	hashvalue_type hash;
	struct query_info key;
	struct pol_item *items;
	size_t item_count;
	bool is_blocked; /* for who looks at it */
};

struct chunk {
	const struct sinkbound *sinkbound;
	struct regional *region; /* of all that is copied */
	struct chunk_entry *first;
	size_t count;
	bool failed; /* no memory: an entry is missing */
};

/* False without memory. */
bool chunk_init(struct chunk *chunk, const struct sinkbound *sinkbound);
void chunk_destroy(struct chunk *chunk);

/* Forget what was copied. */
void chunk_clear(struct chunk *chunk);

/*
 * Copy the entries of the next bins of TABLE, from *BIN on, and move *BIN
 * behind them. Returns whether the table's end is reached. A bin's lock is held
 * while its entries are copied, the table's only to take it.
 */
bool chunk_take(struct chunk *chunk, struct lruhash *table, size_t *bin);

#endif
