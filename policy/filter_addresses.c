/*
 * filter_addresses.c - a set of addresses that forgets none.
 *
 * Of IPv4 there is a bit for each /24, two million octets, so that a look costs
 * one access to memory. Of IPv6 the first 64 bits count, which is what networks
 * are given out by, in spans that are searched.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/error.h"
#include "policy/filter_p.h"
#include "policy/grow.h"
#include "policy/octets_p.h"

#define NETWORKS (UINT32_C(1) << 24) /* of IPv4 */
#define WORD_BITS 64
#define NETWORKS_OCTETS (NETWORKS / 8)
#define SPANS_FIRST 64

/* The /24 of an IPv4 address, and the /64 of an IPv6 address, as numbers. */
static uint32_t
network_of(const struct pol_address *ipv4)
{
	return (uint32_t)get_big_endian(ipv4->octets, 3);
}

static uint64_t
number_of(const struct pol_address *ipv6)
{
	return get_big_endian(ipv6->octets, 8);
}

/* ---- gathering ---- */

static int
add_networks(struct filter_addresses *addresses, uint32_t first, uint32_t last)
{
	if (addresses->networks == NULL)
		addresses->networks = pages_map(NETWORKS_OCTETS);
	if (addresses->networks == NULL)
		return POL_ENOMEM;
	for (; first <= last; first++)
		addresses->networks[first / WORD_BITS] |= UINT64_C(1)
							  << first % WORD_BITS;
	return 0;
}

int
filter_addresses_add(struct filter_addresses *addresses,
    const struct pol_address *first, const struct pol_address *last)
{
	struct filter_span *spans;

	if (first->family == 4)
		return add_networks(
		    addresses, network_of(first), network_of(last));
	spans = pol_grow(addresses->spans, &addresses->size,
	    addresses->count + 1, sizeof(*spans), SPANS_FIRST);
	if (spans == NULL)
		return POL_ENOMEM;
	addresses->spans = spans;
	spans[addresses->count++] =
	    (struct filter_span){number_of(first), number_of(last)};
	return 0;
}

/* ---- in order ---- */

static int
compare_spans(const void *a_span, const void *b_span)
{
	const struct filter_span *a = a_span, *b = b_span;

	return a->first < b->first ? -1 : a->first > b->first;
}

void
filter_addresses_seal(struct filter_addresses *addresses)
{
	struct filter_span *spans = addresses->spans;
	size_t count = 0;

	if (addresses->count == 0)
		return;
	qsort(spans, addresses->count, sizeof(*spans), compare_spans);
	for (size_t i = 1; i < addresses->count; i++) {
		struct filter_span *last = &spans[count];

		if (spans[i].first > last->last)
			spans[++count] = spans[i];
		else if (spans[i].last > last->last)
			last->last = spans[i].last;
	}
	addresses->count = count + 1;
}

int
filter_addresses_copy(
    struct filter_addresses *addresses, const struct filter_addresses *from)
{
	if (from->networks != NULL) {
		addresses->networks = pages_map(NETWORKS_OCTETS);
		if (addresses->networks == NULL)
			return POL_ENOMEM;
		memcpy(addresses->networks, from->networks, NETWORKS_OCTETS);
	}
	if (from->count == 0)
		return 0;
	addresses->spans = malloc(from->count * sizeof(*from->spans));
	if (addresses->spans == NULL)
		return POL_ENOMEM;
	addresses->size = addresses->count = from->count;
	memcpy(
	    addresses->spans, from->spans, from->count * sizeof(*from->spans));
	return 0;
}

void
filter_addresses_free(struct filter_addresses *addresses)
{
	pages_unmap(addresses->networks, NETWORKS_OCTETS);
	free(addresses->spans);
}

/* ---- asking ---- */

void
filter_addresses_expect(
    const struct filter_addresses *addresses, const struct pol_address *address)
{
	if (address->family == 4 && addresses->networks != NULL)
		__builtin_prefetch(
		    &addresses->networks[network_of(address) / WORD_BITS]);
}

static bool
has_network(const struct filter_addresses *addresses, uint32_t network)
{
	return addresses->networks != NULL &&
	       (addresses->networks[network / WORD_BITS] >>
		       network % WORD_BITS &
		   1) != 0;
}

static bool
has_number(const struct filter_addresses *addresses, uint64_t number)
{
	size_t at = 0; /* spans that begin at NUMBER or before */

	for (size_t left = addresses->count; left > 0;) {
		size_t half = left / 2;

		if (addresses->spans[at + half].first <= number) {
			at += half + 1;
			left -= half + 1;
		} else {
			left = half;
		}
	}
	return at > 0 && number <= addresses->spans[at - 1].last;
}

bool
filter_addresses_may_have(
    const struct filter_addresses *addresses, const struct pol_address *address)
{
	return address->family == 4
		   ? has_network(addresses, network_of(address))
		   : has_number(addresses, number_of(address));
}

size_t
filter_addresses_memory(const struct filter_addresses *addresses)
{
	return (addresses->networks != NULL ? NETWORKS_OCTETS : 0) +
	       addresses->size * sizeof(*addresses->spans);
}
