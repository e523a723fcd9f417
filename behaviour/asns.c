/*
 * asns.c - the origin ASNs of the addresses that came lately.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "behaviour/asns.h"

static uint64_t
hash_of(const struct beh_asns *asns, uint64_t generation,
    const struct pol_address *address)
{
	return XXH3_64bits_withSeed(address->octets,
	    pol_address_octets(address->family),
	    asns->seed + (generation << 8) + address->family);
}

/* What a place holds of an address; never 0, which is a free place. */
static uint32_t
tag_of(uint64_t hash)
{
	return (uint32_t)(hash >> 32) | 1;
}

bool
beh_asns_find(const struct beh_asns *asns, uint64_t generation,
    const struct pol_address *address, uint32_t *asn)
{
	uint64_t hash = hash_of(asns, generation, address);
	uint64_t place = atomic_load_explicit(
	    &asns->places[hash % BEH_ASNS], memory_order_relaxed);

	if (place >> 32 != tag_of(hash))
		return false;
	*asn = (uint32_t)place;
	return true;
}

void
beh_asns_put(struct beh_asns *asns, uint64_t generation,
    const struct pol_address *address, uint32_t asn)
{
	uint64_t hash = hash_of(asns, generation, address);

	atomic_store_explicit(&asns->places[hash % BEH_ASNS],
	    (uint64_t)tag_of(hash) << 32 | asn, memory_order_relaxed);
}
