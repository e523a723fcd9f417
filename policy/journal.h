/*
 * journal.h - what changes added and removed, kept in the database.
 *
 * A change that is told who makes it (pol_change_sign()) leaves an entry in the
 * journal for each feed whose indicators it touched: how many were added and so
 * on, and the first of them by name; and what became of the feed's mode and so
 * on, and of the settings, in words. The entries are written in the same
 * transaction, numbered upwards. The journal is bounded in entries and in
 * octets: the oldest go first. How many single names an entry has is bounded
 * too, so that the import of a million writes one short entry.
 */
#ifndef POL_JOURNAL_H
#define POL_JOURNAL_H

#include "policy/store.h"

/* Bounds of the journal. No entries: no journal. */
struct pol_journal_limits {
	uint64_t entries;
	uint64_t octets;
	unsigned names; /* of each kind of event, in one entry */
};
#define POL_JOURNAL_ENTRIES_DEFAULT 10000
#define POL_JOURNAL_ENTRIES_MAX 1000000
#define POL_JOURNAL_OCTETS_MIN ((uint64_t)1000000)
#define POL_JOURNAL_OCTETS_DEFAULT ((uint64_t)50000000)
#define POL_JOURNAL_OCTETS_MAX ((uint64_t)10000000000)
#define POL_JOURNAL_NAMES_DEFAULT 100
#define POL_JOURNAL_NAMES_MAX 10000

/* What became of an indicator. */
enum pol_event {
	POL_ADDED = 0,
	POL_CHANGED = 1, /* it was there, and said something else */
	POL_REMOVED = 2,
	POL_UNLISTED = 3, /* its feed lists it no more, it stays for a while */
	POL_EXPIRED = 4,  /* it was unlisted, and its time is over */
};
#define POL_EVENTS 5

/* "added", "changed", "removed", "unlisted", "expired". */
const char *pol_event_text(enum pol_event event);

#define POL_VERB_MAX 31	 /* octets of a verb, no NUL */
#define POL_NOTE_MAX 255 /* octets of a note, no NUL */

/* In place of a feed's name: of the settings, the groups of clients, rules. */
#define POL_JOURNAL_SETTINGS "(settings)"

/* One entry. What is more than single names were kept of is in the counts. */
struct pol_journal_entry {
	uint64_t number;     /* from 1 */
	uint64_t generation; /* that the change made */
	int64_t when;	     /* seconds since the epoch */
	uint64_t counts[POL_EVENTS];
	char verb[POL_VERB_MAX + 1]; /* of the command */
	char by[POL_BY_MAX + 1];     /* who ran it; may be empty */
	char feed[POL_FEED_NAME_MAX + 1];
	/* What became of the feed itself, or of the settings; may be empty. */
	char note[POL_NOTE_MAX + 1];
	const uint8_t *next, *end; /* of its items, in the database */
};

struct pol_journal_item {
	enum pol_event event;
	struct pol_subject subject;
	/* As it is after the change; as it was before, where it is removed or
	 * expired. Its pointers end with the snapshot. */
	struct pol_indicator indicator;
};

/*
 * Say who makes a change, before anything else is done with it; WHEN in seconds
 * since the epoch. VERB and BY are cut where they are too long.
 */
void pol_change_sign(struct pol_change *change,
    const struct pol_journal_limits *limits, const char *verb, const char *by,
    int64_t when);

/*
 * Leave an entry about the settings: WHAT, such as "rule flux: shadow, now
 * enforce". Those of one change are put together, and cut where they are too
 * long. Of settings and feeds a change tells by itself.
 */
void pol_change_tell(struct pol_change *change, const char *what);

/*
 * Call VISIT for each entry, the newest first. Stops at the first VISIT that
 * returns other than 0, and returns that.
 */
typedef int pol_journal_visit(const struct pol_journal_entry *entry, void *arg);
int pol_journal_each(
    struct pol_snapshot *snapshot, pol_journal_visit *visit, void *arg);

/* 1 and the next item of the entry, which moves on; 0 at the end;
 * POL_ECORRUPT. */
int pol_journal_next(
    struct pol_journal_entry *entry, struct pol_journal_item *item);

#endif
