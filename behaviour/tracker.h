/*
 * tracker.h - the flux states of many names, in a fixed amount of memory.
 *
 * A table of BEH_STATE_SIZE octets a name, in sets of eight that a name's
 * seeded hash picks. Two places of a set are on probation: a new name takes
 * the one that was used longest ago. A name moves to one of the six others once
 * it has shown BEH_PROVED addresses, and takes the place of the one that is
 * worth least: least addresses, then the oldest. A name that is marked keeps
 * its place as long as its mark lasts, unless all six are marked. So a flood of
 * random names, which show few addresses each, turns over two places of eight.
 *
 * Both the owner name of the addresses and its registrable domain are tracked:
 * random labels below one domain then do not hide it. They are told apart by
 * their kind.
 *
 * Threads: any number; the sets are shared out among locks that are held for
 * less than a microsecond.
 */
#ifndef BEHAVIOUR_TRACKER_H
#define BEHAVIOUR_TRACKER_H

#include <stddef.h>
#include <stdint.h>

#include "behaviour/observed.h"

/* Octets of memory. */
#define BEH_MEMORY_MIN ((size_t)1 << 20)
#define BEH_MEMORY_DEFAULT ((size_t)16 << 20)
#define BEH_MEMORY_MAX ((size_t)4 << 30)

#define BEH_PROVED 3 /* distinct addresses */

enum beh_kind {
	BEH_OWNER = 0,
	BEH_DOMAIN = 1, /* the registrable domain of the owner */
};

struct beh_tracker;

/* MEMORY in octets is rounded down to a power of two; the SEED is a secret.
 * POL_EINVAL where MEMORY is out of range, POL_ENOMEM. */
int beh_tracker_new(size_t memory, uint64_t seed, struct beh_tracker **tracker);
void beh_tracker_free(struct beh_tracker *tracker);

/* Octets in use: all of them from the start. */
size_t beh_tracker_memory(const struct beh_tracker *tracker);

/*
 * Note an answer in parts: the hash of a name, from what beh_seen_hash_lower()
 * gives of it as a domain, so that a name is hashed once; have memory fetched
 * that will be looked at soon; note an answer whose TRACE is by the tracker's
 * seed. FLUX is a copy of what the window then holds.
 */
static inline uint64_t
beh_tracker_hash_from(enum beh_kind kind, uint64_t hash)
{
	hash ^= kind == BEH_DOMAIN ? UINT64_C(0x9e3779b97f4a7c15) : 0;
	return hash != 0 ? hash : 1;
}
void beh_tracker_expect(const struct beh_tracker *tracker, uint64_t hash);
void beh_tracker_expect_state(const struct beh_tracker *tracker, uint64_t hash);
void beh_tracker_note(struct beh_tracker *tracker, uint64_t hash,
    const struct beh_answer *answer, const struct beh_trace *trace,
    struct beh_flux *flux);

/* Note an answer for NAME (wire format, any case) and say what the window
 * then holds. */
void beh_tracker_add(struct beh_tracker *tracker, enum beh_kind kind,
    const uint8_t *name, size_t len, const struct beh_answer *answer,
    struct beh_summary *summary);

/* What is known of NAME. False where it is not tracked. */
bool beh_tracker_find(struct beh_tracker *tracker, enum beh_kind kind,
    const uint8_t *name, size_t len, int64_t now, struct beh_summary *summary);

/* Keep NAME until UNTIL (seconds since the epoch), where it is tracked. */
void beh_tracker_mark(struct beh_tracker *tracker, enum beh_kind kind,
    const uint8_t *name, size_t len, int64_t until);

/* ---- for the thread that keeps the disk ---- */

/* The hash by which a name is known, in memory and on disk. */
uint64_t beh_tracker_hash(
    uint64_t seed, enum beh_kind kind, const uint8_t *name, size_t len);

/* Put back what was known before a restart, where there is room. */
void beh_tracker_restore(
    struct beh_tracker *tracker, const struct beh_state *state);

/* Call VISIT for each name out of probation that has changed since the last
 * call, without a lock held. Stops at the first that returns other than 0. */
int beh_tracker_changed(
    struct beh_tracker *tracker, beh_state_visit *visit, void *arg);

#endif
