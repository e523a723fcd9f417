/*
 * import.c - bring one feed in the database to what its source now says.
 *
 * Each kind of subject has a table of its own, and is imported in two passes.
 * The first only reads: it walks the sorted list and the table side by side,
 * and finds what is new and what is gone. The second writes the new and the
 * changed subjects in order of their keys, then takes out the gone ones, so
 * that an import that changes nothing writes nothing.
 */
#include "policy/import.h"

#include <stdlib.h>
#include <string.h>

#include "policy/error.h"
#include "policy/import_p.h"
#include "policy/record_p.h"

/* Does A in the database say the same as B of the list, whichever feed either
 * is of? B need not say since when. */
static bool
same_statement(const struct pol_indicator *a, const struct pol_indicator *b)
{
	return (b->since == 0 || a->since == b->since) &&
	    pol_indicator_same(a, b);
}

/* ---- what both passes need ---- */

static bool
is_same_key(const struct list_entry *entry, const void *key, size_t len)
{
	return entry->key_len == len && memcmp(entry->octets, key, len) == 0;
}

size_t
import_group_end(const struct import *import, size_t start)
{
	const struct list_entry *first = &import->entries[start];
	size_t end = start + 1;

	while (end < import->count && is_same_key(&import->entries[end],
					  first->octets, first->key_len))
		end++;
	return end;
}

int
import_compare_keys(const struct list_entry *entry, const MDB_val *key)
{
	return pol_key_compare(
	    entry->octets, entry->key_len, key->mv_data, key->mv_size);
}

int64_t
import_end_of_stay(const struct import *import, const struct pol_indicator *old)
{
	int64_t end = import->linger;

	if (end != 0 && old->until != 0 && (old->unlisted || old->until < end))
		end = old->until;
	return end > import->now ? end : 0;
}

/* ---- the first pass ---- */

/* The one among the entries START to END that is the same as OLD in place;
 * NULL: there is none. */
static struct list_entry *
find_entry(const struct import *import, size_t start, size_t end,
    const struct pol_indicator *old)
{
	for (size_t i = start; i < end; i++)
		if (import->entries[i].scope == old->scope &&
		    import->entries[i].triggers == old->triggers)
			return &import->entries[i];
	return NULL;
}

bool
import_is_forgotten(
    const struct import *import, const struct pol_indicator *indicator)
{
	return indicator->feed == POL_OPERATOR && indicator->until != 0 &&
	    import->now - indicator->until >= POL_FORGET_AFTER;
}

/* OLD was unlisted before; ENTRY is the one in its place, or NULL. */
static void
compare_unlisted(struct import *import, struct list_entry *entry,
    const struct pol_indicator *old)
{
	bool stays = import_end_of_stay(import, old) != 0;

	if (entry != NULL)
		entry->is_back = stays;
	else if (!stays)
		import->result.expired++;
}

/* Look for OLD among the entries START to END. */
static void
compare_old(struct import *import, size_t start, size_t end,
    const struct pol_indicator *old)
{
	struct list_entry *entry = find_entry(import, start, end, old);
	struct pol_indicator new;

	if (old->unlisted) {
		compare_unlisted(import, entry, old);
		return;
	}
	if (entry != NULL &&
	    change_check(import->change, list_indicator(entry, &new)) &&
	    same_statement(old, &new)) {
		entry->is_new = false;
		import->result.unchanged++;
		return;
	}
	import->result.removed++;
	if (entry == NULL && import_end_of_stay(import, old) != 0)
		import->result.lingering++;
}

static uint64_t
count_gone(const struct import *import)
{
	return import->result.removed + import->result.expired +
	    import->forgotten;
}

/*
 * Compare what the feed said at a key with the entries START to END, which
 * have that key. Where an old statement is gone but none is new, the group is
 * to be written all the same: mark one of its entries.
 */
static void
compare_value(
    struct import *import, size_t start, size_t end, const MDB_val *value)
{
	uint64_t before = count_gone(import);
	struct record_reader reader;
	struct pol_indicator old;
	int more = record_begin(&reader, value->mv_data, value->mv_size);

	if (!change_check(import->change, more))
		return;
	while ((more = record_next(&reader, &old)) > 0)
		if (old.feed == import->feed)
			compare_old(import, start, end, &old);
		else if (import_is_forgotten(import, &old))
			import->forgotten++;
	change_check(import->change, more);
	if (count_gone(import) > before && start < end)
		import->entries[start].is_rewritten = true;
}

/* What the list does not hold: is the feed among those that state it? */
static void
check_gone(struct import *import, const MDB_val *key, const MDB_val *value)
{
	uint64_t before = count_gone(import);
	const struct pol_indicator marker = {.scope = POL_EXACT};
	struct pol_subject subject;

	compare_value(import, 0, 0, value);
	if (count_gone(import) == before)
		return;
	if (change_check(import->change,
		pol_subject_from_key(
		    import->kind, key->mv_data, key->mv_size, &subject)))
		change_check(import->change,
		    pol_list_add(import->gone, &subject, &marker, 0));
}

static struct list_entry
as_new(struct list_entry entry)
{
	entry.is_new = true;
	entry.is_rewritten = false;
	entry.is_back = false;
	return entry;
}

static void
find_difference(struct import *import)
{
	MDB_val key, value;
	MDB_cursor_op op = MDB_FIRST;
	size_t start = 0;
	int code = 0;

	for (size_t i = 0; i < import->count; i++)
		import->entries[i] = as_new(import->entries[i]);
	while (import->change->error == 0) {
		code = mdb_cursor_get(import->cursor, &key, &value, op);
		if (code != 0)
			break;
		op = MDB_NEXT;
		while (start < import->count &&
		    import_compare_keys(&import->entries[start], &key) < 0)
			start++;
		if (start < import->count &&
		    is_same_key(
			&import->entries[start], key.mv_data, key.mv_size))
			compare_value(
			    import, start, import_group_end(import, start), &value);
		else
			check_gone(import, &key, &value);
	}
	if (code != MDB_NOTFOUND)
		change_check(import->change, pol_error_from_lmdb(code));
	import->result.added = import->count - import->result.unchanged;
}

/* ---- both ---- */

static void
import_table(struct import *import)
{
	import->cursor = change_open_cursor(import->change, import->kind);
	if (import->cursor == NULL)
		return;
	if (change_check(import->change, pol_list_new(&import->gone))) {
		find_difference(import);
		import_take_out_gone(import);
		import_write_new(import);
		pol_list_free(import->gone);
	}
	mdb_cursor_close(import->cursor);
}

/* The number of entries from START that are of this kind. */
static size_t
count_kind(const struct list_entry *entries, size_t start, size_t count,
    enum pol_kind kind)
{
	size_t end = start;

	while (end < count && entries[end].kind == kind)
		end++;
	return end - start;
}

/* Until when stays what FEED lists no more: it last did when it was last
 * checked. 0: it does not stay. */
static int64_t
linger_time(const struct pol_feed *feed, int64_t now)
{
	int64_t end;

	if (feed->expires == 0)
		return 0;
	end = (feed->checked != 0 ? feed->checked : now) + feed->expires;
	return end < UINT32_MAX ? end : UINT32_MAX;
}

static void
add_result(struct pol_import_result *sum, const struct pol_import_result *more)
{
	sum->added += more->added;
	sum->removed += more->removed;
	sum->unchanged += more->unchanged;
	sum->lingering += more->lingering;
	sum->expired += more->expired;
}

int
pol_import(struct pol_change *change, uint16_t feed_id, struct pol_list *list,
    int64_t now, pol_progress *progress, void *arg,
    struct pol_import_result *result)
{
	struct pol_import_result sum = {0};
	struct pol_feed *feed = change_feed(change, feed_id);
	struct list_entry *entries;
	size_t count, start = 0;

	if (feed == NULL)
		return change->error;
	entries = list_entries(list, &count);
	for (int kind = 0; kind < POL_KINDS && change->error == 0; kind++) {
		struct import import = {.change = change,
		    .kind = (enum pol_kind)kind,
		    .feed = feed_id,
		    .now = now,
		    .linger = linger_time(feed, now),
		    .entries = entries + start,
		    .count = count_kind(
			entries, start, count, (enum pol_kind)kind),
		    .progress = progress,
		    .progress_arg = arg};

		import_table(&import);
		start += import.count;
		add_result(&sum, &import.result);
	}
	if (change->error != 0)
		return change->error;
	if (sum.added + sum.removed + sum.expired > 0)
		feed->changed = now;
	*result = sum;
	return 0;
}
