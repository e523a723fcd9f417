/*
 * lmdb_edit.c - change a database behind the library's back.
 */
#include "lmdb_edit.h"

#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy_support.h"

struct edit {
	MDB_env *env;
	MDB_txn *txn;
};

static struct edit
edit_begin(const char *path)
{
	struct edit edit;

	assert_int_equal(mdb_env_create(&edit.env), 0);
	assert_int_equal(mdb_env_set_maxdbs(edit.env, 32), 0);
	assert_int_equal(
	    mdb_env_open(edit.env, path, MDB_NOSUBDIR | MDB_NOSYNC, 0600), 0);
	assert_int_equal(mdb_txn_begin(edit.env, NULL, 0, &edit.txn), 0);
	return edit;
}

static void
edit_end(const struct edit *edit)
{
	assert_int_equal(mdb_txn_commit(edit->txn), 0);
	mdb_env_close(edit->env);
}

static MDB_val
val(const void *data, size_t len)
{
	union {
		const void *given;
		void *taken;
	} pointer = {.given = data};

	return (MDB_val){.mv_size = len, .mv_data = pointer.taken};
}

/* Find entry *NUMBER of this table, or count it down by the table's size. */
static bool
read_from_table(
    MDB_txn *txn, MDB_dbi table, size_t *number, struct lmdb_entry *entry)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	bool found = false;

	assert_int_equal(mdb_cursor_open(txn, table, &cursor), 0);
	while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
		if ((*number)-- > 0)
			continue;
		found = true;
		entry->key_len = key.mv_size;
		memcpy(entry->key, key.mv_data, key.mv_size);
		entry->value_len = value.mv_size;
		entry->value = malloc(value.mv_size + 1);
		assert_non_null(entry->value);
		memcpy(entry->value, value.mv_data, value.mv_size);
		break;
	}
	mdb_cursor_close(cursor);
	return found;
}

bool
lmdb_entry_read(const char *path, size_t number, struct lmdb_entry *entry)
{
	struct edit edit = edit_begin(path);
	MDB_cursor *cursor;
	MDB_val key, value;
	MDB_dbi tables, table;
	bool found = false;

	assert_int_equal(mdb_dbi_open(edit.txn, NULL, 0, &tables), 0);
	assert_int_equal(mdb_cursor_open(edit.txn, tables, &cursor), 0);
	while (!found && mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
		snprintf(entry->table, sizeof(entry->table), "%.*s",
		    (int)key.mv_size, (const char *)key.mv_data);
		assert_int_equal(
		    mdb_dbi_open(edit.txn, entry->table, 0, &table), 0);
		found = read_from_table(edit.txn, table, &number, entry);
	}
	mdb_cursor_close(cursor);
	edit_end(&edit);
	return found;
}

void
lmdb_key_set(const char *path, const char *table, const void *key,
    size_t key_len, const void *value, size_t len)
{
	struct edit edit = edit_begin(path);
	MDB_val key_val = val(key, key_len);
	MDB_val value_val = val(value, len);
	MDB_dbi dbi;

	assert_int_equal(mdb_dbi_open(edit.txn, table, MDB_CREATE, &dbi), 0);
	assert_int_equal(mdb_put(edit.txn, dbi, &key_val, &value_val, 0), 0);
	edit_end(&edit);
}

void
lmdb_key_delete(
    const char *path, const char *table, const void *key, size_t key_len)
{
	struct edit edit = edit_begin(path);
	MDB_val key_val = val(key, key_len);
	MDB_dbi dbi;

	assert_int_equal(mdb_dbi_open(edit.txn, table, 0, &dbi), 0);
	assert_int_equal(mdb_del(edit.txn, dbi, &key_val, NULL), 0);
	edit_end(&edit);
}

void
lmdb_entry_write(const char *path, const struct lmdb_entry *entry,
    const uint8_t *value, size_t len)
{
	lmdb_key_set(
	    path, entry->table, entry->key, entry->key_len, value, len);
}

void
lmdb_pages_waste(const char *path, size_t pages)
{
	struct edit edit = edit_begin(path);
	MDB_val key = val("\377waste", 6);
	MDB_val value = {.mv_size = pages * 4096};
	MDB_dbi dbi;

	assert_int_equal(mdb_dbi_open(edit.txn, "name", 0, &dbi), 0);
	assert_int_equal(
	    mdb_put(edit.txn, dbi, &key, &value, MDB_RESERVE), 0);
	assert_int_equal(mdb_del(edit.txn, dbi, &key, NULL), 0);
	edit_end(&edit);
}

void
lmdb_file_make(const char *path)
{
	struct edit edit = edit_begin(path);

	mdb_txn_abort(edit.txn);
	mdb_env_close(edit.env);
}
