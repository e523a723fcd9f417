/*
 * journal_p.h - the journal as changes write it, and its octets.
 *
 *	key    = number u64 big-endian
 *	value  = version, generation u64, when u64, counts u64 each,
 *	         verb, by, feed, note: length u8 and octets each,
 *	         item...
 *	         version 1 has no note
 *	item   = event u8, kind u8, key length u16, record length u16,
 *	         key, record as record_p.h has an indicator's
 */
#ifndef POL_JOURNAL_P_H
#define POL_JOURNAL_P_H

#include "policy/change_p.h"
#include "policy/journal.h"

#define JOURNAL_KEY_LEN 8
#define JOURNAL_VERSION 2
#define JOURNAL_VERSION_WITHOUT_NOTE 1

/* Of the journal in a change; NULL where nobody signed it. */
struct journal;

/* An indicator at KEY, of the feed that it names, met with EVENT. */
void journal_note(struct pol_change *change, enum pol_event event,
    enum pol_kind kind, const struct pol_key *key,
    const struct pol_indicator *indicator);

/* What became of the feed itself, as pol_change_tell(). */
void journal_tell_feed(
    struct pol_change *change, const struct pol_feed *feed, const char *what);

/* Write the entry of the feed noted last. Before a feed is removed. */
void journal_end_entry(struct pol_change *change);

/* At the end of a change: write what is noted, and take the oldest entries out
 * where there are too many. */
void journal_write(struct pol_change *change);

void journal_free(struct journal *journal);

/* Read an entry of the table, but for its items, which pol_journal_next() reads
 * from VALUE. 0 or POL_ECORRUPT. */
int journal_read_entry(
    const MDB_val *key, const MDB_val *value, struct pol_journal_entry *entry);

#endif
