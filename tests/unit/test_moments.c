/*
 * test_moments.c - when the policy changes without a commit.
 */
#include "policy_support.h"

#include <time.h>

#include "policy/import.h"

/* Changes forget what is past, by the clock: the tests' times are to come. */
#define LATER ((int64_t)4000000000)

static int64_t
next_after(struct scratch *scratch, int64_t now)
{
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	int64_t moment = -1;

	assert_int_equal(pol_snapshot_next_moment(snapshot, now, &moment), 0);
	pol_snapshot_end(snapshot);
	return moment;
}

static int64_t
next(struct scratch *scratch)
{
	return next_after(scratch, (int64_t)time(NULL));
}

static void
set(struct pol_change *change, const char *text, enum pol_action action,
    int64_t since, int64_t until)
{
	struct pol_indicator indicator = indicator_of(POL_OPERATOR, POL_EXACT);
	struct pol_name name = name_of(text);

	indicator.action = action;
	indicator.since = since;
	indicator.until = until;
	set_name(change, &name, &indicator);
}

static void
say(struct scratch *scratch, const char *text, enum pol_action action,
    int64_t since, int64_t until)
{
	struct pol_change *change = begin_change(scratch);

	set(change, text, action, since, until);
	commit(change);
}

static void
without_times_there_is_none(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(next(scratch), 0);
	say(scratch, "a.example", POL_SINKHOLE, 0, 0);
	say(scratch, "b.example", POL_ALLOW, NOW, 0);
	assert_int_equal(next(scratch), 0);
}

static void
what_begins_later_is_one(void **state)
{
	struct scratch *scratch = *state;

	say(scratch, "a.example", POL_SINKHOLE, LATER, 0);
	assert_int_equal(next(scratch), LATER);
	assert_int_equal(next_after(scratch, LATER - 1), LATER);
	/* Only what is still to come. */
	assert_int_equal(next_after(scratch, LATER), 0);
}

static void
end_of_an_allow_is_one(void **state)
{
	struct scratch *scratch = *state;

	say(scratch, "a.example", POL_ALLOW, NOW, LATER);
	assert_int_equal(next(scratch), LATER);
}

/* What is not blocked any more is not in a cache. */
static void
end_of_a_block_is_none(void **state)
{
	struct scratch *scratch = *state;

	say(scratch, "a.example", POL_SINKHOLE, NOW, LATER);
	say(scratch, "b.example", POL_NXDOMAIN, NOW, LATER);
	assert_int_equal(next(scratch), 0);
}

static void
they_are_in_order_of_time(void **state)
{
	static const int64_t times[] = {
	    LATER + 300, LATER, LATER + 256, LATER + 65536, LATER + 1};
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	int64_t now = NOW;
	int64_t previous = 0;
	unsigned count = 0;

	for (unsigned i = 0; i < 5; i++) {
		char name[] = "a.example";

		name[0] = (char)('a' + i);
		set(change, name, POL_SINKHOLE, times[i], times[(i + 1) % 5]);
	}
	commit(change);
	while ((now = next_after(scratch, now)) != 0) {
		assert_true(now > previous);
		previous = now;
		count++;
	}
	assert_int_equal(count, 5);
}

static void
an_import_has_them_too(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	uint16_t feed = set_feed_as(change, "freed", 1, POL_ALLOW, POL_ENFORCE);
	struct pol_list *list = new_list();
	struct pol_import_result result;

	for (unsigned i = 0; i < 100; i++) {
		struct pol_indicator indicator = indicator_of(0, POL_EXACT);
		char text[] = "aa.example";
		struct pol_name name;

		text[0] = (char)('a' + i % 10);
		text[1] = (char)('a' + i / 10);
		name = name_of(text);
		indicator.until = LATER + i % 3;
		assert_int_equal(add_name(list, &name, &indicator, i), 0);
	}
	assert_int_equal(pol_list_seal(list, NULL, NULL), 0);
	assert_int_equal(
	    pol_import(change, feed, list, NOW, NULL, NULL, &result), 0);
	commit(change);
	pol_list_free(list);
	assert_int_equal(next(scratch), LATER);
	assert_int_equal(next_after(scratch, LATER), LATER + 1);
	assert_int_equal(next_after(scratch, LATER + 1), LATER + 2);
	assert_int_equal(next_after(scratch, LATER + 2), 0);
}

/* Its indicators were none that allow when they came. */
static void
a_feed_becomes_one_that_allows(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	struct pol_indicator indicator = indicator_of(0, POL_SUBTREE);
	struct pol_name name = name_of("a.example");

	indicator.feed =
	    set_feed_as(change, "feed", 1, POL_SINKHOLE, POL_ENFORCE);
	indicator.until = LATER;
	set_name(change, &name, &indicator);
	commit(change);
	assert_int_equal(next(scratch), 0);
	change = begin_change(scratch);
	set_feed_as(change, "feed", 1, POL_ALLOW, POL_ENFORCE);
	commit(change);
	assert_int_equal(next(scratch), LATER);
}

/* Its time moves with each check, without a word of its indicators. */
static void
a_feed_that_allows_ages(void **state)
{
	struct scratch *scratch = *state;
	struct pol_feed feed = {
	    .order = 1, .action = POL_ALLOW, .expires = 3600, .name = "freed"};
	struct pol_change *change = begin_change(scratch);
	uint16_t id;

	pol_change_set_feed(change, &feed, &id);
	pol_change_checked(change, id, LATER);
	set_plain(change, "a.example", id, POL_EXACT);
	commit(change);
	assert_int_equal(next(scratch), LATER + 3600);
	assert_int_equal(next_after(scratch, LATER + 3600), 0);
	change = begin_change(scratch);
	pol_change_checked(change, id, LATER + 5);
	commit(change);
	assert_int_equal(next(scratch), LATER + 3605);
	/* What blocks may end whenever it likes. */
	change = begin_change(scratch);
	feed.action = POL_SINKHOLE;
	pol_change_set_feed(change, &feed, &id);
	commit(change);
	assert_int_equal(next(scratch), 0);
}

static void
an_aborted_change_leaves_none(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);

	set(change, "a.example", POL_SINKHOLE, LATER, 0);
	pol_change_abort(change);
	assert_int_equal(next(scratch), 0);
}

static void
what_is_past_is_forgotten(void **state)
{
	struct scratch *scratch = *state;
	int64_t soon = (int64_t)time(NULL) + 2;

	say(scratch, "a.example", POL_SINKHOLE, soon, 0);
	assert_int_equal(next_after(scratch, NOW), soon);
	while ((int64_t)time(NULL) < soon)
		nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
	say(scratch, "b.example", POL_SINKHOLE, LATER, 0);
	assert_int_equal(next_after(scratch, NOW), LATER);
}

static void
what_is_near_is_kept(void **state)
{
	struct scratch *scratch = *state;
	int64_t near = (int64_t)time(NULL) + 20;

	say(scratch, "a.example", POL_SINKHOLE, near, 0);
	say(scratch, "b.example", POL_SINKHOLE, LATER, 0);
	assert_int_equal(next_after(scratch, NOW), near);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    store_test(without_times_there_is_none),
	    store_test(what_begins_later_is_one),
	    store_test(end_of_an_allow_is_one),
	    store_test(end_of_a_block_is_none),
	    store_test(they_are_in_order_of_time),
	    store_test(an_import_has_them_too),
	    store_test(a_feed_becomes_one_that_allows),
	    store_test(a_feed_that_allows_ages),
	    store_test(an_aborted_change_leaves_none),
	    store_test(what_is_past_is_forgotten),
	    store_test(what_is_near_is_kept),
	};

	return cmocka_run_group_tests_name("moments", tests, NULL, NULL);
}
