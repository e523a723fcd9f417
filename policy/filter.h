/*
 * filter.h - what is certainly listed nowhere, in memory.
 *
 * Nearly all that a resolver meets is listed nowhere, and a database of a
 * million names takes some thousands of instructions to say so. A filter says
 * it with a few. It may take for listed what is not (of two thousand names
 * one, see filter_names.c), but never the other way round.
 *
 * A filter is of one generation, and says nothing of any other. It knows
 * neither times nor feeds: what is listed is covered, in force or not.
 *
 * Threads: any number may ask a filter that is filled.
 */
#ifndef POL_FILTER_H
#define POL_FILTER_H

#include "policy/evaluate.h"

struct pol_filter;

/*
 * Begin the filter of SNAPSHOT's generation, without looking into the database.
 * BEFORE, which may be NULL, is one of an earlier generation of the same
 * database: where the database still knows what was added since then, this is
 * added to a copy of it. It stays until the new one is filled or freed. Free
 * with pol_filter_free(). POL_ENOMEM.
 */
int pol_filter_begin(const struct pol_snapshot *snapshot,
    const struct pol_filter *before, struct pol_filter **filter);

/*
 * Go on with up to STEP entries of the database: 1 while there are more, 0 once
 * the filter is filled, or an error. SNAPSHOT is the one that it was begun
 * with, not released since, and nothing else may be looked up in it.
 */
int pol_filter_fill(
    struct pol_filter *filter, struct pol_snapshot *snapshot, size_t step);

void pol_filter_free(struct pol_filter *filter);

uint64_t pol_filter_generation(const struct pol_filter *filter);

/* Octets that it takes: two for each listed name, 2 MiB where IPv4 addresses
 * are listed, and 16 for each range of IPv6 addresses. */
size_t pol_filter_memory(const struct pol_filter *filter);

/* May some indicator cover something of QUERY, or something that QUERY does not
 * hold: its name servers, where the policy looks at these? */
bool pol_filter_may_cover(
    const struct pol_filter *filter, const struct pol_query *query);

#endif
