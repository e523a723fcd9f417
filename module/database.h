/*
 * database.h - the policy database as the resolver's threads see it.
 *
 * A keeper thread opens the file, watches it, and opens it anew when it
 * appears, is replaced by another file, or was enlarged. Workers read in a
 * snapshot of the latest generation, one for each query; they never open or
 * close anything. While the keeper swaps one open file for another, which takes
 * a millisecond or so, a worker that wants to read waits, so that no query
 * slips past the policy.
 *
 * A file that is not usable is said in the resolver's log once, and tried
 * again when it changes; a usable one that is open stays in use meanwhile.
 *
 * This file knows no Unbound header, so that it can be tested alone.
 */
#ifndef DATABASE_H
#define DATABASE_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/filter.h"
#include "policy/memo.h"
#include "policy/origin_table.h"
#include "policy/store.h"

struct database;

/* A generation of the policy that the resolver's caches are to agree with. */
struct database_goal {
	uint64_t opening; /* the file may be another than before */
	uint64_t generation;
};

/* What the keeper tells: called from database_start() and the keeper thread,
 * never from two threads at once; complain() also from the sweep's. */
struct database_events {
	/* A message for the resolver's log. */
	void (*info)(const char *message);
	void (*complain)(const char *message);
	/* A new generation is in force; the snapshot is valid for the call. */
	void (*policy)(const struct pol_snapshot *snapshot, void *arg);
	/* What the policy blocks may have changed, by a commit or because an
	 * indicator began or ended: the caches are to be swept. Must not wait.
	 */
	void (*sweep)(struct database_goal goal, void *arg);
	void *arg;
};

/*
 * Open PATH if it can be opened, and start the keeper (signals blocked in it,
 * but for SIGBUS). WORKERS threads may read, and as one more, number WORKERS,
 * the sweep. ON_ERROR holds until a database was read.
 * 0, POL_ENOMEM or POL_EIO; a database that cannot be used is no error.
 */
int database_start(const char *path, unsigned workers,
    enum pol_on_error on_error, const struct database_events *events,
    struct database **database);

/* No worker may be reading. */
void database_stop(struct database *database);

/*
 * Call READER with a snapshot of the latest generation, as worker WORKER (below
 * WORKERS, one thread at a time). False where there is no usable database: it
 * was not called then, or was ended where it was because the file was cut short
 * under it.
 */
typedef void database_reader(struct pol_snapshot *snapshot, void *arg);
bool database_read(struct database *database, unsigned worker,
    database_reader *reader, void *arg);

/* For a reader: which state of the policy its snapshot shows. */
struct database_goal database_goal_of(
    const struct database *database, const struct pol_snapshot *snapshot);

/*
 * Does the latest generation certainly list nothing of QUERY? Costs no
 * transaction. False also where there is no usable database, and for some
 * milliseconds after a commit, or a tenth of a second for a million names.
 * CLEARED, where it is not NULL, belongs to the query name, and is zero at
 * first: the name is asked for once in a generation.
 */
bool database_lists_none(struct database *database, unsigned worker,
    const struct pol_query *query, struct database_goal *cleared);

/*
 * By a worker: where addresses are announced, for as long as it does not leave
 * again; it must not wait, nor read, meanwhile. NULL where that is not known:
 * without rules, and for some tenth of a second after the resolver has started,
 * or got its first rules. What is answered then cannot be observed. After
 * origin data were imported the table before goes on until the new one is made.
 */
const struct pol_origin_table *database_enter_origins(
    struct database *database, unsigned worker);
void database_leave(struct database *database, unsigned worker);

/* For a reader: what its snapshot certainly lists nowhere; NULL: not known
 * yet. Valid for the call. */
const struct pol_filter *database_filter(
    struct database *database, const struct pol_snapshot *snapshot);

/* By a worker: what is blocked has changed without a commit. The caches are
 * swept soon, and not more often than every few seconds. */
void database_sweep(struct database *database);

/* By the sweep: the caches agree with GOAL. Other processes are shown it,
 * unless the file is another by now. */
void database_swept(struct database *database, struct database_goal goal);

/* What to do while database_read() gives false. */
enum pol_on_error database_on_error(const struct database *database);

/* May the policy in force have shadow indicators? Follows a commit within
 * milliseconds, or within a quarter of a second where the system has no
 * inotify. */
bool database_has_shadow(const struct database *database);

/* Of these, some for addresses: prefixes or ASNs? */
bool database_has_shadow_addresses(const struct database *database);

/* Does the policy in force have groups of clients? Follows a commit alike. */
bool database_has_clients(const struct database *database);

/*
 * Is this name (wire format, any case) with this answer (any number that tells
 * it from others) remembered as not listed? What is remembered is forgotten as
 * soon as a commit is noticed. HASH is for database_remember_unlisted(). Costs
 * no transaction and no lock.
 */
bool database_is_unlisted(struct database *database, unsigned worker,
    const uint8_t *name, size_t len, uint64_t answer, uint64_t *hash);
void database_remember_unlisted(
    struct database *database, unsigned worker, uint64_t hash);

/* Octets of memory that it holds. */
size_t database_memory(const struct database *database);

#endif
