/*
 * test_filter_follow.c - a filter follows commits, and reads what it must anew.
 */
#include "filter_support.h"

#include <stdio.h>

#include "lmdb_edit.h"

#define MANY 1000 /* names, more than a commit hands on one by one */

/* A commit of a few names is followed without reading the others again. */
static void
follows_small_commits(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	uint16_t feed = set_feed(change, "one", 1);
	struct pol_filter *filter = NULL;
	char name[64];

	set_numbered(change, feed, "first.example", 0, MANY);
	set_subject(change, "192.0.2.0/24", feed);
	commit(change);
	assert_true(follow(scratch, &filter));
	for (unsigned i = 0; i < 50; i++) {
		change = begin_change(scratch);
		set_numbered(change, feed, "later.example", i, i + 1);
		commit(change);
		if (i % 3 == 0)
			assert_false(follow(scratch, &filter));
	}
	assert_false(follow(scratch, &filter));
	for (unsigned i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "n%u.later.example", i);
		assert_true(may_cover_name(filter, name));
	}
	assert_true(may_cover_name(filter, "n7.first.example"));
	assert_true(may_cover_address(filter, "192.0.2.1"));
	pol_filter_free(filter);
}

/* What is left of the names before is read when many come, when too many
 * commits were missed, and when there is no room for more. */
static void
reads_all_again_after_much(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	uint16_t feed = set_feed(change, "one", 1);
	struct pol_filter *filter = NULL;
	unsigned again = 0;

	commit(change);
	assert_false(follow(scratch, &filter)); /* nothing there */
	change = begin_change(scratch);
	set_numbered(change, feed, "many.example", 0, MANY);
	commit(change);
	assert_true(follow(scratch, &filter));
	assert_true(may_cover_name(filter, "n999.many.example"));
	for (unsigned i = 0; i < 300; i++) {
		change = begin_change(scratch);
		set_numbered(change, feed, "missed.example", 4 * i, 4 * i + 4);
		commit(change);
	}
	assert_true(follow(scratch, &filter));
	assert_true(may_cover_name(filter, "n0.missed.example"));
	for (unsigned i = 0; i < 40; i++) {
		change = begin_change(scratch);
		set_numbered(
		    change, feed, "room.example", 100 * i, 100 * i + 100);
		commit(change);
		again += follow(scratch, &filter);
	}
	assert_in_range(again, 1, 5);
	assert_true(may_cover_name(filter, "n3999.room.example"));
	pol_filter_free(filter);
}

/* An older state of the database, put back, may list what is listed no more. */
static void
reads_all_of_an_older_state(void **state)
{
	struct scratch *scratch = *state;
	struct pol_subject subject = subject_of("old.example");
	struct pol_filter *filter = NULL;
	struct pol_snapshot *before;
	struct pol_change *change;
	unsigned removed;
	uint16_t feed;

	list_subjects(scratch, "old.example other.example");
	before = begin_snapshot(scratch);
	change = begin_change(scratch);
	feed = set_feed(change, "one", 1);
	pol_change_remove(change, &subject, feed, &removed);
	commit(change);
	follow(scratch, &filter);
	assert_false(may_cover_name(filter, "old.example"));
	assert_true(follow_snapshot(before, &filter));
	assert_true(may_cover_name(filter, "old.example"));
	pol_snapshot_end(before);
	pol_filter_free(filter);
}

/* As other versions of the library would write them: the first says nothing of
 * what it listed, the second says it in another way. */
static void
reads_all_after_commits_it_does_not_know(void **state)
{
	struct scratch *scratch = *state;
	uint8_t fresh[12] = {2};
	struct pol_filter *filter = NULL;

	list_subjects(scratch, "listed.example");
	follow(scratch, &filter);
	scratch_close(scratch);
	lmdb_key_set(scratch->path, "meta", "later", 5, "x", 1);
	scratch_open(scratch);
	assert_true(follow(scratch, &filter));
	fresh[1] = (uint8_t)(pol_filter_generation(filter) + 1);
	scratch_close(scratch);
	lmdb_key_set(scratch->path, "meta", "fresh", 5, fresh, sizeof(fresh));
	scratch_open(scratch);
	assert_true(follow(scratch, &filter));
	pol_filter_free(filter);
}

/* A list that grows slowly is not read again and again. */
static void
has_room_for_a_quarter_more(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	uint16_t feed = set_feed(change, "one", 1);
	struct pol_filter *filter = NULL;

	set_numbered(change, feed, "first.example", 0, 8 * MANY);
	commit(change);
	assert_true(follow(scratch, &filter));
	for (unsigned i = 0; i < 2 * MANY; i += 100) {
		change = begin_change(scratch);
		set_numbered(change, feed, "later.example", i, i + 100);
		commit(change);
		assert_false(follow(scratch, &filter));
	}
	pol_filter_free(filter);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    store_test(follows_small_commits),
	    store_test(reads_all_again_after_much),
	    store_test(reads_all_of_an_older_state),
	    store_test(reads_all_after_commits_it_does_not_know),
	    store_test(has_room_for_a_quarter_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
