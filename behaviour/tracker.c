/*
 * tracker.c - the flux states of many names, in a fixed amount of memory.
 */
#include "behaviour/tracker.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "behaviour/name.h"
#include "policy/pages_p.h"

#define WAYS 8
#define PROBATION 2 /* the first ways of a set */
#define LOCKS 64 /* of a cache line each: a page */
#define CACHE_LINE 64

struct entry {
	uint32_t marked_until;
	bool changed; /* since it was last visited */
	struct beh_flux flux;
};

/* The hashes are side by side: to find a name takes one cache line. They change
 * under the lock; without it one may be looked for that is moved meanwhile. */
struct set {
	_Alignas(CACHE_LINE) _Atomic uint64_t
	    hashes[WAYS]; /* of kind and name; 0: free */
	struct entry entries[WAYS];
};

_Static_assert(sizeof(struct set) <= WAYS * BEH_STATE_SIZE,
    "a name takes what the header says");

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
	made->sets = pages_map(sets * sizeof(struct set));
	if (made->sets == NULL) {
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
	pages_unmap(tracker->sets, tracker->set_count * sizeof(struct set));
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
	return beh_tracker_hash_from(
	    kind, beh_seen_hash(seed, BEH_SEEN_DOMAIN, name, len));
}

static struct set *
set_of(const struct beh_tracker *tracker, uint64_t hash)
{
	return &tracker->sets[hash & (tracker->set_count - 1)];
}

/* Sets that share a lock are far from each other. */
static pthread_mutex_t *
lock_of(struct beh_tracker *tracker, uint64_t hash)
{
	return &tracker->locks[(hash & (tracker->set_count - 1)) % LOCKS].mutex;
}

void
beh_tracker_expect(const struct beh_tracker *tracker, uint64_t hash)
{
	const struct set *set = set_of(tracker, hash);

	__builtin_prefetch(set->hashes);
}

/* Which of the set's it is; WAYS where it is not there. */
static unsigned
find(const struct set *set, uint64_t hash)
{
	unsigned way = 0;

	while (way < WAYS && atomic_load_explicit(&set->hashes[way],
				 memory_order_relaxed) != hash)
		way++;
	return way;
}

void
beh_tracker_expect_state(const struct beh_tracker *tracker, uint64_t hash)
{
	const struct set *set = set_of(tracker, hash);
	unsigned way = find(set, hash);
	const char *entry = (const char *)&set->entries[way % WAYS];

	for (size_t i = 0; i < sizeof(struct entry); i += CACHE_LINE)
		__builtin_prefetch(entry + i);
	if (way == WAYS) /* a new name's places, nearly */
		__builtin_prefetch(&set->entries[1]);
}

/* ---- who gives way ---- */

/* Bits that addresses have set in the window, where it is not all past. */
static unsigned
bits_in(const struct beh_flux *flux, uint32_t now)
{
	return flux->last + 2 * BEH_HALF_WINDOW < now
		   ? 0
		   : beh_flux_glance(flux).address_bits;
}

/* Is the name at A worth less than that at B at NOW? A free place is worth
 * nothing. */
static bool
is_worth_less(const struct set *set, unsigned a, unsigned b, uint32_t now)
{
	const struct entry *first = &set->entries[a];
	const struct entry *second = &set->entries[b];
	bool first_marked = first->marked_until > now;
	bool second_marked = second->marked_until > now;
	unsigned first_bits, second_bits;

	if (set->hashes[a] == 0 || set->hashes[b] == 0)
		return set->hashes[b] != 0;
	if (first_marked != second_marked)
		return second_marked;
	first_bits = bits_in(&first->flux, now);
	second_bits = bits_in(&second->flux, now);
	return first_bits != second_bits ? first_bits < second_bits
					 : first->flux.last < second->flux.last;
}

/* The place for a name that is not there. */
static unsigned
admit(struct set *set, uint64_t hash)
{
	unsigned oldest = 0;

	for (unsigned way = 1; way < PROBATION; way++)
		if (set->entries[way].flux.last <
		    set->entries[oldest].flux.last)
			oldest = way;
	set->hashes[oldest] = hash;
	set->entries[oldest].marked_until = 0;
	set->entries[oldest].flux.first = 0; /* and so the rest is anew */
	return oldest;
}

/* Give a name on probation that has proved itself one of the other places. */
static void
promote(struct set *set, unsigned way, uint32_t now)
{
	unsigned least = PROBATION;
	struct entry moved = set->entries[way];
	uint64_t hash = set->hashes[way];

	for (unsigned other = PROBATION + 1; other < WAYS; other++)
		if (is_worth_less(set, other, least, now))
			least = other;
	if (!is_worth_less(set, least, way, now))
		return;
	set->hashes[way] = set->hashes[least];
	set->entries[way] = set->entries[least];
	set->hashes[least] = hash;
	set->entries[least] = moved;
}

/* ---- the interface ---- */

void
beh_tracker_note(struct beh_tracker *tracker, uint64_t hash,
    const struct beh_answer *answer, const struct beh_trace *trace,
    struct beh_flux *flux)
{
	struct set *set = set_of(tracker, hash);
	struct entry *entry;
	unsigned way;

	pthread_mutex_lock(lock_of(tracker, hash));
	way = find(set, hash);
	if (way == WAYS)
		way = admit(set, hash);
	entry = &set->entries[way];
	beh_flux_note(&entry->flux, answer, trace);
	entry->changed = true;
	*flux = entry->flux;
	if (way < PROBATION && beh_flux_has_shown(flux, BEH_PROVED))
		promote(set, way, (uint32_t)answer->time);
	pthread_mutex_unlock(lock_of(tracker, hash));
}

void
beh_tracker_add(struct beh_tracker *tracker, enum beh_kind kind,
    const uint8_t *name, size_t len, const struct beh_answer *answer,
    struct beh_summary *summary)
{
	struct beh_trace trace;
	struct beh_flux flux;

	beh_flux_trace(answer, tracker->seed, &trace);
	beh_tracker_note(tracker,
	    beh_tracker_hash(tracker->seed, kind, name, len), answer, &trace,
	    &flux);
	beh_flux_summary(&flux, answer->time, summary);
}

bool
beh_tracker_find(struct beh_tracker *tracker, enum beh_kind kind,
    const uint8_t *name, size_t len, int64_t now, struct beh_summary *summary)
{
	uint64_t hash = beh_tracker_hash(tracker->seed, kind, name, len);
	const struct set *set = set_of(tracker, hash);
	unsigned way;

	pthread_mutex_lock(lock_of(tracker, hash));
	way = find(set, hash);
	if (way < WAYS)
		beh_flux_summary(&set->entries[way].flux, now, summary);
	pthread_mutex_unlock(lock_of(tracker, hash));
	return way < WAYS;
}

void
beh_tracker_mark(struct beh_tracker *tracker, enum beh_kind kind,
    const uint8_t *name, size_t len, int64_t until)
{
	uint64_t hash = beh_tracker_hash(tracker->seed, kind, name, len);
	struct set *set = set_of(tracker, hash);
	unsigned way;

	pthread_mutex_lock(lock_of(tracker, hash));
	way = find(set, hash);
	if (way < WAYS) {
		set->entries[way].marked_until = (uint32_t)until;
		set->entries[way].changed = true;
	}
	pthread_mutex_unlock(lock_of(tracker, hash));
}

/* ---- the disk ---- */

void
beh_tracker_restore(struct beh_tracker *tracker, const struct beh_state *state)
{
	struct set *set = set_of(tracker, state->hash);

	pthread_mutex_lock(lock_of(tracker, state->hash));
	for (unsigned way = PROBATION; way < WAYS; way++)
		if (set->hashes[way] == 0) {
			set->hashes[way] = state->hash;
			set->entries[way] = (struct entry){
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
	struct set *set = &tracker->sets[number];
	unsigned count = 0;

	pthread_mutex_lock(lock_of(tracker, number));
	for (unsigned way = PROBATION; way < WAYS; way++) {
		struct entry *entry = &set->entries[way];

		if (set->hashes[way] == 0 || !entry->changed)
			continue;
		entry->changed = false;
		states[count++] = (struct beh_state){.hash = set->hashes[way],
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
