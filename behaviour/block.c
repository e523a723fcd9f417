/*
 * block.c - names that a rule blocks for a time.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "behaviour/block.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/error.h"

#define BUCKETS 16384
#define BUCKETS_A_WORD 64

struct node {
	struct node *next;
	struct beh_block block;
};

struct beh_blocks {
	pthread_rwlock_t lock;
	atomic_size_t count;
	/* Which buckets are not empty: most names are in none, and then no lock
	 * is needed. Changed with the lock held. */
	_Atomic uint64_t used[BUCKETS / BUCKETS_A_WORD];
	struct node *buckets[BUCKETS];
};

int
beh_blocks_new(struct beh_blocks **blocks)
{
	struct beh_blocks *made = calloc(1, sizeof(*made));

	if (made == NULL)
		return POL_ENOMEM;
	pthread_rwlock_init(&made->lock, NULL);
	*blocks = made;
	return 0;
}

void
beh_blocks_free(struct beh_blocks *blocks)
{
	if (blocks == NULL)
		return;
	beh_blocks_expire(blocks, INT64_MAX);
	pthread_rwlock_destroy(&blocks->lock);
	free(blocks);
}

void
beh_evidence_text(const struct beh_finding *finding, char *text)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < finding->evidence_count; i++) {
		const struct beh_evidence *evidence = &finding->evidence[i];
		int len = snprintf(text + used,
		    BEH_BLOCK_EVIDENCE_MAX + 1 - used, "%s%s: %s",
		    used > 0 ? "; " : "",
		    beh_condition_types[evidence->kind].name, evidence->met);

		if (len < 0 || used + (size_t)len > BEH_BLOCK_EVIDENCE_MAX) {
			text[used] = '\0';
			return;
		}
		used += (size_t)len;
	}
}

bool
beh_block_covers(
    const struct beh_block *block, const struct pol_name *name, int64_t now)
{
	const uint8_t *at = name->wire;
	const uint8_t *end = name->wire + name->len;

	while ((size_t)(end - at) > block->name.len)
		at += *at + 1;
	return block->until > now && (size_t)(end - at) == block->name.len &&
	       (at == name->wire || block->subtree) &&
	       memcmp(at, block->name.wire, block->name.len) == 0;
}

static size_t
bucket_number(const uint8_t *name, size_t len)
{
	return XXH3_64bits(name, len) % BUCKETS;
}

static bool
is_used(const struct beh_blocks *blocks, size_t number)
{
	return (atomic_load_explicit(&blocks->used[number / BUCKETS_A_WORD],
		    memory_order_relaxed) >>
		       number % BUCKETS_A_WORD &
		   1) != 0;
}

static void
set_used(struct beh_blocks *blocks, size_t number, bool is_used)
{
	_Atomic uint64_t *word = &blocks->used[number / BUCKETS_A_WORD];
	uint64_t bit = (uint64_t)1 << number % BUCKETS_A_WORD;

	if (is_used)
		atomic_fetch_or(word, bit);
	else
		atomic_fetch_and(word, ~bit);
}

static bool
is_same(const struct beh_block *a, const struct beh_block *b)
{
	return a->subtree == b->subtree && a->name.len == b->name.len &&
	       memcmp(a->name.wire, b->name.wire, a->name.len) == 0 &&
	       strcmp(a->rule, b->rule) == 0;
}

static int
put(struct beh_blocks *blocks, const struct beh_block *block)
{
	size_t number = bucket_number(block->name.wire, block->name.len);
	struct node **bucket = &blocks->buckets[number];
	struct node *node;

	for (node = *bucket; node != NULL; node = node->next)
		if (is_same(&node->block, block)) {
			int64_t since = node->block.since;

			node->block = *block;
			node->block.since = since;
			return 0;
		}
	if (atomic_load(&blocks->count) >= BEH_BLOCKS_MAX)
		return POL_EFULL;
	node = malloc(sizeof(*node));
	if (node == NULL)
		return POL_ENOMEM;
	node->block = *block;
	node->next = *bucket;
	*bucket = node;
	set_used(blocks, number, true);
	atomic_fetch_add(&blocks->count, 1);
	return 1;
}

int
beh_blocks_put(struct beh_blocks *blocks, const struct beh_block *block)
{
	int done;

	pthread_rwlock_wrlock(&blocks->lock);
	done = put(blocks, block);
	pthread_rwlock_unlock(&blocks->lock);
	return done;
}

/* Those at exactly this name. */
static int
find_at(struct beh_blocks *blocks, const uint8_t *name, size_t len,
    bool is_ancestor, int64_t now, beh_block_visit *visit, void *arg)
{
	const struct node *node = blocks->buckets[bucket_number(name, len)];
	int stop = 0;

	for (; node != NULL && stop == 0; node = node->next) {
		const struct beh_block *block = &node->block;

		if (block->until > now && (block->subtree || !is_ancestor) &&
		    block->name.len == len &&
		    memcmp(block->name.wire, name, len) == 0)
			stop = visit(block, arg);
	}
	return stop;
}

/* The first of the name's labels from which on something may be blocked; its
 * root where nothing is. */
static const uint8_t *
first_used(const struct beh_blocks *blocks, const struct pol_name *name)
{
	const uint8_t *end = name->wire + name->len;
	const uint8_t *at = name->wire;

	while (*at != 0 &&
	       !is_used(blocks, bucket_number(at, (size_t)(end - at))))
		at += *at + 1;
	return at;
}

int
beh_blocks_find(struct beh_blocks *blocks, const uint8_t *name, size_t len,
    int64_t now, beh_block_visit *visit, void *arg)
{
	struct pol_name lower;
	const uint8_t *at;
	int stop = 0;

	if (atomic_load_explicit(&blocks->count, memory_order_relaxed) == 0 ||
	    pol_name_from_wire(name, len, &lower) != 0)
		return 0;
	at = first_used(blocks, &lower);
	if (*at == 0)
		return 0;
	pthread_rwlock_rdlock(&blocks->lock);
	while (*at != 0 && stop == 0) {
		stop =
		    find_at(blocks, at, lower.len - (size_t)(at - lower.wire),
			at != lower.wire, now, visit, arg);
		at += *at + 1;
	}
	pthread_rwlock_unlock(&blocks->lock);
	return stop;
}

size_t
beh_blocks_expire(struct beh_blocks *blocks, int64_t now)
{
	size_t expired = 0;

	if (beh_blocks_count(blocks) == 0)
		return 0;
	pthread_rwlock_wrlock(&blocks->lock);
	for (size_t i = 0; i < BUCKETS; i++) {
		struct node **link = &blocks->buckets[i];

		while (*link != NULL) {
			struct node *node = *link;

			if (node->block.until > now) {
				link = &node->next;
				continue;
			}
			*link = node->next;
			free(node);
			expired++;
		}
		if (blocks->buckets[i] == NULL && is_used(blocks, i))
			set_used(blocks, i, false);
	}
	atomic_fetch_sub(&blocks->count, expired);
	pthread_rwlock_unlock(&blocks->lock);
	return expired;
}

size_t
beh_blocks_count(const struct beh_blocks *blocks)
{
	return atomic_load(&blocks->count);
}
