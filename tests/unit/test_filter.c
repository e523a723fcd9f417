/*
 * test_filter.c - what is certainly not listed: never something that is.
 */
#include "filter_support.h"

#include <stdio.h>
#include <string.h>

static void
covers_names_below_the_listed(void **state)
{
	struct pol_filter *filter = NULL;

	list_subjects(*state, "listed.example a\\000b\\001.example");
	assert_true(follow(*state, &filter));
	assert_true(may_cover_name(filter, "listed.example"));
	assert_true(may_cover_name(filter, "a.b.listed.example"));
	assert_true(may_cover_name(filter, "x.a\\000b\\001.example"));
	assert_false(may_cover_name(filter, "example"));
	assert_false(may_cover_name(filter, "other.example"));
	assert_false(may_cover_name(filter, "listed.example.org"));
	assert_false(may_cover_address(filter, "192.0.2.1"));
	pol_filter_free(filter);
}

static void
covers_names_in_any_case(void **state)
{
	struct pol_filter *filter = NULL;
	uint8_t wire[] = "\x03WwW\x0cLongExampleZ\x07ExAmPlE";
	struct pol_query query = {.qname = wire, .qname_len = sizeof(wire)};
	struct pol_query broken = {.qname = wire, .qname_len = 7};

	list_subjects(*state, "longexamplez.example");
	follow(*state, &filter);
	assert_true(pol_filter_may_cover(filter, &query));
	assert_true(pol_filter_may_cover(filter, &broken));
	pol_filter_free(filter);
}

/* One label, and the root, cover nearly everything. */
static void
covers_what_is_below_short_names(void **state)
{
	struct pol_filter *filter = NULL;

	list_subjects(*state, "zip");
	follow(*state, &filter);
	assert_true(may_cover_name(filter, "www.benign.zip"));
	assert_false(may_cover_name(filter, "www.benign.example"));
	list_subjects(*state, ".");
	follow(*state, &filter);
	assert_true(may_cover_name(filter, "www.benign.example"));
	pol_filter_free(filter);
}

static void
covers_prefixes(void **state)
{
	struct pol_filter *filter = NULL;

	list_subjects(*state,
	    "192.0.2.0/25 192.0.2.64/26 192.0.2.200 203.0.114.0/23 "
	    "203.0.116.0/23 2001:db8:1::/48 2001:db8:2::1");
	follow(*state, &filter);
	assert_false(may_cover_address(filter, "192.0.1.255"));
	assert_true(may_cover_address(filter, "192.0.2.0"));
	assert_true(may_cover_address(filter, "192.0.2.127"));
	assert_true(may_cover_address(filter, "192.0.2.200"));
	assert_false(may_cover_address(filter, "192.0.3.0"));
	assert_false(may_cover_address(filter, "203.0.113.255"));
	assert_true(may_cover_address(filter, "203.0.114.0"));
	assert_true(may_cover_address(filter, "203.0.117.255"));
	assert_false(may_cover_address(filter, "203.0.118.0"));
	assert_false(may_cover_address(filter, "2001:db8:0:ffff::"));
	assert_true(may_cover_address(filter, "2001:db8:1::"));
	assert_true(may_cover_address(filter, "2001:db8:1:ffff:ffff::1"));
	assert_true(may_cover_address(filter, "2001:db8:2::1"));
	assert_false(may_cover_address(filter, "2001:db8:2:1::1"));
	assert_false(may_cover_name(filter, "example.org"));
	pol_filter_free(filter);
}

static void
covers_origins_of_listed_asns(void **state)
{
	struct scratch *scratch = *state;
	struct pol_filter *filter = NULL;

	import_some(scratch);
	follow(scratch, &filter);
	assert_false(may_cover_address(filter, "192.0.2.1"));
	list_subjects(scratch, "AS64500");
	assert_true(follow(scratch, &filter));
	assert_true(may_cover_address(filter, "192.0.2.1"));
	assert_true(may_cover_address(filter, "2001:db8::1"));
	assert_false(may_cover_address(filter, "198.51.100.16"));
	pol_filter_free(filter);
}

/* Where an ASN's ranges change, not the ASN. */
static void
follows_origin_data(void **state)
{
	struct scratch *scratch = *state;
	struct pol_ranges *ranges = new_ranges();
	struct pol_filter *filter = NULL;

	list_subjects(scratch, "AS64500");
	follow(scratch, &filter);
	assert_false(may_cover_address(filter, "203.0.113.9"));
	add_range(ranges, "203.0.113.0", "203.0.113.255", 64500);
	seal(ranges);
	import_ranges(scratch, ranges);
	assert_true(follow(scratch, &filter));
	assert_true(may_cover_address(filter, "203.0.113.9"));
	pol_ranges_free(ranges);
	pol_filter_free(filter);
}

/* What origin data says is in no order with prefixes, and may overlap them. */
static void
covers_prefixes_and_origins_together(void **state)
{
	struct scratch *scratch = *state;
	struct pol_ranges *ranges = new_ranges();
	struct pol_filter *filter = NULL;

	add_range(ranges, "2001:db8:0:1::", "2001:db8:0:1:ffff:ffff:ffff:ffff",
	    64500);
	add_range(ranges,
	    "2001:db8:1:8000::", "2001:db8:3:ffff:ffff:ffff:ffff:ffff", 64500);
	seal(ranges);
	import_ranges(scratch, ranges);
	pol_ranges_free(ranges);
	list_subjects(scratch, "AS64500 2001:db8:1::/48");
	follow(scratch, &filter);
	assert_false(may_cover_address(filter, "2001:db8::1"));
	assert_true(may_cover_address(filter, "2001:db8:0:1::1"));
	assert_false(may_cover_address(filter, "2001:db8:0:2::1"));
	assert_true(may_cover_address(filter, "2001:db8:1::1"));
	assert_true(may_cover_address(filter, "2001:db8:3::1"));
	assert_false(may_cover_address(filter, "2001:db8:4::1"));
	pol_filter_free(filter);
}

/* Whichever item of an answer it is: a name or an address. */
static void
covers_each_item(void **state)
{
	struct pol_name clean = name_of("clean.example");
	struct pol_name listed = name_of("www.listed.example");
	const struct pol_item items[] = {{.trigger = POL_ON_CNAME,
					     .name = clean.wire,
					     .name_len = clean.len},
	    {.trigger = POL_ON_IP, .address = address_of("198.51.100.1")},
	    {.trigger = POL_ON_CNAME,
		.name = listed.wire,
		.name_len = listed.len},
	    {.trigger = POL_ON_IP, .address = address_of("192.0.2.1")}};
	struct pol_filter *filter = NULL;

	list_subjects(*state, "listed.example 192.0.2.0/24");
	follow(*state, &filter);
	for (size_t i = 0; i < 4; i++)
		for (size_t j = 0; j < 4; j++) {
			const struct pol_item pair[] = {items[i], items[j]};
			const struct pol_query query = {
			    .items = pair, .item_count = 2};

			assert_int_equal(pol_filter_may_cover(filter, &query),
			    i >= 2 || j >= 2);
		}
	pol_filter_free(filter);
}

/* Name servers are in no query. */
static void
covers_all_where_name_servers_count(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	uint16_t feed = set_feed(change, "one", 1);
	struct pol_name name = name_of("ns.example");
	struct pol_indicator indicator = indicator_of(feed, POL_EXACT);
	struct pol_filter *filter = NULL;

	indicator.triggers = POL_SERVES_NSDNAME;
	set_name(change, &name, &indicator);
	commit(change);
	follow(scratch, &filter);
	assert_true(may_cover_name(filter, "other.example"));
	pol_filter_free(filter);
}

static void
invents_few_names(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	uint16_t feed = set_feed(change, "one", 1);
	struct pol_filter *filter = NULL;
	unsigned invented = 0;
	char name[64];

	set_numbered(change, feed, "listed.example", 0, 20000);
	commit(change);
	follow(scratch, &filter);
	for (unsigned i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "n%u.other.example", i);
		invented += may_cover_name(filter, name);
	}
	/* About 30 for both names of each; never the listed ones. */
	assert_in_range(invented, 0, 45);
	assert_in_range(pol_filter_memory(filter), 40000, 70000);
	pol_filter_free(filter);
}

/* ---- at random, against the database itself ---- */

static int
count_match(const struct pol_match *match, void *arg)
{
	(void)match;
	++*(unsigned *)arg;
	return 0;
}

static void
random_subject(struct rng *rng, char *text, size_t size)
{
	switch (rng_below(rng, 5)) {
	case 0:
		snprintf(text, size, "10.%u.%u.0/%u", rng_below(rng, 3),
		    rng_below(rng, 4) * 64, 18 + rng_below(rng, 2) * 4);
		break;
	case 1:
		snprintf(text, size, "2001:db8:%x::/%u", rng_below(rng, 8),
		    48 + rng_below(rng, 3) * 40);
		break;
	case 2:
		snprintf(text, size, "AS%u", 64500 + rng_below(rng, 8));
		break;
	default:
		snprintf(text, size, "%c.%c.example", 'a' + rng_below(rng, 8),
		    'a' + rng_below(rng, 8));
	}
}

static void
random_ranges(struct scratch *scratch, struct rng *rng)
{
	struct pol_ranges *ranges = new_ranges();
	char first[64], last[64];

	for (unsigned i = 0; i < 10; i++) {
		unsigned third = rng_below(rng, 200);

		snprintf(first, sizeof(first), "10.3.%u.0", third);
		snprintf(last, sizeof(last), "10.3.%u.255",
		    third + rng_below(rng, 20));
		add_range(ranges, first, last, 64500 + rng_below(rng, 8));
	}
	seal(ranges);
	import_ranges(scratch, ranges);
	pol_ranges_free(ranges);
}

static void
change_at_random(struct scratch *scratch, struct rng *rng, uint16_t feed)
{
	struct pol_change *change;
	char text[64];

	if (rng_below(rng, 10) == 0) {
		random_ranges(scratch, rng);
		return;
	}
	change = begin_change(scratch);
	for (unsigned i = rng_below(rng, 6); i > 0; i--) {
		struct pol_subject subject;
		unsigned removed;

		random_subject(rng, text, sizeof(text));
		if (rng_below(rng, 2) == 0) {
			set_subject(change, text, feed);
			continue;
		}
		subject = subject_of(text);
		pol_change_remove(change, &subject, feed, &removed);
	}
	if (pol_change_dirty(change))
		commit(change);
	else
		pol_change_abort(change);
}

static void
ask_at_random(struct pol_snapshot *snapshot, const struct pol_filter *filter,
    struct rng *rng)
{
	struct pol_item item = {.trigger = POL_ON_IP};
	struct pol_query query = {.items = &item, .item_count = 1};
	struct pol_name name;
	unsigned matches = 0;
	char text[64];

	if (rng_below(rng, 2) == 0) {
		random_subject(rng, text, sizeof(text));
		if (strstr(text, "example") == NULL)
			return;
		name = name_of(text);
		query = query_of_name(&name);
	} else if (rng_below(rng, 2) == 0) {
		snprintf(text, sizeof(text), "10.%u.%u.%u", rng_below(rng, 4),
		    rng_below(rng, 256), rng_below(rng, 256));
		item.address = address_of(text);
	} else {
		snprintf(text, sizeof(text), "2001:db8:%x:%x::%x",
		    rng_below(rng, 8), rng_below(rng, 2), rng_below(rng, 2));
		item.address = address_of(text);
	}
	assert_int_equal(
	    pol_matches(snapshot, &query, count_match, &matches), 0);
	if (matches > 0 && !pol_filter_may_cover(filter, &query))
		fail_msg("%s is listed, the filter denies it", text);
}

static void
never_denies_what_is_listed(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	uint16_t feed = set_feed(change, "one", 1);
	struct pol_filter *filter = NULL;
	struct rng rng;

	commit(change);
	rng_seed(&rng, 7);
	for (unsigned step = 0; step < 400; step++) {
		struct pol_snapshot *snapshot;

		change_at_random(scratch, &rng, feed);
		if (rng_below(&rng, 3) == 0)
			continue;
		follow(scratch, &filter);
		snapshot = begin_snapshot(scratch);
		for (unsigned i = 0; i < 50; i++)
			ask_at_random(snapshot, filter, &rng);
		pol_snapshot_end(snapshot);
	}
	pol_filter_free(filter);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    store_test(covers_names_below_the_listed),
	    store_test(covers_names_in_any_case),
	    store_test(covers_what_is_below_short_names),
	    store_test(covers_prefixes),
	    store_test(covers_origins_of_listed_asns),
	    store_test(follows_origin_data),
	    store_test(covers_prefixes_and_origins_together),
	    store_test(covers_each_item),
	    store_test(covers_all_where_name_servers_count),
	    store_test(invents_few_names),
	    store_test(never_denies_what_is_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
