/*
 * test_export.c - a policy as a response policy zone: what it looks like, and
 * that whoever loads it decides as sinkbound does.
 *
 * Random policies are exported, read again by our own reader into another
 * database, and both asked about names and addresses; and the zone is asked as
 * a server does that looks a name up in it with the wildcards of DNS (RFC
 * 4592), which end where a name below them exists.
 */
#include "policy_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy_model.h"
#include "tools/export/rpz.h"
#include "tools/feed/format.h"

#define SEEDS 150
#define STATEMENTS_MAX 30
#define QUERIES 120
#define HEAD "$ORIGIN rpz.example.\n@ SOA . . 1 2 3 4 5\n"

/* ---- exporting ---- */

/* The zone of all feeds, or of feed ONLY; free() it. */
static char *
export_policy(struct scratch *scratch, const uint16_t *only,
    struct export_rpz_count *count)
{
	struct export_rpz_options options = {.zone = name_of("rpz.example"),
	    .feeds = only,
	    .feed_count = only != NULL,
	    .now = NOW};
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	fputs(HEAD, out);
	assert_int_equal(export_rpz(snapshot, &options, out, count), 0);
	assert_int_equal(fclose(out), 0);
	pol_snapshot_end(snapshot);
	return text;
}

static void
assert_export(
    struct scratch *scratch, const uint16_t *only, const char *expected)
{
	struct export_rpz_count count;
	char *text = export_policy(scratch, only, &count);

	assert_string_equal(text + strlen(HEAD), expected);
	free(text);
}

static void
set_subject(struct pol_change *change, const char *text, uint16_t feed,
    enum pol_action action, unsigned triggers)
{
	struct pol_indicator indicator = indicator_of(feed, POL_EXACT);
	struct pol_subject subject;
	const char *fault;

	assert_int_equal(
	    pol_subject_from_text(text, strlen(text), &subject, &fault), 0);
	indicator.action = action;
	indicator.triggers = (uint8_t)triggers;
	pol_change_set(change, &subject, &indicator);
}

static void
each_action_has_its_record(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	uint16_t feed = set_feed(change, "feed", 1);
	struct pol_indicator garden = indicator_of(feed, POL_EXACT);
	struct pol_name target = name_of("*.garden.example"), name;

	set_action(change, "a", feed, POL_EXACT, POL_SINKHOLE);
	set_action(change, "b", feed, POL_BELOW, POL_NXDOMAIN);
	set_action(change, "c", feed, POL_SUBTREE, POL_NODATA);
	set_action(change, "d", feed, POL_EXACT, POL_DROP);
	set_action(change, "e", feed, POL_EXACT, POL_TRUNCATE);
	set_action(change, "f", feed, POL_EXACT, POL_ALLOW);
	set_action(change, "g", feed, POL_EXACT, POL_REFUSED);
	garden.action = POL_CNAME;
	garden.target = target.wire;
	garden.target_len = target.len;
	name = name_of("h\\@\\;.example");
	set_name(change, &name, &garden);
	garden.action = POL_SINKHOLE;
	garden.target = NULL;
	garden.target_len = 0;
	garden.ipv4 = (const uint8_t[]){192, 0, 2, 1, 192, 0, 2, 2};
	garden.ipv4_count = 2;
	name = name_of("i");
	set_name(change, &name, &garden);
	commit(change);
	assert_export(scratch, NULL,
	    "a A 0.0.0.0\na AAAA ::\n*.b CNAME .\nc CNAME *.\n*.c CNAME *.\n"
	    "d CNAME rpz-drop.\ne CNAME rpz-tcp-only.\n"
	    "h\\@\\;.example CNAME *.garden.example.\n"
	    "f CNAME rpz-passthru.\ng CNAME .\ni A 192.0.2.1\ni A 192.0.2.2\n");
}

static void
each_trigger_has_its_owner(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	uint16_t feed =
	    set_feed_as(change, "feed", 1, POL_NXDOMAIN, POL_ENFORCE);

	set_subject(
	    change, "ns.example", feed, POL_ACTION_OF_FEED, POL_SERVES_NSDNAME);
	set_subject(change, "192.0.2.0/24", feed, POL_ACTION_OF_FEED, 0);
	set_subject(
	    change, "198.51.100.1", feed, POL_ACTION_OF_FEED, POL_SERVES_NSIP);
	set_subject(change, "2001:db8::/32", feed, POL_ACTION_OF_FEED, 0);
	set_subject(change, "2001:db8:0:1::1", feed, POL_NODATA, 0);
	set_subject(change, "2001:0:0:1:0:0:0:1", feed, POL_NODATA, 0);
	set_subject(change, "2001:db8:1:2:3:4:5:6", feed, POL_NODATA, 0);
	set_subject(change, "2001:db8:0:2:3:4:5:6", feed, POL_NODATA, 0);
	set_subject(change, "::ffff:192.0.2.1", feed, POL_NODATA, 0);
	commit(change);
	assert_export(scratch, NULL,
	    "ns.example.rpz-nsdname CNAME .\n"
	    "24.0.2.0.192.rpz-ip CNAME .\n"
	    "32.1.100.51.198.rpz-nsip CNAME .\n"
	    "128.201.c000.ffff.zz.rpz-ip CNAME *.\n"
	    "128.1.zz.1.0.0.2001.rpz-ip CNAME *.\n"
	    "32.zz.db8.2001.rpz-ip CNAME .\n"
	    "128.1.zz.1.0.db8.2001.rpz-ip CNAME *.\n"
	    "128.6.5.4.3.2.0.db8.2001.rpz-ip CNAME *.\n"
	    "128.6.5.4.3.2.1.db8.2001.rpz-ip CNAME *.\n");
}

/* What is above wins if its feed does, and what says the same is left out. */
static void
feeds_are_flattened(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	uint16_t first =
	    set_feed_as(change, "first", 1, POL_NXDOMAIN, POL_ENFORCE);
	uint16_t second =
	    set_feed_as(change, "second", 2, POL_NODATA, POL_ENFORCE);

	set_plain(change, "bad.example", first, POL_SUBTREE);
	set_plain(change, "www.bad.example", second, POL_EXACT);
	set_action(change, "ok.bad.example", second, POL_EXACT, POL_ALLOW);
	set_plain(change, "x.example", second, POL_SUBTREE);
	set_action(change, "a.b.x.example", first, POL_EXACT, POL_ALLOW);
	set_plain(change, "other.x.example", second, POL_EXACT);
	commit(change);
	assert_export(scratch, NULL,
	    "bad.example CNAME .\n*.bad.example CNAME .\n"
	    "x.example CNAME *.\n*.x.example CNAME *.\n"
	    "b.x.example CNAME *.\n*.b.x.example CNAME *.\n"
	    "a.b.x.example CNAME rpz-passthru.\n*.a.b.x.example CNAME *.\n");
	assert_export(scratch, &first,
	    "bad.example CNAME .\n*.bad.example CNAME .\n"
	    "a.b.x.example CNAME rpz-passthru.\n");
}

static void
what_a_zone_cannot_say_is_counted(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	uint16_t feed = set_feed(change, "feed", 1);
	uint16_t shadow =
	    set_feed_as(change, "shadow", 2, POL_NXDOMAIN, POL_SHADOW);
	struct pol_indicator ended = indicator_of(feed, POL_EXACT);
	struct pol_name name = longest_name('a');
	struct export_rpz_count count;
	char *text;

	set_name(change, &name, &ended);
	set_subject(change, "AS64500", feed, POL_ACTION_OF_FEED, 0);
	set_subject(change, "cname.example", feed, POL_ACTION_OF_FEED,
	    POL_SERVES_CNAME);
	set_plain(change, "shadow.example", shadow, POL_SUBTREE);
	set_plain(change, "24.0.2.0.192.rpz-ip", feed, POL_EXACT);
	set_plain(change, "*.example", feed, POL_EXACT);
	set_plain(change, ".", feed, POL_EXACT);
	ended.until = NOW;
	name = name_of("ended.example");
	set_name(change, &name, &ended);
	ended.until = NOW + 1;
	ended.action = POL_REFUSED;
	name = name_of("ending.example");
	set_name(change, &name, &ended);
	commit(change);
	text = export_policy(scratch, NULL, &count);
	assert_string_equal(text + strlen(HEAD), "ending.example CNAME .\n");
	free(text);
	assert_int_equal(count.read, 9);
	assert_int_equal(count.triggers, 1);
	assert_int_equal(count.long_names, 1);
	assert_int_equal(count.asns, 1);
	assert_int_equal(count.other_triggers, 1);
	assert_int_equal(count.shadow, 1);
	assert_int_equal(count.bad_names, 3);
	assert_int_equal(count.idle, 1);
	assert_int_equal(count.ending, 1);
	assert_int_equal(count.refused, 1);
}

/* ---- the round trip ---- */

static enum pol_action
random_action(struct rng *rng)
{
	static const enum pol_action actions[] = {POL_ACTION_OF_FEED,
	    POL_NXDOMAIN, POL_NODATA, POL_DROP, POL_TRUNCATE, POL_ALLOW,
	    POL_SINKHOLE, POL_REFUSED};

	return actions[rng_below(rng, 8)];
}

/* A name as a zone file may have it: in ASCII. */
static void
random_ascii_name(struct rng *rng, char *name)
{
	char *octet;

	random_name(rng, name);
	while ((octet = strstr(name, "\\255")) != NULL)
		memcpy(octet, "\\@zz", 4);
}

/* Prefixes that are often in each other. */
static void
random_prefix(struct rng *rng, struct pol_prefix *prefix)
{
	bool is_ipv6 = rng_below(rng, 2) == 0;
	struct pol_address address = {.family = is_ipv6 ? 6 : 4};

	if (is_ipv6)
		memcpy(
		    address.octets, (const uint8_t[]){0x20, 1, 0xd, 0xb8}, 4);
	else
		memcpy(address.octets, (const uint8_t[]){192, 0, 2}, 3);
	for (unsigned i = is_ipv6 ? 4 : 3; i < (is_ipv6 ? 16U : 4U); i++)
		address.octets[i] =
		    rng_below(rng, 3) == 0 ? (uint8_t)rng_below(rng, 256) : 0;
	pol_prefix_of(&address,
	    is_ipv6 ? 32 + rng_below(rng, 97) : 20 + rng_below(rng, 13),
	    prefix);
}

static void
set_random(struct rng *rng, struct pol_change *change, const uint16_t *feeds)
{
	static const uint8_t name_triggers[] = {
	    0, 0, POL_SERVES_NSDNAME, POL_SERVES_NAMES};
	static const uint8_t prefix_triggers[] = {
	    0, 0, POL_SERVES_NSIP, POL_SERVES_ADDRESSES};
	struct pol_indicator indicator =
	    indicator_of(feeds[rng_below(rng, 4)], POL_EXACT);
	struct pol_subject subject;
	char text[NAME_SIZE];

	indicator.action = random_action(rng);
	if (indicator.feed == POL_OPERATOR &&
	    indicator.action == POL_ACTION_OF_FEED)
		indicator.action = POL_ALLOW;
	indicator.shadow = rng_below(rng, 8) == 0;
	if (rng_below(rng, 3) == 0) {
		memset(&subject, 0, sizeof(subject));
		subject.kind = POL_PREFIX;
		random_prefix(rng, &subject.prefix);
		indicator.triggers = prefix_triggers[rng_below(rng, 4)];
	} else {
		struct pol_name name;

		random_ascii_name(rng, text);
		name = name_of(text);
		/* No owner can stand for the root. */
		indicator.scope = name.len == 1
				      ? POL_BELOW
				      : (enum pol_scope)rng_below(rng, 3);
		subject = pol_subject_of_name(&name);
		indicator.triggers = name_triggers[rng_below(rng, 4)];
	}
	pol_change_set(change, &subject, &indicator);
}

static void
make_policy(struct rng *rng, struct scratch *scratch)
{
	struct pol_change *change = begin_change(scratch);
	uint16_t feeds[4] = {POL_OPERATOR};

	for (uint16_t i = 1; i < 4; i++) {
		char name[8];

		snprintf(name, sizeof(name), "feed%u", i);
		feeds[i] = set_feed_as(change, name, (uint16_t)(4 - i),
		    (enum pol_action)(1 + rng_below(rng, 4)), POL_ENFORCE);
	}
	for (unsigned i = rng_below(rng, STATEMENTS_MAX); i > 0; i--)
		set_random(rng, change, feeds);
	commit(change);
}

/* Read the zone into a database of its own. */
static void
load_zone(const char *text, struct scratch *scratch)
{
	struct feed_parse parse = {.list = new_list()};
	struct pol_change *change = begin_change(scratch);
	uint16_t feed = set_feed(change, "zone", 1);
	struct pol_import_result result;
	FILE *source = fmemopen((char *)(uintptr_t)text, strlen(text), "r");

	assert_non_null(source);
	assert_int_equal(feed_rpz.parse(&parse, source), 0);
	fclose(source);
	assert_int_equal(pol_list_seal(parse.list, NULL, NULL), 0);
	if (feed_parse_rejected(&parse) > 0)
		fail_msg("rejected of:\n%s", text);
	assert_int_equal(
	    pol_import(change, feed, parse.list, NOW, NULL, NULL, &result), 0);
	pol_list_free(parse.list);
	commit(change);
}

/* What is done, as far as a zone can say. */
static enum pol_action
decide(struct pol_snapshot *snapshot, const struct pol_query *query)
{
	struct pol_verdict verdict;

	assert_int_equal(pol_evaluate(snapshot, query, NOW, &verdict), 0);
	if (!verdict.enforced)
		return POL_ACTION_OF_FEED;
	return verdict.match.action == POL_REFUSED ? POL_NXDOMAIN
						   : verdict.match.action;
}

/* ---- a server with the wildcards of DNS ---- */

struct owners {
	struct {
		struct pol_name name;
		enum pol_scope scope;
		enum pol_action action;
	} at[4 * STATEMENTS_MAX * 8];
	size_t count;
};

static int
keep_owner(const struct pol_subject *subject,
    const struct pol_indicator *indicator, void *arg)
{
	struct owners *owners = arg;

	if (subject->kind != POL_NAME ||
	    indicator->triggers == POL_SERVES_NSDNAME)
		return 0;
	assert_true(owners->count < sizeof(owners->at) / sizeof(owners->at[0]));
	owners->at[owners->count].name = subject->name;
	owners->at[owners->count].scope = indicator->scope;
	owners->at[owners->count].action = indicator->action;
	owners->count++;
	return 0;
}

static bool
ends_in(const struct pol_name *name, const uint8_t *end, size_t len)
{
	const uint8_t *at = name->wire;

	while ((size_t)(name->wire + name->len - at) > len)
		at += 1 + *at;
	return (size_t)(name->wire + name->len - at) == len &&
	       memcmp(at, end, len) == 0;
}

/* The action of an owner that is the name itself, or its wildcard. */
static enum pol_action
action_at(const struct owners *owners, const uint8_t *wire, size_t len,
    enum pol_scope scope)
{
	for (size_t i = 0; i < owners->count; i++)
		if (owners->at[i].scope == scope &&
		    owners->at[i].name.len == len &&
		    memcmp(owners->at[i].name.wire, wire, len) == 0)
			return owners->at[i].action;
	return POL_ACTION_OF_FEED;
}

static bool
exists(const struct owners *owners, const uint8_t *wire, size_t len)
{
	for (size_t i = 0; i < owners->count; i++)
		if (ends_in(&owners->at[i].name, wire, len))
			return true;
	return len == 1;
}

static enum pol_action
look_up(const struct owners *owners, const struct pol_name *name)
{
	const uint8_t *wire = name->wire;
	size_t len = name->len;

	if (exists(owners, wire, len))
		return action_at(owners, wire, len, POL_EXACT);
	do {
		len -= 1U + *wire;
		wire += 1 + *wire;
	} while (!exists(owners, wire, len));
	return action_at(owners, wire, len, POL_BELOW);
}

/* ---- together ---- */

struct trial {
	struct rng rng;
	unsigned seed;
	char *text;
	struct pol_snapshot *policy;
	struct pol_snapshot *zone;
	struct owners owners;
};

static void
ask_name(struct trial *trial, enum pol_trigger trigger)
{
	char text[NAME_SIZE];
	struct pol_item item = {.trigger = trigger};
	struct pol_query query = {.items = &item};
	struct pol_name name;
	enum pol_action expected;

	random_ascii_name(&trial->rng, text);
	name = name_of(text);
	if (name.len == 1)
		return;
	item.name = query.qname = name.wire;
	item.name_len = query.qname_len = name.len;
	if (trigger == POL_ON_NSDNAME) {
		query.qname = NULL;
		query.item_count = 1;
	}
	expected = decide(trial->policy, &query);
	if (decide(trial->zone, &query) != expected)
		fail_msg("seed %u: %s is not %s in\n%s", trial->seed, text,
		    pol_action_text(expected), trial->text);
	if (trigger == POL_ON_QNAME &&
	    look_up(&trial->owners, &name) != expected)
		fail_msg("seed %u: by wildcards %s is not %s in\n%s",
		    trial->seed, text, pol_action_text(expected), trial->text);
}

static void
ask_address(struct trial *trial, enum pol_trigger trigger)
{
	struct pol_item item = {.trigger = trigger};
	struct pol_query query = {.items = &item, .item_count = 1};
	struct pol_prefix prefix;
	enum pol_action expected;
	char text[POL_PREFIX_TEXT_MAX];

	random_prefix(&trial->rng, &prefix);
	item.address = prefix.address;
	expected = decide(trial->policy, &query);
	if (decide(trial->zone, &query) != expected)
		fail_msg("seed %u: %s is not %s in\n%s", trial->seed,
		    pol_prefix_to_text(&prefix, text),
		    pol_action_text(expected), trial->text);
}

static void
run_trial(struct trial *trial, struct scratch *policy, struct scratch *zone)
{
	struct export_rpz_count count;

	rng_seed(&trial->rng, trial->seed);
	make_policy(&trial->rng, policy);
	trial->text = export_policy(policy, NULL, &count);
	load_zone(trial->text, zone);
	trial->policy = begin_snapshot(policy);
	trial->zone = begin_snapshot(zone);
	trial->owners.count = 0;
	assert_int_equal(
	    pol_snapshot_each(trial->zone, keep_owner, &trial->owners), 0);
	for (unsigned i = 0; i < QUERIES; i++) {
		ask_name(trial, POL_ON_QNAME);
		ask_name(trial, POL_ON_NSDNAME);
		ask_address(trial, POL_ON_IP);
		ask_address(trial, POL_ON_NSIP);
	}
	pol_snapshot_end(trial->policy);
	pol_snapshot_end(trial->zone);
	free(trial->text);
}

static void
a_zone_decides_as_the_policy_does(void **state)
{
	static struct trial trial;

	(void)state;
	for (trial.seed = 1; trial.seed <= SEEDS; trial.seed++) {
		void *policy, *zone;

		assert_int_equal(scratch_make_store(&policy), 0);
		assert_int_equal(scratch_make_store(&zone), 0);
		run_trial(&trial, policy, zone);
		scratch_remove(&policy);
		scratch_remove(&zone);
	}
}

/* A zone that is exported, imported and exported again is the same. */
static void
an_export_is_a_fixed_point(void **state)
{
	struct rng rng;

	(void)state;
	rng_seed(&rng, 99);
	for (unsigned i = 0; i < 20; i++) {
		struct export_rpz_count count;
		void *policy, *zone;
		char *text, *again;

		assert_int_equal(scratch_make_store(&policy), 0);
		assert_int_equal(scratch_make_store(&zone), 0);
		make_policy(&rng, policy);
		text = export_policy(policy, NULL, &count);
		load_zone(text, zone);
		again = export_policy(zone, NULL, &count);
		assert_string_equal(again, text);
		free(text);
		free(again);
		scratch_remove(&policy);
		scratch_remove(&zone);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    store_test(each_action_has_its_record),
	    store_test(each_trigger_has_its_owner),
	    store_test(feeds_are_flattened),
	    store_test(what_a_zone_cannot_say_is_counted),
	    cmocka_unit_test(a_zone_decides_as_the_policy_does),
	    cmocka_unit_test(an_export_is_a_fixed_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
