/*
 * tracker.c - the flux states of many names, in a fixed amount of memory.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "behaviour/tracker.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "policy/error.h"
#include "policy/name.h"

#define WAYS 8
#define PROBATION 2 /* the first ways of a set */
#define LOCKS 256
#define CACHE_LINE 64

struct entry {
	uint64_t hash; /* of kind and name; 0: free */
	uint32_t marked_until;
	bool changed; /* since it was last visited */
	struct beh_flux flux;
};

_Static_assert(sizeof(struct entry) <= BEH_STATE_SIZE,
    "a name takes what the header says");

struct place {
	_Alignas(BEH_STATE_SIZE) struct entry entry;
};

struct set {
	struct place places[WAYS];
};

struct lock {
	_Alignas(CACHE_LINE) pthread_mutex_t mutex;
};

struct beh_tracker {
	uint64_t seed;
	size_t set_count; /* a power of two */
	struct set *sets; /* mapped: zero until it is used */
	struct lock locks[LOCKS];
};

/* ---- making ---- */

int
beh_tracker_new(size_t memory, uint64_t seed, struct beh_tracker **tracker)
{
	struct beh_tracker *made;
	size_t sets = 1;

	if (memory < BEH_MEMORY_MIN || memory > BEH_MEMORY_MAX)
		return POL_EINVAL;
	while (2 * sets * sizeof(struct set) <= memory)
		sets *= 2;
	made = aligned_alloc(CACHE_LINE, sizeof(*made));
	if (made == NULL)
		return POL_ENOMEM;
	made->set_count = sets;
	made->seed = seed;
	made->sets = mmap(NULL, sets * sizeof(struct set),
	    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (made->sets == MAP_FAILED) {
		free(made);
		return POL_ENOMEM;
	}
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_init(&made->locks[i].mutex, NULL);
	*tracker = made;
	return 0;
}

void
beh_tracker_free(struct beh_tracker *tracker)
{
	if (tracker == NULL)
		return;
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_destroy(&tracker->locks[i].mutex);
	munmap(tracker->sets, tracker->set_count * sizeof(struct set));
	free(tracker);
}

size_t
beh_tracker_memory(const struct beh_tracker *tracker)
{
	return sizeof(*tracker) + tracker->set_count * sizeof(struct set);
}

/* ---- finding ---- */

uint64_t
beh_tracker_hash(
    uint64_t seed, enum beh_kind kind, const uint8_t *name, size_t len)
{
	struct pol_name lower;
	uint64_t hash;

	if (pol_name_from_wire(name, len, &lower) != 0)
		return 1;
	hash =
	    XXH3_64bits_withSeed(lower.wire, lower.len, seed + (uint64_t)kind);
	return hash != 0 ? hash : 1;
}

static size_t
set_number(const struct beh_tracker *tracker, uint64_t hash)
{
	return hash & (tracker->set_count - 1);
}

static pthread_mutex_t *
lock_of(struct beh_tracker *tracker, uint64_t hash)
{
	return &tracker->locks[set_number(tracker, hash) % LOCKS].mutex;
}

static struct entry *
find(const struct beh_tracker *tracker, uint64_t hash)
{
	struct set *set = &tracker->sets[set_number(tracker, hash)];

	for (unsigned i = 0; i < WAYS; i++)
		if (set->places[i].entry.hash == hash)
			return &set->places[i].entry;
	return NULL;
}

/* ---- who gives way ---- */

/* Bits that addresses have set in the window, where it is not all past. */
static unsigned
bits_in(const struct beh_flux *flux, uint32_t now)
{
	unsigned bits = 0;

	if (flux->last + 2 * BEH_HALF_WINDOW < now)
		return 0;
	for (unsigned i = 0; i < 4; i++)
		bits += (unsigned)__builtin_popcountll(
		    flux->younger.addresses[i] | flux->older.addresses[i]);
	return bits;
}

/* Is A worth less than B at NOW? A free place is worth nothing. */
static bool
is_worth_less(const struct entry *a, const struct entry *b, uint32_t now)
{
	bool a_marked = a->marked_until > now, b_marked = b->marked_until > now;
	unsigned a_bits, b_bits;

	if (a->hash == 0 || b->hash == 0)
		return b->hash != 0;
	if (a_marked != b_marked)
		return b_marked;
	a_bits = bits_in(&a->flux, now);
	b_bits = bits_in(&b->flux, now);
	return a_bits != b_bits ? a_bits < b_bits : a->flux.last < b->flux.last;
}

/* The entry for a name that is not there. */
static struct entry *
admit(const struct beh_tracker *tracker, uint64_t hash)
{
	struct place *places = tracker->sets[set_number(tracker, hash)].places;
	struct entry *oldest = &places[0].entry;

	for (unsigned i = 1; i < PROBATION; i++)
		if (places[i].entry.flux.last < oldest->flux.last)
			oldest = &places[i].entry;
	memset(oldest, 0, sizeof(*oldest));
	oldest->hash = hash;
	return oldest;
}

/* Give a name that has proved itself a place out of probation. */
static void
promote(const struct beh_tracker *tracker, struct entry *entry, uint32_t now)
{
	struct place *places =
	    tracker->sets[set_number(tracker, entry->hash)].places;
	struct entry *least = &places[PROBATION].entry;
	struct entry moved = *entry;

	if (entry >= least || bits_in(&entry->flux, now) < BEH_PROVED)
		return;
	for (unsigned i = PROBATION + 1; i < WAYS; i++)
		if (is_worth_less(&places[i].entry, least, now))
			least = &places[i].entry;
	if (!is_worth_less(least, entry, now))
		return;
	*entry = *least;
	*least = moved;
}

/* ---- the interface ---- */

void
beh_tracker_add(struct beh_tracker *tracker, enum beh_kind kind,
    const uint8_t *name, size_t len, const struct beh_answer *answer,
    struct beh_summary *summary)
{
	uint64_t hash = beh_tracker_hash(tracker->seed, kind, name, len);
	struct entry *entry;

	pthread_mutex_lock(lock_of(tracker, hash));
	entry = find(tracker, hash);
	if (entry == NULL)
		entry = admit(tracker, hash);
	beh_flux_add(&entry->flux, answer, tracker->seed);
	entry->changed = true;
	beh_flux_summary(&entry->flux, answer->time, summary);
	promote(tracker, entry, (uint32_t)answer->time);
	pthread_mutex_unlock(lock_of(tracker, hash));
}

bool
beh_tracker_find(struct beh_tracker *tracker, enum beh_kind kind,
    const uint8_t *name, size_t len, int64_t now, struct beh_summary *summary)
{
	uint64_t hash = beh_tracker_hash(tracker->seed, kind, name, len);
	const struct entry *entry;

	pthread_mutex_lock(lock_of(tracker, hash));
	entry = find(tracker, hash);
	if (entry != NULL)
		beh_flux_summary(&entry->flux, now, summary);
	pthread_mutex_unlock(lock_of(tracker, hash));
	return entry != NULL;
}

void
beh_tracker_mark(struct beh_tracker *tracker, enum beh_kind kind,
    const uint8_t *name, size_t len, int64_t until)
{
	uint64_t hash = beh_tracker_hash(tracker->seed, kind, name, len);
	struct entry *entry;

	pthread_mutex_lock(lock_of(tracker, hash));
	entry = find(tracker, hash);
	if (entry != NULL) {
		entry->marked_until = (uint32_t)until;
		entry->changed = true;
	}
	pthread_mutex_unlock(lock_of(tracker, hash));
}

/* ---- the disk ---- */

void
beh_tracker_restore(struct beh_tracker *tracker, const struct beh_state *state)
{
	struct place *places =
	    tracker->sets[set_number(tracker, state->hash)].places;

	pthread_mutex_lock(lock_of(tracker, state->hash));
	for (unsigned i = PROBATION; i < WAYS; i++)
		if (places[i].entry.hash == 0) {
			places[i].entry = (struct entry){.hash = state->hash,
			    .marked_until = (uint32_t)state->marked_until,
			    .flux = state->flux};
			break;
		}
	pthread_mutex_unlock(lock_of(tracker, state->hash));
}

/* The states of a set that have changed; how many. */
static unsigned
take_changed(
    struct beh_tracker *tracker, size_t number, struct beh_state *states)
{
	struct place *places = tracker->sets[number].places;
	unsigned count = 0;

	pthread_mutex_lock(lock_of(tracker, number));
	for (unsigned i = PROBATION; i < WAYS; i++) {
		struct entry *entry = &places[i].entry;

		if (entry->hash == 0 || !entry->changed)
			continue;
		entry->changed = false;
		states[count++] = (struct beh_state){.hash = entry->hash,
		    .marked_until = entry->marked_until,
		    .flux = entry->flux};
	}
	pthread_mutex_unlock(lock_of(tracker, number));
	return count;
}

int
beh_tracker_changed(
    struct beh_tracker *tracker, beh_state_visit *visit, void *arg)
{
	struct beh_state states[WAYS];

	for (size_t number = 0; number < tracker->set_count; number++) {
		unsigned count = take_changed(tracker, number, states);

		for (unsigned i = 0; i < count; i++) {
			int stop = visit(&states[i], arg);

			if (stop != 0)
				return stop;
		}
	}
	return 0;
}
