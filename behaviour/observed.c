/*
 * observed.c - what the module has learned, on disk.
 *
 * The key space. Numbers in values are little-endian.
 *
 *	meta    "format"  u8
 *	        "seed"    u64, of all hashes
 *	        "began"   u64, seconds since the epoch
 *	recent  a number, u64 big-endian -> sightings as they came
 *	levelN  the last hash of a run, u64 big-endian -> its sightings
 *	state   beh_tracker_hash(), u64 big-endian -> marked until u32, flux
 *	block   name: length u8, wire format; subtree u8; rule's name
 *	        -> since u32, until u32, evidence
 *
 * A sighting is beh_seen_hash() u64, first seen u32, type u8: as many as the
 * value has octets for. How they come into levels, observed_levels.c says;
 * observed_record.c has the octets of values.
 *
 * Pages are written in the order that LMDB wants, and synchronised before the
 * one that says which count; that one itself only with those of the next commit
 * (MDB_NOMETASYNC). So a crash loses a commit at most, and the file stays
 * whole. Not to synchronise at all (MDB_NOSYNC) could leave it torn.
 */
#include "behaviour/observed.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "behaviour/observed_p.h"
#include "policy/damage_p.h"
#include "policy/error.h"
#include "policy/store.h"

#define FILE_NAME "observed.mdb"
#define TABLES (4 + LEVELS)
#define FILE_MODE 0660
#if SIZE_MAX > 0xffffffff
#define MAP_SIZE ((size_t)16 << 30)
#else
#define MAP_SIZE ((size_t)256 << 20)
#endif

static MDB_val
text_val(const char *text)
{
	return val(text, strlen(text));
}

/* ---- opening ---- */

static int
open_tables(struct beh_observed *observed, MDB_txn *txn, unsigned flags)
{
	static const char *const names[LEVELS] = {
	    "level0", "level1", "level2", "level3"};
	int code = mdb_dbi_open(txn, "recent", flags, &observed->recent);

	for (unsigned i = 0; i < LEVELS && code == 0; i++)
		code = mdb_dbi_open(txn, names[i], flags, &observed->levels[i]);
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
open_meta(struct beh_observed *observed, MDB_txn *txn, unsigned flags)
{
	int code = mdb_dbi_open(txn, "meta", flags, &observed->meta);

	return code == MDB_NOTFOUND ? POL_ECORRUPT : pol_error_from_lmdb(code);
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
	made->seen_max = UINT64_MAX;
	code = mdb_env_create(&made->env);
	if (code == 0)
		code = damage_watch(made->env);
	if (code == 0)
		code = mdb_env_set_maxdbs(made->env, TABLES);
	if (code == 0 && (flags & MDB_RDONLY) == 0)
		code = mdb_env_set_mapsize(made->env, MAP_SIZE);
	if (code == 0)
		code = mdb_env_open(made->env, path,
		    MDB_NOSUBDIR | MDB_NOTLS | MDB_NORDAHEAD | MDB_NOMETASYNC |
			flags,
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
	error = open_meta(observed, txn, MDB_CREATE);
	if (error == 0)
		error =
		    pol_error_from_lmdb(mdb_stat(txn, observed->meta, &stat));
	if (error == 0 && stat.ms_entries == 0)
		error = write_head(observed, txn, now);
	if (error == 0)
		error = read_head(observed, txn);
	if (error == 0)
		error = open_tables(observed, txn, MDB_CREATE);
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

/*
 * Is the file as long as its header says? What reads a mapped page that the
 * file does not have is ended by SIGBUS. A page that was taken and given back
 * in one transaction is never written, so whoever writes gives the file its
 * length after each commit.
 */
static bool
is_whole(const struct beh_observed *observed, off_t *length)
{
	MDB_envinfo info;
	MDB_stat stat;
	mdb_filehandle_t fd;
	struct stat st;

	if (mdb_env_info(observed->env, &info) != 0 ||
	    mdb_env_stat(observed->env, &stat) != 0 ||
	    mdb_env_get_fd(observed->env, &fd) != 0 || fstat(fd, &st) != 0)
		return false;
	*length = (off_t)(info.me_last_pgno + 1) * stat.ms_psize;
	return st.st_size >= *length;
}

static void
fill_file(const struct beh_observed *observed)
{
	mdb_filehandle_t fd;
	off_t length;

	if (!is_whole(observed, &length) &&
	    mdb_env_get_fd(observed->env, &fd) == 0)
		(void)posix_fallocate(fd, length - 1, 1);
}

int
beh_observed_open(const char *path, struct beh_observed **observed)
{
	struct beh_observed *made;
	off_t length;
	int error = open_env(path, MDB_RDONLY, &made);

	if (error != 0)
		return error;
	if (!is_whole(made, &length)) {
		beh_observed_close(made);
		return POL_ECORRUPT;
	}
	error = pol_error_from_lmdb(
	    mdb_txn_begin(made->env, NULL, MDB_RDONLY, &made->txn));
	if (error == 0)
		error = open_meta(made, made->txn, 0);
	if (error == 0)
		error = read_head(made, made->txn);
	if (error == 0)
		error = open_tables(made, made->txn, 0);
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

bool
observed_check(struct beh_observed *observed, int error)
{
	if (observed->error == 0)
		observed->error = error;
	return observed->error == 0;
}

bool
observed_begin(struct beh_observed *observed)
{
	return observed->txn != NULL ||
	       observed_check(observed,
		   pol_error_from_lmdb(
		       mdb_txn_begin(observed->env, NULL, 0, &observed->txn)));
}

static int
end_transaction(struct beh_observed *observed)
{
	MDB_txn *txn = observed->txn;
	int error = observed->error;

	if (txn != NULL && error == 0) {
		error = pol_error_from_lmdb(mdb_txn_commit(txn));
		fill_file(observed);
	} else if (txn != NULL) {
		mdb_txn_abort(txn);
	}
	observed->txn = NULL;
	observed->changes = 0;
	return error;
}

void
observed_changed(struct beh_observed *observed, unsigned pages)
{
	observed->changes += pages;
	if (observed->changes >= CHANGES_MAX)
		observed_check(observed, end_transaction(observed));
}

int
beh_observed_commit(struct beh_observed *observed)
{
	int error;

	observed_flush(observed);
	observed_settle(observed);
	error = end_transaction(observed);
	observed->error = 0;
	return error;
}
