/*
 * observed.h - what the module has learned, on disk: observed.mdb.
 *
 * One LMDB file beside the policy database, written in batches by one thread of
 * the resolver and read by `sinkbound observe` and after a restart. Losing it
 * loses learning, never policy. Names are kept as seeded hashes, but those that
 * are blocked; the key space is described in observed.c.
 *
 * Threads: an open file is used by one. LMDB's rules as in policy/store.h.
 */
#ifndef BEHAVIOUR_OBSERVED_H
#define BEHAVIOUR_OBSERVED_H

#include <stdint.h>

#include "behaviour/block.h"
#include "behaviour/flux.h"
#include "behaviour/seen.h"

#define BEH_OBSERVED_FORMAT 2
#define BEH_OBSERVED_STATES_MAX 1048576 /* flux states that are kept */

struct beh_observed;

/* Where it lies: "observed.mdb" in the folder of the policy database at
 * POLICY_PATH. False where SIZE octets at PATH are too few. */
bool beh_observed_path(const char *policy_path, char *path, size_t size);

/*
 * Open for writing; made where it does not exist, for the group of its folder
 * too, beginning to learn at NOW.
 * Errors as of pol_store_create().
 */
int beh_observed_create(
    const char *path, int64_t now, struct beh_observed **observed);

/* Open for reading: one look at what was last committed. */
int beh_observed_open(const char *path, struct beh_observed **observed);

/* What was not committed is lost. */
void beh_observed_close(struct beh_observed *observed);

/* The seed of its hashes, and when it began to learn. */
uint64_t beh_observed_seed(const struct beh_observed *observed);
int64_t beh_observed_began(const struct beh_observed *observed);

/* ---- reading ---- */

/* 1 and the time, 0 where it was never seen, or an error. */
int beh_observed_seen(
    struct beh_observed *observed, uint64_t hash, int64_t *first);

/* A name's flux state by beh_tracker_hash(). 1, 0 or an error. */
struct beh_state {
	uint64_t hash;
	int64_t marked_until;
	struct beh_flux flux;
};
int beh_observed_state(
    struct beh_observed *observed, uint64_t hash, struct beh_state *state);

/* Call VISIT for each; stops at the first that returns other than 0. */
typedef int beh_sighting_visit(const struct beh_sighting *sighting, void *arg);
typedef int beh_state_visit(const struct beh_state *state, void *arg);
int beh_observed_each_seen(
    struct beh_observed *observed, beh_sighting_visit *visit, void *arg);
int beh_observed_each_state(
    struct beh_observed *observed, beh_state_visit *visit, void *arg);
int beh_observed_each_block(
    struct beh_observed *observed, beh_block_visit *visit, void *arg);

/* Things seen, states and blocks that are there; octets of the file in use. */
struct beh_observed_stat {
	uint64_t seen, states, blocks;
	uint64_t size;
};
int beh_observed_stat(
    struct beh_observed *observed, struct beh_observed_stat *stat);

/* ---- writing ---- */

/*
 * A batch begins with its first change. It is committed as
 * beh_observed_commit() says, and before that whenever about a megabyte of
 * changes has come together: none of them needs another. The first error stays,
 * and is what the commit returns; what had not been committed before it is
 * lost.
 */

/*
 * Keep no more than MAX first-seen times, with those that are there: what is
 * put beyond that is let go. An error where those cannot be counted.
 */
int beh_observed_limit_seen(struct beh_observed *observed, uint64_t max);
bool beh_observed_is_full(const struct beh_observed *observed);

/* The earliest time of a thing counts. beh_observed_seen() may not find it
 * until the commit. */
void beh_observed_put_seen(
    struct beh_observed *observed, const struct beh_sighting *sighting);
void beh_observed_put_state(
    struct beh_observed *observed, const struct beh_state *state);
void beh_observed_put_block(
    struct beh_observed *observed, const struct beh_block *block);

/* Remove states last changed before BEFORE, and blocks that ended before. */
void beh_observed_purge(struct beh_observed *observed, int64_t before);

int beh_observed_commit(struct beh_observed *observed);

/*
 * Write what SEEN has found to be new, and answer what it asks for: what its
 * filter took for known and the disk does not know is new at NOW. Without a
 * file (OBSERVED is NULL) the new is let go, to be in memory only.
 */
void beh_seen_keep(
    struct beh_seen *seen, struct beh_observed *observed, int64_t now);

#endif
