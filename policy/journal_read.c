/*
 * journal_read.c - reading the journal.
 */
#include "policy/error.h"
#include "policy/journal_p.h"
#include "policy/octets_p.h"
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

static bool
read_head(struct pol_journal_entry *entry)
{
	struct input in = {.next = entry->next, .end = entry->end};
	uint64_t version = get_number(&in, 1);

	entry->generation = get_number(&in, 8);
	entry->when = (int64_t)get_number(&in, 8);
	for (int event = 0; event < POL_EVENTS; event++)
		entry->counts[event] = get_number(&in, 8);
	get_text(&in, 1, entry->verb, sizeof(entry->verb));
	get_text(&in, 1, entry->by, sizeof(entry->by));
	get_text(&in, 1, entry->feed, sizeof(entry->feed));
	entry->note[0] = '\0';
	if (version == JOURNAL_VERSION)
		get_text(&in, 1, entry->note, sizeof(entry->note));
	else if (version != JOURNAL_VERSION_WITHOUT_NOTE)
		in.failed = true;
	entry->next = in.next;
	return !in.failed && entry->when >= 0 && entry->when <= UINT32_MAX;
}

int
journal_read_entry(
    const MDB_val *key, const MDB_val *value, struct pol_journal_entry *entry)
{
	if (key->mv_size != JOURNAL_KEY_LEN)
		return POL_ECORRUPT;
	entry->number = get_big_endian(key->mv_data, JOURNAL_KEY_LEN);
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
		int stop = journal_read_entry(&key, &value, &entry);

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
	struct input in = {.next = entry->next, .end = entry->end};
	struct record_reader reader;
	const uint8_t *key, *record;
	uint64_t event, kind;
	size_t key_len, len;

	if (entry->next == entry->end)
		return 0;
	event = get_number(&in, 1);
	kind = get_number(&in, 1);
	key_len = get_number(&in, 2);
	len = get_number(&in, 2);
	key = get_octets(&in, key_len);
	record = get_octets(&in, len);
	if (in.failed || event >= POL_EVENTS || kind >= POL_KINDS)
		return POL_ECORRUPT;
	entry->next = in.next;
	reader.next = record;
	reader.end = record + len;
	item->event = (enum pol_event)event;
	if (pol_subject_from_key(
		(enum pol_kind)kind, key, key_len, &item->subject) != 0 ||
	    record_next(&reader, &item->indicator) != 1)
		return POL_ECORRUPT;
	return 1;
}
