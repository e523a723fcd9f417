/*
 * test_snapshot.c - one state of the policy for as long as a snapshot lasts,
 * in one process and between two.
 */
#include "policy_support.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"

static uint64_t
block(struct scratch *scratch, const char *name)
{
	struct pol_change *change = begin_change(scratch);

	set_plain(change, name, POL_OPERATOR, POL_EXACT);
	return commit(change);
}

static void
snapshot_sees_one_state(void **state)
{
	struct scratch *scratch = *state;
	struct pol_snapshot *old = begin_snapshot(scratch);
	uint64_t generation = old->generation;
	struct pol_snapshot *new;

	block(scratch, "a.example");
	assert_false(evaluate(old, "a.example").listed);
	assert_int_equal(count_all(old), 0);
	assert_int_equal(pol_snapshot_feed(old, 0)->count, 0);
	assert_true(old->generation == generation);
	new = begin_snapshot(scratch);
	assert_true(evaluate(new, "a.example").enforced);
	assert_false(evaluate(old, "a.example").listed);
	pol_snapshot_end(old);
	assert_true(evaluate(new, "a.example").enforced);
	pol_snapshot_end(new);
}

static void
renewed_snapshot_sees_every_commit(void **state)
{
	struct scratch *scratch = *state;
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	char name[32];

	for (size_t i = 1; i <= 20; i++) {
		uint64_t generation;

		snprintf(name, sizeof(name), "n%zu.example", i);
		pol_snapshot_release(snapshot);
		generation = block(scratch, name);
		assert_int_equal(pol_snapshot_renew(snapshot), 0);
		assert_true(snapshot->generation == generation);
		assert_true(evaluate(snapshot, name).enforced);
		assert_int_equal(count_all(snapshot), i);
		assert_int_equal(
		    pol_snapshot_feed(snapshot, POL_OPERATOR)->count, i);
	}
	pol_snapshot_end(snapshot);
}

static void
renewing_without_a_commit_reads_nothing_again(void **state)
{
	struct scratch *scratch = *state;
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	const struct pol_feed *feeds = snapshot->feeds;

	for (int i = 0; i < 3; i++) {
		pol_snapshot_release(snapshot);
		assert_int_equal(pol_snapshot_renew(snapshot), 0);
		assert_ptr_equal(snapshot->feeds, feeds);
	}
	assert_false(evaluate(snapshot, "a.example").listed);
	pol_snapshot_end(snapshot);
}

static void
released_snapshot_can_be_ended(void **state)
{
	struct scratch *scratch = *state;
	struct pol_snapshot *snapshot = begin_snapshot(scratch);

	pol_snapshot_release(snapshot);
	pol_snapshot_end(snapshot);
	pol_snapshot_end(NULL);
}

static int
note_text(const struct pol_subject *subject,
    const struct pol_indicator *indicator, void *arg)
{
	char text[POL_NAME_TEXT_MAX];
	char *all = arg;

	(void)indicator;
	strcat(all, pol_subject_to_text(subject, text));
	strcat(all, " ");
	return strcmp(text, "b.example") == 0 ? 77 : 0;
}

static void
each_goes_in_order_of_keys_and_stops_when_told(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	static const char *const names[] = {"b.example", "c.example", "a.org",
	    "example", "z.a.example", "a.example"};
	char seen[256] = "";
	struct pol_snapshot *snapshot;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		set_plain(change, names[i], POL_OPERATOR, POL_EXACT);
	commit(change);
	snapshot = begin_snapshot(scratch);
	assert_int_equal(pol_snapshot_each(snapshot, note_text, seen), 77);
	assert_string_equal(seen, "example a.example z.a.example b.example ");
	/* and can be begun again */
	seen[0] = '\0';
	assert_int_equal(pol_snapshot_each(snapshot, note_text, seen), 77);
	assert_string_equal(seen, "example a.example z.a.example b.example ");
	pol_snapshot_end(snapshot);
}

/* No check of cmocka's here: they belong to the thread of the test. */
static void *
use_elsewhere(void *arg)
{
	static const uint8_t wire[] = "\1a\7example";
	struct pol_query query = {.qname = wire, .qname_len = sizeof(wire)};
	struct pol_snapshot *snapshot = arg;
	struct pol_verdict verdict = {0};

	if (pol_evaluate(snapshot, &query, NOW, &verdict) != 0 ||
	    !verdict.enforced)
		return NULL;
	pol_snapshot_release(snapshot);
	return pol_snapshot_renew(snapshot) == 0 ? arg : NULL;
}

static void
snapshot_may_go_to_another_thread(void **state)
{
	struct scratch *scratch = *state;
	struct pol_snapshot *snapshot;
	pthread_t thread;
	void *result = NULL;

	block(scratch, "a.example");
	snapshot = begin_snapshot(scratch);
	assert_int_equal(
	    pthread_create(&thread, NULL, use_elsewhere, snapshot), 0);
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_ptr_equal(result, snapshot);
	assert_true(evaluate(snapshot, "a.example").enforced);
	pol_snapshot_end(snapshot);
}

static void
full_reader_table_is_an_error_that_passes(void **state)
{
	enum { MOST = 4 * POL_STORE_READERS };
	struct scratch *scratch = *state;
	struct pol_snapshot **snapshots = calloc(MOST, sizeof(*snapshots));
	struct pol_store_stat stat;
	size_t count = 0;
	int error = 0;

	assert_non_null(snapshots);
	while (count < MOST && error == 0) {
		error = pol_snapshot_begin(scratch->store, &snapshots[count]);
		count += error == 0;
	}
	assert_int_equal(error, POL_EREADERS);
	assert_null(snapshots[count]);
	assert_int_equal(count, POL_STORE_READERS);
	assert_int_equal(pol_store_stat(scratch->store, &stat), POL_EREADERS);
	block(scratch, "a.example");	    /* a writer needs no slot */
	pol_snapshot_release(snapshots[7]); /* keeps its slot */
	assert_int_equal(pol_snapshot_renew(snapshots[7]), 0);
	pol_snapshot_end(snapshots[0]);
	snapshots[0] = begin_snapshot(scratch);
	while (count > 0)
		pol_snapshot_end(snapshots[--count]);
	free(snapshots);
}

static void
reader_in_another_process_sees_every_commit(void **state)
{
	struct scratch *scratch = *state;
	struct peer peer = peer_start(scratch->path);
	char name[32];

	scratch_create(scratch, 0);
	assert_int_equal(peer_open(&peer), 0);
	assert_int_equal(peer_begin(&peer), 0);
	for (unsigned i = 1; i <= 20; i++) {
		uint64_t generation;

		snprintf(name, sizeof(name), "n%u.example", i);
		generation = block(scratch, name);
		assert_true(peer_generation(&peer) == generation);
		assert_false(peer_blocked(&peer, name));
		peer_release(&peer);
		assert_int_equal(peer_renew(&peer), 0);
		assert_true(peer_blocked(&peer, name));
		assert_int_equal(peer_count(&peer), i);
	}
	peer_stop(&peer);
}

static void
reader_sees_one_state_while_a_change_grows_and_commits(void **state)
{
	struct scratch *scratch = *state;
	struct peer peer = peer_start(scratch->path);
	struct pol_change *change;
	char name[32];

	scratch_create(scratch, 0);
	block(scratch, "a.example");
	assert_int_equal(peer_open(&peer), 0);
	assert_int_equal(peer_begin(&peer), 0);
	change = begin_change(scratch);
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "n%d.example", i);
		set_plain(change, name, POL_OPERATOR, POL_EXACT);
		if (i % 1000 == 0)
			assert_int_equal(peer_count(&peer), 1);
	}
	/* One that begins in the midst of the change sees none of it. */
	peer_release(&peer);
	assert_int_equal(peer_renew(&peer), 0);
	assert_int_equal(peer_count(&peer), 1);
	commit(change);
	assert_int_equal(peer_count(&peer), 1);
	assert_true(peer_blocked(&peer, "a.example"));
	assert_false(peer_blocked(&peer, "n0.example"));
	peer_release(&peer);
	assert_int_equal(peer_renew(&peer), 0);
	assert_int_equal(peer_count(&peer), 5001);
	peer_stop(&peer);
}

/* The pages of an old snapshot must not be written over by later commits. */
static void
old_snapshot_outlives_many_commits(void **state)
{
	struct scratch *scratch = *state;
	struct peer peer = peer_start(scratch->path);
	char name[32];

	scratch_create(scratch, 0);
	block(scratch, "a.example");
	assert_int_equal(peer_open(&peer), 0);
	assert_int_equal(peer_begin(&peer), 0);
	for (int i = 0; i < 100; i++) {
		struct pol_change *change = begin_change(scratch);
		struct pol_name listed = name_of("a.example");
		unsigned removed;

		remove_name(change, &listed, POL_OPERATOR, &removed);
		for (int j = 0; j < 50; j++) {
			snprintf(name, sizeof(name), "n%d.example", i * 50 + j);
			set_plain(change, name, POL_OPERATOR, POL_EXACT);
		}
		commit(change);
		assert_int_equal(peer_count(&peer), 1);
		assert_true(peer_blocked(&peer, "a.example"));
	}
	peer_stop(&peer);
}

/* Indicators of about 270 octets each. */
static int
commit_many(struct scratch *scratch, int count)
{
	struct pol_change *change = begin_change(scratch);
	char name[32];
	char reference[POL_REFERENCE_MAX];

	memset(reference, 'r', sizeof(reference));
	for (int i = 0; i < count; i++) {
		struct pol_indicator indicator =
		    indicator_of(POL_OPERATOR, POL_EXACT);
		struct pol_name listed;

		indicator.reference = reference;
		indicator.reference_len = sizeof(reference);
		snprintf(name, sizeof(name), "n%d.example", i);
		listed = name_of(name);
		set_name(change, &listed, &indicator);
	}
	return pol_change_commit(change, NULL);
}

static void
reader_is_told_when_the_map_was_enlarged(void **state)
{
	struct scratch *scratch = *state;
	struct peer peer = peer_start(scratch->path);
	int error;

	scratch_create(scratch, POL_STORE_MAP_MIN);
	block(scratch, "a.example");
	assert_int_equal(peer_open(&peer), 0);
	assert_int_equal(peer_begin(&peer), 0);
	error = commit_many(scratch, 10000);
	assert_int_equal(error, POL_EFULL);
	for (int i = 0; i < 5 && error == POL_EFULL; i++) {
		assert_int_equal(pol_store_grow(scratch->store), 0);
		error = commit_many(scratch, 10000);
	}
	assert_int_equal(error, 0);
	/* What it has goes on; what it has not seen yet it cannot map. */
	assert_true(peer_blocked(&peer, "a.example"));
	peer_release(&peer);
	assert_int_equal(peer_renew(&peer), POL_EGROWN);
	assert_int_equal(peer_renew(&peer), POL_EGROWN);
	peer_end(&peer);
	peer_close(&peer);
	assert_int_equal(peer_open(&peer), 0);
	assert_int_equal(peer_check(&peer), 0);
	assert_int_equal(peer_begin(&peer), 0);
	assert_true(peer_blocked(&peer, "n9999.example"));
	assert_int_equal(peer_count(&peer), 10001);
	peer_stop(&peer);
}

static void
other_writer_is_told_when_the_map_was_enlarged(void **state)
{
	struct scratch *scratch = *state;
	struct peer peer = peer_start(scratch->path);
	int error;

	scratch_create(scratch, POL_STORE_MAP_MIN);
	assert_int_equal(peer_create(&peer, POL_STORE_MAP_MIN), 0);
	while ((error = commit_many(scratch, 10000)) == POL_EFULL)
		assert_int_equal(pol_store_grow(scratch->store), 0);
	assert_int_equal(error, 0);
	assert_int_equal(peer_change(&peer, "b.example"), POL_EGROWN);
	peer_close(&peer);
	assert_int_equal(peer_create(&peer, POL_STORE_MAP_MIN), 0);
	assert_int_equal(peer_change(&peer, "b.example"), 0);
	assert_int_equal(peer_commit(&peer), 0);
	assert_true(blocked(scratch, "b.example"));
	assert_true(blocked(scratch, "n0.example"));
	peer_stop(&peer);
}

static void
changes_of_two_processes_follow_each_other(void **state)
{
	struct scratch *scratch = *state;
	struct peer peer = peer_start(scratch->path);
	struct pol_change *change;
	size_t count;

	scratch_create(scratch, 0);
	assert_int_equal(peer_create(&peer, 0), 0);
	assert_int_equal(peer_change(&peer, "peer.example"), 0);
	peer_commit_start(&peer);
	change = begin_change(scratch); /* waits for that commit */
	assert_int_equal(pol_change_feeds(change, &count)->count, 1);
	set_plain(change, "mine.example", POL_OPERATOR, POL_EXACT);
	commit(change);
	assert_int_equal(peer_commit_wait(&peer), 0);
	assert_true(blocked(scratch, "peer.example"));
	assert_true(blocked(scratch, "mine.example"));
	peer_stop(&peer);
}

static void
killed_writer_leaves_nothing_and_blocks_nobody(void **state)
{
	struct scratch *scratch = *state;
	struct peer peer = peer_start(scratch->path);
	struct pol_change *change;

	scratch_create(scratch, 0);
	assert_int_equal(peer_create(&peer, 0), 0);
	assert_int_equal(peer_change(&peer, "peer.example"), 0);
	peer_kill(&peer);
	change = begin_change(scratch);
	set_plain(change, "mine.example", POL_OPERATOR, POL_EXACT);
	commit(change);
	assert_true(blocked(scratch, "mine.example"));
	assert_false(blocked(scratch, "peer.example"));
}

/* A resolver that crashes again and again must not use up the table, nor keep
 * the pages of its last snapshot for good. */
static void
slots_of_a_killed_reader_are_given_out_again(void **state)
{
	struct scratch *scratch = *state;
	struct peer first = peer_start(scratch->path);
	struct peer second = peer_start(scratch->path);
	int error;

	scratch_create(scratch, 0);
	assert_int_equal(peer_open(&first), 0);
	for (int i = 0; i <= 2 * POL_STORE_READERS; i++) {
		error = peer_begin(&first);
		if (error != 0)
			break;
	}
	assert_int_equal(error, POL_EREADERS);
	assert_int_equal(peer_open(&second), POL_EREADERS);
	peer_kill(&first);
	assert_int_equal(peer_open(&second), 0);
	assert_int_equal(peer_begin(&second), 0);
	peer_stop(&second);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    store_test(snapshot_sees_one_state),
	    store_test(renewed_snapshot_sees_every_commit),
	    store_test(renewing_without_a_commit_reads_nothing_again),
	    store_test(released_snapshot_can_be_ended),
	    store_test(each_goes_in_order_of_keys_and_stops_when_told),
	    store_test(snapshot_may_go_to_another_thread),
	    store_test(full_reader_table_is_an_error_that_passes),
	    folder_test(reader_in_another_process_sees_every_commit),
	    folder_test(reader_sees_one_state_while_a_change_grows_and_commits),
	    folder_test(old_snapshot_outlives_many_commits),
	    folder_test(reader_is_told_when_the_map_was_enlarged),
	    folder_test(other_writer_is_told_when_the_map_was_enlarged),
	    folder_test(changes_of_two_processes_follow_each_other),
	    folder_test(killed_writer_leaves_nothing_and_blocks_nobody),
	    folder_test(slots_of_a_killed_reader_are_given_out_again),
	};

	return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
