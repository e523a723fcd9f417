/*
 * flux.h - what the answers for one name looked like, in 256 octets.
 *
 * An answer here is what an authority (or a forwarder) has said, never a hit in
 * a cache. The window slides in two halves: the younger one is written, the
 * estimates are of both together, and once the younger is BEH_HALF_WINDOW old
 * it becomes the older. So they cover between one and two halves of time.
 *
 * Counts are estimates with the errors of sketch.h: addresses in 256 bits, ASNs
 * in 128, networks (/16 of IPv4, /32 of IPv6) and name servers' addresses
 * in 64. Networks are 64 counters that stop at 15: how many distinct addresses
 * fell into each; they give the number of networks and the entropy.
 *
 * Threads: one at a time for one state.
 */
#ifndef BEHAVIOUR_FLUX_H
#define BEHAVIOUR_FLUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/address.h"

#define BEH_HALF_WINDOW 43200 /* seconds */

/* Octets of a name's state, all of it; see tracker.h. */
#define BEH_STATE_SIZE 256

/* What is counted in one half of the window. */
struct beh_half {
	uint32_t answers;     /* with an address */
	uint32_t ttl_min;     /* seconds; UINT32_MAX: none yet */
	uint32_t ttl_relayed; /* the largest without AA; 0: none */
	uint32_t ttl_answers; /* that ttl_sum adds up */
	uint64_t ttl_sum;
	uint64_t addresses[4];
	uint64_t networks[4]; /* 64 counters of 4 bits */
	uint64_t asns[2];
	uint64_t servers[1];
};

struct beh_flux {
	uint32_t first; /* answer: seconds since the epoch; 0: none yet */
	uint32_t last;
	uint32_t turned; /* when the younger half began */
	struct beh_half younger, older;
};

/* An address of an answer; ASN 0: not known. */
struct beh_address {
	struct pol_address address;
	uint32_t asn;
};

/* One answer. The TTL is as it was sent. */
struct beh_answer {
	int64_t time;
	uint32_t ttl;
	bool authoritative; /* AA: else a cache may have counted TTL down */
	const struct beh_address *addresses;
	size_t address_count;
	/* The addresses of the name's servers, as far as they are known. */
	const struct pol_address *servers;
	size_t server_count;
};

/* What is known at one time. Counts are estimates. */
struct beh_summary {
	int64_t first; /* answer of all that is remembered */
	int64_t last;
	uint32_t answers;
	double addresses;
	double networks;
	double asns;
	double servers;
	double entropy; /* bits, of how the addresses spread over networks */
	bool has_ttl;
	bool ttl_is_relayed; /* no answer had AA: TTL is the largest seen */
	uint32_t ttl_min;
	double ttl_mean;
};

/* Of one answer; further ones are not looked at. */
#define BEH_ADDRESSES_MAX 64
#define BEH_SERVERS_MAX 32

/* What of an answer is counted, as hashes: the same for each of the names whose
 * window it goes to. */
struct beh_trace {
	size_t address_count;
	struct beh_address_trace {
		uint64_t address, network, asn;
		bool has_asn;
	} addresses[BEH_ADDRESSES_MAX];
	size_t server_count;
	uint64_t servers[BEH_SERVERS_MAX];
};

/* SEED is the same for all answers. */
void beh_flux_trace(
    const struct beh_answer *answer, uint64_t seed, struct beh_trace *trace);

/* Note an answer by its trace. */
void beh_flux_note(struct beh_flux *flux, const struct beh_answer *answer,
    const struct beh_trace *trace);

/* What is quickly told of the window at the time of its last answer: answers
 * with an address, and how many bits these addresses have set. */
struct beh_glance {
	uint32_t answers;
	unsigned address_bits;
};
struct beh_glance beh_flux_glance(const struct beh_flux *flux);

/* Have its addresses set COUNT bits at least? More quickly told. */
bool beh_flux_has_shown(const struct beh_flux *flux, unsigned count);

/* The estimate of distinct addresses that have set so many bits. */
double beh_flux_addresses(unsigned bits);

/* What the window holds at NOW. */
void beh_flux_summary(
    const struct beh_flux *flux, int64_t now, struct beh_summary *summary);

#endif
