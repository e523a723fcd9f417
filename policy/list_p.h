/*
 * list_p.h - the entries of a list, for the import.
 */
#ifndef POL_LIST_P_H
#define POL_LIST_P_H

#include "policy/import.h"

/* One indicator: its key, followed by its record as record_p.h describes it,
 * with feed zero. The octets belong to the list. */
struct list_entry {
	const uint8_t *octets;
	unsigned long line;
	uint16_t key_len;
	uint16_t record_len;
	uint8_t kind;
	uint8_t scope;
	uint8_t triggers;
	bool allows;
	bool is_new;       /* set by the import: the feed did not say this */
	bool is_rewritten; /* likewise: its name's value must be written */
	bool is_back;      /* likewise: it was unlisted, and is still in force */
};

/* The entries of a sealed list, in order of (kind, key, scope, triggers). */
struct list_entry *list_entries(struct pol_list *list, size_t *count);

/* Read an entry's record; pointers lead into the list. */
int list_indicator(const struct list_entry *entry,
    struct pol_indicator *indicator);

#endif
