/*
 * test_wait.c - which resolvers `--wait` waits for: nothing here waits.
 */
#include "policy_support.h"

#include "peer.h"
#include "tools/wait.h"

#define GENERATION 9 /* of the change */

/* A resolver, and the command that looks for it. */
struct scene {
	struct peer resolver;
	struct wait wait;
};

/* Whose caches agree with GENERATION - 1, and which opens the database now or
 * later. Nothing may be open when it is forked. */
static struct scene
begin(struct scratch *scratch, bool is_open)
{
	struct scene scene = {.resolver = peer_start(scratch->path),
	    .wait = {.is_wanted = true, .limit = 0}};

	scratch_create(scratch, 0);
	if (is_open) {
		assert_int_equal(peer_open(&scene.resolver), 0);
		assert_int_equal(
		    peer_show(&scene.resolver, "7", GENERATION - 1), 0);
	}
	wait_begin(&scene.wait, scratch->store);
	return scene;
}

static void
assert_found(struct scene *scene, const struct scratch *scratch, size_t count,
    size_t behind)
{
	assert_int_equal(
	    wait_for(&scene->wait, NULL, scratch->store, GENERATION),
	    STATUS_OK);
	assert_int_equal(scene->wait.after.count, count);
	assert_int_equal(scene->wait.behind, behind);
	assert_int_equal(
	    wait_status(&scene->wait), behind > 0 ? STATUS_BEHIND : STATUS_OK);
}

/* From its opening on, until its caches agree. */
static void
assert_waited_for(struct scene *scene, const struct scratch *scratch)
{
	assert_int_equal(peer_open(&scene->resolver), 0);
	assert_int_equal(peer_show(&scene->resolver, "7", 0), 0);
	assert_found(scene, scratch, 1, 1);
	assert_int_equal(peer_show(&scene->resolver, "7", GENERATION), 0);
	assert_found(scene, scratch, 1, 0);
	peer_stop(&scene->resolver);
}

static void
resolver_is_waited_for_until_it_agrees(void **state)
{
	struct scratch *scratch = *state;
	struct scene scene = begin(scratch, true);

	assert_found(&scene, scratch, 1, 1);
	assert_int_equal(peer_show(&scene.resolver, "7", GENERATION), 0);
	assert_found(&scene, scratch, 1, 0);
	peer_stop(&scene.resolver);
}

static void
resolver_that_is_just_starting_is_waited_for(void **state)
{
	struct scratch *scratch = *state;
	struct scene scene = begin(scratch, false);

	assert_found(&scene, scratch, 0, 0);
	assert_waited_for(&scene, scratch);
}

/* As it does when the file was enlarged: for a moment it has none open. */
static void
resolver_that_opens_the_file_anew_is_waited_for(void **state)
{
	struct scratch *scratch = *state;
	struct scene scene = begin(scratch, true);

	peer_close(&scene.resolver);
	assert_found(&scene, scratch, 1, 1);
	assert_waited_for(&scene, scratch);
}

static void
resolver_that_has_ended_is_not_waited_for(void **state)
{
	struct scratch *scratch = *state;
	struct scene scene = begin(scratch, true);

	peer_kill(&scene.resolver);
	assert_found(&scene, scratch, 0, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    folder_test(resolver_is_waited_for_until_it_agrees),
	    folder_test(resolver_that_is_just_starting_is_waited_for),
	    folder_test(resolver_that_opens_the_file_anew_is_waited_for),
	    folder_test(resolver_that_has_ended_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
