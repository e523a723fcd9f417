/*
 * keeper.c - the thread that opens the policy database, watches it, and tells
 * what is in force.
 */
#include "module/database_p.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "module/guard.h"
#include "policy/error.h"

#define WATCH_INTERVAL 250   /* milliseconds between two looks at the file */
#define ASKED_PAUSE 2	     /* seconds between two sweeps that are asked for */
#define WRITES_PAUSE 2000000 /* nanoseconds: while it is being written to */

/* ---- the keeper: opening and closing ---- */

/* Shut the gate and wait until every worker has left. */
static void
shut_gate(struct database *database, enum gate gate)
{
	atomic_store(&database->gate, gate);
	database_wait(database);
}

/* With the gate shut. */
void
keeper_close(struct database *database)
{
	for (unsigned i = 0; i < database->worker_count; i++) {
		pol_snapshot_end(database->workers[i].snapshot);
		database->workers[i].snapshot = NULL;
	}
	filter_drop(database);
	pol_snapshot_end(database->settings);
	database->settings = NULL;
	pol_store_close(database->store);
	database->store = NULL;
	atomic_store(&database->broken, false);
}

static int
begin_snapshots(struct database *database)
{
	int error = pol_snapshot_begin(database->store, &database->settings);

	for (unsigned i = 0; error == 0 && i < database->worker_count; i++) {
		struct worker *worker = &database->workers[i];

		error = pol_snapshot_begin(database->store, &worker->snapshot);
		if (error == 0)
			pol_snapshot_release(worker->snapshot);
	}
	return error;
}

/* Make what the keeper's snapshot says the policy in force. */
static void
announce(struct database *database)
{
	struct pol_snapshot *snapshot = database->settings;
	const struct database_events *events = &database->events;

	atomic_store(&database->on_error, (int)snapshot->settings.on_error);
	atomic_store(&database->has_shadow, snapshot->has_shadow);
	atomic_store(
	    &database->has_shadow_addresses, snapshot->has_shadow_addresses);
	atomic_store(&database->has_clients, snapshot->clients != NULL);
	atomic_fetch_add(&database->policies, 1);
	database->looked_at = (int64_t)time(NULL);
	if (pol_snapshot_next_moment(
		snapshot, database->looked_at, &database->moment) != 0)
		database->moment = 0;
	events->policy(snapshot, events->arg);
}

/* Have in memory what is made of it. */
static void
follow_in_memory(struct database *database)
{
	filter_follow(database);
	origins_follow(database);
}

/* Have the caches agree with it: after the filter is made, which the sweep is
 * quicker with. */
static void
announce_goal(struct database *database)
{
	const struct database_events *events = &database->events;

	follow_in_memory(database);
	events->sweep(
	    database_goal_of(database, database->settings), events->arg);
}

/* Where nothing can be watched, the keeper looks from time to time. */
static void
watch_file(struct database *database)
{
	if (database->watched >= 0)
		inotify_rm_watch(database->watch, database->watched);
	database->watched =
	    inotify_add_watch(database->watch, database->path, IN_MODIFY);
}

static int
open_store(struct database *database)
{
	int error = pol_store_open(database->path, &database->store);

	if (error == 0)
		error = begin_snapshots(database);
	if (error != 0) {
		keeper_close(database);
		return error;
	}
	watch_file(database);
	atomic_fetch_add(&database->opening, 1);
	database->swept = 0;
	database_show(database, 0);
	announce(database);
	database->events.sweep(database_goal_of(database, database->settings),
	    database->events.arg);
	pol_snapshot_release(database->settings);
	database->is_short = false;
	atomic_store(&database->gate, GATE_OPEN);
	return 0;
}

/* ---- the keeper: watching ---- */

static void
look(const char *path, struct file_mark *mark)
{
	struct stat st;

	memset(mark, 0, sizeof(*mark));
	if (stat(path, &st) != 0)
		return;
	mark->device = st.st_dev;
	mark->inode = st.st_ino;
	mark->size = st.st_size;
	mark->changed = st.st_ctim;
}

static bool
same_mark(const struct file_mark *a, const struct file_mark *b)
{
	return a->device == b->device && a->inode == b->inode &&
	       a->size == b->size && a->changed.tv_sec == b->changed.tv_sec &&
	       a->changed.tv_nsec == b->changed.tv_nsec;
}

/* What is wrong, and what helps where that is not to be guessed. */
static const char *
fault_text(int error)
{
	switch (error) {
	case POL_ENOENT:
		return "there is no database; `sinkbound apply` makes it";
	case POL_EACCES:
		return "permission denied; Unbound must be able to read it, "
		       "and to write the file \"-lock\" beside it";
	default:
		return pol_strerror(error);
	}
}

/* Say once what is wrong with the file, which was MARK before it was tried. */
static void
complain_once(struct database *database, const struct file_mark *mark,
    int error, const char *consequence)
{
	char what[256];

	if (database->failed.error == error &&
	    same_mark(&database->failed, mark))
		return;
	database->failed = *mark;
	database->failed.error = error;
	snprintf(what, sizeof(what), "%s; %s", fault_text(error), consequence);
	database_tell(database->events.complain, database->path, what);
}

static const char *
without_policy(const struct database *database)
{
	return database_on_error(database) == POL_ON_ERROR_SERVFAIL
		   ? "answering SERVFAIL until it is usable"
		   : "answering unfiltered until it is usable";
}

/* A file that is no database does not become one unless it is changed. */
static bool
is_known_bad(const struct database *database, const struct file_mark *mark)
{
	return (database->failed.error == POL_ECORRUPT ||
		   database->failed.error == POL_EVERSION) &&
	       same_mark(&database->failed, mark);
}

static void
try_to_open(struct database *database)
{
	struct file_mark mark;
	int error;

	look(database->path, &mark);
	error = is_known_bad(database, &mark) ? database->failed.error
					      : open_store(database);
	if (error == 0) {
		memset(&database->failed, 0, sizeof(database->failed));
		database_tell(
		    database->events.info, database->path, "policy in force");
		return;
	}
	atomic_store(&database->gate, GATE_CLOSED);
	complain_once(database, &mark, error, without_policy(database));
}

/* Close the file and open what is at the path now. */
static void
reopen(struct database *database)
{
	shut_gate(database, GATE_SWAPPING);
	keeper_close(database);
	try_to_open(database);
}

/* Another file is at the path: take it, if it is one that can be used. */
static void
replace(struct database *database)
{
	struct file_mark mark;
	int error;

	look(database->path, &mark);
	error = is_known_bad(database, &mark) ? database->failed.error
					      : pol_store_probe(database->path);
	if (error != 0) {
		complain_once(database, &mark, error,
		    "the policy read before stays in force");
		return;
	}
	database_tell(
	    database->events.info, database->path, "replaced by another file");
	reopen(database);
}

/* Is the open file cut short? A commit just under way can look like it for a
 * moment, so it takes two looks. */
static bool
is_cut_short(struct database *database)
{
	bool was_short = database->is_short;

	database->is_short = pol_store_check(database->store) != 0;
	return was_short && database->is_short;
}

/* Has the policy changed by itself, as time goes on? Where the clock was put
 * back, what has begun may not have. */
static bool
is_time(const struct database *database)
{
	int64_t now = (int64_t)time(NULL);

	return (database->moment != 0 && now >= database->moment) ||
	       now < database->looked_at;
}

/* Has a worker asked for a sweep, and was the last one long enough ago? */
static bool
is_asked(struct database *database)
{
	return atomic_load(&database->sweep_asked) &&
	       (int64_t)time(NULL) >= database->looked_at + ASKED_PAUSE &&
	       atomic_exchange(&database->sweep_asked, false);
}

static void
follow(struct database *database)
{
	struct pol_snapshot *snapshot = database->settings;
	uint64_t former = snapshot->generation;
	uint64_t latest = pol_store_generation(database->store);
	bool by_time = is_time(database) || is_asked(database);

	database->is_behind = false;
	if (latest == former && !by_time && filter_is_of(database, former))
		return;
	if (pol_snapshot_renew(snapshot) != 0) {
		atomic_store(&database->broken, true);
		return;
	}
	if (snapshot->generation != former || by_time) {
		announce(database);
		announce_goal(database);
	} else {
		follow_in_memory(database);
	}
	/* A commit is seen in the file a little before readers get it. */
	database->is_behind = snapshot->generation < latest;
	pol_snapshot_release(snapshot);
}

static void
follow_open(void *arg)
{
	struct database *database = arg;

	if (database->store != NULL)
		follow(database);
}

static void
look_after(void *arg)
{
	struct database *database = arg;

	if (database->store == NULL) {
		try_to_open(database);
		return;
	}
	follow(database);
	if (atomic_load(&database->broken) || is_cut_short(database))
		reopen(database);
	else if (!pol_store_is_at(database->store, database->path))
		replace(database);
}

/* Whatever the file does to us, the next look begins without it. */
static void
look_guarded(struct database *database, void (*how)(void *arg))
{
	struct file_mark mark;

	look(database->path, &mark);
	if (guarded(how, database))
		return;
	shut_gate(database, GATE_CLOSED);
	keeper_close(database);
	complain_once(database, &mark, POL_ECORRUPT, without_policy(database));
}

void
keeper_look(struct database *database)
{
	look_guarded(database, look_after);
}

static int64_t
milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Take what has come in at FD, so that it wakes nobody again. */
static void
drain(int fd)
{
	char octets[4096];

	while (read(fd, octets, sizeof(octets)) > 0)
		;
}

void *
keeper_run(void *arg)
{
	static const struct timespec pause = {.tv_nsec = WRITES_PAUSE};
	struct database *database = arg;
	struct pollfd ready[] = {{.fd = database->wake, .events = POLLIN},
	    {.fd = database->watch, .events = POLLIN}};
	/* At once: what is kept in memory is made here, not before. */
	int64_t next_look = milliseconds();

	guard_thread();
	while (!atomic_load(&database->stopping)) {
		int64_t wait = next_look - milliseconds();

		poll(ready, 2,
		    database->is_behind ? 1 : (int)(wait > 0 ? wait : 0));
		if (atomic_load(&database->stopping))
			break;
		drain(database->wake);
		if (atomic_load(&database->broken) ||
		    milliseconds() >= next_look) {
			keeper_look(database);
			next_look = milliseconds() + WATCH_INTERVAL;
			continue;
		}
		look_guarded(database, follow_open);
		if (ready[1].revents != 0) {
			/* A commit writes many pages, the decisive one last. */
			drain(database->watch);
			nanosleep(&pause, NULL);
		}
	}
	return NULL;
}
