/*
 * origin_table.h - the origin ASN of any address, in memory.
 *
 * Each answer's addresses are asked for by behaviour rules, and the database
 * takes thousands of instructions for one that it was not asked for lately. The
 * table has all that pol_origin_find() knows of ASNs, and says it with about a
 * hundred: 6 octets for each IPv4 range, and for each gap between two, and 12
 * for one of IPv6.
 *
 * It is of the origin data that a snapshot shows, and of each later one until
 * these are imported anew: few commits do.
 *
 * Threads: any number may ask a table that is filled.
 */
#ifndef POL_ORIGIN_TABLE_H
#define POL_ORIGIN_TABLE_H

#include "policy/address.h"
#include "policy/store.h"

struct pol_origin_table;

/* Begin a table, without looking into a database. Free with
 * pol_origin_table_free(). POL_ENOMEM. */
int pol_origin_table_begin(struct pol_origin_table **table);

/*
 * Go on with up to STEP ranges of SNAPSHOT's origin data: 1 while there are
 * more, 0 once the table is filled, or an error. SNAPSHOT is the same each
 * time, not released meanwhile, and nothing else may be looked up in it.
 */
int pol_origin_table_fill(
    struct pol_origin_table *table, struct pol_snapshot *snapshot, size_t step);

/* NULL is left alone. */
void pol_origin_table_free(struct pol_origin_table *table);

/* Is the table certainly of SNAPSHOT's origin data? Costs one look into the
 * database. */
bool pol_origin_table_is_of(
    const struct pol_origin_table *table, const struct pol_snapshot *snapshot);

/* Octets that it takes. */
size_t pol_origin_table_memory(const struct pol_origin_table *table);

/* ADDRESS will be asked for soon: have the memory fetched that a look begins
 * with; and then, when that may have come, what it goes on with. */
void pol_origin_table_expect(
    const struct pol_origin_table *table, const struct pol_address *address);
void pol_origin_table_expect_now(
    const struct pol_origin_table *table, const struct pol_address *address);

/* The origin ASN of ADDRESS; 0: it has none. */
uint32_t pol_origin_table_find(
    const struct pol_origin_table *table, const struct pol_address *address);

#endif
