/*
 * match_p.h - finding the indicators that cover a name or an address.
 */
#ifndef POL_MATCH_P_H
#define POL_MATCH_P_H

#include "policy/evaluate.h"
#include "policy/store_p.h"

/* Call VISIT for the indicators that cover this name, met as TRIGGER in ITEM
 * (NULL for the query name), and serve that trigger. */
int match_name(struct pol_snapshot *snapshot, enum pol_trigger trigger,
    const struct pol_item *item, const uint8_t *name, size_t len,
    pol_match_visit *visit, void *arg);

/* The same for the item's address: its prefixes and its origin ASN. */
int match_address(struct pol_snapshot *snapshot, const struct pol_item *item,
    pol_match_visit *visit, void *arg);

/*
 * Report the indicators in one value that serve the trigger. MATCH is filled
 * but for indicator, feed, action and mode. IS_SAME_NAME is for names: does the
 * indicator's name equal the one that is looked up?
 */
int match_value(struct pol_snapshot *snapshot, struct pol_match *match,
    bool is_same_name, const MDB_val *value, pol_match_visit *visit, void *arg);

/* The entry with the greatest key up to KEY: 0, MDB_NOTFOUND or another error
 * of LMDB's. */
int match_seek(MDB_cursor *cursor, const uint8_t *key, size_t len,
    MDB_val *found, MDB_val *value);

#endif
