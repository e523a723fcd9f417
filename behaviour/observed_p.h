/*
 * observed_p.h - what the parts of observed.mdb share: the open file, and the
 * octets of its keys and values.
 *
 *	observed.c         opening, transactions
 *	observed_seen.c    first-seen times: putting and finding them
 *	observed_levels.c  how they are kept in order
 *	observed_read.c    the windows of names, and blocks: reading
 *	observed_write.c   and writing
 *	observed_record.c  octets
 */
#ifndef BEHAVIOUR_OBSERVED_P_H
#define BEHAVIOUR_OBSERVED_P_H

#include <lmdb.h>

#include "behaviour/observed.h"
#include "policy/error.h"
#include "policy/octets_p.h"

/*
 * Pages that are changed in a transaction, about. LMDB keeps a copy of each in
 * memory until the commit: so this is a megabyte or so. The disk gets a little
 * often rather than much at once, which the answers would wait for.
 */
#define CHANGES_MAX 256

/* ---- first-seen times ---- */

#define LEVELS 4
#define SIGHTING_OCTETS 13
#define RUN_PAGES 4 /* of 4,096 octets; the first has a head of 16 */
#define RUN_MAX ((RUN_PAGES * 4096 - 16) / SIGHTING_OCTETS)

#define STATE_KEY_OCTETS 8
#define STATE_OCTETS_MAX 256
#define BLOCK_KEY_MAX (1 + POL_NAME_MAX + 1 + BEH_RULE_NAME_MAX)
#define BLOCK_OCTETS_MAX (4 + 4 + 2 + BEH_BLOCK_EVIDENCE_MAX)

struct beh_observed {
	MDB_env *env;
	MDB_dbi meta, recent, levels[LEVELS], state, block;
	MDB_txn *txn;	  /* a reader's, or that of the batch under way */
	unsigned changes; /* in it */
	int error;	  /* the batch's first */
	uint64_t seed;
	int64_t began;

	uint64_t seen_count, seen_max; /* in the file; about */

	/* Sightings that are not in the transaction yet. */
	struct beh_sighting pending[RUN_MAX];
	size_t pending_count;

	/* Of each level, where what the next one gets begins. */
	uint64_t next[LEVELS];
	struct beh_sighting merged[2 * RUN_MAX]; /* while one run is written */
};

/* Begin a batch, or a look, unless one is under way. */
bool observed_begin(struct beh_observed *observed);

/* PAGES more are changed, and nothing that belongs together is half done:
 * commit those that are enough. */
void observed_changed(struct beh_observed *observed, unsigned pages);

/* Keep the first error. Returns whether all is well so far. */
bool observed_check(struct beh_observed *observed, int error);

/* How many times are kept; a thing may have two. */
int observed_count_seen(struct beh_observed *observed, uint64_t *count);

/* Put into the transaction what is pending. */
void observed_flush(struct beh_observed *observed);

/* Have no level more than it may, see observed_levels.c. */
void observed_settle(struct beh_observed *observed);

/* By hash. SPARE has room for as many. */
void observed_sort(
    struct beh_sighting *sightings, size_t count, struct beh_sighting *spare);

/* Find a hash among the sightings of a value, or of a level: 1 and the time, 0,
 * or an error. */
int observed_find_in_run(const MDB_val *run, uint64_t hash, int64_t *first);
int observed_find_in_level(struct beh_observed *observed, unsigned level,
    uint64_t hash, int64_t *first);

static inline MDB_val
val(const void *data, size_t len)
{
	/* LMDB does not write through it. */
	union {
		const void *in;
		void *out;
	} pointer = {.in = data};

	return (MDB_val){.mv_size = len, .mv_data = pointer.out};
}

/* Call TAKE for each entry of a table; stops at the first that returns other
 * than 0. */
typedef int observed_take(const MDB_val *key, const MDB_val *value, void *arg);
int observed_each(struct beh_observed *observed, MDB_dbi table,
    observed_take *take, void *arg);

/* ---- the octets of sightings ---- */

/* As many as there are octets for. */
static inline size_t
sightings_in(const MDB_val *value)
{
	return value->mv_size / SIGHTING_OCTETS;
}

static inline bool
sightings_are_whole(const MDB_val *value)
{
	return value->mv_size % SIGHTING_OCTETS == 0;
}

static inline void
put_sighting(uint8_t *octets, const struct beh_sighting *sighting)
{
	uint64_t hash = htole64(sighting->hash);
	uint32_t first = htole32(sighting->first);

	memcpy(octets, &hash, 8);
	memcpy(octets + 8, &first, 4);
	octets[12] = (uint8_t)sighting->type;
}

/* The one at PLACE. 0 or POL_ECORRUPT. */
static inline int
get_sighting(const MDB_val *value, size_t place, struct beh_sighting *sighting)
{
	const uint8_t *octets = value->mv_data;
	uint64_t hash;
	uint32_t first;

	octets += place * SIGHTING_OCTETS;
	memcpy(&hash, octets, 8);
	memcpy(&first, octets + 8, 4);
	*sighting = (struct beh_sighting){.hash = le64toh(hash),
	    .first = le32toh(first),
	    .type = (enum beh_seen_type)octets[12]};
	return octets[12] <= BEH_SEEN_PREFIX ? 0 : POL_ECORRUPT;
}

/* ---- the octets of states and blocks ---- */

/* Each reads one entry: 0 or POL_ECORRUPT. */
int observed_get_state(
    const MDB_val *key, const MDB_val *value, struct beh_state *state);
int observed_get_block(
    const MDB_val *key, const MDB_val *value, struct beh_block *block);

void observed_put_state(struct output *out, const struct beh_state *state);
void observed_put_block_key(struct output *out, const struct beh_block *block);
void observed_put_block(struct output *out, const struct beh_block *block);

#endif
