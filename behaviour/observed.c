/*
 * observed.c - what the module has learned, on disk.
 *
 * The key space. Numbers in values are little-endian.
 *
 *	meta   "format"  u8
 *	       "seed"    u64, of all hashes
 *	       "began"   u64, seconds since the epoch
 *	seen   beh_seen_hash(), u64 big-endian     -> first seen, u32
 *	state  beh_tracker_hash(), u64 big-endian  -> marked until u32, flux
 *	block  name: length u8, wire format; subtree u8; rule's name
 *	                                           -> since u32, until u32,
 *evidence
 *
 * observed_record.c has the octets of values.
 */
#include "behaviour/observed.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "behaviour/observed_p.h"
#include "policy/error.h"
#include "policy/store.h"

#define FILE_NAME "observed.mdb"
#define TABLES 4
#define FILE_MODE 0660
#if SIZE_MAX > 0xffffffff
#define MAP_SIZE ((size_t)16 << 30)
#else
#define MAP_SIZE ((size_t)256 << 20)
#endif

struct beh_observed {
	MDB_env *env;
	MDB_dbi meta, seen, state, block;
	MDB_txn *txn; /* a reader's, or that of the batch under way */
	int error; /* the batch's first */
	uint64_t seed;
	int64_t began;
};

static MDB_val
text_val(const char *text)
{
	return val(text, strlen(text));
}

static void
hash_key(uint64_t hash, uint8_t *key)
{
	for (unsigned i = 0; i < 8; i++)
		key[i] = (uint8_t)(hash >> (56 - 8 * i));
}

/* ---- opening ---- */

static int
open_tables(struct beh_observed *observed, MDB_txn *txn, unsigned flags)
{
	int code = mdb_dbi_open(txn, "meta", flags, &observed->meta);

	if (code == 0)
		code = mdb_dbi_open(txn, "seen", flags, &observed->seen);
	if (code == 0)
		code = mdb_dbi_open(txn, "state", flags, &observed->state);
	if (code == 0)
		code = mdb_dbi_open(txn, "block", flags, &observed->block);
	return code == MDB_NOTFOUND ? POL_ECORRUPT : pol_error_from_lmdb(code);
}

static int
read_meta(const struct beh_observed *observed, MDB_txn *txn, const char *name,
    unsigned octets, uint64_t *number)
{
	MDB_val key = text_val(name), value;
	int code = mdb_get(txn, observed->meta, &key, &value);
	struct input in;

	if (code != 0)
		return code == MDB_NOTFOUND ? POL_ECORRUPT
					    : pol_error_from_lmdb(code);
	in = input_of(value.mv_data, value.mv_size);
	*number = get_number(&in, octets);
	return input_is_done(&in) ? 0 : POL_ECORRUPT;
}

static int
read_head(struct beh_observed *observed, MDB_txn *txn)
{
	uint64_t format, began;
	int error = read_meta(observed, txn, "format", 1, &format);

	if (error == 0 && format != BEH_OBSERVED_FORMAT)
		error = POL_EVERSION;
	if (error == 0)
		error = read_meta(observed, txn, "seed", 8, &observed->seed);
	if (error == 0)
		error = read_meta(observed, txn, "began", 8, &began);
	if (error == 0)
		observed->began = (int64_t)began;
	return error;
}

static int
write_meta(const struct beh_observed *observed, MDB_txn *txn, const char *name,
    unsigned len, uint64_t number)
{
	uint8_t octets[8];
	struct output out = {.out = octets};
	MDB_val key = text_val(name), value;

	put_number(&out, number, len);
	value = val(octets, out.len);
	return pol_error_from_lmdb(
	    mdb_put(txn, observed->meta, &key, &value, 0));
}

static int
write_head(const struct beh_observed *observed, MDB_txn *txn, int64_t now)
{
	uint64_t seed;
	int error;

	if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
		return POL_EIO;
	error = write_meta(observed, txn, "format", 1, BEH_OBSERVED_FORMAT);
	if (error == 0)
		error = write_meta(observed, txn, "seed", 8, seed);
	if (error == 0)
		error = write_meta(observed, txn, "began", 8, (uint64_t)now);
	return error;
}

static int
open_env(const char *path, unsigned flags, struct beh_observed **observed)
{
	struct beh_observed *made = calloc(1, sizeof(*made));
	int code;

	if (made == NULL)
		return POL_ENOMEM;
	code = mdb_env_create(&made->env);
	if (code == 0)
		code = mdb_env_set_maxdbs(made->env, TABLES);
	if (code == 0 && (flags & MDB_RDONLY) == 0)
		code = mdb_env_set_mapsize(made->env, MAP_SIZE);
	if (code == 0)
		code = mdb_env_open(made->env, path,
		    MDB_NOSUBDIR | MDB_NOTLS | MDB_NORDAHEAD | flags,
		    FILE_MODE);
	if (code != 0) {
		beh_observed_close(made);
		return pol_error_from_lmdb(code);
	}
	*observed = made;
	return 0;
}

/* The tables, made where they are not there. */
static int
prepare(struct beh_observed *observed, int64_t now)
{
	MDB_stat stat;
	MDB_txn *txn;
	int error =
	    pol_error_from_lmdb(mdb_txn_begin(observed->env, NULL, 0, &txn));

	if (error != 0)
		return error;
	error = open_tables(observed, txn, MDB_CREATE);
	if (error == 0)
		error =
		    pol_error_from_lmdb(mdb_stat(txn, observed->meta, &stat));
	if (error == 0 && stat.ms_entries == 0)
		error = write_head(observed, txn, now);
	if (error == 0)
		error = read_head(observed, txn);
	if (error != 0) {
		mdb_txn_abort(txn);
		return error;
	}
	return pol_error_from_lmdb(mdb_txn_commit(txn));
}

/* The resolver writes what the tool may have made. */
static void
share(const char *path)
{
	char lock[POL_PATH_MAX + 8];

	snprintf(lock, sizeof(lock), "%s-lock", path);
	pol_share_with_group(path, FILE_MODE);
	pol_share_with_group(lock, FILE_MODE);
}

int
beh_observed_create(
    const char *path, int64_t now, struct beh_observed **observed)
{
	bool is_new = access(path, F_OK) != 0;
	struct beh_observed *made;
	int error = open_env(path, 0, &made);

	if (error != 0)
		return error;
	if (is_new)
		share(path);
	error = prepare(made, now);
	if (error != 0) {
		beh_observed_close(made);
		return error;
	}
	*observed = made;
	return 0;
}

int
beh_observed_open(const char *path, struct beh_observed **observed)
{
	struct beh_observed *made;
	int error = open_env(path, MDB_RDONLY, &made);

	if (error != 0)
		return error;
	error = pol_error_from_lmdb(
	    mdb_txn_begin(made->env, NULL, MDB_RDONLY, &made->txn));
	if (error == 0)
		error = open_tables(made, made->txn, 0);
	if (error == 0)
		error = read_head(made, made->txn);
	if (error != 0) {
		beh_observed_close(made);
		return error;
	}
	*observed = made;
	return 0;
}

void
beh_observed_close(struct beh_observed *observed)
{
	if (observed == NULL)
		return;
	if (observed->txn != NULL)
		mdb_txn_abort(observed->txn);
	if (observed->env != NULL)
		mdb_env_close(observed->env);
	free(observed);
}

uint64_t
beh_observed_seed(const struct beh_observed *observed)
{
	return observed->seed;
}

int64_t
beh_observed_began(const struct beh_observed *observed)
{
	return observed->began;
}

bool
beh_observed_path(const char *policy_path, char *path, size_t size)
{
	const char *slash = strrchr(policy_path, '/');
	int folder = slash == NULL ? 0 : (int)(slash - policy_path) + 1;
	int len = snprintf(path, size, "%.*s" FILE_NAME, folder, policy_path);

	return len >= 0 && (size_t)len < size;
}

/* ---- transactions ---- */

/* Keep the first error. Returns whether all is well so far. */
static bool
check(struct beh_observed *observed, int error)
{
	if (observed->error == 0)
		observed->error = error;
	return observed->error == 0;
}

/* Begin a batch, or a look, unless one is under way. */
static bool
begin(struct beh_observed *observed)
{
	return observed->txn != NULL ||
	       check(observed, pol_error_from_lmdb(mdb_txn_begin(
				   observed->env, NULL, 0, &observed->txn)));
}

static void
put(struct beh_observed *observed, MDB_dbi table, MDB_val key, MDB_val value,
    unsigned flags)
{
	int code = mdb_put(observed->txn, table, &key, &value, flags);

	check(observed, code == MDB_KEYEXIST ? 0 : pol_error_from_lmdb(code));
}

int
beh_observed_commit(struct beh_observed *observed)
{
	int error = observed->error;

	if (observed->txn != NULL && error == 0)
		error = pol_error_from_lmdb(mdb_txn_commit(observed->txn));
	else if (observed->txn != NULL)
		mdb_txn_abort(observed->txn);
	observed->txn = NULL;
	observed->error = 0;
	return error;
}

/* ---- reading ---- */

static int
find(struct beh_observed *observed, MDB_dbi table, uint64_t hash, MDB_val *key,
    MDB_val *value, uint8_t *octets)
{
	int code;

	if (!begin(observed))
		return observed->error;
	hash_key(hash, octets);
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

	if (!begin(observed))
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

	if (!begin(observed))
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

/* ---- writing ---- */

void
beh_observed_put_seen(
    struct beh_observed *observed, const struct beh_sighting *sighting)
{
	uint8_t key[8], octets[4];
	struct output out = {.out = octets};

	if (!begin(observed) || observed->error != 0)
		return;
	hash_key(sighting->hash, key);
	put_number(&out, (uint64_t)sighting->first, 4);
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
	       (check(observed, pol_error_from_lmdb(mdb_stat(
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

	if (!begin(observed) || observed->error != 0)
		return;
	hash_key(state->hash, octets);
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

	if (!begin(observed) || observed->error != 0)
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

	if (!check(observed, pol_error_from_lmdb(code)))
		return;
	while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0)
		if (past(&key, &value, before) &&
		    !check(observed,
			pol_error_from_lmdb(mdb_cursor_del(cursor, 0))))
			break;
	mdb_cursor_close(cursor);
	if (code != 0 && code != MDB_NOTFOUND)
		check(observed, pol_error_from_lmdb(code));
}

void
beh_observed_purge(struct beh_observed *observed, int64_t before)
{
	if (!begin(observed) || observed->error != 0)
		return;
	purge(observed, observed->state, state_is_past, before);
	purge(observed, observed->block, block_is_past, before);
}
