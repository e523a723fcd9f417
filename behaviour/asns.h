/*
 * asns.h - the origin ASNs of the addresses that came lately.
 *
 * Most answers show addresses that others have shown before, and the policy's
 * table of origins takes thousands of instructions. What is kept here holds for
 * one generation of the policy. It is a table of hashes: of 2^31 addresses that
 * share a place one is taken for the one that it has.
 *
 * Threads: any number, without a lock.
 */
#ifndef BEHAVIOUR_ASNS_H
#define BEHAVIOUR_ASNS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "policy/address.h"

#define BEH_ASNS 16384 /* addresses; 128 KiB */

struct beh_asns {
	uint64_t seed;
	_Atomic uint64_t places[BEH_ASNS]; /* hash and ASN, 32 bits each */
};

/* False where the address did not come lately. ASN 0: it has none. */
bool beh_asns_find(const struct beh_asns *asns, uint64_t generation,
    const struct pol_address *address, uint32_t *asn);

void beh_asns_put(struct beh_asns *asns, uint64_t generation,
    const struct pol_address *address, uint32_t asn);

#endif
