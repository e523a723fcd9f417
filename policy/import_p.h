/*
 * import_p.h - what the two passes of an import share.
 */
#ifndef POL_IMPORT_P_H
#define POL_IMPORT_P_H

#include "policy/change_p.h"
#include "policy/list_p.h"

/* Room that is left in pages: the value that was written longer than it is, to
 * be put right. */
struct import_room {
	size_t appended; /* octets since then, or since the first */
	struct pol_key key;
	size_t value_len; /* as it ought to be; 0: there is none */
};

/* The import into the table of one kind of subject. */
struct import {
	struct pol_change *change;
	enum pol_kind kind;
	MDB_cursor *cursor;
	uint16_t feed;
	int64_t now;
	int64_t linger; /* until then stays what is gone; 0: it does not */
	struct list_entry *entries; /* those of this kind */
	size_t count;
	struct pol_list *gone; /* what the feed no longer states at all */
	uint64_t forgotten;    /* statements of the operator, long over */
	struct import_room room;
	struct pol_import_result result;
	pol_progress *progress;
	void *progress_arg;
};

/* As LMDB orders keys. */
int import_compare_keys(const struct list_entry *entry, const MDB_val *key);

/* The end of the entries that have the key of the one at START. */
size_t import_group_end(const struct import *import, size_t start);

/* Until when OLD stays, which is not listed; 0: it does not. */
int64_t import_end_of_stay(
    const struct import *import, const struct pol_indicator *old);

/* Is it a statement of the operator that has been over for long? */
bool import_is_forgotten(
    const struct import *import, const struct pol_indicator *indicator);

/* The second pass: write the groups with something new, then take out of the
 * others what is gone. */
void import_write_new(struct import *import);
void import_take_out_gone(struct import *import);

#endif
