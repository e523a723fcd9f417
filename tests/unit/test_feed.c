/*
 * test_feed.c - feeds in the database: their ids, counts, order and removal.
 */
#include "policy_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
feed_survives(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	struct pol_feed feed = {.id = 999, /* ignored */
	    .order = 7,
	    .action = POL_NXDOMAIN,
	    .mode = POL_SHADOW,
	    .ede = POL_EDE_CENSORED,
	    .count = 999}; /* ignored */
	const struct pol_feed *found;
	struct pol_snapshot *snapshot;
	uint16_t id = 0;

	memset(feed.name, 'n', sizeof(feed.name) - 1);
	memset(feed.format, 'f', sizeof(feed.format) - 1);
	memset(feed.source, 's', sizeof(feed.source) - 1);
	pol_change_set_feed(change, &feed, &id);
	found = pol_change_feed_named(change, feed.name);
	assert_non_null(found);
	assert_int_equal(found->id, id);
	commit(change);

	snapshot = begin_snapshot(scratch);
	found = pol_snapshot_feed_named(snapshot, feed.name);
	assert_non_null(found);
	assert_ptr_equal(found, pol_snapshot_feed(snapshot, id));
	assert_int_equal(found->id, id);
	assert_int_not_equal(id, POL_OPERATOR);
	assert_int_equal(found->order, 7);
	assert_int_equal(found->action, POL_NXDOMAIN);
	assert_int_equal(found->mode, POL_SHADOW);
	assert_int_equal(found->ede, POL_EDE_CENSORED);
	assert_int_equal(found->count, 0);
	assert_int_equal(found->changed, 0);
	assert_string_equal(found->format, feed.format);
	assert_string_equal(found->source, feed.source);
	assert_null(pol_snapshot_feed_named(snapshot, "n"));
	assert_null(pol_snapshot_feed(snapshot, (uint16_t)(id + 1)));
	assert_null(pol_snapshot_feed(snapshot, UINT16_MAX));
	pol_snapshot_end(snapshot);
}

static void
feed_keeps_id_and_count_when_it_is_changed(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	uint16_t first = set_feed(change, "first", 1);
	uint16_t second = set_feed(change, "second", 2);
	struct pol_snapshot *snapshot;

	set_plain(change, "a.example", first, POL_EXACT);
	set_plain(change, "a.example", second, POL_EXACT);
	commit(change);
	change = begin_change(scratch);
	assert_int_equal(
	    set_feed_as(change, "first", 9, POL_DROP, POL_SHADOW), first);
	assert_true(pol_change_dirty(change));
	commit(change);

	snapshot = begin_snapshot(scratch);
	assert_int_equal(pol_snapshot_feed(snapshot, first)->count, 1);
	assert_int_equal(pol_snapshot_feed(snapshot, first)->order, 9);
	assert_int_equal(pol_snapshot_feed(snapshot, second)->order, 2);
	pol_snapshot_end(snapshot);
}

/* No indicator is written, and still other ones win. */
static void
order_can_change_without_touching_indicators(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	uint16_t first = set_feed(change, "first", 1);
	uint16_t second = set_feed(change, "second", 2);
	struct pol_snapshot *snapshot;

	set_plain(change, "example", first, POL_SUBTREE);
	set_plain(change, "a.example", second, POL_EXACT);
	commit(change);
	snapshot = begin_snapshot(scratch);
	assert_int_equal(evaluate(snapshot, "a.example").match.feed->id, first);
	pol_snapshot_release(snapshot);
	change = begin_change(scratch);
	set_feed(change, "first", 2);
	set_feed(change, "second", 1);
	commit(change);
	assert_int_equal(pol_snapshot_renew(snapshot), 0);
	assert_int_equal(
	    evaluate(snapshot, "a.example").match.feed->id, second);
	pol_snapshot_end(snapshot);
}

static void
removed_feed_leaves_nothing_behind(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	uint16_t gone = set_feed(change, "gone", 1);
	uint16_t stays = set_feed(change, "stays", 2);
	struct pol_snapshot *snapshot;
	uint64_t removed = 0;

	set_plain(change, "a.example", gone, POL_EXACT);
	set_plain(change, "a.example", gone, POL_BELOW);
	set_plain(change, "a.example", stays, POL_EXACT);
	set_plain(change, "b.example", gone, POL_EXACT);
	set_plain(change, "c.example", POL_OPERATOR, POL_EXACT);
	commit(change);
	change = begin_change(scratch);
	pol_change_remove_feed(change, gone, &removed);
	assert_int_equal(removed, 3);
	assert_null(pol_change_feed_named(change, "gone"));
	commit(change);

	snapshot = begin_snapshot(scratch);
	assert_null(pol_snapshot_feed(snapshot, gone));
	assert_null(pol_snapshot_feed_named(snapshot, "gone"));
	assert_int_equal(snapshot->feed_count, 2);
	assert_int_equal(count_all(snapshot), 2);
	assert_int_equal(pol_snapshot_feed(snapshot, stays)->count, 1);
	assert_false(evaluate(snapshot, "b.example").listed);
	pol_snapshot_end(snapshot);
}

static void
last_feed_can_be_removed_too(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	uint16_t gone;
	struct pol_snapshot *snapshot;
	uint64_t removed;
	size_t count;

	set_feed(change, "stays", 1);
	gone = set_feed(change, "gone", 2);
	set_plain(change, "a.example", gone, POL_EXACT);
	commit(change);
	change = begin_change(scratch);
	pol_change_remove_feed(change, gone, &removed);
	pol_change_feeds(change, &count);
	assert_int_equal(count, 2);
	assert_null(pol_change_feed_named(change, "gone"));
	commit(change);
	snapshot = begin_snapshot(scratch);
	assert_int_equal(snapshot->feed_count, 2);
	assert_null(pol_snapshot_feed(snapshot, gone));
	pol_snapshot_end(snapshot);
}

/* Its id may be given out again; what it said must not come back with it. */
static void
new_feed_inherits_nothing_from_a_removed_one(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	uint16_t gone = set_feed(change, "gone", 1);
	struct pol_snapshot *snapshot;
	uint64_t removed;
	uint16_t heir;

	set_plain(change, "a.example", gone, POL_EXACT);
	commit(change);
	change = begin_change(scratch);
	pol_change_remove_feed(change, gone, &removed);
	heir = set_feed(change, "heir", 1);
	commit(change);

	snapshot = begin_snapshot(scratch);
	assert_int_equal(pol_snapshot_feed(snapshot, heir)->count, 0);
	assert_int_equal(pol_snapshot_feed(snapshot, heir)->changed, 0);
	assert_false(evaluate(snapshot, "a.example").listed);
	pol_snapshot_end(snapshot);
}

static void
ids_with_gaps_are_found(void **state)
{
	enum { FEEDS = 40 };
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	uint16_t ids[FEEDS];
	struct pol_snapshot *snapshot;
	char name[16];

	for (uint16_t i = 0; i < FEEDS; i++) {
		snprintf(name, sizeof(name), "f%u", i);
		ids[i] = set_feed(change, name, (uint16_t)(i + 1));
	}
	for (uint16_t i = 0; i < FEEDS; i++) {
		uint64_t removed;

		if (i % 7 == 3 || i < 4 || i > 36)
			pol_change_remove_feed(change, ids[i], &removed);
	}
	commit(change);
	snapshot = begin_snapshot(scratch);
	for (uint16_t i = 0; i < FEEDS; i++) {
		const struct pol_feed *feed =
		    pol_snapshot_feed(snapshot, ids[i]);

		if (i % 7 == 3 || i < 4 || i > 36) {
			assert_null(feed);
			continue;
		}
		snprintf(name, sizeof(name), "f%u", i);
		assert_non_null(feed);
		assert_string_equal(feed->name, name);
	}
	for (size_t i = 1; i < snapshot->feed_count; i++)
		assert_true(snapshot->feeds[i - 1].id < snapshot->feeds[i].id);
	pol_snapshot_end(snapshot);
}

static void
feeds_are_limited(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	struct pol_feed feed = {.action = POL_SINKHOLE};
	struct pol_snapshot *snapshot;
	uint16_t id = 4711;

	for (uint16_t i = 1; i < POL_FEEDS_MAX; i++) {
		snprintf(feed.name, sizeof(feed.name), "f%u", i);
		feed.order = i;
		pol_change_set_feed(change, &feed, &id);
	}
	commit(change);
	snapshot = begin_snapshot(scratch);
	assert_int_equal(snapshot->feed_count, POL_FEEDS_MAX);
	pol_snapshot_end(snapshot);
	change = begin_change(scratch);
	id = 4711;
	snprintf(feed.name, sizeof(feed.name), "one too many");
	pol_change_set_feed(change, &feed, &id);
	assert_int_equal(id, 4711);
	assert_int_equal(pol_change_commit(change, NULL), POL_ERANGE);
}

/* What cannot be read back must not get in: it would take the whole database
 * out of service. */
static void
feeds_out_of_range_are_refused(void **state)
{
	struct scratch *scratch = *state;
	struct pol_feed bad[3];

	for (int i = 0; i < 3; i++)
		bad[i] = (struct pol_feed){
		    .name = "bad", .order = 1, .action = POL_SINKHOLE};
	bad[0].action = POL_ACTION_OF_FEED;
	bad[1].action = (enum pol_action)9;
	bad[2].mode = (enum pol_mode)2;
	for (int i = 0; i < 3; i++) {
		struct pol_change *change = begin_change(scratch);
		struct pol_snapshot *snapshot = NULL;
		uint16_t id;

		pol_change_set_feed(change, &bad[i], &id);
		if (pol_change_commit(change, NULL) != POL_EINVAL)
			fail_msg("feed %d was taken, and now: %s", i,
			    pol_strerror(
				pol_snapshot_begin(scratch->store, &snapshot)));
	}
}

/* Everyone may rely on feed 0 being the operator's. */
static void
the_operators_feed_cannot_be_removed(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	struct pol_snapshot *snapshot;
	uint64_t removed;

	pol_change_remove_feed(change, POL_OPERATOR, &removed);
	assert_int_equal(pol_change_commit(change, NULL), POL_EINVAL);
	snapshot = begin_snapshot(scratch);
	assert_non_null(pol_snapshot_feed(snapshot, POL_OPERATOR));
	pol_snapshot_end(snapshot);
}

static void
unknown_feed_cannot_be_removed(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	uint64_t removed;

	pol_change_remove_feed(change, 12, &removed);
	assert_int_equal(pol_change_commit(change, NULL), POL_ENOENT);
}

/* Enough names for several levels of pages, so that removing every second
 * one merges and splits them under the walk. */
static void
large_feed_is_removed_from_between_others(void **state)
{
	enum { NAMES = 20000 };
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	uint16_t gone = set_feed(change, "gone", 1);
	uint16_t stays = set_feed(change, "stays", 2);
	struct pol_snapshot *snapshot;
	uint64_t removed = 0;
	char name[40];

	for (int i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "n%05d.long-enough.example", i);
		if (i % 3 != 0)
			set_plain(change, name, gone, POL_EXACT);
		if (i % 3 != 1)
			set_plain(change, name, stays, POL_EXACT);
	}
	commit(change);
	change = begin_change(scratch);
	pol_change_remove_feed(change, gone, &removed);
	commit(change);
	assert_int_equal(removed, NAMES - (NAMES + 2) / 3);
	snapshot = begin_snapshot(scratch);
	assert_int_equal(count_all(snapshot), NAMES - (NAMES + 1) / 3);
	assert_int_equal(
	    pol_snapshot_feed(snapshot, stays)->count, NAMES - (NAMES + 1) / 3);
	for (int i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "n%05d.long-enough.example", i);
		assert_int_equal(evaluate(snapshot, name).listed, i % 3 != 1);
	}
	pol_snapshot_end(snapshot);
}

static void
shadow_is_announced(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	struct pol_name name = name_of("a.example");
	struct pol_indicator indicator;
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	unsigned removed;

	assert_false(snapshot->has_shadow);
	/* one indicator in a feed that enforces */
	indicator = indicator_of(set_feed(change, "list", 1), POL_EXACT);
	indicator.shadow = true;
	set_name(change, &name, &indicator);
	commit(change);
	pol_snapshot_release(snapshot);
	assert_int_equal(pol_snapshot_renew(snapshot), 0);
	assert_true(snapshot->has_shadow);
	/* replaced by one that enforces */
	change = begin_change(scratch);
	indicator.shadow = false;
	set_name(change, &name, &indicator);
	commit(change);
	pol_snapshot_release(snapshot);
	assert_int_equal(pol_snapshot_renew(snapshot), 0);
	assert_false(snapshot->has_shadow);
	/* the feed itself goes into shadow mode */
	change = begin_change(scratch);
	set_feed_as(change, "list", 1, POL_SINKHOLE, POL_SHADOW);
	commit(change);
	pol_snapshot_release(snapshot);
	assert_int_equal(pol_snapshot_renew(snapshot), 0);
	assert_true(snapshot->has_shadow);
	/* and says nothing any more */
	change = begin_change(scratch);
	remove_name(change, &name, indicator.feed, &removed);
	commit(change);
	pol_snapshot_release(snapshot);
	assert_int_equal(pol_snapshot_renew(snapshot), 0);
	assert_false(snapshot->has_shadow);
	pol_snapshot_end(snapshot);
}

/* The latest generation's. */
static void
assert_announced(struct pol_snapshot *snapshot, bool allow, bool nameservers)
{
	pol_snapshot_release(snapshot);
	assert_int_equal(pol_snapshot_renew(snapshot), 0);
	assert_int_equal(snapshot->has_allow, allow);
	assert_int_equal(snapshot->serves_nameservers, nameservers);
}

/* What one indicator says by itself. */
static void
allow_and_name_servers_are_announced(void **state)
{
	struct scratch *scratch = *state;
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	struct pol_change *change = begin_change(scratch);
	struct pol_name name = name_of("a.example");
	struct pol_indicator indicator =
	    indicator_of(set_feed(change, "list", 1), POL_EXACT);
	unsigned removed;

	indicator.triggers = POL_SERVES_QNAME | POL_SERVES_CNAME;
	set_name(change, &name, &indicator);
	commit(change);
	assert_announced(snapshot, false, false);
	change = begin_change(scratch);
	indicator.triggers = POL_SERVES_QNAME | POL_SERVES_NSDNAME;
	set_name(change, &name, &indicator);
	commit(change);
	assert_announced(snapshot, false, true);
	change = begin_change(scratch);
	indicator.triggers = POL_SERVES_QNAME | POL_SERVES_NSIP;
	indicator.action = POL_ALLOW;
	set_name(change, &name, &indicator);
	commit(change);
	assert_announced(snapshot, true, true);
	change = begin_change(scratch);
	remove_name(change, &name, indicator.feed, &removed);
	assert_int_equal(removed, 3);
	commit(change);
	assert_announced(snapshot, false, false);
	pol_snapshot_end(snapshot);
}

/* What a feed says for all its indicators. */
static void
a_feed_announces_only_what_it_holds(void **state)
{
	struct scratch *scratch = *state;
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	struct pol_change *change = begin_change(scratch);
	struct pol_feed feed = {.order = 1,
	    .action = POL_ALLOW,
	    .triggers = POL_SERVES_NSDNAME,
	    .name = "list"};
	uint16_t id;

	pol_change_set_feed(change, &feed, &id);
	commit(change);
	assert_announced(snapshot, false, false);
	change = begin_change(scratch);
	set_plain(change, "a.example", id, POL_EXACT);
	commit(change);
	assert_announced(snapshot, true, true);
	pol_snapshot_end(snapshot);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    store_test(feed_survives),
	    store_test(feed_keeps_id_and_count_when_it_is_changed),
	    store_test(order_can_change_without_touching_indicators),
	    store_test(removed_feed_leaves_nothing_behind),
	    store_test(last_feed_can_be_removed_too),
	    store_test(new_feed_inherits_nothing_from_a_removed_one),
	    store_test(ids_with_gaps_are_found),
	    store_test(feeds_are_limited),
	    store_test(feeds_out_of_range_are_refused),
	    store_test(the_operators_feed_cannot_be_removed),
	    store_test(unknown_feed_cannot_be_removed),
	    store_test(large_feed_is_removed_from_between_others),
	    store_test(shadow_is_announced),
	    store_test(allow_and_name_servers_are_announced),
	    store_test(a_feed_announces_only_what_it_holds),
	};

	return cmocka_run_group_tests_name("feed", tests, NULL, NULL);
}
