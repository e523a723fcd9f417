/*
 * import_origin.c - bring the origin data in the database to what its sources
 * now say.
 *
 * What is to be stored and what is stored are walked side by side in the order
 * of keys, so that what is the same is only read. One cursor does it all:
 * after LMDB has put or deleted an entry, the next one is that which was next
 * before.
 */
#include <string.h>
#include <sys/random.h>

#include "policy/change_p.h"
#include "policy/error.h"
#include "policy/origin_record_p.h"
#include "policy/ranges_p.h"

/* An entry to be stored. */
struct entry {
	uint8_t key[ORIGIN_KEY_MAX];
	size_t key_len;
	uint8_t value[HOLDER_VALUE_MAX];
	size_t value_len;
};

_Static_assert(HOLDER_KEY_LEN <= ORIGIN_KEY_MAX, "a key fits");
_Static_assert(ORIGIN_VALUE_MAX <= HOLDER_VALUE_MAX, "a value fits");

/* One table, and what is to be stored in it. */
struct walk {
	struct pol_change *change;
	MDB_cursor *cursor;
	MDB_val key; /* where the cursor is, unless at_end */
	MDB_val value;
	bool at_end;
	struct pol_import_result result;
};

typedef void write_entry(
    const struct pol_ranges *ranges, size_t n, struct entry *entry);

static void
write_origin(const struct pol_ranges *ranges, size_t n, struct entry *entry)
{
	struct pol_origin origin;

	ranges_get(ranges, n, &origin);
	entry->key_len = origin_write_key(&origin.last, entry->key);
	entry->value_len = origin_write_value(&origin, entry->value);
}

static void
write_holder(const struct pol_ranges *ranges, size_t n, struct entry *entry)
{
	struct pol_origin origin;

	holders_get(ranges->holders, n, &origin);
	entry->key_len = holder_write_key(origin.asn, entry->key);
	entry->value_len = holder_write_value(&origin, entry->value);
}

static void
step(struct walk *walk, MDB_cursor_op op)
{
	int code = mdb_cursor_get(walk->cursor, &walk->key, &walk->value, op);

	walk->at_end = code != 0;
	if (code != MDB_NOTFOUND)
		change_check(walk->change, pol_error_from_lmdb(code));
}

static void
put(struct walk *walk, const struct entry *entry)
{
	MDB_val key = store_val(entry->key, entry->key_len);
	MDB_val value = store_val(entry->value, entry->value_len);

	if (change_check(walk->change, pol_error_from_lmdb(mdb_cursor_put(
					   walk->cursor, &key, &value, 0))))
		walk->change->dirty = true;
	walk->result.added++;
}

static void
remove_here(struct walk *walk)
{
	if (change_check(walk->change,
		pol_error_from_lmdb(mdb_cursor_del(walk->cursor, 0))))
		walk->change->dirty = true;
	walk->result.removed++;
	step(walk, MDB_NEXT);
}

static int
compare_keys(const struct entry *entry, const MDB_val *key)
{
	return pol_key_compare(
	    entry->key, entry->key_len, key->mv_data, key->mv_size);
}

/* Store ENTRY; what lies between the last one and this is not wanted. */
static void
store_entry(struct walk *walk, const struct entry *entry)
{
	struct pol_change *change = walk->change;

	while (change->error == 0 && !walk->at_end &&
	       compare_keys(entry, &walk->key) > 0)
		remove_here(walk);
	if (change->error != 0)
		return;
	if (walk->at_end || compare_keys(entry, &walk->key) < 0) {
		put(walk, entry);
	} else if (walk->value.mv_size == entry->value_len &&
		   memcmp(walk->value.mv_data, entry->value,
		       entry->value_len) == 0) {
		walk->result.unchanged++;
	} else {
		walk->result.removed++;
		put(walk, entry);
	}
	step(walk, MDB_NEXT);
}

static void
store_all(struct pol_change *change, MDB_dbi table,
    const struct pol_ranges *ranges, size_t count, write_entry *write,
    struct pol_import_result *result)
{
	struct walk walk = {.change = change};

	if (!change_check(change, pol_error_from_lmdb(mdb_cursor_open(
				      change->txn, table, &walk.cursor))))
		return;
	step(&walk, MDB_FIRST);
	for (size_t i = 0; i < count && change->error == 0; i++) {
		struct entry entry;

		write(ranges, i, &entry);
		store_entry(&walk, &entry);
	}
	while (change->error == 0 && !walk.at_end)
		remove_here(&walk);
	mdb_cursor_close(walk.cursor);
	*result = walk.result;
}

/* The ranges are others than before. */
static void
note_changed(struct pol_change *change)
{
	uint8_t stamp[ORIGIN_STAMP_LEN];

	change->fresh.addresses = true;
	if (change_check(change,
		getrandom(stamp, sizeof(stamp), 0) == (ssize_t)sizeof(stamp)
		    ? 0
		    : POL_EIO))
		change_set_meta(change, META_ORIGIN, stamp, sizeof(stamp));
}

int
pol_import_origin(struct pol_change *change, const struct pol_ranges *ranges,
    struct pol_origin_result *result)
{
	struct pol_origin_result found = {{0}, {0}};

	if (!ranges->is_sealed)
		change_check(change, POL_EINVAL);
	if (change->error != 0)
		return change->error;
	store_all(change, change->store->origin, ranges, ranges_count(ranges),
	    write_origin, &found.ranges);
	store_all(change, change->store->holder, ranges,
	    holders_count(ranges->holders), write_holder, &found.holders);
	if (found.ranges.added > 0 || found.ranges.removed > 0)
		note_changed(change);
	if (change->error == 0)
		*result = found;
	return change->error;
}
