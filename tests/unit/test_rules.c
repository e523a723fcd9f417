/*
 * test_rules.c - rules: their octets, and what they hold of.
 */
#include "origin_support.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "behaviour/hint.h"

#define HOUR 3600
#define FOREVER 2147483647 /* longer than the epoch is ago */

/* An answer that every condition of the tests below holds of. */
static struct beh_signal_address address = {
    .address = {.family = 4, .octets = {192, 0, 2, 7}},
    .asn = 64500,
    .risk = 90,
    .country = "ZZ",
    .asn_first_seen = NOW - 2 * HOUR};
static const uint8_t owner[] = "\3wWw\4flux\7example";

static struct beh_signals
signals_of_flux(void)
{
	return (struct beh_signals){.now = NOW,
	    .name = owner,
	    .name_len = sizeof(owner),
	    .qtype = 1,
	    .ttl = 60,
	    .first_seen = NOW - HOUR,
	    .addresses = &address,
	    .address_count = 1,
	    .owner = {.answers = 10,
		.addresses = 40,
		.networks = 38,
		.asns = 30,
		.entropy = 5.2,
		.has_ttl = true,
		.ttl_min = 60}};
}

static struct beh_rule
rule_of(enum beh_condition_kind kind, uint32_t number, struct beh_item *item)
{
	struct beh_rule rule = {.name = "test",
	    .action = POL_SINKHOLE,
	    .mode = POL_ENFORCE,
	    .hold = BEH_HOLD_DEFAULT,
	    .condition_count = 1};

	rule.conditions[0] =
	    (struct beh_condition){.kind = kind, .number = number};
	if (item != NULL) {
		rule.conditions[0].items = item;
		rule.conditions[0].item_count = 1;
	}
	return rule;
}

static struct beh_item
item_of(enum beh_item_type type, const void *octets, size_t len)
{
	return (struct beh_item){type, (uint8_t)len, octets};
}

static int
encode(struct beh_rule *list, size_t count, uint8_t **octets, size_t *len)
{
	struct beh_rules rules = {.rules = list, .count = count};

	beh_options_default(&rules.options);
	return beh_rules_encode(&rules, octets, len);
}

/* Does the rule hold? It must be one that can be written. */
static int
holds(struct scratch *scratch, struct beh_rule *rule,
    const struct beh_signals *signals)
{
	struct pol_snapshot *snapshot;
	struct beh_rules *rules;
	struct beh_finding finding;
	uint8_t *octets;
	size_t len;
	int held;

	assert_int_equal(encode(rule, 1, &octets, &len), 0);
	assert_int_equal(beh_rules_decode(octets, len, &rules), 0);
	assert_int_equal(pol_snapshot_begin(scratch->store, &snapshot), 0);
	held = beh_rule_holds(&rules->rules[0], signals, snapshot, &finding);
	if (held == 1) {
		assert_int_equal(finding.evidence_count, 1);
		assert_string_not_equal(finding.evidence[0].met, "");
	}
	pol_snapshot_end(snapshot);
	beh_rules_free(rules);
	free(octets);
	return held;
}

static void
number_is_met_up_to_its_limit(void **state)
{
	static const struct {
		enum beh_condition_kind kind;
		uint32_t holds, fails;
	} cases[] = {
	    {BEH_TTL_MAX, 60, 59},
	    {BEH_FIRST_SEEN_WITHIN, HOUR, HOUR - 1},
	    {BEH_ASN_RISK_MIN, 90, 91},
	    {BEH_ASN_FIRST_SEEN_WITHIN, 2 * HOUR, 2 * HOUR - 1},
	    {BEH_ADDRESSES_MIN, 40, 41},
	    {BEH_ASNS_MIN, 30, 31},
	    {BEH_NETWORKS_MIN, 38, 39},
	    {BEH_FLUX_SCORE_MIN, 76, 77},
	    {BEH_ANSWERS_MIN, 10, 11},
	};
	struct beh_signals signals = signals_of_flux();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct beh_rule rule =
		    rule_of(cases[i].kind, cases[i].holds, NULL);

		assert_int_equal(holds(*state, &rule, &signals), 1);
		rule.conditions[0].number = cases[i].fails;
		assert_int_equal(holds(*state, &rule, &signals), 0);
	}
}

static void
counts_of_the_domain_count_too(void **state)
{
	static const struct {
		enum beh_condition_kind kind;
		uint32_t least;
	} cases[] = {{BEH_FLUX_SCORE_MIN, 76}, {BEH_ADDRESSES_MIN, 40},
	    {BEH_ASNS_MIN, 30}, {BEH_NETWORKS_MIN, 38}, {BEH_ANSWERS_MIN, 10}};
	struct beh_signals signals = signals_of_flux();

	signals.domain = signals.owner;
	memset(&signals.owner, 0, sizeof(signals.owner));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct beh_rule rule =
		    rule_of(cases[i].kind, cases[i].least, NULL);

		assert_int_equal(holds(*state, &rule, &signals), 1);
	}
}

static void
unknown_meets_nothing(void **state)
{
	struct beh_signals signals = signals_of_flux();
	struct beh_signal_address nowhere = {.address = address.address};
	struct beh_rule seen = rule_of(BEH_FIRST_SEEN_WITHIN, FOREVER, NULL);
	struct beh_rule asn = rule_of(BEH_ASN_FIRST_SEEN_WITHIN, FOREVER, NULL);
	struct beh_item zero = item_of(BEH_ITEM_ASN, "\0\0\0\0", 4);
	struct beh_rule none = rule_of(BEH_ASN_IN, 0, &zero);

	signals.first_seen = 0;
	signals.addresses = &nowhere;
	assert_int_equal(holds(*state, &seen, &signals), 0);
	assert_int_equal(holds(*state, &asn, &signals), 0);
	assert_int_equal(holds(*state, &none, &signals), 0);
}

static void
list_is_met_by_one_of_its_items(void **state)
{
	static const uint8_t prefix[] = {4, 192, 0, 2, 0, 24};
	static const uint8_t other_prefix[] = {4, 192, 0, 3, 0, 24};
	struct beh_signals signals = signals_of_flux();
	uint32_t asn = htonl(64500), other_asn = htonl(64501);
	struct {
		enum beh_condition_kind kind;
		struct beh_item holds, fails;
	} cases[] = {
	    {BEH_NAME_UNDER, item_of(0, "\4flux\7example", 14),
		item_of(0, "\3lux\7example", 13)},
	    {BEH_NAME_UNDER, item_of(0, "\3www\4flux\7example", 18),
		item_of(0, "\1w\3www\4flux\7example", 20)},
	    {BEH_NAME_UNDER, item_of(0, "", 1), item_of(0, "\3org", 5)},
	    {BEH_ASN_IN, item_of(BEH_ITEM_ASN, &asn, 4),
		item_of(BEH_ITEM_ASN, &other_asn, 4)},
	    {BEH_PREFIX_IN, item_of(BEH_ITEM_PREFIX, prefix, 6),
		item_of(BEH_ITEM_PREFIX, other_prefix, 6)},
	    {BEH_COUNTRY, item_of(BEH_ITEM_COUNTRY, "ZZ", 2),
		item_of(BEH_ITEM_COUNTRY, "ZY", 2)},
	    {BEH_QTYPE, item_of(BEH_ITEM_QTYPE, "\0\1", 2),
		item_of(BEH_ITEM_QTYPE, "\0\34", 2)},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct beh_rule rule =
		    rule_of(cases[i].kind, 0, &cases[i].holds);

		assert_int_equal(holds(*state, &rule, &signals), 1);
		rule.conditions[0].items = &cases[i].fails;
		assert_int_equal(holds(*state, &rule, &signals), 0);
	}
}

/* Whom a rule is for is no matter of the answer. */
static void
rule_is_for_its_groups(void **state)
{
	struct beh_signals signals = signals_of_flux();
	struct beh_item kids = item_of(BEH_ITEM_GROUP, "kids", 4);
	struct beh_rule all = rule_of(BEH_TTL_MAX, 300, NULL);
	struct beh_rule some = rule_of(BEH_CLIENT_GROUP, 0, &kids);

	some.conditions[1] = all.conditions[0];
	some.condition_count = 2;
	assert_int_equal(holds(*state, &some, &signals), 1);
	signals.ttl = 301;
	assert_int_equal(holds(*state, &some, &signals), 0);
	assert_true(beh_rule_is_for(&all, NULL));
	assert_true(beh_rule_is_for(&all, "kids"));
	assert_true(beh_rule_is_for(&some, "kids"));
	assert_false(beh_rule_is_for(&some, "kid"));
	assert_false(beh_rule_is_for(&some, NULL));
}

/* A feed for rules that lists these until UNTIL (0: for ever). */
static void
set_list(struct scratch *scratch, const char *name,
    const struct pol_subject *subject, int64_t until)
{
	struct pol_feed feed = {
	    .order = 1, .action = POL_SINKHOLE, .triggers = POL_SERVES_RULES};
	struct pol_change *change = begin_change(scratch);
	struct pol_indicator indicator;
	uint16_t id;

	strcpy(feed.name, name);
	pol_change_set_feed(change, &feed, &id);
	indicator = indicator_of(
	    id, subject->kind == POL_NAME ? POL_SUBTREE : POL_EXACT);
	indicator.since = NOW - 2 * HOUR;
	indicator.until = until;
	pol_change_set(change, subject, &indicator);
	commit(change);
}

/* A feed that serves rules only is asked by rules, and blocks nothing. */
static void
feed_is_asked(void **state)
{
	struct scratch *scratch = *state;
	struct pol_subject name = {
	    .kind = POL_NAME, .name = name_of("example")};
	struct beh_item item = item_of(BEH_ITEM_FEED, "dyndns", 6);
	struct beh_item other = item_of(BEH_ITEM_FEED, "dyndn", 5);
	struct beh_rule rule = rule_of(BEH_NAME_IN, 0, &item);
	struct beh_signals signals = signals_of_flux();
	struct pol_query query = {.qname = owner, .qname_len = sizeof(owner)};
	struct pol_snapshot *snapshot;
	struct pol_verdict verdict;

	assert_int_equal(holds(scratch, &rule, &signals), 0);
	set_list(scratch, "dyndns", &name, 0);
	assert_int_equal(holds(scratch, &rule, &signals), 1);
	snapshot = begin_snapshot(scratch);
	assert_int_equal(pol_evaluate(snapshot, &query, NOW, &verdict), 0);
	assert_false(verdict.listed);
	pol_snapshot_end(snapshot);
	rule.conditions[0].items = &other;
	assert_int_equal(holds(scratch, &rule, &signals), 0);
	/* What it lists no more, it does not say. */
	rule.conditions[0].items = &item;
	set_list(scratch, "dyndns", &name, NOW - HOUR);
	assert_int_equal(holds(scratch, &rule, &signals), 0);
}

static void
feed_of_networks_is_asked(void **state)
{
	struct scratch *scratch = *state;
	struct pol_subject network = {.kind = POL_PREFIX};
	struct pol_subject asn = {.kind = POL_ASN, .asn = 64500};
	struct beh_item networks = item_of(BEH_ITEM_FEED, "networks", 8);
	struct beh_item asns = item_of(BEH_ITEM_FEED, "asns", 4);
	struct beh_rule by_prefix = rule_of(BEH_PREFIX_IN, 0, &networks);
	struct beh_rule by_asn = rule_of(BEH_ASN_IN, 0, &asns);
	struct beh_signals signals = signals_of_flux();
	struct beh_signal_address far = address;

	assert_int_equal(
	    pol_prefix_from_text("192.0.2.0/29", 12, &network.prefix),
	    POL_PREFIX_OK);
	import_some(scratch); /* 192.0.2.0/24 is of AS64500 */
	set_list(scratch, "networks", &network, 0);
	set_list(scratch, "asns", &asn, 0);
	assert_int_equal(holds(scratch, &by_prefix, &signals), 1);
	assert_int_equal(holds(scratch, &by_asn, &signals), 1);
	far.address = address_of("192.0.2.8");
	signals.addresses = &far;
	assert_int_equal(holds(scratch, &by_prefix, &signals), 0);
	assert_int_equal(holds(scratch, &by_asn, &signals), 1);
	far.address = address_of("203.0.113.8");
	assert_int_equal(holds(scratch, &by_asn, &signals), 0);
}

/* Looked up for rules that ask for it only. */
static void
country_is_that_of_the_origin_data(void **state)
{
	struct scratch *scratch = *state;
	struct beh_item here = item_of(BEH_ITEM_COUNTRY, "DE", 2);
	struct beh_item there = item_of(BEH_ITEM_COUNTRY, "FR", 2);
	struct beh_rule rule = rule_of(BEH_COUNTRY, 0, &here);
	struct beh_signals signals = signals_of_flux();
	struct beh_signal_address plain = {
	    .address = address.address, .asn = 64500};

	import_some(scratch);
	signals.addresses = &plain;
	assert_int_equal(holds(scratch, &rule, &signals), 1);
	rule.conditions[0].items = &there;
	assert_int_equal(holds(scratch, &rule, &signals), 0);
}

/* All that is said of addresses must hold of the same one. */
static void
conditions_meet_in_one_address(void **state)
{
	struct beh_signal_address two[] = {
	    {.address = address.address, .asn = 64500, .risk = 10},
	    {.address = address.address, .asn = 64501, .risk = 90}};
	struct beh_signals signals = signals_of_flux();
	uint32_t asn = htonl(64500);
	struct beh_item item = item_of(BEH_ITEM_ASN, &asn, 4);
	struct beh_rule rule = rule_of(BEH_ASN_IN, 0, &item);
	struct beh_finding finding;

	(void)state;
	rule.conditions[1] =
	    (struct beh_condition){.kind = BEH_ASN_RISK_MIN, .number = 70};
	rule.condition_count = 2;
	signals.addresses = two;
	signals.address_count = 2;
	assert_int_equal(beh_rule_holds(&rule, &signals, NULL, &finding), 0);
	two[0].risk = 80;
	assert_int_equal(beh_rule_holds(&rule, &signals, NULL, &finding), 1);
	assert_int_equal(finding.evidence_count, 2);
	assert_string_equal(
	    finding.evidence[1].met, "192.0.2.7, AS64500, risk 80");
}

/* The rules that were found: their numbers, as letters. */
struct found {
	const struct beh_rules *rules;
	char letters[8];
};

static int
note_found(const struct beh_finding *finding, void *arg)
{
	struct found *found = arg;
	char letter = (char)('a' + (finding->rule - found->rules->rules));

	strncat(found->letters, &letter, 1);
	assert_string_equal(
	    finding->evidence[finding->evidence_count - 1].met, "60 s");
	return 0;
}

static void
assert_found(
    struct beh_rule *list, size_t count, uint32_t ttl, const char *expected)
{
	struct beh_rules rules = {.rules = list, .count = count};
	struct beh_signals signals = signals_of_flux();
	struct found found = {.rules = &rules};

	signals.ttl = ttl;
	assert_int_equal(
	    beh_rules_evaluate(&rules, &signals, NULL, note_found, &found), 0);
	assert_string_equal(found.letters, expected);
}

static void
first_rule_of_each_mode_is_found(void **state)
{
	struct beh_rule five[] = {rule_of(BEH_TTL_MAX, 1, NULL),
	    rule_of(BEH_TTL_MAX, 300, NULL), rule_of(BEH_TTL_MAX, 300, NULL),
	    rule_of(BEH_TTL_MAX, 300, NULL), rule_of(BEH_TTL_MAX, 300, NULL)};

	(void)state;
	five[1].mode = five[4].mode = POL_SHADOW;
	assert_found(five, 5, 60, "bc");
	assert_found(five, 5, 301, "");
}

/* A rule without the condition holds of any. */
static void
ttl_over_which_no_rule_holds(void **state)
{
	struct beh_rule three[] = {rule_of(BEH_TTL_MAX, 60, NULL),
	    rule_of(BEH_TTL_MAX, 300, NULL), rule_of(BEH_ANSWERS_MIN, 2, NULL)};
	struct beh_rules rules = {.rules = three, .count = 2};

	(void)state;
	assert_int_equal(beh_rules_ttl_max(&rules), 300);
	rules.count = 3;
	assert_true(beh_rules_ttl_max(&rules) == UINT32_MAX);
	rules.count = 0;
	assert_int_equal(beh_rules_ttl_max(&rules), 0);
}

/* A rule for some clients leaves others to those behind it. */
static void
rules_behind_one_for_a_group_are_found_too(void **state)
{
	struct beh_rule five[] = {rule_of(BEH_TTL_MAX, 300, NULL),
	    rule_of(BEH_TTL_MAX, 300, NULL), rule_of(BEH_TTL_MAX, 300, NULL),
	    rule_of(BEH_TTL_MAX, 300, NULL), rule_of(BEH_TTL_MAX, 300, NULL)};
	struct beh_item kids = item_of(BEH_ITEM_GROUP, "kids", 4);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		five[i].conditions[1] = (struct beh_condition){
		    .kind = BEH_CLIENT_GROUP, .items = &kids, .item_count = 1};
		five[i].condition_count = 2;
	}
	five[2].mode = POL_SHADOW;
	assert_found(five, 5, 60, "abcd");
}

static void
what_is_out_of_limits_is_not_written(void **state)
{
	struct beh_rule rule = rule_of(BEH_TTL_MAX, 300, NULL);
	struct beh_rule bad[8];
	struct beh_item item = item_of(BEH_ITEM_ASN, "\0\0", 2);
	uint8_t *octets = NULL;
	size_t len;

	(void)state;
	for (size_t i = 0; i < 8; i++)
		bad[i] = rule;
	bad[0].name[0] = '\0';
	bad[1].action = POL_ALLOW;
	bad[2].hold = BEH_HOLD_MAX + 1;
	bad[3].condition_count = 0;
	bad[4] = rule_of(BEH_ASN_RISK_MIN, 101, NULL);
	bad[5] = rule_of(BEH_ASN_IN, 0, &item);
	bad[6].conditions[1] = bad[6].conditions[0]; /* twice the same kind */
	bad[6].condition_count = 2;
	bad[7] = rule_of(BEH_QTYPE, 0, NULL); /* an empty list */
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(encode(&bad[i], 1, &octets, &len), POL_EINVAL);
	assert_null(octets);
}

/* Whatever octets are found, they are rules that can be written again, or an
 * error. */
static void
damaged_octets_are_an_error_or_rules(void **state)
{
	uint32_t asn = htonl(64500);
	struct beh_item item = item_of(BEH_ITEM_ASN, &asn, 4);
	struct beh_rule two[] = {
	    rule_of(BEH_ASN_IN, 0, &item), rule_of(BEH_TTL_MAX, 300, NULL)};
	struct beh_rules *rules;
	uint8_t *octets, *again;
	size_t len, again_len;

	(void)state;
	assert_int_equal(encode(two, 2, &octets, &len), 0);
	for (size_t cut = 0; cut < len; cut++)
		assert_int_equal(
		    beh_rules_decode(octets, cut, &rules), POL_ECORRUPT);
	for (size_t i = 0; i < 8 * len; i++) {
		octets[i / 8] ^= (uint8_t)(1u << i % 8);
		if (beh_rules_decode(octets, len, &rules) == 0) {
			assert_int_equal(
			    beh_rules_encode(rules, &again, &again_len), 0);
			assert_int_equal(again_len, len);
			assert_memory_equal(again, octets, len);
			free(again);
			beh_rules_free(rules);
		}
		octets[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	free(octets);
}

static void
rules_are_kept_in_the_database(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change;
	struct pol_snapshot *snapshot;
	const uint8_t *octets;
	size_t len;
	static const struct {
		const char *octets;
		size_t len;
		bool changes;
	} steps[] = {{"", 0, false}, {"rules", 5, true}, {"rules", 5, false},
	    {"Rules", 5, true}, {"", 0, true}};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		assert_int_equal(pol_change_begin(scratch->store, &change), 0);
		pol_change_set_rules(
		    change, (const uint8_t *)steps[i].octets, steps[i].len);
		assert_int_equal(pol_change_dirty(change), steps[i].changes);
		assert_int_equal(pol_change_commit(change, NULL), 0);
		assert_int_equal(
		    pol_snapshot_begin(scratch->store, &snapshot), 0);
		assert_int_equal(pol_snapshot_rules(snapshot, &octets, &len),
		    steps[i].len > 0);
		if (steps[i].len > 0) {
			assert_int_equal(len, steps[i].len);
			assert_memory_equal(octets, steps[i].octets, len);
		}
		pol_snapshot_end(snapshot);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    store_test(number_is_met_up_to_its_limit),
	    store_test(counts_of_the_domain_count_too),
	    store_test(unknown_meets_nothing),
	    store_test(list_is_met_by_one_of_its_items),
	    store_test(rule_is_for_its_groups),
	    store_test(feed_is_asked),
	    store_test(feed_of_networks_is_asked),
	    store_test(country_is_that_of_the_origin_data),
	    cmocka_unit_test(conditions_meet_in_one_address),
	    cmocka_unit_test(first_rule_of_each_mode_is_found),
	    cmocka_unit_test(ttl_over_which_no_rule_holds),
	    cmocka_unit_test(rules_behind_one_for_a_group_are_found_too),
	    cmocka_unit_test(what_is_out_of_limits_is_not_written),
	    cmocka_unit_test(damaged_octets_are_an_error_or_rules),
	    store_test(rules_are_kept_in_the_database),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
