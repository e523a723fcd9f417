/*
 * observed_read.c - reading what the module has learned.
 */
#include "behaviour/observed_p.h"

#include "policy/error.h"

int
beh_observed_state(
    struct beh_observed *observed, uint64_t hash, struct beh_state *state)
{
	uint8_t octets[STATE_KEY_OCTETS];
	MDB_val key = val(octets, sizeof(octets)), value;
	int code, error;

	if (!observed_begin(observed))
		return observed->error;
	put_big_endian(octets, hash, sizeof(octets));
	code = mdb_get(observed->txn, observed->state, &key, &value);
	if (code != 0)
		return code == MDB_NOTFOUND ? 0 : pol_error_from_lmdb(code);
	error = observed_get_state(&key, &value, state);
	return error == 0 ? 1 : error;
}

int
observed_each(struct beh_observed *observed, MDB_dbi table, observed_take *take,
    void *arg)
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
		stop = take(&key, &value, arg);
	mdb_cursor_close(cursor);
	if (stop != 0)
		return stop;
	return code == MDB_NOTFOUND ? 0 : pol_error_from_lmdb(code);
}

struct visitor {
	beh_state_visit *state;
	beh_block_visit *block;
	void *arg;
};

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
beh_observed_each_state(
    struct beh_observed *observed, beh_state_visit *visit, void *arg)
{
	struct visitor visitor = {.state = visit, .arg = arg};

	return observed_each(observed, observed->state, take_state, &visitor);
}

int
beh_observed_each_block(
    struct beh_observed *observed, beh_block_visit *visit, void *arg)
{
	struct visitor visitor = {.block = visit, .arg = arg};

	return observed_each(observed, observed->block, take_block, &visitor);
}

static int
count_entries(struct beh_observed *observed, MDB_dbi table, uint64_t *count)
{
	MDB_stat stat;
	int code = mdb_stat(observed->txn, table, &stat);

	*count = stat.ms_entries;
	return pol_error_from_lmdb(code);
}

int
beh_observed_stat(struct beh_observed *observed, struct beh_observed_stat *stat)
{
	MDB_envinfo info;
	MDB_stat of_env;
	int error;

	if (!observed_begin(observed))
		return observed->error;
	error = observed_count_seen(observed, &stat->seen);
	if (error == 0)
		error = count_entries(observed, observed->state, &stat->states);
	if (error == 0)
		error = count_entries(observed, observed->block, &stat->blocks);
	if (error == 0)
		error = pol_error_from_lmdb(mdb_env_info(observed->env, &info));
	if (error == 0)
		error =
		    pol_error_from_lmdb(mdb_env_stat(observed->env, &of_env));
	if (error == 0)
		stat->size =
		    (uint64_t)(info.me_last_pgno + 1) * of_env.ms_psize;
	return error;
}
