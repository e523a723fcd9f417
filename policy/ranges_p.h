/*
 * ranges_p.h - what gathered origin data comes to, for the import.
 */
#ifndef POL_RANGES_P_H
#define POL_RANGES_P_H

#include "policy/origin.h"

struct holders;

/* An address as a number: that of an IPv4 address is all in LOW. */
struct point {
	uint64_t high;
	uint64_t low;
};

struct range {
	struct point first;
	struct point last;
	uint32_t asn;
	uint32_t order; /* of being given */
};

/* Ranges of one family. */
struct range_list {
	struct range *ranges;
	size_t count;
	size_t size;
};

enum { RANGES_IPV4, RANGES_IPV6, RANGES_FAMILIES };

struct pol_ranges {
	struct range_list lists[RANGES_FAMILIES];
	struct holders *holders;
	uint64_t added;
	uint64_t unrouted;
	bool is_sealed;
};

static inline int
point_compare(struct point a, struct point b)
{
	if (a.high != b.high)
		return a.high < b.high ? -1 : 1;
	return a.low < b.low ? -1 : a.low > b.low;
}

/* A - B, which is not greater. */
static inline struct point
point_distance(struct point a, struct point b)
{
	return (struct point){
	    a.high - b.high - (a.low < b.low ? 1 : 0), a.low - b.low};
}

/* The address behind A; 0 behind the last one that there is. */
static inline struct point
point_next(struct point a)
{
	return (struct point){
	    a.high + (a.low == UINT64_MAX ? 1 : 0), a.low + 1};
}

static inline struct point
point_previous(struct point a)
{
	return (struct point){a.high - (a.low == 0 ? 1 : 0), a.low - 1};
}

/* Put RANGE behind the others. 0 or POL_ENOMEM. */
int range_list_add(struct range_list *list, const struct range *range);

/*
 * Replace LIST, of ranges in any order, by ranges in order of addresses that
 * do not overlap and of which no two neighbours have one ASN. OVERLAPS grows
 * by the number of ranges that overlap another one. 0, or POL_ENOMEM with the
 * list as it was or in another order.
 */
int ranges_resolve(struct range_list *list, uint64_t *overlaps);

/* The sealed ranges in order of their keys, and entry N of them. */
size_t ranges_count(const struct pol_ranges *ranges);
void ranges_get(
    const struct pol_ranges *ranges, size_t n, struct pol_origin *origin);

/* ---- who holds which ASN ---- */

int holders_new(struct holders **holders);
void holders_free(struct holders *holders);

/* As pol_ranges_add_holder(). */
int holders_add(struct holders *holders, uint32_t asn, const char *holder,
    size_t len, const char *country);

/* Bring them into the order of ASNs, after the last holders_add(). */
void holders_sort(struct holders *holders);

size_t holders_count(const struct holders *holders);

/* Set asn, country and holder of ORIGIN to those of entry N. */
void holders_get(
    const struct holders *holders, size_t n, struct pol_origin *origin);

#endif
