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
#include "policy/import.h"
#include "policy/store.h"

#define POL_HOLDER_MAX 127 /* octets of a holder's name, no NUL */

/* Limits of an import, all sources together. The Internet's routing table has
 * some 1.2 million prefixes and 120,000 ASNs. */
#define POL_RANGES_MAX ((size_t)4 << 20)
#define POL_HOLDERS_MAX ((size_t)1 << 20)

/* ---- looking up ---- */

struct pol_origin {
	struct pol_address first; /* the stored range that holds the address */
	struct pol_address last;
	uint32_t asn;
	char country[3]; /* ISO 3166 alpha-2; "" where unknown */
	char holder[POL_HOLDER_MAX + 1]; /* UTF-8; "" where unknown */
};

/* The range of ADDRESS: 1 with ORIGIN's addresses and asn set, the rest empty;
 * 0 where no range holds it; or an error. Does not allocate. */
int pol_origin_find(struct pol_snapshot *snapshot,
    const struct pol_address *address, struct pol_origin *origin);

/* Set country and holder of origin->asn. 1, 0 where unknown, or an error. */
int pol_origin_holder(struct pol_snapshot *snapshot, struct pol_origin *origin);

/* ---- importing ---- */

/*
 * Ranges gathered from the sources: 40 octets of memory each, and up to three
 * times that while they are sealed. A name is held once for each ASN.
 */
struct pol_ranges;

/* Free with pol_ranges_free(). */
int pol_ranges_new(struct pol_ranges **ranges);
void pol_ranges_free(struct pol_ranges *ranges);

/*
 * Add FIRST to LAST, of one family, FIRST not behind LAST. ASN 0 (not routed)
 * is left out and counted. POL_EINVAL for what is no range and for sealed
 * ranges, POL_ERANGE over POL_RANGES_MAX, POL_ENOMEM.
 */
int pol_ranges_add(struct pol_ranges *ranges, const struct pol_address *first,
    const struct pol_address *last, uint32_t asn);

/*
 * Say who holds an ASN: LEN octets of a name, and a country of two capital
 * letters; either may be empty. Of each, the first that is said stays. A name
 * is cut at POL_HOLDER_MAX octets, at the end of a character; what is not
 * printable UTF-8 in it becomes '?'. Errors as above, POL_HOLDERS_MAX.
 */
int pol_ranges_add_holder(struct pol_ranges *ranges, uint32_t asn,
    const char *holder, size_t len, const char *country);

struct pol_ranges_count {
	uint64_t added;	   /* ranges given */
	uint64_t unrouted; /* of which with ASN 0, left out */
	uint64_t overlaps; /* ranges that overlap another one */
	uint64_t stored;   /* ranges after that was resolved */
	uint64_t holders;
};

/*
 * Resolve the overlaps: an address belongs to the smallest range that holds
 * it, of two of one size to the one that was given first. To be called once,
 * before the import. After POL_ENOMEM the ranges are good for freeing only.
 */
int pol_ranges_seal(struct pol_ranges *ranges, struct pol_ranges_count *count);

struct pol_origin_result {
	struct pol_import_result ranges;
	struct pol_import_result holders;
};

/*
 * Make the database's origin data that of the sealed RANGES, writing only what
 * differs: all of it goes where there are none. An error stays in the change
 * as that of any other call. The ranges may be imported again, into another
 * change.
 */
int pol_import_origin(struct pol_change *change,
    const struct pol_ranges *ranges, struct pol_origin_result *result);

#endif
