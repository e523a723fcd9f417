/*
 * lmdb_edit.h - change a database behind the library's back, by LMDB alone, to
 * see what the library makes of it.
 *
 * It knows nothing of the tables but that they are tables, so it damages
 * whatever the library keeps. The store must be closed. Fails the running
 * test where LMDB does.
 */
#ifndef LMDB_EDIT_H
#define LMDB_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One entry of one table. */
struct lmdb_entry {
	char table[32];
	uint8_t key[512];
	size_t key_len;
	uint8_t *value; /* the caller's: free() */
	size_t value_len;
};

/* The entry NUMBER of all tables taken together; false behind the last. */
bool lmdb_entry_read(const char *path, size_t number, struct lmdb_entry *entry);

/* Replace its value. */
void lmdb_entry_write(const char *path, const struct lmdb_entry *entry,
    const uint8_t *value, size_t len);

/* Set a key, in a table that is made where it does not exist; delete one. */
void lmdb_key_set(const char *path, const char *table, const void *key,
    size_t key_len, const void *value, size_t len);
void lmdb_key_delete(
    const char *path, const char *table, const void *key, size_t key_len);

/* Take PAGES pages, and more, at the file's end and give them back in the same
 * transaction: LMDB leaves the file shorter than its header then says. */
void lmdb_pages_waste(const char *path, size_t pages);

/* What LMDB makes before anything is committed: two pages, no table. */
void lmdb_file_make(const char *path);

#endif
