/*
 * moments.c - when the policy changes without a commit.
 *
 * An indicator whose `since` is in the future begins to block by itself, and
 * where an `allow` ends something else may block. Who keeps answers must then
 * look at them again, so the times of both are kept in a table, in order. It
 * may hold more than matters: a time stays there when its indicator is taken
 * out before, and one look too many does no harm. What is past is taken out
 * by the next change.
 *
 * What a feed with `expires` lists ends all together, at a time that the feed
 * knows and each import moves: it is not in the table.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/change_p.h"
#include "policy/error.h"
#include "policy/octets_p.h"

#define MOMENT_KEY_LEN 8

/* A key: seconds since the epoch, u64 big-endian. */
static void
moment_key(int64_t moment, uint8_t *key)
{
	put_big_endian(key, (uint64_t)moment, MOMENT_KEY_LEN);
}

static int
read_key(const MDB_val *key, int64_t *moment)
{
	const uint8_t *octets = key->mv_data;

	if (key->mv_size != MOMENT_KEY_LEN || octets[0] > INT8_MAX)
		return POL_ECORRUPT;
	*moment = (int64_t)get_big_endian(octets, MOMENT_KEY_LEN);
	return 0;
}

/* The earlier of two moments, 0 being never. */
static int64_t
earlier(int64_t a, int64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

/* When, after NOW, what a feed lists ends to allow because the feed was not
 * checked for too long; 0: never. */
static int64_t
feed_moment(const struct pol_feed *feed, int64_t now)
{
	int64_t end = feed->checked + feed->expires;

	return (feed->action == POL_ALLOW || feed->allowing > 0) &&
		       feed->expires != 0 && feed->checked != 0 && end > now
		   ? end
		   : 0;
}

/* The first time in the table after NOW; 0: none. */
static int
find_moment(struct pol_snapshot *snapshot, int64_t now, int64_t *moment)
{
	uint8_t octets[MOMENT_KEY_LEN];
	MDB_val key = store_val(octets, sizeof(octets)), value;
	MDB_cursor *cursor;
	int code = snapshot_cursor(snapshot, SNAPSHOT_MOMENTS, &cursor);

	if (code != 0)
		return code;
	moment_key(now + 1, octets);
	code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
	if (code == 0)
		return read_key(&key, moment);
	*moment = 0;
	return code == MDB_NOTFOUND ? 0 : pol_error_from_lmdb(code);
}

int
pol_snapshot_next_moment(
    struct pol_snapshot *snapshot, int64_t now, int64_t *moment)
{
	int64_t next;
	int error = find_moment(snapshot, now, &next);

	if (error != 0)
		return error;
	for (size_t i = 0; i < snapshot->feed_count; i++)
		next = earlier(next, feed_moment(&snapshot->feeds[i], now));
	*moment = next;
	return 0;
}

/* ---- writing ---- */

static int
compare_moments(const void *a, const void *b)
{
	const int64_t *first = a, *second = b;

	return *first < *second ? -1 : *first > *second;
}

/* Sort, and leave out what is there twice. */
static void
tidy(struct pol_change *change)
{
	size_t kept = 0;

	if (change->moment_count == 0)
		return;
	qsort(change->moments, change->moment_count, sizeof(*change->moments),
	    compare_moments);
	for (size_t i = 1; i < change->moment_count; i++)
		if (change->moments[i] != change->moments[kept])
			change->moments[++kept] = change->moments[i];
	change->moment_count = kept + 1;
}

static void
note(struct pol_change *change, int64_t moment)
{
	size_t count = change->moment_count;

	if (moment <= change->begun ||
	    (count > 0 && change->moments[count - 1] == moment))
		return;
	if (count == change->moment_size) {
		size_t size = count > 0 ? 2 * count : 16;
		int64_t *moments =
		    realloc(change->moments, size * sizeof(*moments));

		if (moments == NULL) {
			change_check(change, POL_ENOMEM);
			return;
		}
		change->moments = moments;
		change->moment_size = size;
		tidy(change);
	}
	change->moments[change->moment_count++] = moment;
}

void
change_note_moments(struct pol_change *change, const struct pol_feed *feed,
    const struct pol_indicator *indicator)
{
	enum pol_action action = indicator->action != POL_ACTION_OF_FEED
				     ? indicator->action
				     : feed->action;

	note(change, indicator->since);
	if (action == POL_ALLOW)
		note(change, indicator->until);
}

struct noting {
	struct pol_change *change;
	const struct pol_feed *feed;
};

static int
note_if_of_feed(const struct pol_subject *subject,
    const struct pol_indicator *indicator, void *arg)
{
	const struct noting *noting = arg;

	(void)subject;
	if (indicator->feed == noting->feed->id)
		change_note_moments(noting->change, noting->feed, indicator);
	return 0;
}

void
change_note_feed(struct pol_change *change, const struct pol_feed *feed)
{
	struct noting noting = {.change = change, .feed = feed};

	for (int kind = 0; kind < POL_KINDS && change->error == 0; kind++) {
		MDB_cursor *cursor =
		    change_open_cursor(change, (enum pol_kind)kind);
		MDB_val key, value;
		int code = 0;

		while (cursor != NULL && change->error == 0) {
			code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
			if (code != 0)
				break;
			change_check(change, store_visit_value(NULL, &value,
						 note_if_of_feed, &noting));
		}
		if (cursor != NULL)
			mdb_cursor_close(cursor);
		if (code != MDB_NOTFOUND)
			change_check(change, pol_error_from_lmdb(code));
	}
}

/* Take out what is past. */
static int
forget_past(struct pol_change *change)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	int64_t moment = 0;
	int code = mdb_cursor_open(change->txn, change->store->moment, &cursor);

	if (code != 0)
		return pol_error_from_lmdb(code);
	while ((code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST)) == 0) {
		if (read_key(&key, &moment) == 0 && moment > change->begun)
			break;
		code = mdb_cursor_del(cursor, 0);
		if (code != 0)
			break;
	}
	mdb_cursor_close(cursor);
	return code == MDB_NOTFOUND ? 0 : pol_error_from_lmdb(code);
}

void
change_write_moments(struct pol_change *change)
{
	uint8_t octets[MOMENT_KEY_LEN];
	MDB_val key = store_val(octets, sizeof(octets));

	if (!change->dirty || !change_check(change, forget_past(change)))
		return;
	tidy(change);
	for (size_t i = 0; i < change->moment_count && change->error == 0;
	     i++) {
		MDB_val value = store_val("", 0);

		moment_key(change->moments[i], octets);
		change_check(
		    change, pol_error_from_lmdb(mdb_put(change->txn,
				change->store->moment, &key, &value, 0)));
	}
}
