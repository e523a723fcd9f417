/*
 * observed_write.c - writing the windows of names, and blocks, a batch at a
 * time.
 */
#include "behaviour/observed_p.h"

#include "policy/error.h"

static bool
may_write(struct beh_observed *observed)
{
	return observed_begin(observed) && observed->error == 0;
}

static void
put(struct beh_observed *observed, MDB_dbi table, MDB_val key, MDB_val value)
{
	if (observed_check(observed, pol_error_from_lmdb(mdb_put(observed->txn,
					 table, &key, &value, 0))))
		observed_changed(observed, 1);
}

/* May one more state be kept? One that is there always may. */
static bool
has_room(struct beh_observed *observed, const MDB_val *key)
{
	MDB_val copy = *key, value;
	MDB_stat stat;

	return mdb_get(observed->txn, observed->state, &copy, &value) == 0 ||
	       (observed_check(observed,
		    pol_error_from_lmdb(
			mdb_stat(observed->txn, observed->state, &stat))) &&
		   stat.ms_entries < BEH_OBSERVED_STATES_MAX);
}

void
beh_observed_put_state(
    struct beh_observed *observed, const struct beh_state *state)
{
	uint8_t octets[STATE_KEY_OCTETS], value[STATE_OCTETS_MAX];
	struct output out = {.out = value};
	MDB_val key = val(octets, sizeof(octets));

	if (!may_write(observed))
		return;
	put_big_endian(octets, state->hash, sizeof(octets));
	observed_put_state(&out, state);
	if (has_room(observed, &key))
		put(observed, observed->state, key, val(value, out.len));
}

void
beh_observed_put_block(
    struct beh_observed *observed, const struct beh_block *block)
{
	uint8_t key[BLOCK_KEY_MAX], value[BLOCK_OCTETS_MAX];
	struct output key_out = {.out = key}, out = {.out = value};

	if (!may_write(observed))
		return;
	observed_put_block_key(&key_out, block);
	observed_put_block(&out, block);
	put(observed, observed->block, val(key, key_out.len),
	    val(value, out.len));
}

struct key {
	size_t len;
	uint8_t octets[BLOCK_KEY_MAX];
};

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

/*
 * Remove what is past, from the key FROM on (of no length: from the first one).
 * Returns whether a commit came in between, with the key that was next in FROM.
 */
static bool
purge_from(struct beh_observed *observed, MDB_dbi table, is_past *past,
    int64_t before, struct key *from)
{
	MDB_cursor *cursor;
	MDB_val key = val(from->octets, from->len), value;
	int code = mdb_cursor_open(observed->txn, table, &cursor);

	if (!observed_check(observed, pol_error_from_lmdb(code)))
		return false;
	code = mdb_cursor_get(
	    cursor, &key, &value, from->len == 0 ? MDB_FIRST : MDB_SET_RANGE);
	while (code == 0 && observed->changes + 1 < CHANGES_MAX) {
		if (past(&key, &value, before)) {
			code = mdb_cursor_del(cursor, 0);
			observed->changes++;
		}
		if (code == 0)
			code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
	}
	if (code == 0) {
		from->len = key.mv_size;
		memcpy(from->octets, key.mv_data, key.mv_size);
	}
	mdb_cursor_close(cursor);
	if (code != MDB_NOTFOUND)
		observed_check(observed, pol_error_from_lmdb(code));
	observed_changed(observed, 1);
	return code == 0;
}

static void
purge(
    struct beh_observed *observed, MDB_dbi table, is_past *past, int64_t before)
{
	struct key from = {.len = 0};
	bool goes_on = true;

	while (goes_on && may_write(observed))
		goes_on = purge_from(observed, table, past, before, &from);
}

void
beh_observed_purge(struct beh_observed *observed, int64_t before)
{
	purge(observed, observed->state, state_is_past, before);
	purge(observed, observed->block, block_is_past, before);
}
