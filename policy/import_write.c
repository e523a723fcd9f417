/*
 * import_write.c - the second pass of an import: writing the difference.
 */
#include <string.h>

#include "policy/error.h"
#include "policy/import_p.h"
#include "policy/journal_p.h"
#include "policy/record_p.h"

/* How many entries go between two reports of progress. */
#define PROGRESS_STEP 16384

/* What a feed may say of one subject at most: in each scope, for each set of
 * triggers. */
#define STATEMENTS_MAX (3 * (POL_SERVES_ALL + 1))

static void
report(const struct import *import, size_t done)
{
	if (import->progress != NULL && done % PROGRESS_STEP == 0)
		import->progress(done, import->count, import->progress_arg);
}

/* What the feed said of a subject before, in order of (scope, triggers). */
struct old_statements {
	unsigned count;
	struct pol_indicator at[STATEMENTS_MAX];
};

static void
add_own(struct import *import, const struct pol_key *key,
    const struct pol_indicator *indicator)
{
	change_count(import->change, import->kind, key, indicator, +1);
	change_value_add(import->change, indicator);
}

/* Add ENTRY, of which the feed said OLD before, or nothing. */
static void
add_entry(struct import *import, const struct pol_key *key,
    const struct list_entry *entry, const struct pol_indicator *old)
{
	struct pol_indicator indicator;

	if (!change_check(import->change, list_indicator(entry, &indicator)))
		return;
	indicator.feed = import->feed;
	if (indicator.since == 0)
		indicator.since =
		    old != NULL && (!entry->is_new || entry->is_back)
			? old->since
			: import->now;
	add_own(import, key, &indicator);
	if (entry->is_new)
		journal_note(import->change,
		    old != NULL && !old->unlisted ? POL_CHANGED : POL_ADDED,
		    import->kind, key, &indicator);
}

/* Keep OLD as long as it stays unlisted. */
static void
add_unlisted(struct import *import, const struct pol_key *key,
    const struct pol_indicator *old)
{
	struct pol_indicator indicator = *old;

	indicator.unlisted = true;
	indicator.until = import_end_of_stay(import, old);
	if (indicator.until != 0)
		add_own(import, key, &indicator);
	if (indicator.until == 0)
		journal_note(import->change,
		    old->unlisted ? POL_EXPIRED : POL_REMOVED, import->kind,
		    key, old);
	else if (!old->unlisted)
		journal_note(import->change, POL_UNLISTED, import->kind, key,
		    &indicator);
}

static int
compare_place(const struct pol_indicator *old, const struct list_entry *entry)
{
	if (old->scope != entry->scope)
		return (int)old->scope - (int)entry->scope;
	return (int)old->triggers - (int)entry->triggers;
}

/* Add the entries START to END, now the feed's own, to the value, and between
 * them what stays of OLD. */
static void
add_group(struct import *import, const struct pol_key *key, size_t start,
    size_t end, const struct old_statements *old)
{
	unsigned next = 0;

	for (size_t i = start; i < end; i++) {
		const struct list_entry *entry = &import->entries[i];
		const struct pol_indicator *same = NULL;

		while (next < old->count &&
		       compare_place(&old->at[next], entry) < 0)
			add_unlisted(import, key, &old->at[next++]);
		if (next < old->count &&
		    compare_place(&old->at[next], entry) == 0)
			same = &old->at[next++];
		add_entry(import, key, entry, same);
	}
	while (next < old->count)
		add_unlisted(import, key, &old->at[next++]);
}

static void
remember(struct import *import, const struct pol_key *key,
    const struct pol_indicator *indicator, struct old_statements *old)
{
	change_count(import->change, import->kind, key, indicator, -1);
	if (old->count == STATEMENTS_MAX) {
		change_check(import->change, POL_ECORRUPT);
		return;
	}
	old->at[old->count++] = *indicator;
}

/* Put together a value for KEY like OLD_VALUE (which may be empty), with the
 * entries START to END in place of the feed's own indicators. */
static void
build_value(struct import *import, const struct pol_key *key,
    const MDB_val *old_value, size_t start, size_t end)
{
	struct pol_change *change = import->change;
	struct record_reader reader = {NULL, NULL};
	struct old_statements old;
	struct pol_indicator indicator;
	bool added = false;
	int more = 0;

	old.count = 0; /* the rest is large, and not read */
	change_value_begin(change);
	if (old_value->mv_size > 0 &&
	    !change_check(change,
		record_begin(&reader, old_value->mv_data, old_value->mv_size)))
		return;
	while ((more = record_next(&reader, &indicator)) > 0) {
		if (indicator.feed == import->feed) {
			remember(import, key, &indicator, &old);
			continue;
		}
		if (import_is_forgotten(import, &indicator)) {
			change_count(
			    import->change, import->kind, key, &indicator, -1);
			continue;
		}
		if (indicator.feed > import->feed && !added) {
			add_group(import, key, start, end, &old);
			added = true;
		}
		change_value_add(change, &indicator);
	}
	change_check(change, more);
	if (!added)
		add_group(import, key, start, end, &old);
}

static void
copy_key(struct pol_key *key, const struct list_entry *entry)
{
	key->len = entry->key_len;
	memcpy(key->data, entry->octets, entry->key_len);
}

/* The last key of the table; an empty one where there is none. */
static void
read_last_key(struct import *import, struct pol_key *last)
{
	MDB_val key, value;
	int code = mdb_cursor_get(import->cursor, &key, &value, MDB_LAST);

	last->len = 0;
	if (code == 0) {
		last->len = (uint16_t)key.mv_size;
		memcpy(last->data, key.mv_data, key.mv_size);
	} else if (code != MDB_NOTFOUND) {
		change_check(import->change, pol_error_from_lmdb(code));
	}
}

/* ---- room for later ----
 *
 * What comes behind the last key fills LMDB's pages whole, and the first name
 * that later comes between two of them splits their page into halves. So each
 * page is left a sixteenth of room, which is enough for a list that gains about
 * as many names as it loses: once in a page a value is written longer than it
 * is, and put right when the next page has its own.
 */
#define ROOM_SHARE 16
/* Octets that LMDB takes of a page, and of that for each key. */
#define PAGE_HEAD 16
#define NODE_HEAD 10

static void
put_right(struct import *import)
{
	struct pol_change *change = import->change;
	struct import_room *room = &import->room;
	MDB_val key = store_val(room->key.data, room->key.len);
	MDB_val value;

	if (room->value_len == 0 ||
	    !change_check(change,
		pol_error_from_lmdb(
		    mdb_cursor_get(import->cursor, &key, &value, MDB_SET_KEY))))
		return;
	/* It must not be in the page when that is moved. */
	memcpy(change->value, value.mv_data, room->value_len);
	change->value_len = room->value_len;
	change_value_put(
	    change, import->cursor, import->kind, &room->key, false);
	room->value_len = 0;
}

/* Put the value behind all others. */
static void
append(struct import *import, const struct pol_key *key)
{
	struct pol_change *change = import->change;
	struct import_room *room = &import->room;
	size_t page = change->store->page_size, len = change->value_len;
	size_t extra = page / ROOM_SHARE;

	room->appended += NODE_HEAD + key->len + len;
	if (room->appended < page - PAGE_HEAD - extra || len > extra) {
		change_value_put(
		    change, import->cursor, import->kind, key, true);
		return;
	}
	change_value_lengthen(change, extra);
	change_value_put(change, import->cursor, import->kind, key, true);
	put_right(import);
	*room = (struct import_room){.key = *key, .value_len = len};
}

static void
write_group(
    struct import *import, size_t start, size_t end, const struct pol_key *last)
{
	const struct list_entry *entry = &import->entries[start];
	MDB_val last_val = store_val(last->data, last->len);
	struct pol_key key;
	MDB_val key_val, value = store_val(NULL, 0);
	bool is_last;
	int code;

	copy_key(&key, entry);
	/* Behind the last key nothing needs to be looked up, and pages are
	 * filled whole. */
	is_last = import_compare_keys(entry, &last_val) > 0;
	if (!is_last) {
		key_val = store_val(key.data, key.len);
		code = mdb_cursor_get(
		    import->cursor, &key_val, &value, MDB_SET_KEY);
		if (code == MDB_NOTFOUND)
			value = store_val(NULL, 0);
		else if (!change_check(
			     import->change, pol_error_from_lmdb(code)))
			return;
	}
	build_value(import, &key, &value, start, end);
	if (is_last)
		append(import, &key);
	else
		change_value_put(
		    import->change, import->cursor, import->kind, &key, false);
}

void
import_write_new(struct import *import)
{
	struct pol_key last;
	size_t end;

	read_last_key(import, &last);
	for (size_t i = 0; i < import->count && import->change->error == 0;
	     i = end) {
		bool write = false;

		end = import_group_end(import, i);
		for (size_t j = i; j < end; j++) {
			write = write || import->entries[j].is_new ||
				import->entries[j].is_rewritten;
			report(import, j);
		}
		if (write)
			write_group(import, i, end, &last);
	}
	put_right(import);
}

void
import_take_out_gone(struct import *import)
{
	size_t count;
	struct list_entry *gone = list_entries(import->gone, &count);

	for (size_t i = 0; i < count && import->change->error == 0; i++) {
		struct pol_key key;
		MDB_val key_val, value;

		copy_key(&key, &gone[i]);
		key_val = store_val(key.data, key.len);
		if (!change_check(import->change,
			pol_error_from_lmdb(mdb_cursor_get(
			    import->cursor, &key_val, &value, MDB_SET_KEY))))
			return;
		build_value(import, &key, &value, 0, 0);
		change_value_put(
		    import->change, import->cursor, import->kind, &key, false);
	}
}
