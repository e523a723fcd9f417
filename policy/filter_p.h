/*
 * filter_p.h - the parts of a filter: names, addresses, and what was added.
 */
#ifndef POL_FILTER_P_H
#define POL_FILTER_P_H

#include "policy/filter.h"
#include "policy/store_p.h"

/* ---- names: by their hashes ---- */

struct filter_names {
	uint32_t (*blocks)[8];
	size_t block_count;
	size_t room; /* names that it is made for and does not have yet */
};

/* The hash of a name: that of its first label (LEN octets in lower case), with
 * the hash of the name above it; of the root's it is FILTER_HASH_ROOT. */
#define FILTER_HASH_ROOT 0
uint64_t filter_hash_label(uint64_t above, const uint8_t *label, size_t len);

/* The hash of the name that a key is of. */
uint64_t filter_hash_key(const uint8_t *key, size_t len);

/* Make an empty one for NAMES names and some more. POL_ENOMEM. */
int filter_names_new(struct filter_names *names, uint64_t count);

/* POL_ENOMEM. */
int filter_names_copy(
    struct filter_names *names, const struct filter_names *from);

void filter_names_add(struct filter_names *names, uint64_t hash);
bool filter_names_may_have(const struct filter_names *names, uint64_t hash);

/* ---- addresses: spans of numbers, IPv4 and IPv6 apart ---- */

struct filter_spans {
	uint64_t *firsts; /* in order, once sealed; not overlapping */
	uint64_t *lasts;
	size_t count;
	size_t size;
};

/* The addresses FIRST to LAST, of one family. POL_ENOMEM. */
int filter_spans_add(struct filter_spans spans[2],
    const struct pol_address *first, const struct pol_address *last);

/* Put what was added in order. POL_ENOMEM. */
int filter_spans_seal(struct filter_spans spans[2]);

/* Into an empty one. POL_ENOMEM. */
int filter_spans_copy(
    struct filter_spans spans[2], const struct filter_spans from[2]);

bool filter_spans_have(const struct filter_spans spans[2],
    const struct pol_address *address);

/* ---- what the latest commits added, see fresh.c ---- */

/*
 * Add to NAMES, unless it is NULL, what was listed after GENERATION and up to
 * SNAPSHOT's. ADDRESSES: some prefix, ASN or origin range changed. 1; 0 where
 * the database does not know any more, with some of it added; POL_ECORRUPT.
 */
int fresh_add(const struct pol_snapshot *snapshot, uint64_t generation,
    struct filter_names *names, bool *addresses);

#endif
