/*
 * journal_read.c - reading the journal.
 */
#include <string.h>

#include "policy/error.h"
#include "policy/journal_p.h"
#include "policy/record_p.h"

const char *
pol_event_text(enum pol_event event)
{
	static const char *const words[POL_EVENTS] = {[POL_ADDED] = "added",
	    [POL_CHANGED] = "changed",
	    [POL_REMOVED] = "removed",
	    [POL_UNLISTED] = "unlisted",
	    [POL_EXPIRED] = "expired"};

	return (unsigned)event < POL_EVENTS ? words[event] : "unknown";
}

/* Take COUNT octets; NULL where there are fewer. */
static const uint8_t *
take(struct pol_journal_entry *entry, size_t count)
{
	const uint8_t *octets = entry->next;

	if ((size_t)(entry->end - entry->next) < count)
		return NULL;
	entry->next += count;
	return octets;
}

static bool
take_number(struct pol_journal_entry *entry, unsigned octets, uint64_t *number)
{
	const uint8_t *from = take(entry, octets);

	if (from == NULL)
		return false;
	*number = 0;
	while (octets-- > 0)
		*number = *number << 8 | from[octets];
	return true;
}

/* A text of up to MAX octets without a NUL in it. */
static bool
take_text(struct pol_journal_entry *entry, char *text, size_t max)
{
	const uint8_t *from;
	uint64_t len;

	if (!take_number(entry, 1, &len) || len > max)
		return false;
	from = take(entry, len);
	if (from == NULL || memchr(from, 0, len) != NULL)
		return false;
	memcpy(text, from, len);
	text[len] = '\0';
	return true;
}

static bool
read_head(struct pol_journal_entry *entry)
{
	uint64_t version, when;

	if (!take_number(entry, 1, &version) || version != JOURNAL_VERSION ||
	    !take_number(entry, 8, &entry->generation) ||
	    !take_number(entry, 8, &when) || when > UINT32_MAX)
		return false;
	entry->when = (int64_t)when;
	for (int event = 0; event < POL_EVENTS; event++)
		if (!take_number(entry, 8, &entry->counts[event]))
			return false;
	return take_text(entry, entry->verb, POL_VERB_MAX) &&
	    take_text(entry, entry->by, POL_BY_MAX) &&
	    take_text(entry, entry->feed, POL_FEED_NAME_MAX);
}

static int
read_entry(const MDB_val *key, const MDB_val *value,
    struct pol_journal_entry *entry)
{
	if (key->mv_size != JOURNAL_KEY_LEN)
		return POL_ECORRUPT;
	entry->number = 0;
	for (int i = 0; i < JOURNAL_KEY_LEN; i++)
		entry->number =
		    entry->number << 8 | ((const uint8_t *)key->mv_data)[i];
	entry->next = value->mv_data;
	entry->end = entry->next + value->mv_size;
	return read_head(entry) ? 0 : POL_ECORRUPT;
}

int
pol_journal_each(
    struct pol_snapshot *snapshot, pol_journal_visit *visit, void *arg)
{
	MDB_cursor *cursor;
	MDB_cursor_op op = MDB_LAST;
	MDB_val key, value;
	int code = snapshot_cursor(snapshot, SNAPSHOT_JOURNAL, &cursor);

	if (code != 0)
		return code;
	while ((code = mdb_cursor_get(cursor, &key, &value, op)) == 0) {
		struct pol_journal_entry entry;
		int stop = read_entry(&key, &value, &entry);

		if (stop == 0)
			stop = visit(&entry, arg);
		if (stop != 0)
			return stop;
		op = MDB_PREV;
	}
	return code == MDB_NOTFOUND ? 0 : pol_error_from_lmdb(code);
}

int
pol_journal_next(struct pol_journal_entry *entry, struct pol_journal_item *item)
{
	struct record_reader reader;
	const uint8_t *key, *record;
	uint64_t event, kind, key_len, len;

	if (entry->next == entry->end)
		return 0;
	if (!take_number(entry, 1, &event) || !take_number(entry, 1, &kind) ||
	    !take_number(entry, 2, &key_len) || !take_number(entry, 2, &len) ||
	    event >= POL_EVENTS || kind >= POL_KINDS)
		return POL_ECORRUPT;
	key = take(entry, key_len);
	record = take(entry, len);
	if (key == NULL || record == NULL)
		return POL_ECORRUPT;
	reader.next = record;
	reader.end = record + len;
	item->event = (enum pol_event)event;
	if (pol_subject_from_key(
		(enum pol_kind)kind, key, key_len, &item->subject) != 0 ||
	    record_next(&reader, &item->indicator) != 1)
		return POL_ECORRUPT;
	return 1;
}
