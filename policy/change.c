/*
 * change.c - writing the policy database.
 */
#include "policy/change_p.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "policy/error.h"
#include "policy/grow.h"
#include "policy/journal_p.h"
#include "policy/record_p.h"

bool
change_check(struct pol_change *change, int error)
{
	if (change->error == POL_OK)
		change->error = error;
	return change->error == POL_OK;
}

/* ---- beginning and ending ---- */

int
pol_change_begin(struct pol_store *store, struct pol_change **change)
{
	struct pol_change *begun = calloc(1, sizeof(*begun));
	int error;

	if (begun == NULL)
		return POL_ENOMEM;
	begun->store = store;
	begun->begun = (int64_t)time(NULL);
	error = pol_error_from_lmdb(
	    mdb_txn_begin(store->env, NULL, 0, &begun->txn));
	if (error != 0) {
		free(begun);
		return error;
	}
	error = store_read_settings(store, begun->txn, &begun->settings);
	if (error == 0)
		error = store_read_feeds(
		    store, begun->txn, &begun->feeds, &begun->feed_count);
	if (error == 0)
		error = change_read_lengths(begun);
	if (error != 0) {
		pol_change_abort(begun);
		return error;
	}
	*change = begun;
	return 0;
}

static void
change_free(struct pol_change *change)
{
	free(change->feeds);
	free(change->value);
	free(change->moments);
	journal_free(change->journal);
	free(change);
}

void
pol_change_abort(struct pol_change *change)
{
	if (change == NULL)
		return;
	mdb_txn_abort(change->txn);
	change_free(change);
}

/* A page that was taken at the file's end and given back in the same
 * transaction is never written: the file may end before its header says, which
 * pol_store_check() would take for a file cut short. Give it its length, but
 * not with ftruncate(): another process may have committed since and made the
 * file longer still, and that must not be cut. */
static void
fill_file(const struct pol_store *store)
{
	off_t length = (off_t)store_size_in_header(store);
	mdb_filehandle_t fd;
	struct stat st;

	/* Where the disk is full, whoever writes next tries again. */
	if (mdb_env_get_fd(store->env, &fd) == 0 && fstat(fd, &st) == 0 &&
	    st.st_size < length)
		(void)posix_fallocate(fd, length - 1, 1);
}

int
pol_change_commit(struct pol_change *change, uint64_t *generation)
{
	int error;

	for (size_t i = 0; change->feeds_touched && i < change->feed_count; i++)
		change_put_feed(change, &change->feeds[i]);
	change_write_moments(change);
	journal_write(change);
	change_write_lengths(change);
	change_write_fresh(change);
	error = change->error;
	if (error != 0) {
		pol_change_abort(change);
		return error;
	}
	error = pol_error_from_lmdb(mdb_txn_commit(change->txn));
	if (error == 0) {
		fill_file(change->store);
		if (generation != NULL)
			*generation = pol_store_generation(change->store);
	}
	change_free(change);
	return error;
}

bool
pol_change_dirty(const struct pol_change *change)
{
	return change->dirty;
}

/* ---- the indicators of one subject ---- */

void
change_value_begin(struct pol_change *change)
{
	change->value_len = 0;
}

/* Room for so many octets more. */
static bool
make_room(struct pol_change *change, size_t octets)
{
	uint8_t *value = pol_grow(change->value, &change->value_size,
	    change->value_len + octets, 1, 0);

	if (value == NULL)
		return change_check(change, POL_ENOMEM);
	change->value = value;
	return true;
}

void
change_value_add(
    struct pol_change *change, const struct pol_indicator *indicator)
{
	int len;

	if (!make_room(change, 1 + RECORD_INDICATOR_MAX))
		return;
	if (change->value_len == 0)
		change->value[change->value_len++] = RECORD_VERSION;
	len = record_write_indicator(
	    indicator, change->value + change->value_len);
	if (len < 0)
		change_check(change, len);
	else
		change->value_len += (size_t)len;
}

void
change_value_lengthen(struct pol_change *change, size_t octets)
{
	if (!make_room(change, octets))
		return;
	memset(change->value + change->value_len, 0, octets);
	change->value_len += octets;
}

void
change_value_put(struct pol_change *change, MDB_cursor *cursor,
    enum pol_kind kind, const struct pol_key *key, bool append)
{
	MDB_val key_val = store_val(key->data, key->len);
	MDB_val value = store_val(change->value, change->value_len);
	MDB_val old;
	int code;

	if (change->error != 0)
		return;
	if (change->value_len > 0) {
		code = mdb_cursor_put(
		    cursor, &key_val, &value, append ? MDB_APPEND : 0);
	} else {
		code = mdb_cursor_get(cursor, &key_val, &old, MDB_SET);
		if (code == 0)
			code = mdb_cursor_del(cursor, 0);
	}
	if (!change_check(change, pol_error_from_lmdb(code)))
		return;
	change->dirty = true;
	if (kind != POL_NAME || change->value_len > 0)
		change_note_fresh(change, kind, key);
}

/* Is this the key of the root or of a name of one label? */
static bool
is_short_name(enum pol_kind kind, const struct pol_key *key)
{
	return kind == POL_NAME && pol_key_parent(key->data, key->len) <= 1;
}

void
change_count(struct pol_change *change, enum pol_kind kind,
    const struct pol_key *key, const struct pol_indicator *indicator, int sign)
{
	struct pol_feed *feed = change_feed(change, indicator->feed);
	uint64_t one = sign > 0 ? 1 : UINT64_MAX; /* wraps to minus one */

	if (feed == NULL)
		return;
	feed->count += one;
	if (indicator->shadow)
		feed->shadowed += one;
	if (indicator->unlisted)
		feed->unlisted += one;
	if (kind == POL_PREFIX)
		change_count_length(change, key, sign);
	if (is_short_name(kind, key))
		feed->short_names += one;
	if ((indicator->triggers & POL_SERVES_NAMESERVERS) != 0)
		feed->nameservers += one;
	if (indicator->action == POL_ALLOW)
		feed->allowing += one;
	if (kind != POL_NAME)
		feed->addresses += one;
	if (sign > 0)
		change_note_moments(change, feed, indicator);
	change->feeds_touched = true;
}

static int
compare_identity(const struct pol_indicator *a, const struct pol_indicator *b)
{
	if (a->feed != b->feed)
		return (int)a->feed - (int)b->feed;
	if (a->scope != b->scope)
		return (int)a->scope - (int)b->scope;
	return (int)a->triggers - (int)b->triggers;
}

/* Read the indicators at KEY; none where there is no such key. */
static void
read_value(struct pol_change *change, MDB_cursor *cursor,
    const struct pol_key *key, struct record_reader *reader)
{
	MDB_val key_val = store_val(key->data, key->len);
	MDB_val value;
	int code = mdb_cursor_get(cursor, &key_val, &value, MDB_SET_KEY);

	reader->next = reader->end = NULL;
	if (code == 0)
		change_check(
		    change, record_begin(reader, value.mv_data, value.mv_size));
	else if (code != MDB_NOTFOUND)
		change_check(change, pol_error_from_lmdb(code));
}

MDB_cursor *
change_open_cursor(struct pol_change *change, enum pol_kind kind)
{
	MDB_cursor *cursor = NULL;

	if (change->error == 0)
		change_check(
		    change, pol_error_from_lmdb(mdb_cursor_open(change->txn,
				change->store->subject[kind], &cursor)));
	return cursor;
}

void
pol_change_set(struct pol_change *change, const struct pol_subject *subject,
    const struct pol_indicator *indicator)
{
	MDB_cursor *cursor = change_open_cursor(change, subject->kind);
	struct record_reader reader;
	struct pol_indicator old;
	enum pol_event event = POL_ADDED;
	struct pol_key key;
	bool placed = false;
	int more;

	if (cursor == NULL)
		return;
	pol_subject_key(subject, &key);
	read_value(change, cursor, &key, &reader);
	change_value_begin(change);
	while ((more = record_next(&reader, &old)) > 0) {
		int order = compare_identity(indicator, &old);

		if (order == 0) {
			change_count(change, subject->kind, &key, &old, -1);
			event = POL_CHANGED;
			continue;
		}
		if (!placed && order < 0) {
			change_value_add(change, indicator);
			placed = true;
		}
		change_value_add(change, &old);
	}
	change_check(change, more);
	if (!placed)
		change_value_add(change, indicator);
	change_count(change, subject->kind, &key, indicator, +1);
	journal_note(change, event, subject->kind, &key, indicator);
	change_value_put(change, cursor, subject->kind, &key, false);
	mdb_cursor_close(cursor);
}

/* Write the value at KEY again without the indicators of FEED. */
static unsigned
strip(struct pol_change *change, MDB_cursor *cursor, enum pol_kind kind,
    const struct pol_key *key, uint16_t feed)
{
	struct record_reader reader;
	struct pol_indicator old;
	unsigned stripped = 0;
	int more;

	read_value(change, cursor, key, &reader);
	change_value_begin(change);
	while ((more = record_next(&reader, &old)) > 0) {
		if (old.feed == feed) {
			change_count(change, kind, key, &old, -1);
			journal_note(change, POL_REMOVED, kind, key, &old);
			stripped++;
		} else {
			change_value_add(change, &old);
		}
	}
	change_check(change, more);
	if (stripped > 0)
		change_value_put(change, cursor, kind, key, false);
	return stripped;
}

void
pol_change_remove(struct pol_change *change, const struct pol_subject *subject,
    uint16_t feed, unsigned *removed)
{
	MDB_cursor *cursor = change_open_cursor(change, subject->kind);
	struct pol_key key;
	unsigned stripped;

	if (cursor == NULL)
		return;
	pol_subject_key(subject, &key);
	stripped = strip(change, cursor, subject->kind, &key, feed);
	mdb_cursor_close(cursor);
	if (change->error == 0)
		*removed = stripped;
}

/* Take a feed's indicators out of the table of this kind; their number. */
static uint64_t
strip_table(struct pol_change *change, enum pol_kind kind, uint16_t feed)
{
	MDB_cursor *cursor = change_open_cursor(change, kind);
	MDB_val key_val, value;
	uint64_t stripped = 0;
	int code = 0;

	if (cursor == NULL)
		return 0;
	for (MDB_cursor_op op = MDB_FIRST; change->error == 0; op = MDB_NEXT) {
		struct pol_key key;

		code = mdb_cursor_get(cursor, &key_val, &value, op);
		if (code != 0)
			break;
		/* strip() moves pages: the key must be ours, and after a
		 * deletion the cursor already stands before the next key. */
		memcpy(key.data, key_val.mv_data, key_val.mv_size);
		key.len = (uint16_t)key_val.mv_size;
		stripped += strip(change, cursor, kind, &key, feed);
	}
	if (code != MDB_NOTFOUND)
		change_check(change, pol_error_from_lmdb(code));
	mdb_cursor_close(cursor);
	return stripped;
}

void
pol_change_remove_feed(
    struct pol_change *change, uint16_t id, uint64_t *removed)
{
	uint8_t feed_octets[STORE_FEED_KEY_LEN];
	MDB_val feed_key = store_val(feed_octets, sizeof(feed_octets));
	uint64_t stripped = 0;
	size_t place;

	if (id == POL_OPERATOR)
		change_check(change, POL_EINVAL);
	if (change_feed(change, id) == NULL)
		return;
	journal_tell_feed(
	    change, change_feed(change, id), "not configured any more");
	for (int kind = 0; kind < POL_KINDS; kind++)
		stripped += strip_table(change, (enum pol_kind)kind, id);
	journal_end_entry(change); /* while the feed has its name */
	store_feed_key(id, feed_octets);
	if (change->error != 0 ||
	    !change_check(change, pol_error_from_lmdb(mdb_del(change->txn,
				      change->store->feed, &feed_key, NULL))))
		return;
	change->dirty = true;
	place = store_feed_index(change->feeds, change->feed_count, id);
	memmove(&change->feeds[place], &change->feeds[place + 1],
	    (change->feed_count - place - 1) * sizeof(*change->feeds));
	change->feed_count--;
	*removed = stripped;
}
