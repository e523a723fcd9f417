/*
 * observer.h - from an upstream response to what rules can ask about it.
 *
 * The module gives it each response; `make detection` gives it recorded or
 * generated ones with their times. Both get the same signals.
 *
 *	response -> registrable domain, first-seen times          (domain, seen)
 *	         -> the window of the owner name and of its domain (tracker)
 *	         -> what is quickly told: can any rule hold?       (hint)
 *	         -> the rest of the signals, with risks            (the policy)
 *	         -> rules -> verdict                               (rule)
 *	         -> a block of the name, or of the domain          (block)
 *
 * Nearly every response ends in the middle of this, without a look at the
 * policy: the origin ASNs of its addresses are the caller's to give, from
 * policy/origin_table.h.
 *
 * While it learns, everything is new; so what was first seen in the first
 * `learning` seconds counts as known from before.
 */
#ifndef BEHAVIOUR_OBSERVER_H
#define BEHAVIOUR_OBSERVER_H

#include "behaviour/block.h"
#include "behaviour/hint.h"
#include "behaviour/name.h"
#include "behaviour/seen.h"
#include "behaviour/tracker.h"
#include "policy/store.h"

/* All of it may be used by any number of threads at once. */
struct beh_observer {
	uint64_t seed; /* of all hashes */
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
	const struct beh_address *addresses; /* with their ASNs */
	size_t address_count;
	const struct pol_address *servers;
	size_t server_count;
};

/* What becomes of it. The signals point into it, and into the response. */
struct beh_observation {
	const struct beh_response *response;
	struct beh_name name;
	size_t domain_offset; /* of the registrable domain in the name */
	struct {
		uint64_t owner, domain; /* of their windows */
		/* Of first-seen times. */
		uint64_t seen, prefixes[BEH_ADDRESSES_MAX];
		uint64_t asns[BEH_ADDRESSES_MAX];
	} hashes;
	struct beh_flux owner, domain; /* their windows, with this response */
	struct beh_signals signals;    /* risks and summaries: once complete */
	struct beh_signal_address addresses[BEH_ADDRESSES_MAX];
};

/* Begin with a response, which must stay where it is; the ASNs of its addresses
 * may be set until it is noted. Memory that noting it will look at is on its
 * way then. POL_EINVAL for a malformed name. */
int beh_observer_begin(const struct beh_observer *observer,
    const struct beh_response *response, struct beh_observation *observation);

/* Note the response. Does not allocate. */
void beh_observer_note(
    struct beh_observer *observer, struct beh_observation *observation);

/* Fill in the signals that the policy and the windows give. 0, or an error of
 * the snapshot. */
int beh_observation_complete(
    struct beh_observation *observation, struct pol_snapshot *snapshot);

/* The policy is needed: call again with a snapshot of it. */
#define BEH_ASK_POLICY 1

/* As beh_rules_evaluate(), of what was noted. BEH_ASK_POLICY where SNAPSHOT is
 * NULL and some rule may hold. */
int beh_observation_judge(struct beh_observation *observation,
    const struct beh_rules *rules, struct pol_snapshot *snapshot,
    beh_finding_visit *visit, void *arg);

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
