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

#include "policy/error.h"
#include "policy/name.h"

#define HASHES 7
#define WAYS 4 /* times in a set: one cache line */
#define LOCKS 256
#define QUEUE 16384 /* of each kind, between two visits of the keeper */
#define CACHE_LINE 64
#define LINE_WORDS 8
#define LINE_BITS_LOG 9 /* 512 bits in a line */

struct time {
	uint64_t hash;
	int64_t first;
};

struct set {
	_Alignas(CACHE_LINE) struct time ways[WAYS]; /* newest first */
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
	pthread_mutex_t locks[LOCKS];
	struct queue new, asked;
};

/* ---- making ---- */

static void
init_locks(struct beh_seen *seen)
{
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_init(&seen->locks[i], NULL);
	pthread_mutex_init(&seen->new.mutex, NULL);
	pthread_mutex_init(&seen->asked.mutex, NULL);
}

static void *
zeroed(size_t size)
{
	void *made = aligned_alloc(CACHE_LINE, size);

	return made == NULL ? NULL : memset(made, 0, size);
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
	made->line_count = (memory - memory / 8) / sizeof(struct line);
	made->set_count = sets;
	init_locks(made);
	made->filter = zeroed(made->line_count * sizeof(struct line));
	made->sets = zeroed(made->set_count * sizeof(struct set));
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
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_destroy(&seen->locks[i]);
	pthread_mutex_destroy(&seen->new.mutex);
	pthread_mutex_destroy(&seen->asked.mutex);
	free(seen->filter);
	free(seen->sets);
	free(seen);
}

size_t
beh_seen_memory(const struct beh_seen *seen)
{
	return sizeof(*seen) + seen->line_count * sizeof(struct line) +
	       seen->set_count * sizeof(struct set);
}

/* ---- hashes and the filter ---- */

uint64_t
beh_seen_hash(
    uint64_t seed, enum beh_seen_type type, const uint8_t *octets, size_t len)
{
	struct pol_name lower;

	if (type == BEH_SEEN_DOMAIN &&
	    pol_name_from_wire(octets, len, &lower) == 0) {
		octets = lower.wire;
		len = lower.len;
	}
	return XXH3_64bits_withSeed(octets, len, seed + (uint64_t)type);
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

/* The bits within it, which the other half picks. */
static void
make_mask(uint64_t hash, uint64_t mask[LINE_WORDS])
{
	uint64_t rest = XXH64(&hash, sizeof(hash), 0);

	memset(mask, 0, LINE_WORDS * sizeof(*mask));
	for (unsigned i = 0; i < HASHES; i++, rest >>= LINE_BITS_LOG)
		mask[rest % LINE_WORDS] |= (uint64_t)1
					   << (rest / LINE_WORDS % 64);
}

static bool
filter_has(const struct beh_seen *seen, uint64_t hash)
{
	const struct line *line = line_of(seen, hash);
	uint64_t mask[LINE_WORDS], missing = 0;

	make_mask(hash, mask);
	for (unsigned i = 0; i < LINE_WORDS; i++)
		missing |= mask[i] & ~atomic_load_explicit(
					 &line->words[i], memory_order_relaxed);
	return missing == 0;
}

static void
filter_add(struct beh_seen *seen, uint64_t hash)
{
	struct line *line = line_of(seen, hash);
	uint64_t mask[LINE_WORDS];

	make_mask(hash, mask);
	for (unsigned i = 0; i < LINE_WORDS; i++)
		if (mask[i] != 0)
			atomic_fetch_or_explicit(
			    &line->words[i], mask[i], memory_order_relaxed);
}

/* ---- the table of times ---- */

static size_t
set_number(const struct beh_seen *seen, uint64_t hash)
{
	return hash >> 20 & (seen->set_count - 1);
}

static pthread_mutex_t *
lock_of(struct beh_seen *seen, uint64_t hash)
{
	return &seen->locks[set_number(seen, hash) % LOCKS];
}

/* With the lock held. 0 where it is not there. */
static int64_t
table_get(const struct beh_seen *seen, uint64_t hash)
{
	const struct set *set = &seen->sets[set_number(seen, hash)];

	for (unsigned i = 0; i < WAYS; i++)
		if (set->ways[i].hash == hash)
			return set->ways[i].first;
	return 0;
}

/* With the lock held: put it before the others, the last of which goes. */
static void
table_put(struct beh_seen *seen, const struct beh_sighting *sighting)
{
	struct set *set = &seen->sets[set_number(seen, sighting->hash)];
	unsigned place = 0;

	if (sighting->type == BEH_SEEN_PREFIX)
		return;
	while (place < WAYS - 1 && set->ways[place].hash != sighting->hash)
		place++;
	memmove(&set->ways[1], &set->ways[0], place * sizeof(set->ways[0]));
	set->ways[0] = (struct time){sighting->hash, sighting->first};
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

/* Something new. Where it cannot be queued it stays new, for the next time. */
static void
note_new(struct beh_seen *seen, const struct beh_sighting *sighting)
{
	if (!queue_put(&seen->new, sighting))
		return;
	filter_add(seen, sighting->hash);
	table_put(seen, sighting);
}

int64_t
beh_seen_note(struct beh_seen *seen, enum beh_seen_type type,
    const uint8_t *octets, size_t len, int64_t now)
{
	const struct beh_sighting sighting = {
	    .hash = beh_seen_hash(seen->seed, type, octets, len),
	    .first = now,
	    .type = type};
	pthread_mutex_t *lock = lock_of(seen, sighting.hash);
	int64_t first;

	if (!atomic_load_explicit(&seen->ready, memory_order_acquire))
		return 0;
	pthread_mutex_lock(lock);
	first = table_get(seen, sighting.hash);
	if (first == 0 && !filter_has(seen, sighting.hash)) {
		note_new(seen, &sighting);
		first = now;
	} else if (first == 0 && type != BEH_SEEN_PREFIX) {
		queue_put(&seen->asked, &sighting);
	}
	pthread_mutex_unlock(lock);
	return first;
}

void
beh_seen_load(struct beh_seen *seen, const struct beh_sighting *sighting)
{
	filter_add(seen, sighting->hash);
	pthread_mutex_lock(lock_of(seen, sighting->hash));
	table_put(seen, sighting);
	pthread_mutex_unlock(lock_of(seen, sighting->hash));
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
