/*
 * observed_write.c - writing what the module has learned, a batch at a time.
 */
#include "behaviour/observed_p.h"

#include "policy/error.h"

static void
put(struct beh_observed *observed, MDB_dbi table, MDB_val key, MDB_val value,
    unsigned flags)
{
	int code = mdb_put(observed->txn, table, &key, &value, flags);

	observed_check(observed, code == MDB_KEYEXIST ? 0 : pol_error_from_lmdb(code));
}

void
beh_observed_put_seen(
    struct beh_observed *observed, const struct beh_sighting *sighting)
{
	uint8_t key[8], octets[5];
	struct output out = {.out = octets};

	if (!observed_begin(observed) || observed->error != 0)
		return;
	observed_key(sighting->hash, key);
	put_number(&out, (uint64_t)sighting->first, 4);
	put_number(&out, sighting->type, 1);
	put(observed, observed->seen, val(key, 8), val(octets, out.len),
	    MDB_NOOVERWRITE);
}

/* May one more state be kept? One that is there always may. */
static bool
has_room(struct beh_observed *observed, const MDB_val *key)
{
	MDB_val copy = *key, value;
	MDB_stat stat;

	return mdb_get(observed->txn, observed->state, &copy, &value) == 0 ||
	       (observed_check(observed, pol_error_from_lmdb(mdb_stat(
				    observed->txn, observed->state, &stat))) &&
		   stat.ms_entries < BEH_OBSERVED_STATES_MAX);
}

void
beh_observed_put_state(
    struct beh_observed *observed, const struct beh_state *state)
{
	uint8_t octets[8], value[STATE_OCTETS_MAX];
	struct output out = {.out = value};
	MDB_val key = val(octets, 8);

	if (!observed_begin(observed) || observed->error != 0)
		return;
	observed_key(state->hash, octets);
	observed_put_state(&out, state);
	if (has_room(observed, &key))
		put(observed, observed->state, key, val(value, out.len), 0);
}

void
beh_observed_put_block(
    struct beh_observed *observed, const struct beh_block *block)
{
	uint8_t key[BLOCK_KEY_MAX], value[BLOCK_OCTETS_MAX];
	struct output key_out = {.out = key}, out = {.out = value};

	if (!observed_begin(observed) || observed->error != 0)
		return;
	observed_put_block_key(&key_out, block);
	observed_put_block(&out, block);
	put(observed, observed->block, val(key, key_out.len),
	    val(value, out.len), 0);
}

typedef bool is_past(const MDB_val *key, const MDB_val *value, int64_t before);

static bool
state_is_past(const MDB_val *key, const MDB_val *value, int64_t before)
{
	struct beh_state state;

	return observed_get_state(key, value, &state) != 0 ||
	       (state.flux.last < before && state.marked_until < before);
}

static bool
block_is_past(const MDB_val *key, const MDB_val *value, int64_t before)
{
	struct beh_block block;

	return observed_get_block(key, value, &block) != 0 ||
	       block.until < before;
}

static void
purge(
    struct beh_observed *observed, MDB_dbi table, is_past *past, int64_t before)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	int code = mdb_cursor_open(observed->txn, table, &cursor);

	if (!observed_check(observed, pol_error_from_lmdb(code)))
		return;
	while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0)
		if (past(&key, &value, before) &&
		    !observed_check(observed,
			pol_error_from_lmdb(mdb_cursor_del(cursor, 0))))
			break;
	mdb_cursor_close(cursor);
	if (code != 0 && code != MDB_NOTFOUND)
		observed_check(observed, pol_error_from_lmdb(code));
}

void
beh_observed_purge(struct beh_observed *observed, int64_t before)
{
	if (!observed_begin(observed) || observed->error != 0)
		return;
	purge(observed, observed->state, state_is_past, before);
	purge(observed, observed->block, block_is_past, before);
}
