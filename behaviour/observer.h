/*
 * observer.h - from an upstream response to what rules can ask about it.
 *
 * The module gives it each response; `make detection` gives it recorded or
 * generated ones with their times. Both get the same signals.
 *
 *	response -> origin ASN, risk and country of each address  (the policy)
 *	         -> registrable domain, first-seen times          (domain, seen)
 *	         -> the window of the owner name and of its domain (tracker)
 *	         -> signals -> rules -> verdict                    (rule)
 *	         -> a block of the name, or of the domain          (block)
 *
 * While it learns, everything is new; so what was first seen in the first
 * `learning` seconds counts as known from before.
 */
#ifndef BEHAVIOUR_OBSERVER_H
#define BEHAVIOUR_OBSERVER_H

#include "behaviour/block.h"
#include "behaviour/rule.h"
#include "behaviour/seen.h"
#include "behaviour/tracker.h"
#include "policy/store.h"

/* Of one response; further ones are not looked at. */
#define BEH_ADDRESSES_MAX 64
#define BEH_SERVERS_MAX 32

/* All of it may be used by any number of threads at once. */
struct beh_observer {
	struct beh_tracker *tracker;
	struct beh_seen *seen;
	struct beh_blocks *blocks;
	int64_t began; /* to learn, in seconds since the epoch */
	uint32_t learning;
};

/* SEED and BEGAN are those of observed.mdb. POL_EINVAL, POL_ENOMEM. */
int beh_observer_new(const struct beh_options *options, uint64_t seed,
    int64_t began, struct beh_observer **observer);
void beh_observer_free(struct beh_observer *observer);

/* What came from upstream for one owner name. */
struct beh_response {
	int64_t time;	     /* seconds since the epoch */
	const uint8_t *name; /* owner of the addresses, wire format, any case */
	size_t name_len;
	uint16_t qtype;
	uint32_t ttl; /* as it was sent */
	bool authoritative;
	const struct pol_address *addresses;
	size_t address_count;
	const struct pol_address *servers;
	size_t server_count;
};

/* What became of it. The signals point into it, and into the response. */
struct beh_observation {
	struct beh_signals signals;
	struct beh_signal_address addresses[BEH_ADDRESSES_MAX];
	size_t domain_offset; /* of the registrable domain in the name */
};

/* Note the response and say what is known with it. 0 or an error of the
 * snapshot. Does not allocate. */
int beh_observer_note(struct beh_observer *observer,
    const struct beh_response *response, struct pol_snapshot *snapshot,
    struct beh_observation *observation);

/*
 * Block what FINDING, a rule that holds of OBSERVATION, is about: the owner
 * name, or its registrable domain where the rule holds only with what the
 * domain's other names have shown. The block that was made or goes on is
 * written to BLOCK. As beh_blocks_put(): 1 where it is a new one.
 */
int beh_observer_block(struct beh_observer *observer,
    const struct beh_observation *observation,
    const struct beh_finding *finding, struct pol_snapshot *snapshot,
    struct beh_block *block);

#endif
