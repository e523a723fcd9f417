/*
 * observed_p.h - what the parts of observed.mdb share: the open file, and the
 * octets of its keys and values.
 */
#ifndef BEHAVIOUR_OBSERVED_P_H
#define BEHAVIOUR_OBSERVED_P_H

#include <lmdb.h>

#include "behaviour/observed.h"
#include "policy/octets_p.h"

/*
 * Changes in a transaction. Each may be on a page of its own, of which LMDB
 * keeps a copy in memory until the commit, and keeps that memory then: so this
 * is at most a megabyte. The disk gets a little often rather than much at once,
 * which the answers would wait for.
 */
#define CHANGES_DEFAULT 256

#define STATE_OCTETS_MAX 256
#define BLOCK_KEY_MAX (1 + POL_NAME_MAX + 1 + BEH_RULE_NAME_MAX)
#define BLOCK_OCTETS_MAX (4 + 4 + 2 + BEH_BLOCK_EVIDENCE_MAX)

struct beh_observed {
	MDB_env *env;
	MDB_dbi meta, seen, state, block;
	MDB_txn *txn; /* a reader's, or that of the batch under way */
	MDB_cursor *writer; /* of `seen`, in the batch under way; or NULL */
	unsigned changes;   /* in it */
	unsigned changes_max;
	int error;	    /* the batch's first */
	uint64_t seed;
	int64_t began;
};

/* Begin a batch, or a look, unless one is under way. */
bool observed_begin(struct beh_observed *observed);

/* One more change: commit those that are enough. */
void observed_changed(struct beh_observed *observed);

/* Keep the first error. Returns whether all is well so far. */
bool observed_check(struct beh_observed *observed, int error);

/* Big-endian: in the order of the numbers. */
static inline void
observed_key(uint64_t hash, uint8_t *key)
{
	for (unsigned i = 0; i < 8; i++)
		key[i] = (uint8_t)(hash >> (56 - 8 * i));
}

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

/* Each reads one entry: 0 or POL_ECORRUPT. */
int observed_get_sighting(
    const MDB_val *key, const MDB_val *value, struct beh_sighting *sighting);
int observed_get_state(
    const MDB_val *key, const MDB_val *value, struct beh_state *state);
int observed_get_block(
    const MDB_val *key, const MDB_val *value, struct beh_block *block);

void observed_put_state(struct output *out, const struct beh_state *state);
void observed_put_block_key(struct output *out, const struct beh_block *block);
void observed_put_block(struct output *out, const struct beh_block *block);

#endif
