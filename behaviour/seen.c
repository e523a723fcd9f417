/*
 * seen.c - when a domain, an ASN or a prefix was first seen here.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "behaviour/seen.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "behaviour/name.h"
#include "policy/error.h"
#include "policy/pages_p.h"

#define HASHES 7
#define WAYS 8	   /* times in a set: one cache line */
#define QUEUE 8192 /* of each kind, between two visits of the keeper */
#define CACHE_LINE 64
#define LINE_WORDS 8
#define LINE_BITS_LOG 9 /* 512 bits in a line */

/*
 * A time is half of its thing's hash, the other half of which picks the set,
 * and seconds since the epoch: 32 bits each, so that it is read and written at
 * once and no lock is needed. Two that are put into one set at the same moment
 * may lose a third, which is asked for again then.
 */
struct set {
	_Alignas(CACHE_LINE) _Atomic uint64_t ways[WAYS]; /* newest first */
};

/* Of the filter. */
struct line {
	_Alignas(CACHE_LINE) _Atomic uint64_t words[LINE_WORDS];
};

struct queue {
	pthread_mutex_t mutex;
	size_t count;
	struct beh_sighting sightings[QUEUE];
};

struct beh_seen {
	uint64_t seed;
	atomic_bool ready;
	size_t line_count;
	struct line *filter;
	size_t set_count; /* a power of two */
	struct set *sets;
	struct queue new, asked;
};

/* ---- making ---- */

static size_t
filter_octets(const struct beh_seen *seen)
{
	return seen->line_count * sizeof(struct line);
}

static size_t
sets_octets(const struct beh_seen *seen)
{
	return seen->set_count * sizeof(struct set);
}

/* Of the memory, the filter's part. */
static size_t
filter_lines(size_t memory)
{
	return (memory - memory / 8) / sizeof(struct line);
}

size_t
beh_seen_max(size_t memory)
{
	return filter_lines(memory) * sizeof(struct line);
}

int
beh_seen_new(size_t memory, uint64_t seed, struct beh_seen **seen)
{
	struct beh_seen *made;
	size_t sets = 1;

	if (memory < BEH_SEEN_MEMORY_MIN || memory > BEH_SEEN_MEMORY_MAX)
		return POL_EINVAL;
	while (2 * sets * sizeof(struct set) <= memory / 8)
		sets *= 2;
	made = calloc(1, sizeof(*made));
	if (made == NULL)
		return POL_ENOMEM;
	made->seed = seed;
	made->line_count = filter_lines(memory);
	made->set_count = sets;
	pthread_mutex_init(&made->new.mutex, NULL);
	pthread_mutex_init(&made->asked.mutex, NULL);
	made->filter = pages_map(filter_octets(made));
	made->sets = pages_map(sets_octets(made));
	if (made->filter == NULL || made->sets == NULL) {
		beh_seen_free(made);
		return POL_ENOMEM;
	}
	*seen = made;
	return 0;
}

void
beh_seen_free(struct beh_seen *seen)
{
	if (seen == NULL)
		return;
	pthread_mutex_destroy(&seen->new.mutex);
	pthread_mutex_destroy(&seen->asked.mutex);
	pages_unmap(seen->filter, filter_octets(seen));
	pages_unmap(seen->sets, sets_octets(seen));
	free(seen);
}

size_t
beh_seen_memory(const struct beh_seen *seen)
{
	return sizeof(*seen) + filter_octets(seen) + sets_octets(seen);
}

/* ---- hashes and the filter ---- */

uint64_t
beh_seen_hash_lower(
    uint64_t seed, enum beh_seen_type type, const uint8_t *octets, size_t len)
{
	return XXH3_64bits_withSeed(octets, len, seed + (uint64_t)type);
}

uint64_t
beh_seen_hash(
    uint64_t seed, enum beh_seen_type type, const uint8_t *octets, size_t len)
{
	struct beh_name lower;

	if (type == BEH_SEEN_DOMAIN && beh_name_set(&lower, octets, len) == 0)
		octets = lower.wire;
	return beh_seen_hash_lower(seed, type, octets, len);
}

/*
 * A thing's bits are all in one cache line, which is all that a look costs
 * (F. Putze, P. Sanders, J. Singler: "Cache-, Hash- and Space-Efficient Bloom
 * Filters", WEA 2007). One half of the hash picks the line.
 */
static struct line *
line_of(const struct beh_seen *seen, uint64_t hash)
{
	return &seen->filter[(hash >> 32) * seen->line_count >> 32];
}

static struct set *
set_of(const struct beh_seen *seen, uint64_t hash)
{
	return &seen->sets[hash & (seen->set_count - 1)];
}

/* The bits within it: nine bits of this for each, a word's number and the bit
 * in it. The hash is mixed once more (the finish of A. Appleby's MurmurHash3),
 * since half of it has picked the line. */
static uint64_t
bits_of(uint64_t hash)
{
	hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
	hash = (hash ^ hash >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return hash ^ hash >> 33;
}

static uint64_t
bit_of(uint64_t bits)
{
	return (uint64_t)1 << (bits / LINE_WORDS % 64);
}

void
beh_seen_expect(
    const struct beh_seen *seen, enum beh_seen_type type, uint64_t hash)
{
	if (type == BEH_SEEN_PREFIX)
		__builtin_prefetch(line_of(seen, hash));
	else
		__builtin_prefetch(set_of(seen, hash));
}

static bool
filter_has(const struct beh_seen *seen, uint64_t hash)
{
	const struct line *line = line_of(seen, hash);
	uint64_t bits = bits_of(hash);

	for (unsigned i = 0; i < HASHES; i++, bits >>= LINE_BITS_LOG)
		if ((atomic_load_explicit(&line->words[bits % LINE_WORDS],
			 memory_order_relaxed) &
			bit_of(bits)) == 0)
			return false;
	return true;
}

static void
filter_add(struct beh_seen *seen, uint64_t hash)
{
	struct line *line = line_of(seen, hash);
	uint64_t bits = bits_of(hash);

	for (unsigned i = 0; i < HASHES; i++, bits >>= LINE_BITS_LOG) {
		_Atomic uint64_t *word = &line->words[bits % LINE_WORDS];
		uint64_t bit = bit_of(bits);

		/* To change a word takes longer than to look at it. */
		if ((atomic_load_explicit(word, memory_order_relaxed) & bit) ==
		    0)
			atomic_fetch_or_explicit(
			    word, bit, memory_order_relaxed);
	}
}

/* ---- the table of times ---- */

/* 0 where it is not there. */
static int64_t
table_get(const struct beh_seen *seen, uint64_t hash)
{
	const struct set *set = set_of(seen, hash);

	for (unsigned i = 0; i < WAYS; i++) {
		uint64_t way =
		    atomic_load_explicit(&set->ways[i], memory_order_relaxed);

		if (way >> 32 == hash >> 32)
			return (int64_t)(way & UINT32_MAX);
	}
	return 0;
}

/* Put it before the others, the last of which goes. */
static void
table_put(struct beh_seen *seen, const struct beh_sighting *sighting)
{
	struct set *set = set_of(seen, sighting->hash);
	uint64_t next = (sighting->hash >> 32) << 32 | sighting->first;

	if (sighting->type == BEH_SEEN_PREFIX)
		return;
	for (unsigned i = 0; i < WAYS; i++) {
		uint64_t way =
		    atomic_load_explicit(&set->ways[i], memory_order_relaxed);

		atomic_store_explicit(
		    &set->ways[i], next, memory_order_relaxed);
		if (way >> 32 == sighting->hash >> 32)
			return;
		next = way;
	}
}

/* ---- queues ---- */

/* False where the queue is full. */
static bool
queue_put(struct queue *queue, const struct beh_sighting *sighting)
{
	bool has_room;

	pthread_mutex_lock(&queue->mutex);
	has_room = queue->count < QUEUE;
	if (has_room)
		queue->sightings[queue->count++] = *sighting;
	pthread_mutex_unlock(&queue->mutex);
	return has_room;
}

/* The latest of the queue. */
static size_t
queue_take(struct queue *queue, struct beh_sighting *taken, size_t max)
{
	size_t count;

	pthread_mutex_lock(&queue->mutex);
	count = queue->count < max ? queue->count : max;
	queue->count -= count;
	memcpy(taken, &queue->sightings[queue->count], count * sizeof(*taken));
	pthread_mutex_unlock(&queue->mutex);
	return count;
}

/* ---- the interface ---- */

/* Something new. Where it cannot be queued it stays new, for the next time. Two
 * threads may both find it new: the disk keeps it once. */
static void
note_new(struct beh_seen *seen, const struct beh_sighting *sighting)
{
	if (!queue_put(&seen->new, sighting))
		return;
	filter_add(seen, sighting->hash);
	table_put(seen, sighting);
}

int64_t
beh_seen_note_hash(
    struct beh_seen *seen, enum beh_seen_type type, uint64_t hash, int64_t now)
{
	const struct beh_sighting sighting = {
	    .hash = hash, .first = (uint32_t)now, .type = type};
	int64_t first;

	if (!atomic_load_explicit(&seen->ready, memory_order_acquire))
		return 0;
	first = type == BEH_SEEN_PREFIX ? 0 : table_get(seen, hash);
	if (first != 0)
		return first;
	if (!filter_has(seen, hash)) {
		note_new(seen, &sighting);
		return now;
	}
	if (type != BEH_SEEN_PREFIX)
		queue_put(&seen->asked, &sighting);
	return 0;
}

int64_t
beh_seen_note(struct beh_seen *seen, enum beh_seen_type type,
    const uint8_t *octets, size_t len, int64_t now)
{
	return beh_seen_note_hash(
	    seen, type, beh_seen_hash(seen->seed, type, octets, len), now);
}

void
beh_seen_load(struct beh_seen *seen, const struct beh_sighting *sighting)
{
	filter_add(seen, sighting->hash);
	table_put(seen, sighting);
}

void
beh_seen_ready(struct beh_seen *seen)
{
	atomic_store_explicit(&seen->ready, true, memory_order_release);
}

size_t
beh_seen_take_new(struct beh_seen *seen, struct beh_sighting *new, size_t max)
{
	return queue_take(&seen->new, new, max);
}

size_t
beh_seen_take_asked(
    struct beh_seen *seen, struct beh_sighting *asked, size_t max)
{
	return queue_take(&seen->asked, asked, max);
}
