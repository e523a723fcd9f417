/*
 * database.c - the policy database as the resolver's threads see it: starting
 * and stopping, and what the workers do.
 */
#include "module/database_p.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "module/guard.h"
#include "module/thread.h"
#include "policy/error.h"
#include "policy/followers.h"

#define GATE_PAUSE 50000    /* nanoseconds between two looks at the gate */
#define KEEPER_PAUSES 10000 /* the most of them that a worker waits: 0.5 s */
#define MESSAGE_MAX (POL_PATH_MAX + 256)

/* ---- workers ---- */

/* A short sleep between two looks at what another thread does. */
static void
pause_shortly(void)
{
	const struct timespec pause = {.tv_nsec = GATE_PAUSE};

	nanosleep(&pause, NULL);
}

void
database_wait(struct database *database)
{
	for (unsigned i = 0; i < database->worker_count; i++)
		while (atomic_load(&database->workers[i].inside))
			pause_shortly();
}

/* Set the worker's flag once the gate is open; false where it is closed. */
static bool
pass_gate(struct database *database, struct worker *worker)
{
	for (;;) {
		enum gate gate;

		atomic_store(&worker->inside, true);
		gate = atomic_load(&database->gate);
		if (gate == GATE_OPEN)
			return true;
		atomic_store(&worker->inside, false);
		if (gate == GATE_CLOSED)
			return false;
		pause_shortly();
	}
}

bool
database_enter(struct database *database, unsigned number)
{
	return pass_gate(database, &database->workers[number]);
}

void
database_leave(struct database *database, unsigned number)
{
	atomic_store_explicit(
	    &database->workers[number].inside, false, memory_order_release);
}

/* Have the keeper look at the file now. */
static void
database_wake(const struct database *database)
{
	uint64_t one = 1;

	/* Cannot fail but for a full counter, which wakes as well. */
	if (write(database->wake, &one, sizeof(one)) < 0)
		errno = 0;
}

/* A worker could not read: have the keeper look, and wait until it has, so that
 * the query meets what the keeper found. */
static void
report_broken(struct database *database)
{
	if (!atomic_exchange(&database->broken, true))
		database_wake(database);
	for (unsigned i = 0; i < KEEPER_PAUSES; i++) {
		if (!atomic_load(&database->broken))
			return;
		pause_shortly();
	}
}

struct read_call {
	struct pol_snapshot *snapshot;
	database_reader *reader;
	void *arg;
	int error;
};

static void
read_snapshot(void *arg)
{
	struct read_call *call = arg;

	call->error = pol_snapshot_renew(call->snapshot);
	if (call->error == 0)
		call->reader(call->snapshot, call->arg);
}

bool
database_read(struct database *database, unsigned number,
    database_reader *reader, void *arg)
{
	struct worker *worker = &database->workers[number];
	struct read_call call = {.reader = reader, .arg = arg};

	for (unsigned tries = 0; tries < 2; tries++) {
		bool done;

		if (!pass_gate(database, worker))
			return false;
		call.snapshot = worker->snapshot;
		done = guarded(read_snapshot, &call) && call.error == 0;
		pol_snapshot_release(worker->snapshot);
		atomic_store(&worker->inside, false);
		if (done)
			return true;
		report_broken(database);
	}
	return false;
}

struct database_goal
database_goal_of(
    const struct database *database, const struct pol_snapshot *snapshot)
{
	return (struct database_goal){
	    .opening = atomic_load(&database->opening),
	    .generation = snapshot->generation};
}

void
database_sweep(struct database *database)
{
	atomic_store(&database->sweep_asked, true);
}

enum pol_on_error
database_on_error(const struct database *database)
{
	return (enum pol_on_error)atomic_load(&database->on_error);
}

bool
database_has_shadow(const struct database *database)
{
	return atomic_load_explicit(
	    &database->has_shadow, memory_order_relaxed);
}

bool
database_has_shadow_addresses(const struct database *database)
{
	return atomic_load_explicit(
	    &database->has_shadow_addresses, memory_order_relaxed);
}

bool
database_has_clients(const struct database *database)
{
	return atomic_load_explicit(
	    &database->has_clients, memory_order_relaxed);
}

bool
database_is_unlisted(struct database *database, unsigned number,
    const uint8_t *name, size_t len, uint64_t answer, uint64_t *hash)
{
	const struct pol_memo *memo = database->workers[number].memo;

	*hash = pol_memo_hash(memo,
	    answer ^
		atomic_load_explicit(&database->policies, memory_order_relaxed),
	    name, len);
	return pol_memo_has(memo, *hash);
}

void
database_remember_unlisted(
    struct database *database, unsigned number, uint64_t hash)
{
	pol_memo_add(database->workers[number].memo, hash);
}

size_t
database_memory(const struct database *database)
{
	return sizeof(*database) +
	       database->worker_count * sizeof(struct worker) +
	       (database->worker_count - 1) * POL_MEMO_DEFAULT *
		   sizeof(uint64_t) +
	       atomic_load(&database->filter_memory) +
	       atomic_load(&database->origins_memory);
}

void
database_tell(
    void (*event)(const char *message), const char *path, const char *what)
{
	char message[MESSAGE_MAX];

	snprintf(message, sizeof(message), "%s: %s", path, what);
	event(message);
}

/* ---- being seen ---- */

void
database_show(struct database *database, uint64_t generation)
{
	int error = pol_follower_show(
	    database->store, database->follower, database->swept, generation);

	if (error == 0)
		database->swept = generation;
	else if (!atomic_exchange(&database->is_hidden, true))
		database_tell(database->events.complain, database->path,
		    "cannot be locked, so that `sinkbound --wait` and "
		    "`sinkbound status` do not see this resolver");
}

void
database_swept(struct database *database, struct database_goal goal)
{
	struct worker *sweep = &database->workers[database->worker_count - 1];

	if (!pass_gate(database, sweep))
		return;
	if (atomic_load(&database->opening) == goal.opening)
		database_show(database, goal.generation);
	atomic_store(&sweep->inside, false);
}

/* ---- starting and stopping ---- */

static void
database_free(struct database *database)
{
	for (unsigned i = 0; i < database->worker_count; i++)
		pol_memo_free(database->workers[i].memo);
	if (database->wake >= 0)
		close(database->wake);
	if (database->watch >= 0)
		close(database->watch);
	free(database->workers);
	free(database->path);
	free(database);
}

static int
prepare(struct database *database, const char *path, unsigned workers)
{
	database->path = strdup(path);
	database->workers =
	    aligned_alloc(CACHE_LINE, workers * sizeof(*database->workers));
	if (database->path == NULL || database->workers == NULL)
		return POL_ENOMEM;
	memset(database->workers, 0, workers * sizeof(*database->workers));
	database->worker_count = workers;
	for (unsigned i = 0; i + 1 < workers; i++) {
		int error =
		    pol_memo_new(POL_MEMO_DEFAULT, &database->workers[i].memo);

		if (error != 0)
			return error;
	}
	database->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	database->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	return database->wake >= 0 ? 0 : POL_EIO;
}

int
database_start(const char *path, unsigned workers, enum pol_on_error on_error,
    const struct database_events *events, struct database **database)
{
	struct database *made = calloc(1, sizeof(*made));
	int error;

	if (made == NULL)
		return POL_ENOMEM;
	made->wake = made->watch = made->watched = -1;
	made->follower = pol_follower_new();
	made->events = *events;
	atomic_init(&made->gate, GATE_CLOSED);
	atomic_init(&made->on_error, (int)on_error);
	error = prepare(made, path, workers + 1);
	if (error == 0 && !guard_install())
		error = POL_EIO;
	if (error != 0) {
		database_free(made);
		return error;
	}
	keeper_look(made);
	if (!thread_start(&made->keeper, keeper_run, made)) {
		keeper_close(made);
		guard_remove();
		database_free(made);
		return POL_EIO;
	}
	*database = made;
	return 0;
}

void
database_stop(struct database *database)
{
	atomic_store(&database->stopping, true);
	database_wake(database);
	pthread_join(database->keeper, NULL);
	keeper_close(database);
	origins_drop(database);
	guard_remove();
	database_free(database);
}
