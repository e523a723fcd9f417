/*
 * test_lengths.c - which prefix lengths a snapshot knows to be listed.
 */
#include "policy_support.h"

#include <string.h>

#include "lmdb_edit.h"
#include "policy/record_p.h"
#include "policy/store_p.h"

static struct pol_subject
subject_of(const char *text)
{
	struct pol_subject subject = {.kind = POL_PREFIX};

	assert_int_equal(
	    pol_prefix_from_text(text, strlen(text), &subject.prefix),
	    POL_PREFIX_OK);
	return subject;
}

static void
list(struct scratch *scratch, const char *text, uint16_t feed)
{
	struct pol_subject subject = subject_of(text);
	struct pol_indicator indicator = indicator_of(feed, POL_EXACT);
	struct pol_change *change = begin_change(scratch);

	pol_change_set(change, &subject, &indicator);
	commit(change);
}

static void
unlist(struct scratch *scratch, const char *text, uint16_t feed)
{
	struct pol_subject subject = subject_of(text);
	struct pol_change *change = begin_change(scratch);
	unsigned removed;

	pol_change_remove(change, &subject, feed, &removed);
	commit(change);
}

static int
longest(struct scratch *scratch, uint8_t family, int at_most)
{
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	int length = snapshot_prefix_length(snapshot, family, at_most);

	pol_snapshot_end(snapshot);
	return length;
}

static void
lengths_follow_what_is_listed(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(longest(scratch, 4, 32), -1);
	list(scratch, "192.0.2.0/24", POL_OPERATOR);
	list(scratch, "198.51.100.0/24", POL_OPERATOR);
	list(scratch, "0.0.0.0/0", POL_OPERATOR);
	list(scratch, "2001:db8::/64", POL_OPERATOR);
	list(scratch, "2001:db8::1", POL_OPERATOR);
	assert_int_equal(longest(scratch, 4, 32), 24);
	assert_int_equal(longest(scratch, 4, 24), 24);
	assert_int_equal(longest(scratch, 4, 23), 0);
	assert_int_equal(longest(scratch, 4, -1), -1);
	assert_int_equal(longest(scratch, 6, 128), 128);
	assert_int_equal(longest(scratch, 6, 127), 64);
	assert_int_equal(longest(scratch, 6, 64), 64);
	assert_int_equal(longest(scratch, 6, 63), -1);
	unlist(scratch, "192.0.2.0/24", POL_OPERATOR);
	assert_int_equal(longest(scratch, 4, 32), 24);
	unlist(scratch, "198.51.100.0/24", POL_OPERATOR);
	assert_int_equal(longest(scratch, 4, 32), 0);
}

static void
feed_that_goes_takes_its_lengths_along(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	uint16_t feed = set_feed(change, "networks", 1);
	uint64_t removed;

	commit(change);
	list(scratch, "192.0.2.0/24", feed);
	list(scratch, "192.0.2.0/24", POL_OPERATOR);
	list(scratch, "192.0.2.0/25", feed);
	change = begin_change(scratch);
	pol_change_remove_feed(change, feed, &removed);
	commit(change);
	assert_int_equal(longest(scratch, 4, 32), 24);
}

/* It was counted behind the end of the counts. */
static void
length_that_cannot_be_is_corrupt(void **state)
{
	static const uint8_t key[] = {4, 192, 0, 2, 0, 200};
	struct scratch *scratch = *state;
	uint8_t octets[1 + RECORD_INDICATOR_MAX] = {RECORD_VERSION};
	struct pol_indicator indicator;
	struct pol_change *change = begin_change(scratch);
	uint16_t feed = set_feed(change, "a", 1);
	uint64_t removed;

	commit(change);
	scratch_close(scratch);
	indicator = indicator_of(feed, POL_EXACT);
	lmdb_key_set(scratch->path, "prefix", key, sizeof(key), octets,
	    1 + (size_t)record_write_indicator(&indicator, octets + 1));
	scratch_create(scratch, 0);
	change = begin_change(scratch);
	pol_change_remove_feed(change, feed, &removed);
	assert_int_equal(pol_change_commit(change, NULL), POL_ECORRUPT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    store_test(lengths_follow_what_is_listed),
	    store_test(feed_that_goes_takes_its_lengths_along),
	    store_test(length_that_cannot_be_is_corrupt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
