/*
 * database.c - the policy database as the resolver's threads see it.
 *
 * The gate between workers and keeper: a worker sets its own `inside` flag and
 * then looks whether a database is open; the keeper takes the database away
 * and then waits until no flag is set. Both orders are sequentially consistent,
 * so either the worker sees that it is gone or the keeper sees the worker.
 */
#include "module/database.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "module/guard.h"
#include "policy/error.h"

#define WATCH_INTERVAL 250 /* milliseconds between two looks at the file */
#define GATE_PAUSE 50000   /* nanoseconds between two looks at the gate */
#define KEEPER_PAUSES 10000 /* of those, the most that a worker waits: 0.5 s */
#define CACHE_LINE 64
#define MESSAGE_MAX (POL_PATH_MAX + 256)

struct worker {
	_Alignas(CACHE_LINE) atomic_bool inside;
	struct pol_snapshot *snapshot; /* released while not inside */
	struct pol_memo *memo;
};

enum gate {
	GATE_CLOSED,   /* no database */
	GATE_SWAPPING, /* one is about to be there */
	GATE_OPEN,
};

/* Which file, as far as a change of it can be seen from outside. */
struct file_mark {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec changed; /* contents, owner or mode */
	int error; /* of the attempt to use it; 0: not tried */
};

struct database {
	char *path;
	struct database_events events;
	unsigned worker_count;
	struct worker *workers;
	struct pol_store *store;       /* the keeper's; see the gate */
	struct pol_snapshot *settings; /* the keeper's own snapshot */
	_Atomic(enum gate) gate;
	atomic_int on_error;
	atomic_bool has_shadow;
	atomic_bool broken; /* a worker could not enter */
	atomic_bool stopping;
	bool is_short; /* the file was shorter than its header at the last look */
	struct file_mark failed;
	_Atomic uint64_t policies; /* how many were announced */
	int wake; /* eventfd */
	pthread_t keeper;
};

/* ---- workers ---- */

static void
pause_shortly(void)
{
	const struct timespec pause = {.tv_nsec = GATE_PAUSE};

	nanosleep(&pause, NULL);
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

static void
wake_keeper(const struct database *database)
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
		wake_keeper(database);
	for (unsigned i = 0; i < KEEPER_PAUSES; i++) {
		if (!atomic_load(&database->broken))
			return;
		pause_shortly();
	}
}

struct reading {
	struct pol_snapshot *snapshot;
	database_reader *reader;
	void *arg;
	int error;
};

static void
read_snapshot(void *arg)
{
	struct reading *reading = arg;

	reading->error = pol_snapshot_renew(reading->snapshot);
	if (reading->error == 0)
		reading->reader(reading->snapshot, reading->arg);
}

bool
database_read(struct database *database, unsigned number,
    database_reader *reader, void *arg)
{
	struct worker *worker = &database->workers[number];
	struct reading reading = {.reader = reader, .arg = arg};

	for (unsigned tries = 0; tries < 2; tries++) {
		bool done;

		if (!pass_gate(database, worker))
			return false;
		reading.snapshot = worker->snapshot;
		done = guarded(read_snapshot, &reading) && reading.error == 0;
		pol_snapshot_release(worker->snapshot);
		atomic_store(&worker->inside, false);
		if (done)
			return true;
		report_broken(database);
	}
	return false;
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
database_is_unlisted(struct database *database, unsigned number,
    const uint8_t *name, size_t len, uint64_t *hash)
{
	const struct pol_memo *memo = database->workers[number].memo;

	*hash = pol_memo_hash(memo,
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
	    database->worker_count *
	    (sizeof(struct worker) + POL_MEMO_DEFAULT * sizeof(uint64_t));
}

/* ---- the keeper: opening and closing ---- */

static void
tell(void (*event)(const char *), const char *path, const char *what)
{
	char message[MESSAGE_MAX];

	snprintf(message, sizeof(message), "%s: %s", path, what);
	event(message);
}

/* Shut the gate and wait until every worker has left. */
static void
shut_gate(struct database *database, enum gate gate)
{
	atomic_store(&database->gate, gate);
	for (unsigned i = 0; i < database->worker_count; i++)
		while (atomic_load(&database->workers[i].inside))
			pause_shortly();
}

/* With the gate shut. */
static void
close_store(struct database *database)
{
	for (unsigned i = 0; i < database->worker_count; i++) {
		pol_snapshot_end(database->workers[i].snapshot);
		database->workers[i].snapshot = NULL;
	}
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
	const struct pol_snapshot *snapshot = database->settings;

	atomic_store(&database->on_error, (int)snapshot->settings.on_error);
	atomic_store(&database->has_shadow, snapshot->has_shadow);
	atomic_fetch_add(&database->policies, 1);
	database->events.policy(&snapshot->settings, database->events.arg);
}

static int
open_store(struct database *database)
{
	int error = pol_store_open(database->path, &database->store);

	if (error == 0)
		error = begin_snapshots(database);
	if (error != 0) {
		close_store(database);
		return error;
	}
	announce(database);
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
	    a->size == b->size &&
	    a->changed.tv_sec == b->changed.tv_sec &&
	    a->changed.tv_nsec == b->changed.tv_nsec;
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
	snprintf(what, sizeof(what), "%s; %s", pol_strerror(error), consequence);
	tell(database->events.complain, database->path, what);
}

static const char *
without_policy(const struct database *database)
{
	return database_on_error(database) == POL_ON_ERROR_SERVFAIL ?
	    "answering SERVFAIL until it is usable" :
	    "answering unfiltered until it is usable";
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
	error = is_known_bad(database, &mark) ? database->failed.error :
						open_store(database);
	if (error == 0) {
		memset(&database->failed, 0, sizeof(database->failed));
		tell(database->events.info, database->path, "policy in force");
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
	close_store(database);
	try_to_open(database);
}

/* Another file is at the path: take it, if it is one that can be used. */
static void
replace(struct database *database)
{
	struct file_mark mark;
	int error;

	look(database->path, &mark);
	error = is_known_bad(database, &mark) ? database->failed.error :
						pol_store_probe(database->path);
	if (error != 0) {
		complain_once(database, &mark, error,
		    "the policy read before stays in force");
		return;
	}
	tell(database->events.info, database->path, "replaced by another file");
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

static void
follow_commits(struct database *database)
{
	struct pol_snapshot *snapshot = database->settings;

	if (pol_store_generation(database->store) == snapshot->generation)
		return;
	if (pol_snapshot_renew(snapshot) != 0) {
		atomic_store(&database->broken, true);
		return;
	}
	announce(database);
	pol_snapshot_release(snapshot);
}

static void
look_after(void *arg)
{
	struct database *database = arg;

	if (database->store == NULL) {
		try_to_open(database);
		return;
	}
	follow_commits(database);
	if (atomic_load(&database->broken) || is_cut_short(database))
		reopen(database);
	else if (!pol_store_is_at(database->store, database->path))
		replace(database);
}

/* Whatever the file does to us, the next look begins without it. */
static void
watch(struct database *database)
{
	struct file_mark mark;

	look(database->path, &mark);
	if (guarded(look_after, database))
		return;
	shut_gate(database, GATE_CLOSED);
	close_store(database);
	complain_once(
	    database, &mark, POL_ECORRUPT, without_policy(database));
}

static void *
keep(void *arg)
{
	struct database *database = arg;
	struct pollfd wake = {.fd = database->wake, .events = POLLIN};

	guard_thread();
	while (!atomic_load(&database->stopping)) {
		uint64_t count;

		if (poll(&wake, 1, WATCH_INTERVAL) > 0 &&
		    read(database->wake, &count, sizeof(count)) < 0)
			errno = 0; /* another wake-up was faster */
		if (!atomic_load(&database->stopping))
			watch(database);
	}
	return NULL;
}

/* ---- starting and stopping ---- */

static int
start_keeper(struct database *database)
{
	sigset_t all, old;
	int code;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	code = pthread_create(&database->keeper, NULL, keep, database);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return code == 0 ? 0 : POL_EIO;
}

static void
database_free(struct database *database)
{
	for (unsigned i = 0; i < database->worker_count; i++)
		pol_memo_free(database->workers[i].memo);
	if (database->wake >= 0)
		close(database->wake);
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
	for (unsigned i = 0; i < workers; i++) {
		int error = pol_memo_new(
		    POL_MEMO_DEFAULT, &database->workers[i].memo);

		if (error != 0)
			return error;
	}
	database->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
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
	made->wake = -1;
	made->events = *events;
	atomic_init(&made->gate, GATE_CLOSED);
	atomic_init(&made->on_error, (int)on_error);
	error = prepare(made, path, workers);
	if (error == 0 && !guard_install())
		error = POL_EIO;
	if (error != 0) {
		database_free(made);
		return error;
	}
	watch(made);
	error = start_keeper(made);
	if (error != 0) {
		close_store(made);
		guard_remove();
		database_free(made);
		return error;
	}
	*database = made;
	return 0;
}

void
database_stop(struct database *database)
{
	atomic_store(&database->stopping, true);
	wake_keeper(database);
	pthread_join(database->keeper, NULL);
	close_store(database);
	guard_remove();
	database_free(database);
}
