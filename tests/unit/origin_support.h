/*
 * origin_support.h - what the tests of origin data share: short ways to say
 * ranges, and a naive model of them.
 *
 * Everything here fails the running test when something that must work does
 * not, so a test checks only what it is about.
 */
#ifndef ORIGIN_SUPPORT_H
#define ORIGIN_SUPPORT_H

#include "policy_support.h"

#include "policy/origin.h"
#include "policy/origin_table.h"
#include "tools/origin/origin.h"

struct pol_address address_of(const char *text);

/* Of FAMILY, with all octets drawn; the next address, or the one before, which
 * wrap around at the ends. */
struct pol_address random_address(struct rng *rng, uint8_t family);
struct pol_address address_after(struct pol_address address);
struct pol_address address_before(struct pol_address address);

/* ---- the model ---- */

struct model_range {
	struct pol_address first;
	struct pol_address last;
	uint32_t asn;
};

struct range_model {
	struct model_range *ranges;
	size_t count;
	size_t size;
};

void range_model_add(struct range_model *model, const struct pol_address *first,
    const struct pol_address *last, uint32_t asn);
void range_model_free(struct range_model *model);

/* The ASN of the smallest range that holds ADDRESS, of two of one size of the
 * first; 0 where there is none. */
uint32_t range_model_find(
    const struct range_model *model, const struct pol_address *address);

/* How many of its ranges overlap another one; looks at each pair. */
uint64_t range_model_overlaps(const struct range_model *model);

/* Is the range at A smaller than that at B? */
bool range_is_smaller(const struct model_range *a, const struct model_range *b);

/* ---- ranges and the database ---- */

struct pol_ranges *new_ranges(void);
void add_range(struct pol_ranges *ranges, const char *first, const char *last,
    uint32_t asn);
void add_holder(struct pol_ranges *ranges, uint32_t asn, const char *holder,
    const char *country);
struct pol_ranges_count seal(struct pol_ranges *ranges);

/* Fail unless the sealed ranges are in order, do not overlap, have an ASN, and
 * no two neighbours have the same. */
void assert_sealed(const struct pol_ranges *ranges);

/*
 * The sealed ranges as text, one a line: FIRST-LAST ASN; then what is known of
 * holders: ASN COUNTRY|- HOLDER. Valid until the next call.
 */
const char *show_ranges(const struct pol_ranges *ranges);

/* Import into a change of its own and commit. */
struct pol_origin_result import_ranges(
    struct scratch *scratch, const struct pol_ranges *ranges);

/* The ASN of an address; 0 where it has none. */
uint32_t find_asn(
    struct pol_snapshot *snapshot, const struct pol_address *address);

/* The same in a snapshot of its own. */
uint32_t asn_at(struct scratch *scratch, const char *text);

/* The table of what the snapshot shows, filled in steps of STEP ranges. */
struct pol_origin_table *make_table(struct pol_snapshot *snapshot, size_t step);

/*
 * Two IPv4 ranges, two of IPv6, and three holders, sealed; imported:
 *
 *	192.0.2.0-192.0.2.255		64500	DE	Example Networks
 *	198.51.100.16-198.51.100.31	64501
 *	2001:db8::-2001:db8::ffff	64500
 *	2001:db8:1::			4200000000	Telef\xc3\xb3nica
 *					64502	FR
 */
struct pol_ranges *some_ranges(void);
void import_some(struct scratch *scratch);

/* ---- files ---- */

/* Octets of a file as a string literal, which may hold NULs. */
#define TEXT(literal) (literal), sizeof(literal) - 1

void write_origin(const char *path, const void *octets, size_t len);

/*
 * Seal and show what came of a parse: the ranges and holders, then the first
 * faults of each kind, one a line:
 *
 *	LINE FAULT: TEXT
 *
 * Fails where the counts do not add up. Valid until the next call.
 */
const char *show_parse(struct origin_parse *parse);

/* Read the octets as a file of the format, and compare what came of it. */
void assert_origin(struct scratch *scratch, const struct origin_format *format,
    const char *octets, size_t len, const char *expected);

#endif
