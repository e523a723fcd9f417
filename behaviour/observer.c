/*
 * observer.c - from an upstream response to what rules can ask about it.
 */
#include "behaviour/observer.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "behaviour/domain.h"
#include "policy/error.h"
#include "policy/evaluate.h"

/* ---- making ---- */

int
beh_observer_new(const struct beh_options *options, uint64_t seed,
    int64_t began, struct beh_observer **observer)
{
	struct beh_observer *made = calloc(1, sizeof(*made));
	int error;

	if (made == NULL)
		return POL_ENOMEM;
	beh_domain_prepare();
	made->seed = seed;
	made->began = began;
	made->learning = options->learning;
	error = beh_tracker_new(options->tracker_memory, seed, &made->tracker);
	if (error == 0)
		error = beh_seen_new(options->seen_memory, seed, &made->seen);
	if (error == 0)
		error = beh_blocks_new(&made->blocks);
	if (error != 0) {
		beh_observer_free(made);
		return error;
	}
	*observer = made;
	return 0;
}

void
beh_observer_free(struct beh_observer *observer)
{
	if (observer == NULL)
		return;
	beh_tracker_free(observer->tracker);
	beh_seen_free(observer->seen);
	beh_blocks_free(observer->blocks);
	free(observer);
}

/* ---- addresses ---- */

/* The highest risk that a list gives; one that gives none means all of it. */
static int
take_risk(const struct pol_match *match, void *arg)
{
	uint8_t *risk = arg;
	uint8_t found =
	    match->indicator.risk != 0 ? match->indicator.risk : POL_RISK_MAX;

	if (match->action != POL_ALLOW && found > *risk)
		*risk = found;
	return 0;
}

static int
look_up_risk(struct pol_snapshot *snapshot, struct beh_signal_address *address)
{
	struct pol_item item = {
	    .trigger = POL_ON_RULE, .address = address->address};
	struct pol_query query = {.items = &item, .item_count = 1};

	return pol_matches(snapshot, &query, take_risk, &address->risk);
}

/* The /24 of an address, or the /48 of IPv6, as first-seen times know it. */
static uint64_t
prefix_hash(
    const struct beh_observer *observer, const struct pol_address *address)
{
	struct pol_prefix prefix;
	uint8_t key[POL_PREFIX_KEY_MAX];

	pol_prefix_of(address, address->family == 4 ? 24 : 48, &prefix);
	return beh_seen_hash_lower(
	    observer->seed, BEH_SEEN_PREFIX, key, pol_prefix_key(&prefix, key));
}

static size_t
count_addresses(const struct beh_response *response)
{
	return response->address_count < BEH_ADDRESSES_MAX
		   ? response->address_count
		   : BEH_ADDRESSES_MAX;
}

static void
take_addresses(struct beh_observation *observation)
{
	const struct beh_response *response = observation->response;
	size_t count = count_addresses(response);

	for (size_t i = 0; i < count; i++)
		observation->addresses[i] = (struct beh_signal_address){
		    .address = response->addresses[i].address,
		    .asn = response->addresses[i].asn};
	observation->signals.address_count = count;
}

/* ---- first-seen times ---- */

/* Since when, where that means something: not what learning began with. */
static int64_t
if_new(const struct beh_observer *observer, int64_t first)
{
	return first >= observer->began + (int64_t)observer->learning ? first
								      : 0;
}

/* The networks will be looked for soon. */
static void
expect_prefixes(
    const struct beh_observer *observer, struct beh_observation *observation)
{
	const struct beh_response *response = observation->response;
	uint64_t *hashes = observation->hashes.prefixes;

	for (size_t i = 0; i < count_addresses(response); i++) {
		hashes[i] =
		    prefix_hash(observer, &response->addresses[i].address);
		beh_seen_expect(observer->seen, BEH_SEEN_PREFIX, hashes[i]);
	}
}

static void
expect_asns(
    const struct beh_observer *observer, struct beh_observation *observation)
{
	uint64_t *hashes = observation->hashes.asns;

	for (size_t i = 0; i < observation->signals.address_count; i++) {
		uint32_t octets = htonl(observation->addresses[i].asn);

		hashes[i] = beh_seen_hash_lower(observer->seed, BEH_SEEN_ASN,
		    (const uint8_t *)&octets, sizeof(octets));
		beh_seen_expect(observer->seen, BEH_SEEN_ASN, hashes[i]);
	}
}

static int64_t
note_first(struct beh_observer *observer, enum beh_seen_type type,
    uint64_t hash, int64_t now)
{
	return if_new(
	    observer, beh_seen_note_hash(observer->seen, type, hash, now));
}

static void
note_networks(
    struct beh_observer *observer, struct beh_observation *observation)
{
	const struct beh_signals *signals = &observation->signals;

	for (size_t i = 0; i < signals->address_count; i++) {
		struct beh_signal_address *address = &observation->addresses[i];

		if (address->asn != 0)
			address->asn_first_seen =
			    note_first(observer, BEH_SEEN_ASN,
				observation->hashes.asns[i], signals->now);
		address->prefix_first_seen =
		    note_first(observer, BEH_SEEN_PREFIX,
			observation->hashes.prefixes[i], signals->now);
	}
}

static void
note_seen(struct beh_observer *observer, struct beh_observation *observation)
{
	struct beh_signals *signals = &observation->signals;

	note_networks(observer, observation);
	signals->first_seen = note_first(
	    observer, BEH_SEEN_DOMAIN, observation->hashes.seen, signals->now);
}

/* ---- the windows ---- */

/* Have the windows of the owner and of its domain seen the response. */
static void
note_windows(struct beh_observer *observer, struct beh_observation *observation)
{
	const struct beh_response *response = observation->response;
	struct beh_trace trace;
	const struct beh_answer answer = {.time = response->time,
	    .ttl = response->ttl,
	    .authoritative = response->authoritative,
	    .addresses = response->addresses,
	    .address_count = response->address_count,
	    .servers = response->servers,
	    .server_count = response->server_count};

	beh_flux_trace(&answer, observer->seed, &trace);
	beh_tracker_note(observer->tracker, observation->hashes.owner, &answer,
	    &trace, &observation->owner);
	beh_tracker_note(observer->tracker, observation->hashes.domain, &answer,
	    &trace, &observation->domain);
}

/* ---- noting ---- */

int
beh_observer_begin(const struct beh_observer *observer,
    const struct beh_response *response, struct beh_observation *observation)
{
	struct beh_name *name = &observation->name;
	int error = beh_name_set(name, response->name, response->name_len);
	const uint8_t *domain;
	size_t domain_len;

	if (error != 0)
		return error;
	observation->response = response;
	observation->domain_offset = beh_domain_start(name);
	domain = name->wire + observation->domain_offset;
	domain_len = name->len - observation->domain_offset;
	observation->hashes.seen = beh_seen_hash_lower(
	    observer->seed, BEH_SEEN_DOMAIN, domain, domain_len);
	observation->hashes.domain =
	    beh_tracker_hash_from(BEH_DOMAIN, observation->hashes.seen);
	observation->hashes.owner = beh_tracker_hash_from(
	    BEH_OWNER, beh_seen_hash_lower(observer->seed, BEH_SEEN_DOMAIN,
			   name->wire, name->len));
	beh_tracker_expect(observer->tracker, observation->hashes.owner);
	beh_tracker_expect(observer->tracker, observation->hashes.domain);
	beh_seen_expect(
	    observer->seen, BEH_SEEN_DOMAIN, observation->hashes.seen);
	expect_prefixes(observer, observation);
	return 0;
}

void
beh_observer_note(
    struct beh_observer *observer, struct beh_observation *observation)
{
	const struct beh_response *response = observation->response;
	struct beh_signals *signals = &observation->signals;

	beh_tracker_expect_state(observer->tracker, observation->hashes.owner);
	beh_tracker_expect_state(observer->tracker, observation->hashes.domain);
	take_addresses(observation);
	expect_asns(observer, observation);
	signals->now = response->time;
	signals->name = response->name;
	signals->name_len = response->name_len;
	signals->qtype = response->qtype;
	signals->ttl = response->ttl;
	signals->addresses = observation->addresses;
	note_windows(observer, observation);
	note_seen(observer, observation);
}

/* ---- deciding ---- */

int
beh_observation_complete(
    struct beh_observation *observation, struct pol_snapshot *snapshot)
{
	struct beh_signals *signals = &observation->signals;
	int error = 0;

	for (size_t i = 0; i < signals->address_count && error == 0; i++)
		error = look_up_risk(snapshot, &observation->addresses[i]);
	if (error != 0)
		return error;
	beh_flux_summary(&observation->owner, signals->now, &signals->owner);
	beh_flux_summary(&observation->domain, signals->now, &signals->domain);
	/* What a cache has counted down is at least what it once showed, or an
	 * authority said. */
	if (!observation->response->authoritative &&
	    signals->owner.ttl_min > signals->ttl)
		signals->ttl = signals->owner.ttl_min;
	return 0;
}

int
beh_observation_judge(struct beh_observation *observation,
    const struct beh_rules *rules, struct pol_snapshot *snapshot,
    beh_finding_visit *visit, void *arg)
{
	const struct beh_signals *signals = &observation->signals;
	const struct beh_hint hint = {.now = signals->now,
	    .ttl = observation->response->ttl,
	    .first_seen = signals->first_seen,
	    .owner = beh_flux_glance(&observation->owner),
	    .domain = beh_flux_glance(&observation->domain)};
	int error;

	if (!beh_rules_may_hold(rules, &hint))
		return 0;
	if (snapshot == NULL)
		return BEH_ASK_POLICY;
	error = beh_observation_complete(observation, snapshot);
	return error != 0 ? error
			  : beh_rules_evaluate(rules, &observation->signals,
				snapshot, visit, arg);
}

/* ---- blocking ---- */

/* Does the rule hold without what the domain's other names have shown? */
static bool
holds_of_owner(const struct beh_observation *observation,
    const struct beh_rule *rule, struct pol_snapshot *snapshot)
{
	struct beh_signals signals = observation->signals;
	struct beh_finding finding;

	memset(&signals.domain, 0, sizeof(signals.domain));
	return beh_rule_holds(rule, &signals, snapshot, &finding) == 1;
}

int
beh_observer_block(struct beh_observer *observer,
    const struct beh_observation *observation,
    const struct beh_finding *finding, struct pol_snapshot *snapshot,
    struct beh_block *block)
{
	const struct beh_signals *signals = &observation->signals;
	size_t offset = 0;
	int error;

	memset(block, 0, sizeof(*block));
	block->subtree = !holds_of_owner(observation, finding->rule, snapshot);
	if (block->subtree)
		offset = observation->domain_offset;
	error = pol_name_from_wire(
	    signals->name + offset, signals->name_len - offset, &block->name);
	if (error != 0)
		return error;
	memcpy(block->rule, finding->rule->name, sizeof(block->rule));
	block->since = signals->now;
	block->until = signals->now + finding->rule->hold;
	beh_evidence_text(finding, block->evidence);
	beh_tracker_mark(observer->tracker,
	    block->subtree ? BEH_DOMAIN : BEH_OWNER, block->name.wire,
	    block->name.len, block->until);
	return beh_blocks_put(observer->blocks, block);
}
