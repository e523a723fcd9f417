/*
 * snapshot.c - reading the policy database.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/clients_p.h"
#include "policy/error.h"
#include "policy/origin.h"
#include "policy/store_p.h"

struct pol_snapshot_impl {
	struct pol_store *store;
	MDB_txn *txn;
	MDB_cursor *cursors[SNAPSHOT_TABLES];
	bool renewed[SNAPSHOT_TABLES]; /* in this transaction */
	struct pol_origin last_origin;
};

struct pol_origin *
snapshot_last_origin(struct pol_snapshot *snapshot)
{
	return &snapshot->impl->last_origin;
}

/* Renewing a cursor looks its table up: it is done at the first use, so that a
 * query pays for the tables that it needs. */
int
snapshot_cursor(struct pol_snapshot *snapshot, enum snapshot_table table,
    MDB_cursor **cursor)
{
	struct pol_snapshot_impl *impl = snapshot->impl;
	int code;

	if (!impl->renewed[table]) {
		code = mdb_cursor_renew(impl->txn, impl->cursors[table]);
		if (code != 0)
			return pol_error_from_lmdb(code);
		impl->renewed[table] = true;
	}
	*cursor = impl->cursors[table];
	return 0;
}

int
snapshot_count(struct pol_snapshot *snapshot, enum snapshot_table table,
    uint64_t *count)
{
	const struct pol_snapshot_impl *impl = snapshot->impl;
	MDB_stat stat;
	int error = pol_error_from_lmdb(mdb_stat(
	    impl->txn, mdb_cursor_dbi(impl->cursors[table]), &stat));

	if (error == 0)
		*count = stat.ms_entries;
	return error;
}

int
snapshot_meta(
    const struct pol_snapshot *snapshot, const char *name, MDB_val *value)
{
	const struct pol_snapshot_impl *impl = snapshot->impl;
	MDB_val key = store_val(name, strlen(name));
	int code = mdb_get(impl->txn, impl->store->meta, &key, value);

	if (code != 0)
		return code == MDB_NOTFOUND ? 0 : pol_error_from_lmdb(code);
	return 1;
}

static int
open_cursors(struct pol_snapshot_impl *impl)
{
	const struct pol_store *store = impl->store;
	const MDB_dbi tables[SNAPSHOT_TABLES] = {
	    [SNAPSHOT_NAMES] = store->subject[POL_NAME],
	    [SNAPSHOT_PREFIXES] = store->subject[POL_PREFIX],
	    [SNAPSHOT_ASNS] = store->subject[POL_ASN],
	    [SNAPSHOT_ORIGINS] = store->origin,
	    [SNAPSHOT_HOLDERS] = store->holder,
	    [SNAPSHOT_MOMENTS] = store->moment,
	    [SNAPSHOT_JOURNAL] = store->journal,
	};
	int code = 0;

	for (int i = 0; i < SNAPSHOT_TABLES && code == 0; i++)
		code = mdb_cursor_open(impl->txn, tables[i], &impl->cursors[i]);
	return pol_error_from_lmdb(code);
}

/* What the feeds' own words and counts say of the policy as a whole. */
static void
sum_up(struct pol_snapshot *snapshot)
{
	snapshot->has_shadow = false;
	snapshot->has_shadow_addresses = false;
	snapshot->has_short_names = false;
	snapshot->has_allow = false;
	snapshot->serves_nameservers = false;
	for (size_t i = 0; i < snapshot->feed_count; i++) {
		const struct pol_feed *feed = &snapshot->feeds[i];

		if (feed->count == 0)
			continue;
		if (feed->mode == POL_SHADOW || feed->shadowed > 0) {
			snapshot->has_shadow = true;
			if (feed->addresses > 0)
				snapshot->has_shadow_addresses = true;
		}
		if (feed->short_names > 0)
			snapshot->has_short_names = true;
		if (feed->action == POL_ALLOW || feed->allowing > 0)
			snapshot->has_allow = true;
		if ((feed->triggers & POL_SERVES_NAMESERVERS) != 0 ||
		    feed->nameservers > 0)
			snapshot->serves_nameservers = true;
	}
}

static int
load_clients(struct pol_snapshot *snapshot)
{
	struct pol_clients *clients = NULL;
	MDB_val value;
	int found = snapshot_meta(snapshot, META_CLIENTS, &value);
	int error = found < 0 ? found : 0;

	if (found > 0)
		error = clients_read(value.mv_data, value.mv_size, &clients);
	if (error != 0)
		return error;
	pol_clients_free(snapshot->clients);
	snapshot->clients = clients;
	return 0;
}

/* Read what is kept in memory, unless that of this generation is there. */
static int
load(struct pol_snapshot *snapshot)
{
	struct pol_snapshot_impl *impl = snapshot->impl;
	uint64_t generation = mdb_txn_id(impl->txn);
	struct pol_feed *feeds;
	size_t count;
	int error;

	if (snapshot->feeds != NULL && snapshot->generation == generation)
		return 0;
	impl->last_origin.asn = 0;
	error =
	    store_read_settings(impl->store, impl->txn, &snapshot->settings);
	if (error == 0)
		error =
		    store_read_feeds(impl->store, impl->txn, &feeds, &count);
	if (error != 0)
		return error;
	error = snapshot_load_lengths(snapshot, impl->store, impl->txn);
	if (error == 0)
		error = snapshot_load_asns(snapshot, impl->store, impl->txn);
	if (error == 0)
		error = load_clients(snapshot);
	if (error != 0) {
		free(feeds);
		return error;
	}
	free(snapshot->feeds);
	snapshot->feeds = feeds;
	snapshot->feed_count = count;
	snapshot->generation = generation;
	sum_up(snapshot);
	return 0;
}

int
pol_snapshot_begin(struct pol_store *store, struct pol_snapshot **snapshot)
{
	struct pol_snapshot *begun = calloc(1, sizeof(*begun));
	struct pol_snapshot_impl *impl = calloc(1, sizeof(*impl));
	int error = POL_ENOMEM;

	if (begun == NULL || impl == NULL)
		goto out;
	begun->impl = impl;
	impl->store = store;
	error = store_begin_read(store, &impl->txn);
	if (error != 0)
		goto out;
	error = open_cursors(impl);
	if (error == 0)
		error = load(begun);
	if (error == 0) {
		*snapshot = begun;
		return 0;
	}
	pol_snapshot_end(begun);
	return error;
out:
	free(impl);
	free(begun);
	return error;
}

void
pol_snapshot_release(struct pol_snapshot *snapshot)
{
	mdb_txn_reset(snapshot->impl->txn);
}

int
pol_snapshot_renew(struct pol_snapshot *snapshot)
{
	struct pol_snapshot_impl *impl = snapshot->impl;
	int error = pol_error_from_lmdb(mdb_txn_renew(impl->txn));

	if (error != 0)
		return error;
	memset(impl->renewed, 0, sizeof(impl->renewed));
	error = load(snapshot);
	if (error != 0)
		mdb_txn_reset(impl->txn);
	return error;
}

void
pol_snapshot_end(struct pol_snapshot *snapshot)
{
	if (snapshot == NULL)
		return;
	for (int i = 0; i < SNAPSHOT_TABLES; i++)
		if (snapshot->impl->cursors[i] != NULL)
			mdb_cursor_close(snapshot->impl->cursors[i]);
	mdb_txn_abort(snapshot->impl->txn);
	free(snapshot->impl);
	free(snapshot->feeds);
	free(snapshot->asns);
	pol_clients_free(snapshot->clients);
	free(snapshot);
}

int
pol_snapshot_rules(
    const struct pol_snapshot *snapshot, const uint8_t **octets, size_t *len)
{
	MDB_val value;
	int found = snapshot_meta(snapshot, META_RULES, &value);

	if (found > 0) {
		*octets = value.mv_data;
		*len = value.mv_size;
	}
	return found;
}

const struct pol_feed *
pol_snapshot_feed(const struct pol_snapshot *snapshot, uint16_t id)
{
	size_t i = store_feed_index(snapshot->feeds, snapshot->feed_count, id);

	return i < snapshot->feed_count ? &snapshot->feeds[i] : NULL;
}

const struct pol_feed *
pol_snapshot_feed_named(const struct pol_snapshot *snapshot, const char *name)
{
	return store_feed_named(snapshot->feeds, snapshot->feed_count, name);
}

static int
each_of_kind(struct pol_snapshot *snapshot, enum pol_kind kind,
    pol_visit *visit, void *arg)
{
	MDB_cursor *cursor;
	MDB_cursor_op op = MDB_FIRST;
	MDB_val key, value;
	int code = snapshot_cursor(snapshot, snapshot_table(kind), &cursor);

	if (code != 0)
		return code;
	while ((code = mdb_cursor_get(cursor, &key, &value, op)) == 0) {
		struct pol_subject subject;
		int stop = pol_subject_from_key(
		    kind, key.mv_data, key.mv_size, &subject);

		if (stop == 0)
			stop = store_visit_value(&subject, &value, visit, arg);
		if (stop != 0)
			return stop;
		op = MDB_NEXT;
	}
	return code == MDB_NOTFOUND ? 0 : pol_error_from_lmdb(code);
}

int
pol_snapshot_each(struct pol_snapshot *snapshot, pol_visit *visit, void *arg)
{
	int stop = 0;

	for (int kind = 0; stop == 0 && kind < POL_KINDS; kind++)
		stop = each_of_kind(snapshot, (enum pol_kind)kind, visit, arg);
	return stop;
}

int
pol_snapshot_at(struct pol_snapshot *snapshot,
    const struct pol_subject *subject, pol_visit *visit, void *arg)
{
	struct pol_key key;
	MDB_cursor *cursor;
	MDB_val key_val, value;
	int code =
	    snapshot_cursor(snapshot, snapshot_table(subject->kind), &cursor);

	if (code != 0)
		return code;
	pol_subject_key(subject, &key);
	key_val = store_val(key.data, key.len);
	code = mdb_cursor_get(cursor, &key_val, &value, MDB_SET_KEY);
	if (code != 0)
		return code == MDB_NOTFOUND ? 0 : pol_error_from_lmdb(code);
	return store_visit_value(subject, &value, visit, arg);
}

/* Add the octets that a table takes to *SIZE. Its entries go to COUNT. */
static int
add_table(const struct pol_store *store, MDB_txn *txn, MDB_dbi table,
    uint64_t *size, uint64_t *count)
{
	MDB_stat stat;
	int code = mdb_stat(txn, table, &stat);

	if (code != 0)
		return pol_error_from_lmdb(code);
	*count = stat.ms_entries;
	*size += (stat.ms_branch_pages + stat.ms_leaf_pages +
		     stat.ms_overflow_pages) *
		 (uint64_t)store->page_size;
	return 0;
}

int
pol_store_stat(struct pol_store *store, struct pol_store_stat *stat)
{
	struct pol_store_stat found = {0};
	MDB_txn *txn;
	mdb_filehandle_t fd;
	struct stat st;
	int error;

	if (mdb_env_get_fd(store->env, &fd) != 0 || fstat(fd, &st) != 0)
		return POL_EIO;
	error = store_begin_read(store, &txn);
	if (error != 0)
		return error;
	found.generation = mdb_txn_id(txn);
	found.file_size = (uint64_t)st.st_size;
	for (int kind = 0; error == 0 && kind < POL_KINDS; kind++)
		error = add_table(store, txn, store->subject[kind],
		    &found.used_size, &found.subjects[kind]);
	if (error == 0)
		error = add_table(store, txn, store->origin, &found.origin_size,
		    &found.origin_ranges);
	if (error == 0)
		error = add_table(store, txn, store->holder, &found.origin_size,
		    &found.origin_holders);
	if (error == 0)
		*stat = found;
	mdb_txn_abort(txn);
	return error;
}
