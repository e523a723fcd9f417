/*
 * observed_read.c - reading what the module has learned.
 */
#include "behaviour/observed_p.h"

#include "policy/error.h"

static int
find(struct beh_observed *observed, MDB_dbi table, uint64_t hash, MDB_val *key,
    MDB_val *value, uint8_t *octets)
{
	int code;

	if (!observed_begin(observed))
		return observed->error;
	observed_key(hash, octets);
	*key = val(octets, 8);
	code = mdb_get(observed->txn, table, key, value);
	return code == 0	      ? 1
	       : code == MDB_NOTFOUND ? 0
				      : pol_error_from_lmdb(code);
}

int
beh_observed_seen(struct beh_observed *observed, uint64_t hash, int64_t *first)
{
	uint8_t octets[8];
	struct beh_sighting sighting;
	MDB_val key, value;
	int found = find(observed, observed->seen, hash, &key, &value, octets);

	if (found != 1)
		return found;
	found = observed_get_sighting(&key, &value, &sighting);
	if (found != 0)
		return found;
	*first = sighting.first;
	return 1;
}

int
beh_observed_state(
    struct beh_observed *observed, uint64_t hash, struct beh_state *state)
{
	uint8_t octets[8];
	MDB_val key, value;
	int found = find(observed, observed->state, hash, &key, &value, octets);

	if (found != 1)
		return found;
	found = observed_get_state(&key, &value, state);
	return found == 0 ? 1 : found;
}

typedef int take(const MDB_val *key, const MDB_val *value, void *arg);

static int
each(struct beh_observed *observed, MDB_dbi table, take *function, void *arg)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	int code, stop = 0;

	if (!observed_begin(observed))
		return observed->error;
	code = mdb_cursor_open(observed->txn, table, &cursor);
	if (code != 0)
		return pol_error_from_lmdb(code);
	while (stop == 0 &&
	       (code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0)
		stop = function(&key, &value, arg);
	mdb_cursor_close(cursor);
	if (stop != 0)
		return stop;
	return code == MDB_NOTFOUND ? 0 : pol_error_from_lmdb(code);
}

struct visitor {
	beh_sighting_visit *sighting;
	beh_state_visit *state;
	beh_block_visit *block;
	void *arg;
};

static int
take_sighting(const MDB_val *key, const MDB_val *value, void *arg)
{
	const struct visitor *visitor = arg;
	struct beh_sighting sighting;
	int error = observed_get_sighting(key, value, &sighting);

	return error != 0 ? error : visitor->sighting(&sighting, visitor->arg);
}

static int
take_state(const MDB_val *key, const MDB_val *value, void *arg)
{
	const struct visitor *visitor = arg;
	struct beh_state state;
	int error = observed_get_state(key, value, &state);

	return error != 0 ? error : visitor->state(&state, visitor->arg);
}

static int
take_block(const MDB_val *key, const MDB_val *value, void *arg)
{
	const struct visitor *visitor = arg;
	struct beh_block block;
	int error = observed_get_block(key, value, &block);

	return error != 0 ? error : visitor->block(&block, visitor->arg);
}

int
beh_observed_each_seen(
    struct beh_observed *observed, beh_sighting_visit *visit, void *arg)
{
	struct visitor visitor = {.sighting = visit, .arg = arg};

	return each(observed, observed->seen, take_sighting, &visitor);
}

int
beh_observed_each_state(
    struct beh_observed *observed, beh_state_visit *visit, void *arg)
{
	struct visitor visitor = {.state = visit, .arg = arg};

	return each(observed, observed->state, take_state, &visitor);
}

int
beh_observed_each_block(
    struct beh_observed *observed, beh_block_visit *visit, void *arg)
{
	struct visitor visitor = {.block = visit, .arg = arg};

	return each(observed, observed->block, take_block, &visitor);
}

int
beh_observed_stat(struct beh_observed *observed, struct beh_observed_stat *stat)
{
	const MDB_dbi tables[] = {
	    observed->seen, observed->state, observed->block};
	MDB_stat counts[3];
	MDB_envinfo info;
	int code = 0;

	if (!observed_begin(observed))
		return observed->error;
	for (unsigned i = 0; i < 3 && code == 0; i++)
		code = mdb_stat(observed->txn, tables[i], &counts[i]);
	if (code == 0)
		code = mdb_env_info(observed->env, &info);
	if (code != 0)
		return pol_error_from_lmdb(code);
	stat->seen = counts[0].ms_entries;
	stat->states = counts[1].ms_entries;
	stat->blocks = counts[2].ms_entries;
	stat->size = (uint64_t)(info.me_last_pgno + 1) * counts[0].ms_psize;
	return 0;
}
