/*
 * origin.h - which autonomous system announces an address, and who holds it.
 *
 * Origin data comes as ranges of addresses with an ASN. Sources overlap in
 * places; what is stored does not: where ranges overlap, the smallest one
 * counts, and neighbours of one ASN become one range. A lookup is one seek.
 */
#ifndef POL_ORIGIN_H
#define POL_ORIGIN_H

#include "policy/address.h"
#include "policy/store.h"

#define POL_HOLDER_MAX 127 /* octets of a holder's name, no NUL */

/* ---- looking up ---- */

struct pol_origin {
	struct pol_address first; /* the stored range that holds the address */
	struct pol_address last;
	uint32_t asn;
	char country[3];                 /* ISO 3166 alpha-2; "" where unknown */
	char holder[POL_HOLDER_MAX + 1]; /* UTF-8; "" where unknown */
};

/* The range of ADDRESS: 1 with ORIGIN's addresses and asn set, the rest empty;
 * 0 where no range holds it; or an error. Does not allocate. */
int pol_origin_find(struct pol_snapshot *snapshot,
    const struct pol_address *address, struct pol_origin *origin);

/* Set country and holder of origin->asn. 1, 0 where unknown, or an error. */
int pol_origin_holder(struct pol_snapshot *snapshot, struct pol_origin *origin);

/* ---- importing ---- */

struct pol_ranges;

/* Free with pol_ranges_free(). */
int pol_ranges_new(struct pol_ranges **ranges);
void pol_ranges_free(struct pol_ranges *ranges);

/* Add FIRST to LAST, of one family, FIRST not behind LAST. ASN 0 (not routed)
 * is left out and counted. POL_EINVAL, POL_ENOMEM. */
int pol_ranges_add(struct pol_ranges *ranges, const struct pol_address *first,
    const struct pol_address *last, uint32_t asn);

/* Say who holds an ASN; the first that is said stays. HOLDER is cut at
 * POL_HOLDER_MAX octets, at the end of a character. COUNTRY may be "". */
int pol_ranges_add_holder(struct pol_ranges *ranges, uint32_t asn,
    const char *holder, size_t len, const char *country);

struct pol_ranges_count {
	uint64_t added;    /* ranges given */
	uint64_t unrouted; /* of which with ASN 0, left out */
	uint64_t overlaps; /* ranges that overlap another one */
	uint64_t stored;   /* ranges after that was resolved */
	uint64_t holders;
};

/* Resolve the overlaps. To be called once, before the import. */
int pol_ranges_seal(struct pol_ranges *ranges, struct pol_ranges_count *count);

/* Make the database's origin data that of RANGES, writing only what differs. */
struct pol_origin_result {
	uint64_t added;
	uint64_t removed;
	uint64_t unchanged;
};
int pol_import_origin(struct pol_change *change, struct pol_ranges *ranges,
    struct pol_origin_result *result);

#endif
