/*
 * test_followers.c - which processes follow a database, and how far.
 */
#include "policy_support.h"

#include <string.h>
#include <unistd.h>

#include "peer.h"
#include "policy/followers.h"

#define LAST_NUMBER "4194302"

static struct pol_follower found[POL_FOLLOWERS_MAX];

static size_t
find_followers(const struct scratch *scratch)
{
	size_t count = 99;

	assert_int_equal(pol_followers(scratch->store, found, &count), 0);
	return count;
}

static void
nobody_follows(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(find_followers(scratch), 0);
}

/* A process is not told of its own locks. */
static void
own_process_is_not_found(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(pol_follower_show(scratch->store, 7, 0, 5), 0);
	assert_int_equal(find_followers(scratch), 0);
}

static void
readers_alone_are_no_followers(void **state)
{
	struct scratch *scratch = *state;
	struct peer peer = peer_start(scratch->path);

	scratch_create(scratch, 0);
	assert_int_equal(peer_open(&peer), 0);
	assert_int_equal(peer_begin(&peer), 0);
	assert_int_equal(find_followers(scratch), 0);
	peer_stop(&peer);
}

static void
follower_is_seen_from_its_opening_to_its_end(void **state)
{
	static const uint64_t generations[] = {
	    0, 1, 2, 3, 4, 5, 100, 99, POL_FOLLOWER_GENERATION_MAX};
	struct scratch *scratch = *state;
	struct peer peer = peer_start(scratch->path);

	scratch_create(scratch, 0);
	assert_int_equal(peer_open(&peer), 0);
	for (size_t i = 0; i < sizeof(generations) / sizeof(*generations);
	     i++) {
		assert_int_equal(peer_show(&peer, "7", generations[i]), 0);
		assert_int_equal(find_followers(scratch), 1);
		assert_int_equal(found[0].pid, peer.pid);
		assert_int_equal(found[0].number, 7);
		assert_true(found[0].generation == generations[i]);
	}
	/* What else it does with the file takes nothing away. */
	assert_int_equal(peer_begin(&peer), 0);
	peer_end(&peer);
	assert_int_equal(find_followers(scratch), 1);
	peer_close(&peer);
	assert_int_equal(find_followers(scratch), 0);
	peer_stop(&peer);
}

static void
killed_follower_is_gone(void **state)
{
	struct scratch *scratch = *state;
	struct peer peer = peer_start(scratch->path);

	scratch_create(scratch, 0);
	assert_int_equal(peer_open(&peer), 0);
	assert_int_equal(peer_show(&peer, "7", 3), 0);
	assert_int_equal(find_followers(scratch), 1);
	peer_kill(&peer);
	assert_int_equal(find_followers(scratch), 0);
}

/* The system tells of locks in the order in which they were taken. */
static void
assert_all_are_found(struct scratch *scratch, bool is_backwards)
{
	static const char *const numbers[] = {
	    "0", "1", "2", "1000", "4194301", LAST_NUMBER};
	enum { COUNT = sizeof(numbers) / sizeof(*numbers) };
	struct peer peers[COUNT];

	for (size_t i = 0; i < COUNT; i++)
		peers[i] = peer_start(scratch->path);
	scratch_create(scratch, 0);
	for (size_t i = 0; i < COUNT; i++) {
		size_t number = is_backwards ? COUNT - 1 - i : i;

		assert_int_equal(peer_open(&peers[i]), 0);
		assert_int_equal(peer_show(&peers[i], numbers[number], i), 0);
	}
	assert_int_equal(find_followers(scratch), COUNT);
	for (size_t i = 0; i < COUNT; i++) {
		if (i > 0)
			assert_true(found[i].pid > found[i - 1].pid);
		for (size_t j = 0; j < COUNT; j++)
			if (found[i].pid == peers[j].pid)
				assert_int_equal(found[i].generation, j);
	}
	for (size_t i = 0; i < COUNT; i++)
		peer_stop(&peers[i]);
}

static void
all_followers_are_found(void **state)
{
	assert_all_are_found(*state, false);
	scratch_close(*state);
	assert_all_are_found(*state, true);
}

/* While it moves on it has two locks; here two processes have one each. */
static void
follower_that_moves_on_is_one_and_where_it_goes(void **state)
{
	struct scratch *scratch = *state;

	for (uint64_t first = 5; first <= 9; first += 4) {
		struct peer peers[] = {
		    peer_start(scratch->path), peer_start(scratch->path)};

		scratch_create(scratch, 0);
		assert_int_equal(peer_open(&peers[0]), 0);
		assert_int_equal(peer_open(&peers[1]), 0);
		assert_int_equal(peer_show(&peers[0], "7", first), 0);
		assert_int_equal(peer_show(&peers[1], "7", 14 - first), 0);
		assert_int_equal(find_followers(scratch), 1);
		assert_int_equal(found[0].generation, 9);
		peer_stop(&peers[0]);
		peer_stop(&peers[1]);
		scratch_close(scratch);
	}
	scratch_create(scratch, 0);
}

static void
two_at_one_generation_are_two(void **state)
{
	struct scratch *scratch = *state;
	struct peer first = peer_start(scratch->path);
	struct peer second = peer_start(scratch->path);

	scratch_create(scratch, 0);
	assert_int_equal(peer_open(&first), 0);
	assert_int_equal(peer_open(&second), 0);
	assert_int_equal(peer_show(&first, "10", 8), 0);
	assert_int_equal(peer_show(&second, "11", 8), 0);
	assert_int_equal(find_followers(scratch), 2);
	assert_int_equal(found[0].generation, 8);
	assert_int_equal(found[1].generation, 8);
	peer_stop(&first);
	assert_int_equal(find_followers(scratch), 1);
	assert_int_equal(found[0].pid, second.pid);
	peer_stop(&second);
}

static void
numbers_differ(void **state)
{
	uint32_t first = pol_follower_new();
	unsigned same = 0;

	(void)state;
	for (int i = 0; i < 8; i++)
		same += pol_follower_new() == first;
	assert_true(same < 8);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    store_test(nobody_follows),
	    store_test(own_process_is_not_found),
	    folder_test(readers_alone_are_no_followers),
	    folder_test(follower_is_seen_from_its_opening_to_its_end),
	    folder_test(killed_follower_is_gone),
	    folder_test(all_followers_are_found),
	    folder_test(follower_that_moves_on_is_one_and_where_it_goes),
	    folder_test(two_at_one_generation_are_two),
	    cmocka_unit_test(numbers_differ),
	};

	return cmocka_run_group_tests_name("followers", tests, NULL, NULL);
}
