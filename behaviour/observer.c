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
#include "policy/origin.h"

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
look_up(struct pol_snapshot *snapshot, struct beh_signal_address *address)
{
	struct pol_item item = {
	    .trigger = POL_ON_RULE, .address = address->address};
	struct pol_query query = {.items = &item, .item_count = 1};
	struct pol_origin origin = {0};
	int found = pol_origin_find(snapshot, &address->address, &origin);

	if (found < 0)
		return found;
	address->asn = origin.asn;
	return pol_matches(snapshot, &query, take_risk, &address->risk);
}

/* ---- first-seen times ---- */

/* Since when, where that means something: not what learning began with. */
static int64_t
note_seen(struct beh_observer *observer, enum beh_seen_type type,
    const uint8_t *octets, size_t len, int64_t now)
{
	int64_t first = beh_seen_note(observer->seen, type, octets, len, now);

	return first >= observer->began + (int64_t)observer->learning ? first
								      : 0;
}

static int64_t
note_asn(struct beh_observer *observer, uint32_t asn, int64_t now)
{
	uint32_t octets = htonl(asn);

	if (asn == 0)
		return 0;
	return note_seen(observer, BEH_SEEN_ASN, (const uint8_t *)&octets,
	    sizeof(octets), now);
}

static int64_t
note_prefix(struct beh_observer *observer, const struct pol_address *address,
    int64_t now)
{
	struct pol_prefix prefix;
	uint8_t key[POL_PREFIX_KEY_MAX];

	pol_prefix_of(address, address->family == 4 ? 24 : 48, &prefix);
	return note_seen(
	    observer, BEH_SEEN_PREFIX, key, pol_prefix_key(&prefix, key), now);
}

/* ---- the signals ---- */

static int
note_addresses(struct beh_observer *observer,
    const struct beh_response *response, struct pol_snapshot *snapshot,
    struct beh_observation *observation)
{
	struct beh_signals *signals = &observation->signals;

	for (size_t i = 0; i < response->address_count && i < BEH_ADDRESSES_MAX;
	     i++) {
		struct beh_signal_address *address = &observation->addresses[i];
		int error;

		memset(address, 0, sizeof(*address));
		address->address = response->addresses[i];
		error = look_up(snapshot, address);
		if (error != 0)
			return error;
		address->asn_first_seen =
		    note_asn(observer, address->asn, response->time);
		address->prefix_first_seen =
		    note_prefix(observer, &address->address, response->time);
		signals->address_count++;
	}
	return 0;
}

/* Have the windows of the owner and of its domain seen the response. */
static void
note_windows(struct beh_observer *observer, const struct beh_response *response,
    struct beh_observation *observation)
{
	struct beh_signals *signals = &observation->signals;
	struct beh_address addresses[BEH_ADDRESSES_MAX];
	size_t offset = observation->domain_offset;
	struct beh_answer answer = {.time = response->time,
	    .ttl = response->ttl,
	    .authoritative = response->authoritative,
	    .addresses = addresses,
	    .address_count = signals->address_count,
	    .servers = response->servers,
	    .server_count = response->server_count < BEH_SERVERS_MAX
				? response->server_count
				: BEH_SERVERS_MAX};

	for (size_t i = 0; i < signals->address_count; i++)
		addresses[i] =
		    (struct beh_address){observation->addresses[i].address,
			observation->addresses[i].asn};
	beh_tracker_add(observer->tracker, BEH_OWNER, response->name,
	    response->name_len, &answer, &signals->owner);
	beh_tracker_add(observer->tracker, BEH_DOMAIN, response->name + offset,
	    response->name_len - offset, &answer, &signals->domain);
}

int
beh_observer_note(struct beh_observer *observer,
    const struct beh_response *response, struct pol_snapshot *snapshot,
    struct beh_observation *observation)
{
	struct beh_signals *signals = &observation->signals;
	size_t offset = beh_domain_offset(response->name, response->name_len);
	int error;

	observation->domain_offset = offset;
	*signals = (struct beh_signals){.now = response->time,
	    .name = response->name,
	    .name_len = response->name_len,
	    .qtype = response->qtype,
	    .ttl = response->ttl,
	    .addresses = observation->addresses};
	error = note_addresses(observer, response, snapshot, observation);
	if (error != 0)
		return error;
	signals->first_seen =
	    note_seen(observer, BEH_SEEN_DOMAIN, response->name + offset,
		response->name_len - offset, response->time);
	note_windows(observer, response, observation);
	/* What a cache has counted down is at least what it once showed, or an
	 * authority said. */
	if (!response->authoritative && signals->owner.ttl_min > signals->ttl)
		signals->ttl = signals->owner.ttl_min;
	return 0;
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
