/*
 * test_observer.c - from a response to what rules can ask about it; which name
 * a rule blocks.
 */
#include "origin_support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "behaviour/domain.h"
#include "behaviour/observer.h"

#define LEARNING 100

static struct beh_observer *
new_observer(void)
{
	struct beh_options options;
	struct beh_observer *observer = NULL;

	beh_options_default(&options);
	options.tracker_memory = BEH_MEMORY_MIN;
	options.seen_memory = BEH_SEEN_MEMORY_MIN;
	options.learning = LEARNING;
	assert_int_equal(beh_observer_new(&options, 7, NOW, &observer), 0);
	beh_seen_ready(observer->seen);
	return observer;
}

/* With the ASN that the policy says. */
static struct beh_address
origin_of(struct pol_snapshot *snapshot, const uint8_t *octets)
{
	struct beh_address address;

	pol_address_set(&address.address, 4, octets);
	address.asn = find_asn(snapshot, &address.address);
	return address;
}

/* One address, 10.0.NUMBER.1, for the name. */
struct seen_once {
	struct pol_name name;
	struct beh_address address;
	struct beh_observation observation;
};

static const struct beh_signals *
note(struct beh_observer *observer, struct pol_snapshot *snapshot,
    const char *text, int64_t time, uint8_t number, uint32_t ttl, bool aa)
{
	static struct seen_once once;
	const uint8_t octets[] = {10, number, 0, 1};
	const struct beh_response response = {.time = time,
	    .name = once.name.wire,
	    .name_len = name_of(text).len,
	    .qtype = 1,
	    .ttl = ttl,
	    .authoritative = aa,
	    .addresses = &once.address,
	    .address_count = 1};

	once.name = name_of(text);
	once.address = origin_of(snapshot, octets);
	assert_int_equal(
	    beh_observer_begin(observer, &response, &once.observation), 0);
	beh_observer_note(observer, &once.observation);
	assert_int_equal(
	    beh_observation_complete(&once.observation, snapshot), 0);
	return &once.observation.signals;
}

static void
what_is_seen_while_learning_counts_as_old(void **state)
{
	struct beh_observer *observer = new_observer();
	struct pol_snapshot *snapshot = begin_snapshot(*state);
	int64_t after = NOW + LEARNING;

	assert_int_equal(
	    note(observer, snapshot, "a.old.example", after - 1, 1, 60, true)
		->first_seen,
	    0);
	assert_int_equal(
	    note(observer, snapshot, "a.new.example", after, 1, 60, true)
		->first_seen,
	    after);
	assert_int_equal(
	    note(observer, snapshot, "b.old.example", after + 9, 1, 60, true)
		->first_seen,
	    0);
	assert_int_equal(
	    note(observer, snapshot, "b.new.example", after + 9, 1, 60, true)
		->first_seen,
	    after);
	pol_snapshot_end(snapshot);
	beh_observer_free(observer);
}

static void
asn_and_prefix_have_first_times_of_their_own(void **state)
{
	struct scratch *scratch = *state;
	struct beh_observer *observer = new_observer();
	struct pol_ranges *ranges = new_ranges();
	struct pol_snapshot *snapshot;
	const struct beh_signals *signals;
	const struct beh_signal_address *address;
	int64_t after = NOW + LEARNING;

	add_range(ranges, "10.1.0.0", "10.2.255.255", 64500);
	seal(ranges);
	import_ranges(scratch, ranges);
	pol_ranges_free(ranges);
	snapshot = begin_snapshot(scratch);
	note(observer, snapshot, "a.example", after, 1, 60, true);
	signals = note(observer, snapshot, "b.other", after + 5, 2, 60, true);
	address = signals->addresses;
	assert_int_equal(lround(signals->owner.asns), 1);
	assert_int_equal(address->asn, 64500);
	assert_int_equal(address->asn_first_seen, after);
	assert_int_equal(address->prefix_first_seen, after + 5);
	/* No origin is known of this one. */
	signals = note(observer, snapshot, "c.other", after + 9, 3, 60, true);
	address = signals->addresses;
	assert_int_equal(lround(signals->owner.asns), 0);
	assert_int_equal(address->asn, 0);
	assert_int_equal(address->asn_first_seen, 0);
	pol_snapshot_end(snapshot);
	beh_observer_free(observer);
}

static void
relayed_ttl_is_the_largest_seen(void **state)
{
	struct beh_observer *observer = new_observer();
	struct pol_snapshot *snapshot = begin_snapshot(*state);
	const char *name = "a.example";

	assert_int_equal(
	    note(observer, snapshot, name, NOW, 1, 50, false)->ttl, 50);
	assert_int_equal(
	    note(observer, snapshot, name, NOW + 1, 1, 300, false)->ttl, 300);
	assert_int_equal(
	    note(observer, snapshot, name, NOW + 2, 1, 20, false)->ttl, 300);
	assert_int_equal(
	    note(observer, snapshot, name, NOW + 3, 1, 20, true)->ttl, 20);
	/* Less than an authority said: it was counted down. */
	assert_int_equal(
	    note(observer, snapshot, name, NOW + 4, 1, 5, false)->ttl, 20);
	pol_snapshot_end(snapshot);
	beh_observer_free(observer);
}

/* The highest of the lists for rules; one without a number says the most; an
 * exception says nothing. */
static void
risk_is_the_highest_that_is_listed(void **state)
{
	struct scratch *scratch = *state;
	struct beh_observer *observer = new_observer();
	static const struct {
		const char *prefix;
		uint8_t risk, expected;
		enum pol_action action;
	} steps[] = {{"10.1.0.0/16", 40, 40, POL_ACTION_OF_FEED},
	    {"10.1.0.0/24", 30, 40, POL_ACTION_OF_FEED},
	    {"10.1.0.1/32", 0, 40, POL_ALLOW},
	    {"10.1.0.0/30", 0, POL_RISK_MAX, POL_ACTION_OF_FEED}};
	struct pol_feed feed = {.name = "risks",
	    .order = 1,
	    .action = POL_SINKHOLE,
	    .triggers = POL_SERVES_RULES};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct pol_subject subject = {.kind = POL_PREFIX};
		struct pol_change *change = begin_change(scratch);
		struct pol_indicator indicator;
		struct pol_snapshot *snapshot;
		const struct beh_signals *signals;
		uint16_t id;

		assert_int_equal(pol_prefix_from_text(steps[i].prefix,
				     strlen(steps[i].prefix), &subject.prefix),
		    POL_PREFIX_OK);
		pol_change_set_feed(change, &feed, &id);
		indicator = indicator_of(id, POL_EXACT);
		indicator.risk = steps[i].risk;
		indicator.action = steps[i].action;
		pol_change_set(change, &subject, &indicator);
		commit(change);
		snapshot = begin_snapshot(scratch);
		signals =
		    note(observer, snapshot, "a.example", NOW, 1, 60, true);
		assert_int_equal(signals->addresses[0].risk, steps[i].expected);
		pol_snapshot_end(snapshot);
	}
	beh_observer_free(observer);
}

static const struct beh_rule many = {.name = "many",
    .action = POL_SINKHOLE,
    .mode = POL_ENFORCE,
    .hold = 60,
    .conditions = {{.kind = BEH_ADDRESSES_MIN, .number = 4}},
    .condition_count = 1};

static int
count_findings(const struct beh_finding *finding, void *arg)
{
	(void)finding;
	++*(unsigned *)arg;
	return 0;
}

/* Up to four addresses of a few networks for one of a few names. */
static void
answer_at_random(struct beh_observer *observer, struct pol_snapshot *snapshot,
    int64_t time, struct beh_observation *observation)
{
	static struct beh_response response;
	static struct beh_address addresses[4];
	static struct pol_name name;
	char text[32];

	snprintf(text, sizeof(text), "n%ld.d%ld.example", random() % 3,
	    random() % 40);
	name = name_of(text);
	response = (struct beh_response){.time = time,
	    .name = name.wire,
	    .name_len = name.len,
	    .qtype = 1,
	    .ttl = (uint32_t)random() % 100,
	    .authoritative = random() % 2 == 0,
	    .addresses = addresses,
	    .address_count = (size_t)random() % 4 + 1};
	for (size_t i = 0; i < response.address_count; i++)
		addresses[i] = origin_of(
		    snapshot, (const uint8_t[]){10, (uint8_t)(random() % 5), 0,
				  (uint8_t)random()});
	assert_int_equal(
	    beh_observer_begin(observer, &response, observation), 0);
	beh_observer_note(observer, observation);
}

/* What is left aside by what is quickly told would not have held. */
static void
no_rule_that_holds_is_left_aside(void **state)
{
	static struct beh_observation observation;
	const enum beh_condition_kind kinds[] = {BEH_TTL_MAX, BEH_ANSWERS_MIN,
	    BEH_ADDRESSES_MIN, BEH_FIRST_SEEN_WITHIN};
	struct beh_observer *observer = new_observer();
	struct pol_snapshot *snapshot = begin_snapshot(*state);
	unsigned held = 0;

	srandom(1);
	for (unsigned round = 0; round < 4000; round++) {
		struct beh_rule rule = many;
		const struct beh_rules rules = {.rules = &rule, .count = 1};
		unsigned expected = 0, found = 0;

		for (size_t i = 0; i < 2; i++)
			rule.conditions[i] = (struct beh_condition){
			    .kind = kinds[(size_t)random() % 4],
			    .number = (uint32_t)random() % 60};
		rule.condition_count = 2;
		answer_at_random(observer, snapshot, NOW + LEARNING + round / 8,
		    &observation);
		assert_int_equal(beh_observation_judge(&observation, &rules,
				     snapshot, count_findings, &found),
		    0);
		assert_int_equal(
		    beh_observation_complete(&observation, snapshot), 0);
		assert_int_equal(
		    beh_rules_evaluate(&rules, &observation.signals, snapshot,
			count_findings, &expected),
		    0);
		assert_int_equal(found, expected);
		held += expected;
	}
	assert_in_range(held, 400, 3600);
	pol_snapshot_end(snapshot);
	beh_observer_free(observer);
}

static int
count_marked(const struct beh_state *state, void *arg)
{
	unsigned *marked = arg;

	*marked += state->marked_until == NOW + 60;
	return 0;
}

/* Note addresses for names of this pattern until the rule holds, and block. */
static struct beh_block
block_once_it_holds(struct scratch *scratch, const char *const *names)
{
	struct beh_observer *observer = new_observer();
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	struct beh_observation observation;
	struct beh_finding finding = {.rule = NULL};
	struct beh_block block;
	unsigned marked = 0;
	uint8_t number = 0;
	int holds = 0;

	while (holds == 0) {
		const char *text = names[number % 2];
		struct pol_name name = name_of(text);
		const struct beh_signals *signals =
		    note(observer, snapshot, text, NOW, ++number, 60, true);

		holds = beh_rule_holds(&many, signals, snapshot, &finding);
		observation.signals = *signals;
		observation.domain_offset =
		    beh_domain_offset(name.wire, name.len);
		assert_true(number < 10);
	}
	assert_int_equal(number, 4);
	finding.rule = &many;
	assert_int_equal(beh_observer_block(observer, &observation, &finding,
			     snapshot, &block),
	    1);
	assert_int_equal(beh_blocks_count(observer->blocks), 1);
	/* No flood of names pushes it out while it is blocked. */
	beh_tracker_changed(observer->tracker, count_marked, &marked);
	assert_int_equal(marked, 1);
	pol_snapshot_end(snapshot);
	beh_observer_free(observer);
	return block;
}

static void
name_is_blocked_for_what_it_shows_itself(void **state)
{
	static const char *const names[] = {"a.flux.example", "a.flux.example"};
	struct beh_block block = block_once_it_holds(*state, names);
	struct pol_name name = name_of("a.flux.example");

	assert_false(block.subtree);
	assert_memory_equal(block.name.wire, name.wire, name.len);
	assert_int_equal(block.since, NOW);
	assert_int_equal(block.until, NOW + 60);
	assert_string_equal(block.rule, "many");
	assert_string_equal(block.evidence, "addresses-min: 4");
}

static void
domain_is_blocked_for_what_its_names_show_together(void **state)
{
	static const char *const names[] = {"a.flux.example", "b.flux.example"};
	struct beh_block block = block_once_it_holds(*state, names);
	struct pol_name name = name_of("flux.example");

	assert_true(block.subtree);
	assert_int_equal(block.name.len, name.len);
	assert_memory_equal(block.name.wire, name.wire, name.len);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    store_test(no_rule_that_holds_is_left_aside),
	    store_test(what_is_seen_while_learning_counts_as_old),
	    store_test(asn_and_prefix_have_first_times_of_their_own),
	    store_test(relayed_ttl_is_the_largest_seen),
	    store_test(risk_is_the_highest_that_is_listed),
	    store_test(name_is_blocked_for_what_it_shows_itself),
	    store_test(domain_is_blocked_for_what_its_names_show_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
