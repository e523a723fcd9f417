/*
 * store.c - opening and closing the policy database.
 *
 * The key space, all of it. Values are described in record_p.h, and those of
 * origin and holder in origin_record_p.h.
 *
 *	meta  "format"      format version, one octet
 *	      "settings"    settings compiled from the configuration
 *	      "rules"       rules compiled from the configuration, if there
 *	                    are any: behaviour/rules_record.c
 *	      "clients"     groups of clients, if there are any: clients_p.h
 *	      "prefix-lengths"  indicators for prefixes of each length:
 *	                    lengths.c
 *	      "fresh"       what the latest commits listed: fresh.c
 *	      "origin-stamp"  which origin data these are, if there ever were
 *	                    any: origin_record_p.h
 *	feed  id, u16 big-endian      -> the feed
 *	name    key (see name.h)      -> the indicators of this name
 *	prefix  key (see address.h)   -> the indicators of this prefix
 *	asn     ASN, u32 big-endian   -> the indicators of this ASN
 *	origin  family (4 or 6), last address (4 or 16 octets)
 *	                              -> first address and origin ASN of a
 *	                                 range; ranges do not overlap, so the
 *	                                 one that may hold an address is the
 *	                                 first that does not end before it
 *	holder  ASN, u32 big-endian   -> who holds it: country and name
 *	moment  time, u64 big-endian  -> nothing: when the policy changes
 *	                                 without a commit, see moments.c
 *	journal number, u64 big-endian
 *	                              -> what a change did: see journal_p.h
 */
#include "policy/store_p.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/damage_p.h"
#include "policy/error.h"
#include "policy/octets_p.h"
#include "policy/record_p.h"

#define TABLES 12 /* room for tables of later formats */

#define FILE_MODE 0644
#define LOCK_MODE 0664

void
store_feed_key(uint16_t id, uint8_t *key)
{
	put_big_endian(key, id, STORE_FEED_KEY_LEN);
}

/* ---- reading what a snapshot and a change keep in memory ---- */

int
store_read_settings(const struct pol_store *store, MDB_txn *txn,
    struct pol_settings *settings)
{
	MDB_val key = store_val(META_SETTINGS, strlen(META_SETTINGS));
	MDB_val value;
	int code = mdb_get(txn, store->meta, &key, &value);

	if (code != 0)
		return code == MDB_NOTFOUND ? POL_ECORRUPT :
					      pol_error_from_lmdb(code);
	return record_read_settings(value.mv_data, value.mv_size, settings);
}

static int
read_feed(const MDB_val *key, const MDB_val *value, struct pol_feed *feed)
{
	if (key->mv_size != STORE_FEED_KEY_LEN)
		return POL_ECORRUPT;
	feed->id = (uint16_t)get_big_endian(key->mv_data, STORE_FEED_KEY_LEN);
	return record_read_feed(value->mv_data, value->mv_size, feed);
}

int
store_read_feeds(const struct pol_store *store, MDB_txn *txn,
    struct pol_feed **feeds, size_t *count)
{
	MDB_cursor *cursor = NULL;
	MDB_stat stat;
	MDB_val key, value;
	struct pol_feed *found = NULL;
	size_t used = 0;
	int error = pol_error_from_lmdb(mdb_stat(txn, store->feed, &stat));

	if (error == 0)
		error = pol_error_from_lmdb(
		    mdb_cursor_open(txn, store->feed, &cursor));
	if (error != 0)
		return error;
	found = calloc(stat.ms_entries + 1, sizeof(*found));
	if (found == NULL)
		error = POL_ENOMEM;
	while (error == 0 && used < stat.ms_entries) {
		error = pol_error_from_lmdb(
		    mdb_cursor_get(cursor, &key, &value, MDB_NEXT));
		if (error == 0)
			error = read_feed(&key, &value, &found[used]);
		used++;
	}
	mdb_cursor_close(cursor);
	if (error != 0) {
		free(found);
		return error == POL_ENOENT ? POL_ECORRUPT : error;
	}
	*feeds = found;
	*count = used;
	return 0;
}

size_t
store_feed_index(const struct pol_feed *feeds, size_t count, uint16_t id)
{
	/* Ids are given out from 0 without gaps unless a feed was removed, so
	 * the place of an id is at most the id. */
	size_t i = id < count ? id : count;

	while (i > 0 && (i == count || feeds[i].id > id))
		i--;
	return i < count && feeds[i].id == id ? i : count;
}

const struct pol_feed *
store_feed_named(const struct pol_feed *feeds, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(feeds[i].name, name) == 0)
			return &feeds[i];
	return NULL;
}

int
store_visit_value(const struct pol_subject *subject, const MDB_val *value,
    pol_visit *visit, void *arg)
{
	struct record_reader reader;
	struct pol_indicator indicator;
	int more = record_begin(&reader, value->mv_data, value->mv_size);

	if (more != 0)
		return more;
	while ((more = record_next(&reader, &indicator)) > 0) {
		int stop = visit(subject, &indicator, arg);

		if (stop != 0)
			return stop;
	}
	return more;
}

/* ---- opening ---- */

/* Where this fails (not the owner's group, say) it works for this user at
 * least, and the module says which file it cannot open. */
void
pol_share_with_group(const char *path, mode_t mode)
{
	char folder[POL_PATH_MAX + 8];
	struct stat st;
	char *slash;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (slash == NULL)
		strcpy(folder, ".");
	else
		slash[slash == folder ? 1 : 0] = '\0';
	if (stat(folder, &st) != 0 || chown(path, (uid_t)-1, st.st_gid) != 0 ||
	    chmod(path, mode) != 0)
		errno = 0;
}

/* LMDB keeps the reader table beside the data. */
static void
lock_path(const char *path, char *lock, size_t size)
{
	snprintf(lock, size, "%s-lock", path);
}

static int
open_table(MDB_txn *txn, const char *name, unsigned flags, MDB_dbi *dbi)
{
	int code = mdb_dbi_open(txn, name, flags, dbi);

	return code == MDB_NOTFOUND ? POL_ECORRUPT : pol_error_from_lmdb(code);
}

static int
check_format(const struct pol_store *store, MDB_txn *txn)
{
	MDB_val key = store_val(META_FORMAT, strlen(META_FORMAT));
	MDB_val value;
	int code = mdb_get(txn, store->meta, &key, &value);

	if (code != 0)
		return code == MDB_NOTFOUND ? POL_ECORRUPT :
					      pol_error_from_lmdb(code);
	if (value.mv_size != 1)
		return POL_ECORRUPT;
	return *(const uint8_t *)value.mv_data == POL_STORE_FORMAT ?
	    0 :
	    POL_EVERSION;
}

/* IS_NEW: make them. The format comes first: another one may well have other
 * tables. */
static int
open_tables(struct pol_store *store, MDB_txn *txn, bool is_new)
{
	unsigned flags = is_new ? MDB_CREATE : 0;
	int error = open_table(txn, "meta", flags, &store->meta);

	if (error == 0 && !is_new)
		error = check_format(store, txn);
	if (error == 0)
		error = open_table(txn, "feed", flags, &store->feed);
	for (int kind = 0; error == 0 && kind < POL_KINDS; kind++)
		error = open_table(txn, pol_kind_text((enum pol_kind)kind),
		    flags, &store->subject[kind]);
	if (error == 0)
		error = open_table(txn, "origin", flags, &store->origin);
	if (error == 0)
		error = open_table(txn, "holder", flags, &store->holder);
	if (error == 0)
		error = open_table(txn, "moment", flags, &store->moment);
	if (error == 0)
		error = open_table(txn, "journal", flags, &store->journal);
	return error;
}

/* Put the format version, default settings and the operator's feed into a
 * database that has just been made. */
static int
write_first_entries(const struct pol_store *store, MDB_txn *txn)
{
	uint8_t format = POL_STORE_FORMAT;
	uint8_t settings_octets[RECORD_SETTINGS_MAX];
	uint8_t feed_octets[RECORD_FEED_MAX];
	uint8_t feed_key[STORE_FEED_KEY_LEN];
	struct pol_settings settings;
	struct pol_feed feed = {.action = POL_SINKHOLE,
	    .ede = POL_EDE_BLOCKED,
	    .name = POL_OPERATOR_NAME};
	MDB_val key = store_val(META_FORMAT, strlen(META_FORMAT));
	MDB_val value = store_val(&format, 1);
	int code = mdb_put(txn, store->meta, &key, &value, 0);

	pol_settings_default(&settings);
	if (code == 0) {
		key = store_val(META_SETTINGS, strlen(META_SETTINGS));
		value = store_val(settings_octets,
		    record_write_settings(&settings, settings_octets));
		code = mdb_put(txn, store->meta, &key, &value, 0);
	}
	if (code == 0) {
		store_feed_key(POL_OPERATOR, feed_key);
		key = store_val(feed_key, sizeof(feed_key));
		value = store_val(
		    feed_octets, record_write_feed(&feed, feed_octets));
		code = mdb_put(txn, store->feed, &key, &value, 0);
	}
	return pol_error_from_lmdb(code);
}

/* How LMDB's meta pages begin. */
struct meta_page {
	size_t number;
	uint16_t pad, flags, lower, upper;
	uint32_t magic, version;
	void *map_address;
	size_t map_size;
	uint32_t page_size;
};

#define PAGE_SIZE_MAX 0x10000 /* octets: LMDB makes none larger */

/* LMDB takes the page size as it finds it in the newer meta page, and divides
 * by it. What is too short to have two is left to LMDB: it may just be being
 * made. */
static int
check_page_size(const char *path)
{
	const ssize_t len = sizeof(struct meta_page);
	struct meta_page first, second;
	int error = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : pol_error_from_lmdb(errno);
	if (pread(fd, &first, sizeof(first), 0) == len &&
	    (first.page_size == 0 || first.page_size > PAGE_SIZE_MAX ||
		(pread(fd, &second, sizeof(second), first.page_size) == len &&
		    second.page_size != first.page_size)))
		error = POL_ECORRUPT;
	close(fd);
	return error;
}

static int
open_env(const char *path, size_t map_size, unsigned flags,
    struct pol_store *store)
{
	char lock[POL_PATH_MAX + 8];
	bool is_lock_new;
	MDB_envinfo info;
	MDB_stat stat;
	int code = check_page_size(path);

	if (code != 0)
		return code;
	lock_path(path, lock, sizeof(lock));
	is_lock_new = access(lock, F_OK) != 0;
	code = mdb_env_create(&store->env);
	if (code != 0) {
		store->env = NULL;
		return pol_error_from_lmdb(code);
	}
	code = damage_watch(store->env);
	if (code == 0)
		code = mdb_env_set_maxdbs(store->env, TABLES);
	if (code == 0)
		code = mdb_env_set_maxreaders(store->env, POL_STORE_READERS);
	if (code == 0)
		code = mdb_env_open(store->env, path,
		    MDB_NOSUBDIR | MDB_NOTLS | flags, FILE_MODE);
	/* Set before opening, a size would shrink a larger map. */
	if (code == 0)
		code = mdb_env_info(store->env, &info);
	if (code == 0 && info.me_mapsize < map_size)
		code = mdb_env_set_mapsize(store->env, map_size);
	if (code == 0 && is_lock_new && !(flags & MDB_NOLOCK))
		pol_share_with_group(lock, LOCK_MODE);
	if (code == 0)
		code = mdb_env_stat(store->env, &stat);
	if (code == 0)
		store->page_size = stat.ms_psize;
	return pol_error_from_lmdb(code);
}

int
store_begin_read(const struct pol_store *store, MDB_txn **txn)
{
	int dead_readers;
	int code = mdb_txn_begin(store->env, NULL, MDB_RDONLY, txn);

	if (code == MDB_READERS_FULL &&
	    mdb_reader_check(store->env, &dead_readers) == 0)
		code = mdb_txn_begin(store->env, NULL, MDB_RDONLY, txn);
	return pol_error_from_lmdb(code);
}

uint64_t
store_size_in_header(const struct pol_store *store)
{
	MDB_envinfo info;

	mdb_env_info(store->env, &info);
	return ((uint64_t)info.me_last_pgno + 1) * store->page_size;
}

int
pol_store_check(const struct pol_store *store)
{
	/* The header first: a commit between the two lets the file grow. */
	uint64_t expected = store_size_in_header(store);
	mdb_filehandle_t fd;
	struct stat st;

	if (mdb_env_get_fd(store->env, &fd) != 0 || fstat(fd, &st) != 0)
		return POL_EIO;
	return (uint64_t)st.st_size >= expected ? 0 : POL_ECORRUPT;
}

bool
pol_store_is_at(const struct pol_store *store, const char *path)
{
	mdb_filehandle_t fd;
	struct stat open_file, file;

	return mdb_env_get_fd(store->env, &fd) != 0 ||
	    fstat(fd, &open_file) != 0 || stat(path, &file) != 0 ||
	    (open_file.st_dev == file.st_dev &&
		open_file.st_ino == file.st_ino);
}

static int
open_to_read(const char *path, unsigned flags, struct pol_store *store)
{
	MDB_txn *txn;
	int error = open_env(path, 0, MDB_RDONLY | flags, store);

	if (error == 0)
		error = pol_store_check(store);
	if (error == 0)
		error = store_begin_read(store, &txn);
	if (error != 0)
		return error;
	error = open_tables(store, txn, false);
	if (error != 0) {
		mdb_txn_abort(txn);
		return error;
	}
	/* Committing keeps the table handles. */
	return pol_error_from_lmdb(mdb_txn_commit(txn));
}

/* Has nothing been written to it yet? Known for certain only in a write
 * transaction: another process may be making the same database. */
static int
check_new(MDB_txn *txn, bool *is_new)
{
	MDB_dbi tables;
	MDB_stat stat;
	int code = mdb_dbi_open(txn, NULL, 0, &tables);

	if (code == 0)
		code = mdb_stat(txn, tables, &stat);
	if (code == 0)
		*is_new = stat.ms_entries == 0;
	return pol_error_from_lmdb(code);
}

static int
open_to_write(const char *path, size_t map_size, struct pol_store *store)
{
	MDB_txn *txn;
	bool is_new = false;
	int dead_readers;
	int error = open_env(path, map_size, 0, store);

	/* A resolver that was killed leaves its slots in the reader table, and
	 * with them every page since: the file would grow. */
	if (error == 0)
		error = pol_error_from_lmdb(
		    mdb_reader_check(store->env, &dead_readers));
	if (error == 0)
		error = pol_error_from_lmdb(
		    mdb_txn_begin(store->env, NULL, 0, &txn));
	if (error != 0)
		return error;
	error = store_repair(store);
	if (error == 0)
		error = check_new(txn, &is_new);
	if (error == 0)
		error = open_tables(store, txn, is_new);
	if (error == 0 && is_new)
		error = write_first_entries(store, txn);
	if (error != 0) {
		mdb_txn_abort(txn);
		return error;
	}
	if (is_new)
		pol_share_with_group(path, FILE_MODE);
	return pol_error_from_lmdb(mdb_txn_commit(txn));
}

static int
finish_open(int error, struct pol_store *opened, struct pol_store **store)
{
	if (error != 0) {
		pol_store_close(opened);
		return error;
	}
	*store = opened;
	return 0;
}

/* LMDB reads both meta pages whether they are there or not. */
static bool
is_too_short(const struct stat *st)
{
	return st->st_size < 2 * sysconf(_SC_PAGESIZE);
}

static int
open_existing(const char *path, unsigned flags, struct pol_store **store)
{
	struct pol_store *opened;
	struct stat st;

	if (stat(path, &st) != 0)
		return pol_error_from_lmdb(errno);
	if (!S_ISREG(st.st_mode) || is_too_short(&st))
		return POL_ECORRUPT;
	opened = calloc(1, sizeof(*opened));
	if (opened == NULL)
		return POL_ENOMEM;
	return finish_open(open_to_read(path, flags, opened), opened, store);
}

int
pol_store_open(const char *path, struct pol_store **store)
{
	return open_existing(path, 0, store);
}

int
pol_store_probe(const char *path)
{
	struct pol_store *store;
	int error = open_existing(path, MDB_NOLOCK, &store);

	if (error == 0)
		pol_store_close(store);
	return error;
}

int
pol_store_create(const char *path, size_t map_size, struct pol_store **store)
{
	struct pol_store *opened;
	struct stat st;
	bool is_there = stat(path, &st) == 0;

	if (!is_there && errno != ENOENT)
		return pol_error_from_lmdb(errno);
	/* However short: another process may just be making it, and LMDB waits
	 * for that; what stays too short LMDB refuses. */
	if (is_there && !S_ISREG(st.st_mode))
		return POL_ECORRUPT;
	opened = calloc(1, sizeof(*opened));
	if (opened == NULL)
		return POL_ENOMEM;
	if (map_size == 0)
		map_size = POL_STORE_MAP_DEFAULT;
	return finish_open(open_to_write(path, map_size, opened), opened, store);
}

void
pol_store_close(struct pol_store *store)
{
	if (store == NULL)
		return;
	if (store->env != NULL)
		mdb_env_close(store->env);
	free(store);
}

int
pol_store_copy(const struct pol_store *store, const char *path)
{
	return pol_error_from_lmdb(mdb_env_copy(store->env, path));
}

uint64_t
pol_store_generation(const struct pol_store *store)
{
	MDB_envinfo info;

	mdb_env_info(store->env, &info);
	return info.me_last_txnid;
}

int
pol_store_grow(struct pol_store *store)
{
	MDB_envinfo info;

	mdb_env_info(store->env, &info);
	if (info.me_mapsize > POL_STORE_MAP_MAX / 2)
		return POL_EFULL;
	return pol_error_from_lmdb(
	    mdb_env_set_mapsize(store->env, info.me_mapsize * 2));
}
