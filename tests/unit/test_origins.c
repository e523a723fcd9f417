/*
 * test_origins.c - the table of origins as the resolver's workers see it,
 * while another process changes the database.
 */
#include "origin_support.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include "module/database.h"
#include "peer.h"

#define PATIENCE 3000 /* of 10 ms */
#define WORKER 0
#define CHANGES 20

/* ---- the resolver ---- */

/* Generations whose sweep was asked for: all that is in memory is theirs. */
static atomic_uint sweeps;

static void
ignore(const char *message)
{
	(void)message;
}

static void
take_policy(const struct pol_snapshot *snapshot, void *arg)
{
	(void)snapshot;
	(void)arg;
}

static void
take_sweep(struct database_goal goal, void *arg)
{
	(void)goal;
	(void)arg;
	atomic_fetch_add(&sweeps, 1);
}

static struct database *
start_database(const struct scratch *scratch)
{
	const struct database_events events = {.info = ignore,
	    .complain = ignore,
	    .policy = take_policy,
	    .sweep = take_sweep};
	struct database *database = NULL;

	assert_int_equal(database_start(scratch->path, 1, POL_ON_ERROR_PASS,
			     &events, &database),
	    0);
	return database;
}

/* The table that the worker is given, and the ASN that it says. */
struct view {
	const struct pol_origin_table *table;
	uint32_t asn;
};

static struct view
look(struct database *database)
{
	struct pol_address address = address_of("192.0.2.1");
	struct view view = {database_enter_origins(database, WORKER), 0};

	if (view.table != NULL)
		view.asn = pol_origin_table_find(view.table, &address);
	database_leave(database, WORKER);
	return view;
}

/* Commit the peer's change, and wait until the database has followed it. */
static void
follow(struct peer *peer, int error)
{
	static const struct timespec pause = {.tv_nsec = 10000000};
	unsigned before = atomic_load(&sweeps);

	assert_int_equal(error, 0);
	assert_int_equal(peer_commit(peer), 0);
	for (unsigned i = 0; i < PATIENCE && atomic_load(&sweeps) == before;
	     i++)
		nanosleep(&pause, NULL);
	assert_int_not_equal(atomic_load(&sweeps), before);
}

static struct view
look_after(struct database *database, struct peer *peer, int error)
{
	follow(peer, error);
	return look(database);
}

/* A database that has origin data, and no rules. */
static struct peer
start_peer(const struct scratch *scratch)
{
	struct peer peer = peer_start(scratch->path);

	assert_int_equal(peer_create(&peer, 0), 0);
	assert_int_equal(peer_change_origin(&peer, 64500), 0);
	assert_int_equal(peer_commit(&peer), 0);
	return peer;
}

static void
origins_are_followed_where_there_are_rules(void **state)
{
	struct scratch *scratch = *state;
	struct peer peer = start_peer(scratch);
	struct database *database = start_database(scratch);
	struct view view;
	size_t memory;

	view =
	    look_after(database, &peer, peer_change(&peer, "listed.example"));
	assert_null(view.table);
	memory = database_memory(database);
	view = look_after(database, &peer, peer_change_rules(&peer, "some"));
	assert_non_null(view.table);
	assert_int_equal(view.asn, 64500);
	assert_in_range(database_memory(database) - memory, 100000, 1000000);
	view = look_after(database, &peer, peer_change_origin(&peer, 64501));
	assert_int_equal(view.asn, 64501);
	view = look_after(database, &peer, peer_change_rules(&peer, ""));
	assert_null(view.table);
	assert_true(database_memory(database) == memory);
	peer_stop(&peer);
	database_stop(database);
}

static void
other_commits_leave_the_table(void **state)
{
	static const char *const names[] = {"a.example", "b.example"};
	struct scratch *scratch = *state;
	struct peer peer = start_peer(scratch);
	struct database *database = start_database(scratch);
	struct view view, before;

	before = look_after(database, &peer, peer_change_rules(&peer, "some"));
	assert_non_null(before.table);
	for (unsigned i = 0; i < 2; i++) {
		view =
		    look_after(database, &peer, peer_change(&peer, names[i]));
		assert_ptr_equal(view.table, before.table);
	}
	peer_stop(&peer);
	database_stop(database);
}

/* A worker that asks all the time, and what it was told wrong. */
struct asking {
	struct database *database;
	atomic_bool is_over;
	unsigned wrong;
};

static void *
ask(void *arg)
{
	struct asking *asking = arg;

	while (!atomic_load(&asking->is_over)) {
		struct view view = look(asking->database);

		if (view.table != NULL &&
		    (view.asn < 64500 || view.asn >= 64500 + CHANGES))
			asking->wrong++;
		sched_yield();
	}
	return NULL;
}

/* A table is not freed while somebody looks into it. */
static void
table_is_made_anew_while_it_is_asked(void **state)
{
	struct scratch *scratch = *state;
	struct peer peer = start_peer(scratch);
	struct database *database = start_database(scratch);
	struct asking asking = {.database = database};
	pthread_t thread;

	follow(&peer, peer_change_rules(&peer, "some"));
	assert_int_equal(pthread_create(&thread, NULL, ask, &asking), 0);
	for (unsigned i = 1; i < CHANGES; i++)
		follow(&peer, peer_change_origin(&peer, 64500 + i));
	atomic_store(&asking.is_over, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(asking.wrong, 0);
	assert_int_equal(look(database).asn, 64500 + CHANGES - 1);
	peer_stop(&peer);
	database_stop(database);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    folder_test(origins_are_followed_where_there_are_rules),
	    folder_test(other_commits_leave_the_table),
	    folder_test(table_is_made_anew_while_it_is_asked),
	};

	return cmocka_run_group_tests_name("origins", tests, NULL, NULL);
}
