/*
 * test_import.c - bringing a feed to what its source says, as a difference.
 */
#include "policy_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LATER (NOW + 86400)

/* A sealed list of exact names, given as "a.example b.example". */
static struct pol_list *
list_of(const char *names)
{
	struct pol_list *list = new_list();
	char copy[512];
	unsigned long line = 1;

	snprintf(copy, sizeof(copy), "%s", names);
	for (char *rest = copy, *name; (name = strtok_r(rest, " ", &rest));)
		list_add(list, name, POL_EXACT, line++);
	assert_int_equal(pol_list_seal(list, NULL, NULL), 0);
	return list;
}

static uint16_t
add_feed(struct scratch *scratch, const char *name, uint16_t order)
{
	struct pol_change *change = begin_change(scratch);
	uint16_t feed = set_feed(change, name, order);

	commit(change);
	return feed;
}

/* Import and commit; frees the list. */
static struct pol_import_result
import(
    struct scratch *scratch, uint16_t feed, struct pol_list *list, int64_t now)
{
	struct pol_import_result result = {99, 99, 99, 99, 99};
	struct pol_change *change = begin_change(scratch);
	size_t count = pol_list_count(list);

	assert_int_equal(
	    pol_import(change, feed, list, now, NULL, NULL, &result), 0);
	assert_true(count == result.added + result.unchanged);
	assert_int_equal(
	    pol_change_dirty(change), result.added + result.removed > 0);
	commit(change);
	pol_list_free(list);
	return result;
}

static void
assert_result(const struct pol_import_result *result, uint64_t added,
    uint64_t removed, uint64_t unchanged)
{
	assert_int_equal(result->added, added);
	assert_int_equal(result->removed, removed);
	assert_int_equal(result->unchanged, unchanged);
}

/* What the database says of the feed, and whether its count agrees. */
static void
assert_feed(
    struct scratch *scratch, uint16_t feed, uint64_t count, int64_t changed)
{
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	const struct pol_feed *found = pol_snapshot_feed(snapshot, feed);

	assert_non_null(found);
	assert_int_equal(found->count, count);
	assert_true(found->changed == changed);
	pol_snapshot_end(snapshot);
}

static int64_t
since_of(struct scratch *scratch, const char *name, uint16_t feed,
    enum pol_scope scope)
{
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	struct pol_indicator indicator;

	assert_true(find(snapshot, name, feed, scope, &indicator));
	pol_snapshot_end(snapshot);
	return indicator.since;
}

static void
first_import_adds_all(void **state)
{
	struct scratch *scratch = *state;
	uint16_t feed = add_feed(scratch, "list", 1);
	struct pol_import_result result = import(scratch, feed,
	    list_of("c.example b.example a.example example ."), NOW);

	assert_result(&result, 5, 0, 0);
	assert_feed(scratch, feed, 5, NOW);
	assert_true(blocked(scratch, "a.example"));
	assert_true(blocked(scratch, "."));
	assert_false(blocked(scratch, "d.example"));
	/* The feed of what was added to the list is ignored. */
	assert_true(since_of(scratch, "a.example", feed, POL_EXACT) == NOW);
}

/* A list of one name that its source says to be in force since then. */
static struct pol_list *
list_since(const char *text, int64_t since)
{
	struct pol_list *list = new_list();
	struct pol_name name = name_of(text);
	struct pol_indicator indicator = {.since = since};

	assert_int_equal(add_name(list, &name, &indicator, 1), 0);
	assert_int_equal(pol_list_seal(list, NULL, NULL), 0);
	return list;
}

static void
since_of_the_source_is_kept(void **state)
{
	struct scratch *scratch = *state;
	uint16_t feed = add_feed(scratch, "list", 1);
	struct pol_import_result result;

	import(scratch, feed, list_since("a.example", LATER), NOW);
	assert_true(since_of(scratch, "a.example", feed, POL_EXACT) == LATER);
	assert_false(blocked(scratch, "a.example"));
	result = import(scratch, feed, list_since("a.example", LATER), NOW + 1);
	assert_result(&result, 0, 0, 1);
	result = import(scratch, feed, list_since("a.example", 0), NOW + 2);
	assert_result(&result, 0, 0, 1);
	result =
	    import(scratch, feed, list_since("a.example", NOW - 5), NOW + 3);
	assert_result(&result, 1, 1, 0);
	assert_true(since_of(scratch, "a.example", feed, POL_EXACT) == NOW - 5);
	assert_true(blocked(scratch, "a.example"));
}

static void
second_import_of_the_same_commits_nothing(void **state)
{
	struct scratch *scratch = *state;
	uint16_t feed = add_feed(scratch, "list", 1);
	struct pol_import_result result;
	uint64_t generation;

	import(scratch, feed, list_of("a.example b.example c.example"), NOW);
	generation = pol_store_generation(scratch->store);
	result = import(
	    scratch, feed, list_of("c.example a.example b.example"), LATER);
	assert_result(&result, 0, 0, 3);
	assert_true(pol_store_generation(scratch->store) == generation);
	assert_feed(scratch, feed, 3, NOW);
	assert_true(since_of(scratch, "a.example", feed, POL_EXACT) == NOW);
}

static void
difference_is_all_that_changes(void **state)
{
	struct scratch *scratch = *state;
	uint16_t feed = add_feed(scratch, "list", 1);
	struct pol_import_result result;

	import(scratch, feed, list_of("b.example d.example f.example"), NOW);
	result = import(scratch, feed,
	    list_of("a.example b.example e.example f.example g.example"),
	    LATER);
	assert_result(&result, 3, 1, 2);
	assert_feed(scratch, feed, 5, LATER);
	assert_false(blocked(scratch, "d.example"));
	assert_true(since_of(scratch, "b.example", feed, POL_EXACT) == NOW);
	assert_true(since_of(scratch, "f.example", feed, POL_EXACT) == NOW);
	assert_true(since_of(scratch, "a.example", feed, POL_EXACT) == LATER);
	assert_true(since_of(scratch, "g.example", feed, POL_EXACT) == LATER);
}

static void
empty_list_removes_all(void **state)
{
	struct scratch *scratch = *state;
	uint16_t feed = add_feed(scratch, "list", 1);
	struct pol_import_result result;
	struct pol_store_stat stat;

	result = import(scratch, feed, list_of(""), NOW);
	assert_result(&result, 0, 0, 0);
	import(scratch, feed, list_of("a.example b.example"), NOW);
	result = import(scratch, feed, list_of(""), LATER);
	assert_result(&result, 0, 2, 0);
	assert_feed(scratch, feed, 0, LATER);
	assert_int_equal(pol_store_stat(scratch->store, &stat), 0);
	assert_int_equal(stat.subjects[POL_NAME], 0);
}

/* Each of what an indicator says, changed alone, is a change. */
static void
changed_indicator_counts_as_removed_and_added(void **state)
{
	static const uint8_t target[] = "\6garden\7example";
	static const uint8_t other[] = "\6harden\7example";
	static const uint8_t address[16] = {192, 0, 2, 1};
	struct scratch *scratch = *state;
	uint16_t feed = add_feed(scratch, "list", 1);
	struct pol_name name = name_of("a.example");
	struct pol_indicator steps[10];

	for (size_t i = 0; i < 10; i++)
		steps[i] = indicator_of(feed, POL_EXACT);
	steps[1].action = POL_NXDOMAIN;
	steps[2].shadow = true;
	steps[3].until = LATER;
	steps[4].reference = "one";
	steps[4].reference_len = 3;
	steps[5].reference = "two";
	steps[5].reference_len = 3;
	steps[6].action = steps[7].action = POL_CNAME;
	steps[6].target = target;
	steps[7].target = other;
	steps[6].target_len = steps[7].target_len = sizeof(target);
	steps[8].ipv4 = address;
	steps[8].ipv4_count = 1;
	steps[9].ipv6 = address;
	steps[9].ipv6_count = 1;
	for (size_t i = 0; i < 10; i++) {
		struct pol_list *list = new_list();
		struct pol_import_result result;
		struct pol_snapshot *snapshot;
		struct pol_indicator found;

		assert_int_equal(add_name(list, &name, &steps[i], 1), 0);
		assert_int_equal(pol_list_seal(list, NULL, NULL), 0);
		result = import(scratch, feed, list, NOW + (int64_t)i);
		assert_result(&result, 1, i > 0, 0);
		assert_feed(scratch, feed, 1, NOW + (int64_t)i);
		snapshot = begin_snapshot(scratch);
		assert_int_equal(count_at(snapshot, "a.example"), 1);
		assert_true(
		    find(snapshot, "a.example", feed, POL_EXACT, &found));
		steps[i].since = found.since;
		assert_same_indicator(&found, &steps[i]);
		pol_snapshot_end(snapshot);
	}
}

static void
scopes_of_a_name_are_told_apart(void **state)
{
	struct scratch *scratch = *state;
	uint16_t feed = add_feed(scratch, "list", 1);
	struct pol_list *list = new_list();
	struct pol_import_result result;

	list_add(list, "a.example", POL_BELOW, 1);
	list_add(list, "a.example", POL_EXACT, 2);
	assert_int_equal(pol_list_seal(list, NULL, NULL), 0);
	assert_int_equal(pol_list_count(list), 2);
	result = import(scratch, feed, list, NOW);
	assert_result(&result, 2, 0, 0);

	list = new_list();
	list_add(list, "a.example", POL_SUBTREE, 1);
	list_add(list, "a.example", POL_EXACT, 2);
	assert_int_equal(pol_list_seal(list, NULL, NULL), 0);
	result = import(scratch, feed, list, LATER);
	assert_result(&result, 1, 1, 1);
	assert_feed(scratch, feed, 2, LATER);
	assert_true(since_of(scratch, "a.example", feed, POL_EXACT) == NOW);
	assert_true(since_of(scratch, "a.example", feed, POL_SUBTREE) == LATER);

	/* one scope goes and nothing comes in its place */
	list = list_of("a.example");
	result = import(scratch, feed, list, LATER);
	assert_result(&result, 0, 1, 1);
	assert_true(since_of(scratch, "a.example", feed, POL_EXACT) == NOW);
	assert_false(blocked(scratch, "b.a.example"));
	assert_feed(scratch, feed, 1, LATER);
}

static void
other_feeds_at_the_same_names_stay(void **state)
{
	struct scratch *scratch = *state;
	uint16_t before = add_feed(scratch, "before", 1);
	uint16_t feed = add_feed(scratch, "list", 2);
	uint16_t behind = add_feed(scratch, "behind", 3);
	struct pol_change *change = begin_change(scratch);
	struct pol_import_result result;
	struct pol_snapshot *snapshot;

	set_plain(change, "a.example", POL_OPERATOR, POL_EXACT);
	set_plain(change, "b.example", POL_OPERATOR, POL_EXACT);
	commit(change);
	import(scratch, before, list_of("a.example b.example c.example"), NOW);
	import(scratch, behind, list_of("a.example b.example c.example"), NOW);
	result = import(
	    scratch, feed, list_of("a.example c.example d.example"), NOW);
	assert_result(&result, 3, 0, 0);
	result = import(scratch, feed, list_of("b.example c.example"), LATER);
	assert_result(&result, 1, 2, 1);

	snapshot = begin_snapshot(scratch);
	assert_int_equal(count_at(snapshot, "a.example"), 3);
	assert_int_equal(count_at(snapshot, "b.example"), 4);
	assert_int_equal(count_at(snapshot, "c.example"), 3);
	assert_int_equal(count_at(snapshot, "d.example"), 0);
	assert_int_equal(pol_snapshot_feed(snapshot, before)->count, 3);
	assert_int_equal(pol_snapshot_feed(snapshot, behind)->count, 3);
	assert_int_equal(pol_snapshot_feed(snapshot, feed)->count, 2);
	assert_int_equal(pol_snapshot_feed(snapshot, 0)->count, 2);
	assert_true(pol_snapshot_feed(snapshot, before)->changed == NOW);
	pol_snapshot_end(snapshot);
}

/* What was added belongs to the list: the texts may change at once. */
static void
list_copies_what_it_is_given(void **state)
{
	struct scratch *scratch = *state;
	uint16_t feed = add_feed(scratch, "list", 1);
	struct pol_list *list = new_list();
	struct pol_indicator indicator = indicator_of(feed, POL_EXACT);
	struct pol_snapshot *snapshot;
	struct pol_indicator found;
	char reference[32];

	for (int i = 0; i < 3; i++) {
		struct pol_name name;
		char text[32];

		snprintf(text, sizeof(text), "n%d.example", i);
		name = name_of(text);
		snprintf(reference, sizeof(reference), "reason %d", i);
		indicator.reference = reference;
		indicator.reference_len = strlen(reference);
		assert_int_equal(add_name(list, &name, &indicator, 1), 0);
		memset(&name, 0xee, sizeof(name));
	}
	memset(reference, 0xee, sizeof(reference));
	assert_int_equal(pol_list_seal(list, NULL, NULL), 0);
	import(scratch, feed, list, NOW);
	snapshot = begin_snapshot(scratch);
	assert_true(find(snapshot, "n1.example", feed, POL_EXACT, &found));
	assert_int_equal(found.reference_len, 8);
	assert_memory_equal(found.reference, "reason 1", 8);
	pol_snapshot_end(snapshot);
}

static void
unknown_feed_is_an_error_that_stays(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	struct pol_list *list = list_of("a.example");
	struct pol_import_result result = {7, 8, 9, 0, 0};

	assert_int_equal(
	    pol_import(change, 55, list, NOW, NULL, NULL, &result), POL_ENOENT);
	assert_result(&result, 7, 8, 9);
	assert_int_equal(pol_change_commit(change, NULL), POL_ENOENT);
	pol_list_free(list);
}

static void
import_after_an_error_does_nothing(void **state)
{
	struct scratch *scratch = *state;
	uint16_t feed = add_feed(scratch, "list", 1);
	struct pol_change *change = begin_change(scratch);
	struct pol_list *list = list_of("a.example");
	struct pol_import_result result = {7, 8, 9, 0, 0};

	set_plain(change, "b.example", 55, POL_EXACT);
	assert_int_equal(
	    pol_import(change, feed, list, NOW, NULL, NULL, &result),
	    POL_ENOENT);
	assert_result(&result, 7, 8, 9);
	pol_change_abort(change);
	pol_list_free(list);
}

static void
several_feeds_in_one_change(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	struct pol_import_result result;
	struct pol_snapshot *snapshot;
	uint16_t feeds[3];

	for (uint16_t i = 0; i < 3; i++) {
		char name[8];
		struct pol_list *list = list_of("a.example b.example");

		snprintf(name, sizeof(name), "f%u", i);
		feeds[i] = set_feed(change, name, (uint16_t)(i + 1));
		assert_int_equal(pol_import(change, feeds[i], list, NOW, NULL,
				     NULL, &result),
		    0);
		assert_result(&result, 2, 0, 0);
		pol_list_free(list);
	}
	commit(change);
	snapshot = begin_snapshot(scratch);
	assert_int_equal(count_at(snapshot, "a.example"), 3);
	assert_int_equal(count_all(snapshot), 6);
	pol_snapshot_end(snapshot);
}

/* The time of the last change is each feed's own. */
static void
unchanged_feed_keeps_its_time_beside_a_changed_one(void **state)
{
	struct scratch *scratch = *state;
	uint16_t still = add_feed(scratch, "still", 1);
	uint16_t moving = add_feed(scratch, "moving", 2);
	struct pol_import_result result;
	struct pol_change *change;
	struct pol_list *list;

	import(scratch, still, list_of("a.example"), NOW);
	change = begin_change(scratch);
	list = list_of("a.example");
	assert_int_equal(
	    pol_import(change, still, list, LATER, NULL, NULL, &result), 0);
	assert_int_equal(
	    pol_import(change, moving, list, LATER, NULL, NULL, &result), 0);
	pol_list_free(list);
	commit(change);
	assert_feed(scratch, still, 1, NOW);
	assert_feed(scratch, moving, 1, LATER);
}

/* Blocks of one list's memory, pages of several levels, keys that go before,
 * between and behind those that are there. */
static void
large_lists_differ_exactly(void **state)
{
	enum { NAMES = 30000 };
	struct scratch *scratch = *state;
	uint16_t feed = add_feed(scratch, "list", 1);
	struct pol_list *list;
	struct pol_import_result result;
	char name[64];

	for (int round = 0; round < 3; round++) {
		list = new_list();
		for (int i = 0; i < NAMES; i++) {
			/* Every third of the last round's is left out. */
			if ((i + round) % 3 == 0)
				continue;
			snprintf(
			    name, sizeof(name), "n%d.z%d.example", i % 997, i);
			list_add(list, name, POL_SUBTREE, (unsigned long)i);
		}
		assert_int_equal(pol_list_seal(list, NULL, NULL), 0);
		result = import(scratch, feed, list, NOW - 2 + round);
		assert_result(&result, round == 0 ? 20000 : 10000,
		    round == 0 ? 0 : 10000, round == 0 ? 0 : 10000);
		assert_feed(scratch, feed, 20000, NOW - 2 + round);
	}
	for (int i = 0; i < NAMES; i += 7) {
		snprintf(name, sizeof(name), "n%d.z%d.example", i % 997, i);
		assert_int_equal(blocked(scratch, name), (i + 2) % 3 != 0);
	}
	assert_int_equal(pol_store_check(scratch->store), 0);
}

static uint64_t
import_zones(
    struct scratch *scratch, uint16_t feed, int every, const char *other)
{
	struct pol_list *list = new_list();
	struct pol_store_stat stat;
	char name[64];

	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "z%05d%s.example", i,
		    i % every == 0 ? other : "");
		list_add(list, name, POL_SUBTREE, (unsigned long)i);
	}
	assert_int_equal(pol_list_seal(list, NULL, NULL), 0);
	import(scratch, feed, list, NOW);
	assert_int_equal(pol_store_stat(scratch->store, &stat), 0);
	return stat.used_size;
}

/* Names that come between others split no page: the first import leaves room.
 */
static void
pages_have_room_for_later_names(void **state)
{
	struct scratch *scratch = *state;
	uint16_t feed = add_feed(scratch, "list", 1);
	uint64_t first = import_zones(scratch, feed, 1, "");

	assert_int_equal(import_zones(scratch, feed, 50, "-other"), first);
	assert_int_equal(pol_store_check(scratch->store), 0);
}

static void
note_progress(uint64_t done, uint64_t total, void *arg)
{
	uint64_t *last = arg;

	assert_int_equal(total, 40000);
	assert_in_range(done, *last, total);
	*last = done;
}

static void
progress_goes_forward(void **state)
{
	struct scratch *scratch = *state;
	uint16_t feed = add_feed(scratch, "list", 1);
	struct pol_change *change = begin_change(scratch);
	struct pol_list *list = new_list();
	struct pol_import_result result;
	uint64_t last = 0;
	char name[32];

	for (int i = 0; i < 40000; i++) {
		snprintf(name, sizeof(name), "n%d.example", i);
		list_add(list, name, POL_EXACT, 1);
	}
	assert_int_equal(pol_list_seal(list, NULL, NULL), 0);
	assert_int_equal(
	    pol_import(change, feed, list, NOW, note_progress, &last, &result),
	    0);
	assert_in_range(last, 1, 40000);
	pol_change_abort(change);
	pol_list_free(list);
}

/* The tool repeats the same import with the same list after growing. */
static void
import_into_a_full_map_can_be_repeated(void **state)
{
	struct scratch *scratch = *state;
	struct pol_list *list = new_list();
	struct pol_import_result result;
	uint16_t feed;
	char name[32];
	int error = POL_EFULL;

	scratch_create(scratch, POL_STORE_MAP_MIN);
	feed = add_feed(scratch, "list", 1);
	import(scratch, feed, list_of("n5.example x.example"), NOW - 1);
	for (int i = 0; i < 40000; i++) {
		snprintf(name, sizeof(name), "n%d.example", i);
		list_add(list, name, POL_EXACT, 1);
	}
	assert_int_equal(pol_list_seal(list, NULL, NULL), 0);
	for (int tries = 0; tries < 5 && error == POL_EFULL; tries++) {
		struct pol_change *change = begin_change(scratch);

		error =
		    pol_import(change, feed, list, NOW, NULL, NULL, &result);
		assert_int_equal(pol_change_commit(change, NULL), error);
		if (tries == 0)
			assert_int_equal(error, POL_EFULL);
		if (error == POL_EFULL)
			assert_int_equal(pol_store_grow(scratch->store), 0);
	}
	assert_int_equal(error, 0);
	assert_result(&result, 39999, 1, 1);
	assert_feed(scratch, feed, 40000, NOW);
	pol_list_free(list);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    store_test(first_import_adds_all),
	    store_test(since_of_the_source_is_kept),
	    store_test(second_import_of_the_same_commits_nothing),
	    store_test(difference_is_all_that_changes),
	    store_test(empty_list_removes_all),
	    store_test(changed_indicator_counts_as_removed_and_added),
	    store_test(scopes_of_a_name_are_told_apart),
	    store_test(other_feeds_at_the_same_names_stay),
	    store_test(list_copies_what_it_is_given),
	    store_test(unknown_feed_is_an_error_that_stays),
	    store_test(import_after_an_error_does_nothing),
	    store_test(several_feeds_in_one_change),
	    store_test(unchanged_feed_keeps_its_time_beside_a_changed_one),
	    store_test(large_lists_differ_exactly),
	    store_test(pages_have_room_for_later_names),
	    store_test(progress_goes_forward),
	    folder_test(import_into_a_full_map_can_be_repeated),
	};

	return cmocka_run_group_tests_name("import", tests, NULL, NULL);
}
