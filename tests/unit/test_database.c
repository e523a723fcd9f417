/*
 * test_database.c - the database as the resolver's threads see it: what is said
 * to list nothing, and what other processes are shown.
 */
#include "policy_support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "module/database.h"
#include "peer.h"

#define WORKERS 2
#define KEEPER 1      /* the worker whose part the keeper's thread plays here */
#define PAUSE 1000000 /* nanoseconds */
#define PAUSES 20000  /* of those, the most to wait */

/* A database that is open, by a resolver that this process plays. */
struct resolver {
	struct database *database;
	atomic_ullong opening, generation; /* of the last goal */
	/* What the keeper sees of "a.example" when a policy has just come. */
	atomic_bool is_asked, lists_none, has_filter;
	atomic_bool is_enough;
};

/* ---- what the keeper tells ---- */

static void
ignore(const char *message)
{
	(void)message;
}

static void
note_goal(struct database_goal goal, void *arg)
{
	struct resolver *resolver = arg;

	atomic_store(&resolver->generation, goal.generation);
	atomic_store(&resolver->opening, goal.opening);
}

static bool
lists_none(struct resolver *resolver, unsigned worker, const char *text,
    struct database_goal *cleared)
{
	struct pol_name name;
	struct pol_query query;

	(void)pol_name_from_text(text, strlen(text), &name);
	query = (struct pol_query){.qname = name.wire, .qname_len = name.len};
	return database_lists_none(resolver->database, worker, &query, cleared);
}

static void
look_for_filter(struct pol_snapshot *snapshot, void *arg)
{
	struct resolver *resolver = arg;

	atomic_store(&resolver->has_filter,
	    database_filter(resolver->database, snapshot) != NULL);
}

static void
note_policy(const struct pol_snapshot *snapshot, void *arg)
{
	struct resolver *resolver = arg;

	(void)snapshot;
	if (!atomic_load(&resolver->is_asked))
		return;
	atomic_store(&resolver->lists_none,
	    lists_none(resolver, KEEPER, "a.example", NULL));
	(void)database_read(
	    resolver->database, KEEPER, look_for_filter, resolver);
}

/* ---- the resolver ---- */

static void
start(struct resolver *resolver, const char *path)
{
	const struct database_events events = {.info = ignore,
	    .complain = ignore,
	    .policy = note_policy,
	    .sweep = note_goal,
	    .arg = resolver};

	memset(resolver, 0, sizeof(*resolver));
	assert_int_equal(database_start(path, WORKERS, POL_ON_ERROR_PASS,
			     &events, &resolver->database),
	    0);
}

static struct database_goal
goal_of(const struct resolver *resolver)
{
	return (struct database_goal){
	    .opening = atomic_load(&resolver->opening),
	    .generation = atomic_load(&resolver->generation)};
}

static bool
wait_shortly(unsigned *pauses)
{
	const struct timespec pause = {.tv_nsec = PAUSE};

	nanosleep(&pause, NULL);
	return (*pauses)++ < PAUSES;
}

static void
wait_for_generation(const struct resolver *resolver, uint64_t generation)
{
	unsigned pauses = 0;

	while (atomic_load(&resolver->generation) != generation)
		assert_true(wait_shortly(&pauses));
}

static void
wait_for_opening(const struct resolver *resolver, uint64_t opening)
{
	unsigned pauses = 0;

	while (atomic_load(&resolver->opening) < opening)
		assert_true(wait_shortly(&pauses));
}

/* Until it is known what the latest generation does not list. */
static void
wait_for_filter(struct resolver *resolver)
{
	unsigned pauses = 0;

	while (!lists_none(resolver, 0, "never.listed.example", NULL))
		assert_true(wait_shortly(&pauses));
}

/* ---- who changes the database ---- */

/* One more name; the generation then. */
static uint64_t
list_another(struct peer *peer, const char *name)
{
	assert_int_equal(peer_change(peer, name), 0);
	assert_int_equal(peer_commit(peer), 0);
	return peer_generation(peer);
}

/* A database at PATH that lists NAME, held open by a process of its own. */
static struct peer
list_first(const char *path, const char *name)
{
	struct peer peer = peer_start(path);

	assert_int_equal(peer_create(&peer, 0), 0);
	(void)list_another(&peer, name);
	return peer;
}

/* Another database, of the same generation, that lists "a.example". */
static struct peer
make_other(const struct scratch *scratch, char *path, size_t size)
{
	snprintf(path, size, "%s/other.mdb", scratch->folder);
	return list_first(path, "a.example");
}

static void
assert_shown(struct peer *peer, uint64_t expected)
{
	uint64_t generation;

	assert_int_equal(peer_followers(peer, &generation), 1);
	assert_int_equal(generation, expected);
}

/* ---- being seen ---- */

/* From its opening on, so that `--wait` waits for it; the generation follows
 * once it is swept. */
static void
resolver_is_seen_before_it_has_swept(void **state)
{
	const struct scratch *scratch = *state;
	struct peer peer = list_first(scratch->path, "first.example");
	struct resolver resolver;
	uint64_t generation;

	start(&resolver, scratch->path);
	assert_shown(&peer, 0);
	database_swept(resolver.database, goal_of(&resolver));
	assert_shown(&peer, peer_generation(&peer));
	generation = list_another(&peer, "second.example");
	wait_for_generation(&resolver, generation);
	assert_shown(&peer, generation - 1);
	database_swept(resolver.database, goal_of(&resolver));
	assert_shown(&peer, generation);
	database_stop(resolver.database);
	peer_stop(&peer);
}

static void
sweep_for_a_former_file_is_not_shown_in_the_next(void **state)
{
	const struct scratch *scratch = *state;
	struct peer peer = list_first(scratch->path, "first.example");
	char path[96];
	struct peer other = make_other(scratch, path, sizeof(path));
	struct resolver resolver;
	struct database_goal former;

	start(&resolver, scratch->path);
	former = goal_of(&resolver);
	database_swept(resolver.database, former);
	assert_int_equal(rename(path, scratch->path), 0);
	wait_for_opening(&resolver, former.opening + 1);
	assert_shown(&other, 0);
	database_swept(resolver.database, former);
	assert_shown(&other, 0);
	database_swept(resolver.database, goal_of(&resolver));
	assert_shown(&other, peer_generation(&other));
	database_stop(resolver.database);
	peer_stop(&other);
	peer_stop(&peer);
}

/* ---- what lists nothing ---- */

static void
name_that_is_cleared_is_asked_again_after_a_commit(void **state)
{
	const struct scratch *scratch = *state;
	struct peer peer = list_first(scratch->path, "first.example");
	struct database_goal cleared = {.opening = 0};
	struct resolver resolver;

	start(&resolver, scratch->path);
	wait_for_filter(&resolver);
	assert_false(lists_none(&resolver, 0, "first.example", &cleared));
	assert_int_equal(cleared.opening, 0);
	assert_true(lists_none(&resolver, 0, "a.example", &cleared));
	assert_int_equal(cleared.generation, peer_generation(&peer));
	wait_for_generation(&resolver, list_another(&peer, "a.example"));
	wait_for_filter(&resolver);
	assert_false(lists_none(&resolver, 0, "a.example", &cleared));
	database_stop(resolver.database);
	peer_stop(&peer);
}

/* The other file has the same generation. Neither what was cleared by the first
 * counts, nor its filter, not for a moment; and the other gets one, too. */
static void
name_that_is_cleared_is_asked_again_in_another_file(void **state)
{
	const struct scratch *scratch = *state;
	struct peer peer = list_first(scratch->path, "first.example");
	char path[96];
	struct peer other = make_other(scratch, path, sizeof(path));
	struct database_goal cleared = {.opening = 0};
	struct resolver resolver;
	unsigned pauses = 0;

	assert_int_equal(peer_generation(&peer), peer_generation(&other));
	start(&resolver, scratch->path);
	wait_for_filter(&resolver);
	assert_true(lists_none(&resolver, 0, "a.example", &cleared));
	assert_int_equal(rename(path, scratch->path), 0);
	wait_for_opening(&resolver, cleared.opening + 1);
	do {
		assert_false(lists_none(&resolver, 0, "a.example", NULL));
		assert_true(wait_shortly(&pauses));
	} while (!lists_none(&resolver, 0, "never.listed.example", NULL));
	assert_false(lists_none(&resolver, 0, "a.example", &cleared));
	database_stop(resolver.database);
	peer_stop(&other);
	peer_stop(&peer);
}

/* A policy is in force a little before there is a filter of it. */
static void
filter_of_a_former_generation_says_nothing(void **state)
{
	const struct scratch *scratch = *state;
	struct peer peer = list_first(scratch->path, "first.example");
	struct resolver resolver;

	start(&resolver, scratch->path);
	wait_for_filter(&resolver);
	atomic_store(&resolver.lists_none, true);
	atomic_store(&resolver.has_filter, true);
	atomic_store(&resolver.is_asked, true);
	wait_for_generation(&resolver, list_another(&peer, "a.example"));
	assert_false(atomic_load(&resolver.lists_none));
	assert_false(atomic_load(&resolver.has_filter));
	database_stop(resolver.database);
	peer_stop(&peer);
}

/* Ask for listed and other names until told to end. */
static void *
ask_on(void *arg)
{
	static const char *const names[] = {
	    "first.example", "www.first.example", "other.example"};
	struct resolver *resolver = arg;
	bool denied = false;

	for (unsigned i = 0; !atomic_load(&resolver->is_enough); i++)
		if (lists_none(resolver, 0, names[i % 3], NULL) && i % 3 < 2)
			denied = true;
	atomic_store(&resolver->lists_none, denied);
	return NULL;
}

static void
filter_stays_while_a_worker_asks_it(void **state)
{
	const struct scratch *scratch = *state;
	struct peer peer = list_first(scratch->path, "first.example");
	struct resolver resolver;
	pthread_t thread;
	char name[32];

	start(&resolver, scratch->path);
	wait_for_filter(&resolver);
	assert_int_equal(pthread_create(&thread, NULL, ask_on, &resolver), 0);
	for (unsigned i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "n%u.example", i);
		wait_for_generation(&resolver, list_another(&peer, name));
	}
	atomic_store(&resolver.is_enough, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_false(atomic_load(&resolver.lists_none));
	database_stop(resolver.database);
	peer_stop(&peer);
}

static void
filter_is_counted_as_memory(void **state)
{
	const struct scratch *scratch = *state;
	struct peer peer = peer_start(scratch->path);
	struct resolver resolver;
	size_t before;

	start(&resolver, scratch->path); /* there is nothing yet */
	before = database_memory(resolver.database);
	assert_int_equal(peer_create(&peer, 0), 0);
	(void)list_another(&peer, "first.example");
	wait_for_filter(&resolver);
	assert_in_range(
	    database_memory(resolver.database), before + 2048, before + 65536);
	database_stop(resolver.database);
	peer_stop(&peer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    folder_test(resolver_is_seen_before_it_has_swept),
	    folder_test(sweep_for_a_former_file_is_not_shown_in_the_next),
	    folder_test(name_that_is_cleared_is_asked_again_after_a_commit),
	    folder_test(name_that_is_cleared_is_asked_again_in_another_file),
	    folder_test(filter_of_a_former_generation_says_nothing),
	    folder_test(filter_stays_while_a_worker_asks_it),
	    folder_test(filter_is_counted_as_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
