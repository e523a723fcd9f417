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

#endif
