/*
 * test_store.c - changes to the policy: what is written is there afterwards,
 * all of it or nothing.
 */
#include "policy_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
new_database_has_the_operator_and_nothing_else(void **state)
{
	struct scratch *scratch = *state;
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	const struct pol_feed *operator= pol_snapshot_feed(snapshot, 0);

	assert_non_null(operator);
	assert_int_equal(operator->id, POL_OPERATOR);
	assert_int_equal(operator->order, 0);
	assert_int_equal(operator->mode, POL_ENFORCE);
	assert_string_equal(operator->name, POL_OPERATOR_NAME);
	assert_int_equal(snapshot->feed_count, 1);
	assert_ptr_equal(
	    pol_snapshot_feed_named(snapshot, "operator"), operator);
	assert_int_equal(count_all(snapshot), 0);
	assert_false(snapshot->has_shadow);
	assert_false(evaluate(snapshot, "example.com").listed);
	assert_false(evaluate(snapshot, ".").listed);
	pol_snapshot_end(snapshot);
}

static void
new_database_has_the_default_settings(void **state)
{
	static const uint8_t zeros[16];
	struct scratch *scratch = *state;
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	const struct pol_settings *settings = &snapshot->settings;

	assert_true(settings->has_ipv4 && settings->has_ipv6);
	assert_memory_equal(settings->ipv4, zeros, 4);
	assert_memory_equal(settings->ipv6, zeros, 16);
	assert_int_equal(settings->ttl, 30);
	assert_int_equal(settings->on_error, POL_ON_ERROR_PASS);
	assert_string_equal(settings->log, "");
	pol_snapshot_end(snapshot);
}

static void
everything_survives_closing(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	uint16_t feed = set_feed(change, "list", 1);
	uint64_t generation;

	set_plain(change, "a.example", feed, POL_EXACT);
	generation = commit(change);
	scratch_close(scratch);
	scratch_open(scratch);
	assert_true(blocked(scratch, "a.example"));
	assert_true(pol_store_generation(scratch->store) == generation);
	scratch_close(scratch);
	scratch_create(scratch, 0);
	assert_true(blocked(scratch, "a.example"));
	assert_true(pol_store_generation(scratch->store) == generation);
}

static void
commits_are_numbered_upwards(void **state)
{
	struct scratch *scratch = *state;
	uint64_t before = pol_store_generation(scratch->store);

	for (int i = 0; i < 5; i++) {
		struct pol_change *change = begin_change(scratch);
		struct pol_snapshot *snapshot;
		uint64_t generation;

		set_plain(change, i % 2 ? "a.example" : "b.example",
		    POL_OPERATOR, POL_EXACT);
		assert_true(pol_change_dirty(change));
		generation = commit(change);
		assert_true(generation > before);
		assert_true(pol_store_generation(scratch->store) == generation);
		snapshot = begin_snapshot(scratch);
		assert_true(snapshot->generation == generation);
		pol_snapshot_end(snapshot);
		before = generation;
	}
}

static void
a_change_that_says_nothing_new_commits_nothing(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	struct pol_settings settings;
	uint16_t feed = set_feed(change, "list", 1);
	uint64_t generation = commit(change);
	unsigned removed = 42;
	struct pol_name absent = name_of("absent.example");

	change = begin_change(scratch);
	assert_false(pol_change_dirty(change));
	pol_settings_default(&settings);
	pol_change_set_settings(change, &settings);
	assert_int_equal(set_feed(change, "list", 1), feed);
	remove_name(change, &absent, feed, &removed);
	assert_int_equal(removed, 0);
	assert_false(pol_change_dirty(change));
	assert_true(commit(change) == generation);
	assert_true(pol_store_generation(scratch->store) == generation);
}

static void
aborted_change_leaves_everything(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	struct pol_settings settings;
	struct pol_snapshot *snapshot;
	uint16_t feed = set_feed(change, "list", 1);
	uint64_t removed, generation;

	set_plain(change, "a.example", feed, POL_EXACT);
	generation = commit(change);

	change = begin_change(scratch);
	pol_settings_default(&settings);
	settings.ttl = 77;
	pol_change_set_settings(change, &settings);
	set_plain(change, "b.example", feed, POL_EXACT);
	set_feed(change, "other", 2);
	pol_change_remove_feed(change, feed, &removed);
	assert_true(pol_change_dirty(change));
	pol_change_abort(change);

	assert_true(pol_store_generation(scratch->store) == generation);
	snapshot = begin_snapshot(scratch);
	assert_int_equal(snapshot->settings.ttl, 30);
	assert_int_equal(snapshot->feed_count, 2);
	assert_int_equal(pol_snapshot_feed(snapshot, feed)->count, 1);
	assert_int_equal(count_all(snapshot), 1);
	assert_int_equal(count_at(snapshot, "a.example"), 1);
	pol_snapshot_end(snapshot);
}

static void
first_error_stays_and_nothing_is_committed(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	uint64_t generation = pol_store_generation(scratch->store);
	uint64_t committed = 4711;

	set_plain(change, "a.example", POL_OPERATOR, POL_EXACT);
	set_plain(change, "b.example", 99, POL_EXACT); /* no such feed */
	set_plain(change, "c.example", POL_OPERATOR, POL_EXACT);
	set_action(
	    change, "d.example", POL_OPERATOR, POL_EXACT, (enum pol_action)99);
	assert_int_equal(pol_change_commit(change, &committed), POL_ENOENT);
	assert_int_equal(committed, 4711);
	assert_true(pol_store_generation(scratch->store) == generation);
	assert_false(blocked(scratch, "a.example"));

	change = begin_change(scratch);
	set_plain(change, "a.example", POL_OPERATOR, POL_EXACT);
	commit(change);
	assert_true(blocked(scratch, "a.example"));
}

/* What the database cannot read back must not get in: one such indicator
 * would make every lookup of its name fail. */
static void
indicators_out_of_range_are_refused(void **state)
{
	static const uint8_t bad_target[] = "\7example"; /* no root label... */
	struct scratch *scratch = *state;
	struct pol_name name = name_of("a.example");
	struct pol_indicator bad[5];

	for (size_t i = 0; i < 5; i++)
		bad[i] = indicator_of(POL_OPERATOR, POL_SUBTREE);
	bad[0].scope = (enum pol_scope)3;
	bad[1].action = (enum pol_action)9;
	bad[2].until = -1;
	bad[3].action = POL_CNAME;
	bad[3].target = bad_target;
	bad[3].target_len = 8; /* ...without the literal's NUL */
	bad[4].action = POL_CNAME;
	for (size_t i = 0; i < 5; i++) {
		struct pol_change *change = begin_change(scratch);

		set_name(change, &name, &bad[i]);
		if (pol_change_commit(change, NULL) != POL_EINVAL)
			fail_msg("indicator %zu was taken", i);
		assert_false(blocked(scratch, "a.example"));
	}
}

/* Nor settings: without them nothing can be decided at all. */
static void
settings_out_of_range_are_refused(void **state)
{
	struct scratch *scratch = *state;
	struct pol_settings bad[3];
	struct pol_snapshot *snapshot;

	for (size_t i = 0; i < 3; i++)
		pol_settings_default(&bad[i]);
	bad[0].ttl = POL_SINKHOLE_TTL_MIN - 1;
	bad[1].ttl = POL_SINKHOLE_TTL_MAX + 1;
	bad[2].on_error = (enum pol_on_error)2;
	for (size_t i = 0; i < 3; i++) {
		struct pol_change *change = begin_change(scratch);

		pol_change_set_settings(change, &bad[i]);
		if (pol_change_commit(change, NULL) != POL_EINVAL)
			fail_msg("settings %zu were taken", i);
	}
	snapshot = begin_snapshot(scratch);
	assert_int_equal(snapshot->settings.ttl, POL_SINKHOLE_TTL_DEFAULT);
	pol_snapshot_end(snapshot);
}

static void
settings_survive(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	struct pol_settings settings;
	struct pol_snapshot *snapshot;

	pol_settings_default(&settings);
	settings.has_ipv6 = false;
	memcpy(settings.ipv4, "\xc0\0\2\1", 4);
	settings.ttl = 5;
	settings.on_error = POL_ON_ERROR_SERVFAIL;
	memset(settings.log, 'x', sizeof(settings.log) - 1);
	pol_change_set_settings(change, &settings);
	assert_true(pol_change_dirty(change));
	commit(change);

	snapshot = begin_snapshot(scratch);
	assert_false(snapshot->settings.has_ipv6);
	assert_true(snapshot->settings.has_ipv4);
	assert_memory_equal(snapshot->settings.ipv4, "\xc0\0\2\1", 4);
	assert_int_equal(snapshot->settings.ttl, 5);
	assert_int_equal(snapshot->settings.on_error, POL_ON_ERROR_SERVFAIL);
	assert_string_equal(snapshot->settings.log, settings.log);
	pol_snapshot_end(snapshot);
}

static void
a_replaced_indicator_is_really_replaced(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	struct pol_name name = name_of("a.example");
	struct pol_indicator indicator = indicator_of(POL_OPERATOR, POL_EXACT);
	struct pol_indicator found;
	struct pol_snapshot *snapshot;

	indicator.reference = "the first";
	indicator.reference_len = 9;
	set_name(change, &name, &indicator);
	commit(change);
	change = begin_change(scratch);
	indicator.action = POL_REFUSED;
	indicator.until = NOW + 60;
	indicator.reference = "another, longer";
	indicator.reference_len = 15;
	set_name(change, &name, &indicator);
	commit(change);

	snapshot = begin_snapshot(scratch);
	assert_int_equal(count_at(snapshot, "a.example"), 1);
	assert_true(
	    find(snapshot, "a.example", POL_OPERATOR, POL_EXACT, &found));
	assert_same_indicator(&found, &indicator);
	assert_int_equal(pol_snapshot_feed(snapshot, 0)->count, 1);
	assert_int_equal(
	    evaluate(snapshot, "a.example").match.action, POL_REFUSED);
	pol_snapshot_end(snapshot);
}

static void
identity_is_name_feed_and_scope(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	uint16_t other = set_feed(change, "list", 1);
	struct pol_indicator found;
	struct pol_snapshot *snapshot;

	for (uint16_t feed = 0; feed <= other; feed = (uint16_t)(feed + other))
		for (int scope = POL_BELOW; scope >= POL_EXACT; scope--)
			set_action(change, "a.example", feed,
			    (enum pol_scope)scope,
			    (enum pol_action)(1 + scope + 3 * (feed > 0)));
	set_action(change, "A.Example.", other, POL_EXACT, POL_ALLOW);
	commit(change);

	snapshot = begin_snapshot(scratch);
	assert_int_equal(count_at(snapshot, "a.example"), 6);
	assert_true(find(snapshot, "a.example", 0, POL_SUBTREE, &found));
	assert_int_equal(found.action, 2);
	assert_true(find(snapshot, "a.example", other, POL_BELOW, &found));
	assert_int_equal(found.action, 6);
	assert_true(find(snapshot, "a.example", other, POL_EXACT, &found));
	assert_int_equal(found.action, POL_ALLOW);
	assert_int_equal(pol_snapshot_feed(snapshot, other)->count, 3);
	pol_snapshot_end(snapshot);
}

static struct pol_indicator
fullest(uint16_t feed)
{
	static const uint8_t target[] = "\6garden\7example";
	static const uint8_t addresses[16 * POL_ADDRESSES_MAX] = {1, 2, 3};
	static char reference[POL_REFERENCE_MAX];
	struct pol_indicator indicator = indicator_of(feed, POL_SUBTREE);

	memset(reference, 'r', sizeof(reference));
	indicator.action = POL_CNAME;
	indicator.shadow = true;
	indicator.until = NOW + 1;
	indicator.reference = reference;
	indicator.reference_len = sizeof(reference);
	indicator.target = target;
	indicator.target_len = sizeof(target);
	indicator.ipv4 = indicator.ipv6 = addresses;
	indicator.ipv4_count = indicator.ipv6_count = POL_ADDRESSES_MAX;
	return indicator;
}

/* Far more than a page of LMDB's holds. */
static void
many_feeds_can_state_one_name_at_length(void **state)
{
	enum { FEEDS = 60 };
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	struct pol_name name = name_of("a.example");
	uint16_t ids[FEEDS];
	struct pol_snapshot *snapshot;

	for (uint16_t i = 0; i < FEEDS; i++) {
		char feed_name[16];
		struct pol_indicator indicator;

		snprintf(feed_name, sizeof(feed_name), "list%u", i);
		ids[i] = set_feed(change, feed_name, (uint16_t)(i + 1));
		indicator = fullest(ids[i]);
		set_name(change, &name, &indicator);
	}
	commit(change);

	snapshot = begin_snapshot(scratch);
	assert_int_equal(count_at(snapshot, "a.example"), FEEDS);
	for (uint16_t i = 0; i < FEEDS; i++) {
		struct pol_indicator expected = fullest(ids[i]);
		struct pol_indicator found;

		assert_true(
		    find(snapshot, "a.example", ids[i], POL_SUBTREE, &found));
		assert_same_indicator(&found, &expected);
	}
	pol_snapshot_end(snapshot);
}

static void
the_longest_and_the_strangest_names_can_be_listed(void **state)
{
	static const char *const names[] = {".", "com", "com\\000", "com\\001",
	    "\\000.com", "\\001.com", "a\\.b.com", "\\255\\255.com"};
	enum { COUNT = sizeof(names) / sizeof(names[0]) };
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	struct pol_indicator indicator = indicator_of(POL_OPERATOR, POL_EXACT);
	struct pol_name longest = longest_name(1);
	struct pol_query query = {.qname = longest.wire, .qname_len = 255};
	struct pol_verdict verdict = {0};
	struct pol_snapshot *snapshot;

	set_name(change, &longest, &indicator);
	for (size_t i = 0; i < COUNT; i++)
		set_plain(change, names[i], POL_OPERATOR, POL_EXACT);
	commit(change);

	snapshot = begin_snapshot(scratch);
	assert_int_equal(count_all(snapshot), COUNT + 1);
	for (size_t i = 0; i < COUNT; i++)
		assert_true(evaluate(snapshot, names[i]).enforced);
	assert_int_equal(pol_evaluate(snapshot, &query, NOW, &verdict), 0);
	assert_true(verdict.enforced);
	assert_int_equal(verdict.match.specificity, 4);
	pol_snapshot_end(snapshot);
}

static void
remove_takes_one_feeds_statements_at_one_name(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	uint16_t feed = set_feed(change, "list", 1);
	struct pol_name name = name_of("a.example");
	struct pol_snapshot *snapshot;
	unsigned removed = 0;

	set_plain(change, "a.example", feed, POL_EXACT);
	set_plain(change, "a.example", feed, POL_BELOW);
	set_plain(change, "a.example", POL_OPERATOR, POL_EXACT);
	set_plain(change, "b.a.example", feed, POL_EXACT);
	set_plain(change, "example", feed, POL_EXACT);
	commit(change);
	change = begin_change(scratch);
	remove_name(change, &name, feed, &removed);
	assert_int_equal(removed, 2);
	assert_true(pol_change_dirty(change));
	commit(change);

	snapshot = begin_snapshot(scratch);
	assert_int_equal(count_at(snapshot, "a.example"), 1);
	assert_int_equal(count_at(snapshot, "b.a.example"), 1);
	assert_int_equal(count_at(snapshot, "example"), 1);
	assert_int_equal(pol_snapshot_feed(snapshot, feed)->count, 2);
	assert_int_equal(pol_snapshot_feed(snapshot, 0)->count, 1);
	pol_snapshot_end(snapshot);
}

static void
removing_the_last_statement_removes_the_name(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	struct pol_name name = name_of("a.example");
	struct pol_store_stat stat;
	unsigned removed = 0;

	set_plain(change, "a.example", POL_OPERATOR, POL_SUBTREE);
	commit(change);
	assert_int_equal(pol_store_stat(scratch->store, &stat), 0);
	assert_int_equal(stat.subjects[POL_NAME], 1);
	change = begin_change(scratch);
	remove_name(change, &name, POL_OPERATOR, &removed);
	commit(change);
	assert_int_equal(removed, 1);
	assert_int_equal(pol_store_stat(scratch->store, &stat), 0);
	assert_int_equal(stat.subjects[POL_NAME], 0);
	assert_false(blocked(scratch, "a.example"));
}

static void
stat_counts(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	struct pol_store_stat stat;
	char name[32];
	uint64_t generation;

	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "n%d.example", i);
		set_plain(change, name, POL_OPERATOR, POL_EXACT);
		set_plain(change, name, POL_OPERATOR, POL_BELOW);
	}
	generation = commit(change);
	assert_int_equal(pol_store_stat(scratch->store, &stat), 0);
	assert_int_equal(stat.subjects[POL_NAME], 1000);
	assert_true(stat.generation == generation);
	assert_true(stat.used_size >= 1000 * 20);
	assert_true(stat.used_size <= stat.file_size);
}

/* Statements of about 1 kB each, so that a map of 1 MiB is full soon. */
static void
fill(struct pol_change *change, int from, int count)
{
	for (int i = from; i < from + count; i++) {
		struct pol_indicator indicator = fullest(POL_OPERATOR);
		struct pol_name name;
		char text[32];

		indicator.shadow = false;
		snprintf(text, sizeof(text), "n%d.example", i);
		name = name_of(text);
		set_name(change, &name, &indicator);
	}
}

static void
full_map_can_be_grown_and_the_change_repeated(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change;
	uint64_t generation;
	int error = POL_EFULL;

	scratch_create(scratch, POL_STORE_MAP_MIN);
	change = begin_change(scratch);
	fill(change, 0, 10);
	generation = commit(change);
	for (int tries = 0; error == POL_EFULL && tries < 4; tries++) {
		change = begin_change(scratch);
		fill(change, 10, 2000);
		error = pol_change_commit(change, NULL);
		if (error == 0)
			break;
		assert_int_equal(error, POL_EFULL);
		assert_true(pol_store_generation(scratch->store) == generation);
		assert_true(blocked(scratch, "n9.example"));
		assert_false(blocked(scratch, "n10.example"));
		assert_int_equal(pol_store_grow(scratch->store), 0);
	}
	assert_int_equal(error, 0);
	assert_true(pol_store_generation(scratch->store) > generation);
	assert_true(blocked(scratch, "n9.example"));
	assert_true(blocked(scratch, "n2009.example"));
	/* A smaller size asked for later does not shrink the map. */
	scratch_close(scratch);
	scratch_create(scratch, POL_STORE_MAP_MIN);
	change = begin_change(scratch);
	set_plain(change, "m.example", POL_OPERATOR, POL_EXACT);
	commit(change);
	assert_true(blocked(scratch, "n2009.example"));
}

/* Daily changes must not eat the file up. */
static void
space_is_used_again(void **state)
{
	struct scratch *scratch = *state;
	struct pol_store_stat first, last;
	struct pol_change *change;

	scratch_create(scratch, 2 * POL_STORE_MAP_MIN);
	for (int i = 0; i < 40; i++) {
		change = begin_change(scratch);
		fill(change, 0, 200);
		commit(change);
		if (i == 4)
			assert_int_equal(
			    pol_store_stat(scratch->store, &first), 0);
	}
	assert_int_equal(pol_store_stat(scratch->store, &last), 0);
	assert_true(last.file_size <= 2 * first.file_size);
	assert_int_equal(pol_store_check(scratch->store), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    store_test(new_database_has_the_operator_and_nothing_else),
	    store_test(new_database_has_the_default_settings),
	    store_test(everything_survives_closing),
	    store_test(commits_are_numbered_upwards),
	    store_test(a_change_that_says_nothing_new_commits_nothing),
	    store_test(aborted_change_leaves_everything),
	    store_test(first_error_stays_and_nothing_is_committed),
	    store_test(indicators_out_of_range_are_refused),
	    store_test(settings_out_of_range_are_refused),
	    store_test(settings_survive),
	    store_test(a_replaced_indicator_is_really_replaced),
	    store_test(identity_is_name_feed_and_scope),
	    store_test(many_feeds_can_state_one_name_at_length),
	    store_test(the_longest_and_the_strangest_names_can_be_listed),
	    store_test(remove_takes_one_feeds_statements_at_one_name),
	    store_test(removing_the_last_statement_removes_the_name),
	    store_test(stat_counts),
	    folder_test(full_map_can_be_grown_and_the_change_repeated),
	    folder_test(space_is_used_again),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
