/*
 * ranges.c - gathering origin data before it goes into the database.
 */
#include <stdlib.h>

#include "policy/error.h"
#include "policy/grow.h"
#include "policy/octets_p.h"
#include "policy/ranges_p.h"

#define RANGES_FIRST 1024

/* ---- addresses as numbers ---- */

static struct point
point_of(const struct pol_address *address)
{
	if (address->family == 4)
		return (struct point){0, get_big_endian(address->octets, 4)};
	return (struct point){get_big_endian(address->octets, 8),
	    get_big_endian(address->octets + 8, 8)};
}

static struct pol_address
address_of(uint8_t family, struct point point)
{
	struct pol_address address;
	uint8_t octets[POL_ADDRESS_OCTETS_MAX];

	if (family == 4) {
		put_big_endian(octets, point.low, 4);
	} else {
		put_big_endian(octets, point.high, 8);
		put_big_endian(octets + 8, point.low, 8);
	}
	pol_address_set(&address, family, octets);
	return address;
}

/* ---- gathering ---- */

int
pol_ranges_new(struct pol_ranges **ranges)
{
	struct pol_ranges *made = calloc(1, sizeof(*made));
	int error;

	if (made == NULL)
		return POL_ENOMEM;
	error = holders_new(&made->holders);
	if (error != 0) {
		free(made);
		return error;
	}
	*ranges = made;
	return 0;
}

void
pol_ranges_free(struct pol_ranges *ranges)
{
	if (ranges == NULL)
		return;
	for (int i = 0; i < RANGES_FAMILIES; i++)
		free(ranges->lists[i].ranges);
	holders_free(ranges->holders);
	free(ranges);
}

int
range_list_add(struct range_list *list, const struct range *range)
{
	struct range *ranges = pol_grow(list->ranges, &list->size,
	    list->count + 1, sizeof(*ranges), RANGES_FIRST);

	if (ranges == NULL)
		return POL_ENOMEM;
	list->ranges = ranges;
	ranges[list->count++] = *range;
	return 0;
}

static bool
is_range(const struct pol_address *first, const struct pol_address *last)
{
	return (first->family == 4 || first->family == 6) &&
	       first->family == last->family &&
	       pol_address_compare(first, last) <= 0;
}

int
pol_ranges_add(struct pol_ranges *ranges, const struct pol_address *first,
    const struct pol_address *last, uint32_t asn)
{
	struct range_list *list =
	    &ranges->lists[first->family == 4 ? RANGES_IPV4 : RANGES_IPV6];
	struct range range = {.asn = asn, .order = (uint32_t)list->count};
	int error = 0;

	if (ranges->is_sealed || !is_range(first, last))
		return POL_EINVAL;
	if (asn == 0) {
		ranges->unrouted++;
	} else {
		if (ranges_count(ranges) == POL_RANGES_MAX)
			return POL_ERANGE;
		range.first = point_of(first);
		range.last = point_of(last);
		error = range_list_add(list, &range);
	}
	if (error == 0)
		ranges->added++;
	return error;
}

int
pol_ranges_add_holder(struct pol_ranges *ranges, uint32_t asn,
    const char *holder, size_t len, const char *country)
{
	if (ranges->is_sealed)
		return POL_EINVAL;
	return holders_add(ranges->holders, asn, holder, len, country);
}

/* ---- sealing ---- */

int
pol_ranges_seal(struct pol_ranges *ranges, struct pol_ranges_count *count)
{
	uint64_t overlaps = 0;
	int error = 0;

	if (ranges->is_sealed)
		return POL_EINVAL;
	for (int i = 0; i < RANGES_FAMILIES && error == 0; i++)
		error = ranges_resolve(&ranges->lists[i], &overlaps);
	if (error != 0)
		return error;
	holders_sort(ranges->holders);
	ranges->is_sealed = true;
	*count = (struct pol_ranges_count){.added = ranges->added,
	    .unrouted = ranges->unrouted,
	    .overlaps = overlaps,
	    .stored = ranges_count(ranges),
	    .holders = holders_count(ranges->holders)};
	return 0;
}

size_t
ranges_count(const struct pol_ranges *ranges)
{
	return ranges->lists[RANGES_IPV4].count +
	       ranges->lists[RANGES_IPV6].count;
}

void
ranges_get(const struct pol_ranges *ranges, size_t n, struct pol_origin *origin)
{
	size_t ipv4_count = ranges->lists[RANGES_IPV4].count;
	bool is_ipv4 = n < ipv4_count;
	const struct range *range =
	    is_ipv4 ? &ranges->lists[RANGES_IPV4].ranges[n]
		    : &ranges->lists[RANGES_IPV6].ranges[n - ipv4_count];

	origin->first = address_of(is_ipv4 ? 4 : 6, range->first);
	origin->last = address_of(is_ipv4 ? 4 : 6, range->last);
	origin->asn = range->asn;
	origin->country[0] = '\0';
	origin->holder[0] = '\0';
}
