/*
 * journal.c - writing the journal: see journal.h and journal_p.h.
 */
#include "policy/journal_p.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/error.h"
#include "policy/grow.h"
#include "policy/octets_p.h"
#include "policy/record_p.h"

#define ITEM_MAX (1 + 1 + 2 + 2 + POL_KEY_MAX + RECORD_INDICATOR_MAX)
#define HEAD_MAX \
	(1 + 8 + 8 + 8 * POL_EVENTS + 1 + POL_VERB_MAX + 1 + POL_BY_MAX + 1 + \
	    POL_FEED_NAME_MAX + 1 + POL_NOTE_MAX)
#define SETTINGS UINT16_MAX /* no feed has this id */

struct journal {
	struct pol_journal_limits limits;
	char verb[POL_VERB_MAX + 1];
	char by[POL_BY_MAX + 1];
	int64_t when;

	/* The entry that is being put together. */
	uint16_t feed;
	uint64_t counts[POL_EVENTS];
	char note[POL_NOTE_MAX + 1];
	uint8_t *octets; /* room for its head, then its items */
	size_t used;
	size_t size;
};

void
journal_free(struct journal *journal)
{
	if (journal == NULL)
		return;
	free(journal->octets);
	free(journal);
}

void
pol_change_sign(struct pol_change *change,
    const struct pol_journal_limits *limits, const char *verb, const char *by,
    int64_t when)
{
	struct journal *journal;

	if (limits->entries == 0)
		return;
	journal = calloc(1, sizeof(*journal));
	if (journal == NULL) {
		change_check(change, POL_ENOMEM);
		return;
	}
	journal->limits = *limits;
	strncpy(journal->verb, verb, POL_VERB_MAX);
	strncpy(journal->by, by, POL_BY_MAX);
	journal->when = when;
	journal_free(change->journal);
	change->journal = journal;
}

static bool
make_room(struct journal *journal)
{
	uint8_t *octets = pol_grow(
	    journal->octets, &journal->size, journal->used + ITEM_MAX, 1, 0);

	if (octets == NULL)
		return false;
	journal->octets = octets;
	return true;
}

/* ---- noting ---- */

static void
add_item(struct pol_change *change, enum pol_event event, enum pol_kind kind,
    const struct pol_key *key, const struct pol_indicator *indicator)
{
	struct journal *journal = change->journal;
	uint8_t record[RECORD_INDICATOR_MAX];
	int len = record_write_indicator(indicator, record);
	struct output out;

	if (len < 0 || !make_room(journal)) {
		change_check(change, len < 0 ? len : POL_ENOMEM);
		return;
	}
	out = (struct output){journal->octets, journal->used};
	put_number(&out, event, 1);
	put_number(&out, kind, 1);
	put_number(&out, key->len, 2);
	put_number(&out, (uint64_t)len, 2);
	put_octets(&out, key->data, key->len);
	put_octets(&out, record, (size_t)len);
	journal->used = out.len;
}

static bool
has_entry(const struct journal *journal)
{
	for (int event = 0; event < POL_EVENTS; event++)
		if (journal->counts[event] > 0)
			return true;
	return journal->note[0] != '\0';
}

/* Begin the entry of this feed, or go on with it. */
static void
begin_entry(struct pol_change *change, uint16_t feed)
{
	struct journal *journal = change->journal;

	if (journal->feed != feed)
		journal_end_entry(change);
	if (!has_entry(journal)) {
		journal->feed = feed;
		journal->used = HEAD_MAX;
	}
}

void
journal_note(struct pol_change *change, enum pol_event event,
    enum pol_kind kind, const struct pol_key *key,
    const struct pol_indicator *indicator)
{
	struct journal *journal = change->journal;

	if (journal == NULL)
		return;
	begin_entry(change, indicator->feed);
	if (journal->counts[event]++ < journal->limits.names)
		add_item(change, event, kind, key, indicator);
}

static void
tell(struct pol_change *change, uint16_t feed, const char *what)
{
	static const char cut[] = "...";
	struct journal *journal = change->journal;
	size_t len, room;

	if (journal == NULL)
		return;
	begin_entry(change, feed);
	len = strlen(journal->note);
	room = sizeof(journal->note) - len;
	if ((size_t)snprintf(journal->note + len, room, "%s%s",
		len > 0 ? "; " : "", what) >= room)
		memcpy(journal->note + sizeof(journal->note) - sizeof(cut), cut,
		    sizeof(cut));
}

void
pol_change_tell(struct pol_change *change, const char *what)
{
	tell(change, SETTINGS, what);
}

void
journal_tell_feed(
    struct pol_change *change, const struct pol_feed *feed, const char *what)
{
	tell(change, feed->id, what);
}

/* ---- writing ---- */

/* The number of the last entry; 0 where there is none. */
static int
last_number(MDB_cursor *cursor, uint64_t *number)
{
	MDB_val key, value;
	int code = mdb_cursor_get(cursor, &key, &value, MDB_LAST);

	*number = 0;
	if (code != 0)
		return code == MDB_NOTFOUND ? 0 : pol_error_from_lmdb(code);
	if (key.mv_size != JOURNAL_KEY_LEN)
		return POL_ECORRUPT;
	*number = get_big_endian(key.mv_data, JOURNAL_KEY_LEN);
	return 0;
}

/* Put the entry's head right before its items. Returns where it begins. */
static const uint8_t *
put_head(struct pol_change *change, const char *feed)
{
	struct journal *journal = change->journal;
	uint8_t head[HEAD_MAX];
	struct output out = {.out = head};

	put_number(&out, JOURNAL_VERSION, 1);
	put_number(&out, mdb_txn_id(change->txn), 8);
	put_number(&out, (uint64_t)journal->when, 8);
	for (int event = 0; event < POL_EVENTS; event++)
		put_number(&out, journal->counts[event], 8);
	put_text(&out, 1, journal->verb);
	put_text(&out, 1, journal->by);
	put_text(&out, 1, feed);
	put_text(&out, 1, journal->note);
	memcpy(journal->octets + HEAD_MAX - out.len, head, out.len);
	return journal->octets + HEAD_MAX - out.len;
}

/* Whom the entry is about; NULL with an error in the change. */
static const char *
entry_feed(struct pol_change *change)
{
	const struct pol_feed *feed;

	if (change->journal->feed == SETTINGS)
		return POL_JOURNAL_SETTINGS;
	feed = change_feed(change, change->journal->feed);
	return feed != NULL ? feed->name : NULL;
}

static void
put_entry(struct pol_change *change, MDB_cursor *cursor)
{
	struct journal *journal = change->journal;
	const char *feed = entry_feed(change);
	uint8_t octets[JOURNAL_KEY_LEN];
	const uint8_t *start;
	uint64_t number;
	MDB_val key, value;

	if (feed == NULL || !make_room(journal) ||
	    !change_check(change, last_number(cursor, &number)))
		return;
	put_big_endian(octets, number + 1, JOURNAL_KEY_LEN);
	start = put_head(change, feed);
	key = store_val(octets, sizeof(octets));
	value =
	    store_val(start, (size_t)(journal->octets + journal->used - start));
	if (change_check(change, pol_error_from_lmdb(mdb_cursor_put(
				     cursor, &key, &value, MDB_APPEND))))
		change->dirty = true;
}

static MDB_cursor *
open_cursor(struct pol_change *change)
{
	MDB_cursor *cursor = NULL;

	change_check(change, pol_error_from_lmdb(mdb_cursor_open(change->txn,
				 change->store->journal, &cursor)));
	return cursor;
}

void
journal_end_entry(struct pol_change *change)
{
	struct journal *journal = change->journal;
	MDB_cursor *cursor;

	if (journal == NULL || change->error != 0 || !has_entry(journal))
		return;
	cursor = open_cursor(change);
	if (cursor != NULL) {
		put_entry(change, cursor);
		mdb_cursor_close(cursor);
	}
	memset(journal->counts, 0, sizeof(journal->counts));
	journal->note[0] = '\0';
}

/* Is the journal longer than it may be? It keeps its last entry. */
static bool
is_too_long(struct pol_change *change)
{
	const struct pol_store *store = change->store;
	const struct pol_journal_limits *limits = &change->journal->limits;
	MDB_stat stat;

	if (!change_check(change, pol_error_from_lmdb(mdb_stat(
				      change->txn, store->journal, &stat))))
		return false;
	return stat.ms_entries > limits->entries ||
	       (stat.ms_entries > 1 &&
		   (stat.ms_branch_pages + stat.ms_leaf_pages +
		       stat.ms_overflow_pages) *
			   (uint64_t)store->page_size >
		       limits->octets);
}

static void
forget_oldest(struct pol_change *change)
{
	MDB_cursor *cursor = open_cursor(change);
	MDB_val key, value;

	while (change->error == 0 && is_too_long(change)) {
		int code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);

		if (code == 0)
			code = mdb_cursor_del(cursor, 0);
		change_check(change, pol_error_from_lmdb(code));
	}
	if (cursor != NULL)
		mdb_cursor_close(cursor);
}

void
journal_write(struct pol_change *change)
{
	if (change->journal == NULL)
		return;
	journal_end_entry(change);
	/* A change of nothing writes nothing. */
	if (change->dirty)
		forget_oldest(change);
}
