/*
 * sweep.c - take out of Unbound's message cache what the policy now blocks.
 *
 * The walk. Each table of the cache is walked bin by bin. A bin is locked as
 * Unbound's own lookup does it: the table's lock is held only until the bin's
 * is taken. From each entry the query and the items of its answer are copied,
 * by the function that makes them for an answer on its way to a client, while
 * the answer's RRsets are locked as for a reply from the cache (message, then
 * RRsets in order of their addresses). When some dozens are there, no lock is
 * held any more: they are evaluated, which may wait for a page of the
 * database, and those that are blocked are removed. To expire them would not
 * do: serve-expired would go on to serve them.
 *
 * Nothing is missed. A table only grows, by doubling: what was in bin i is then
 * in bin i or in one above the former last, so a walk upwards meets every entry
 * that was there when it began and still is. What came in since was judged by
 * the generation in question or a later one:
 *
 * - A worker evaluates a response and stores it later. It says so before it
 *   evaluates (sweep_judging), and takes that back at its next call of the
 *   module, which comes after it has stored. The sweep of a generation begins
 *   when no worker is so marked: who marks itself later sees the generation
 *   (both sides order the mark against the generation as a gate does), and what
 *   was judged before has been stored and is met by the walk. A worker may stay
 *   marked because it sleeps; so the sweep waits for a while only. If one
 * should be kept from storing for that long, the next point catches the
 * message, unless it is stored under another name than its query's.
 * - Whatever way an answer takes, its query ends in answer_stage(), which comes
 *   after the last store, evaluates by the generation of that moment and
 *   removes what is blocked under the query's name. An answer that waits for
 *   DNSSEC keys is stored again when it is validated; it is removed in the same
 *   turn of the worker.
 *
 * Time is as a generation here: what begins at a second is swept when
 * the clock shows that second, and workers read the same clock.
 *
 * When Unbound stops or reloads, it ends its workers, empties the caches, frees
 * what RRset keys were made of and may replace the cache, all before it calls
 * deinit(). Nothing says so to a module. But it takes its signals back first,
 * and takes the write lock of the auth-zones in between. So the sweep touches
 * the cache only while it holds that lock for reading and Unbound's signal
 * handlers are those of a serving resolver.
 */
#include "config.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "services/authzone.h"
#include "sldns/rrdef.h"
#include "util/data/msgreply.h"
#include "util/log.h"
#include "util/module.h"
#include "util/regional.h"
#include "util/storage/slabhash.h"

#include "module/behaviour.h"
#include "module/chunk.h"
#include "module/delegation.h"
#include "module/guard.h"
#include "module/sweep.h"
#include "module/thread.h"

#define CHUNK_ENTRIES 64   /* copied before they are evaluated */
#define CACHE_LINE 64	   /* octets */
#define POLL_PAUSE 1000000 /* nanoseconds between looks at other threads */
#define JUDGING_PAUSES 100 /* of those, the most to wait for a worker */
#define START_PAUSES 10	   /* of those, while Unbound does not serve */
#define RETRY_PAUSES 1000  /* of those, after a sweep that failed */

struct mark {
	_Alignas(CACHE_LINE) atomic_bool judging;
};

struct sweep {
	struct sinkbound *sinkbound;
	struct module_env *env;
	struct mark *marks; /* one for each worker */
	void (*idle_handler)(
	    int); /* of SIGTERM, while Unbound does not serve */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t news;
	bool is_wanted; /* under the lock, with goal */
	struct database_goal goal;
	atomic_bool stopping;

	/* The thread's own. */
	struct chunk chunk;
	bool failed; /* an entry could not be held against the policy */
	bool is_in_cache;
	uint64_t swept, removed;
};

/* ---- workers ---- */

void
sweep_judging(struct sweep *sweep, unsigned worker)
{
	atomic_store(&sweep->marks[worker].judging, true);
}

void
sweep_judged(struct sweep *sweep, unsigned worker)
{
	struct mark *mark = &sweep->marks[worker];

	if (atomic_load_explicit(&mark->judging, memory_order_relaxed))
		atomic_store_explicit(
		    &mark->judging, false, memory_order_release);
}

/* ---- waiting ---- */

static void
pause_shortly(void)
{
	const struct timespec pause = {.tv_nsec = POLL_PAUSE};

	nanosleep(&pause, NULL);
}

static bool
is_stopping(const struct sweep *sweep)
{
	return atomic_load(&sweep->stopping);
}

static void
wait_for_judging(const struct sweep *sweep)
{
	unsigned pauses = 0;

	/* The generation was read before. */
	atomic_thread_fence(memory_order_seq_cst);
	for (unsigned i = 0; i < sweep->sinkbound->workers; i++)
		while (atomic_load(&sweep->marks[i].judging) &&
		       pauses++ < JUDGING_PAUSES)
			pause_shortly();
}

static bool
is_serving(const struct sweep *sweep)
{
	struct sigaction now;

	return sigaction(SIGTERM, NULL, &now) == 0 &&
	       now.sa_handler != sweep->idle_handler;
}

/* May the caches be touched? If so, until leave_cache(). */
static bool
enter_cache(struct sweep *sweep)
{
	lock_rw_rdlock(&sweep->env->auth_zones->lock);
	sweep->is_in_cache = is_serving(sweep);
	if (!sweep->is_in_cache)
		lock_rw_unlock(&sweep->env->auth_zones->lock);
	return sweep->is_in_cache;
}

static void
leave_cache(struct sweep *sweep)
{
	if (sweep->is_in_cache)
		lock_rw_unlock(&sweep->env->auth_zones->lock);
	sweep->is_in_cache = false;
}

/* ---- evaluating and removing ---- */

static bool
evaluate_policy(const struct delegation *delegation,
    struct pol_snapshot *snapshot, const struct pol_filter *filter,
    const struct pol_query *query, time_t now, struct pol_verdict *verdict)
{
	if (filter == NULL || pol_filter_may_cover(filter, query))
		return delegation_evaluate(
			   delegation, snapshot, query, now, verdict) == 0;
	*verdict = (struct pol_verdict){.listed = false};
	return true;
}

static void
read_policy(struct pol_snapshot *snapshot, void *arg)
{
	struct sweep *sweep = arg;
	const struct pol_filter *filter =
	    database_filter(sweep->sinkbound->database, snapshot);
	const struct delegation delegation = {
	    .env = sweep->env, .region = sweep->chunk.region, .is_answered = true};
	time_t now = time(NULL);

	/* It is looked up what the cache knows of the servers. */
	if (snapshot->serves_nameservers && !sweep->is_in_cache &&
	    !enter_cache(sweep)) {
		sweep->failed = true;
		return;
	}
	for (struct chunk_entry *entry = sweep->chunk.first; entry != NULL;
	     entry = entry->next) {
		const struct pol_query query = {.qname = entry->key.qname,
		    .qname_len = entry->key.qname_len,
		    .items = entry->items,
		    .item_count = entry->item_count};
		struct beh_standing behaviour;
		struct pol_verdict verdict;

		if (entry->key.qclass != LDNS_RR_CLASS_IN)
			continue;
		if (!evaluate_policy(
			&delegation, snapshot, filter, &query, now, &verdict)) {
			sweep->failed = true;
			continue;
		}
		behaviour_evaluate(sweep->sinkbound, &query, NULL, now,
		    &behaviour, &verdict);
		entry->is_blocked = pol_verdict_blocks(&verdict);
	}
}

static void
remove_blocked(struct sweep *sweep)
{
	for (struct chunk_entry *entry = sweep->chunk.first; entry != NULL;
	     entry = entry->next) {
		if (!entry->is_blocked)
			continue;
		slabhash_remove(
		    sweep->env->msg_cache, entry->hash, &entry->key);
		sweep->removed++;
	}
}

static bool
has_blocked(const struct sweep *sweep)
{
	const struct chunk_entry *entry = sweep->chunk.first;

	while (entry != NULL && !entry->is_blocked)
		entry = entry->next;
	return entry != NULL;
}

/* False where the sweep cannot go on. */
static bool
finish_chunk(struct sweep *sweep)
{
	bool goes_on = true;

	if (sweep->chunk.first != NULL &&
	    !database_read(sweep->sinkbound->database,
		sweep->sinkbound->workers, read_policy, sweep)) {
		sweep->failed = true;
		goes_on = false;
	}
	leave_cache(sweep);
	if (goes_on && has_blocked(sweep)) {
		goes_on = enter_cache(sweep);
		if (goes_on) {
			remove_blocked(sweep);
			leave_cache(sweep);
		}
	}
	sweep->swept += sweep->chunk.count;
	sweep->failed = sweep->failed || sweep->chunk.failed;
	chunk_clear(&sweep->chunk);
	return goes_on;
}

/* ---- the sweep ---- */

/* Walk table number NUMBER. False where the sweep cannot go on. */
static bool
sweep_table(struct sweep *sweep, size_t number)
{
	size_t bin = 0;
	bool is_end = false;

	while (!is_end || sweep->chunk.first != NULL) {
		if (is_stopping(sweep) || !enter_cache(sweep))
			return false;
		is_end = chunk_take(&sweep->chunk,
		    sweep->env->msg_cache->array[number], &bin);
		leave_cache(sweep);
		if ((is_end || sweep->chunk.count >= CHUNK_ENTRIES) &&
		    !finish_chunk(sweep))
			return false;
	}
	return true;
}

static bool
sweep_cache(struct sweep *sweep)
{
	size_t tables;

	sweep->swept = sweep->removed = 0;
	sweep->failed = false;
	wait_for_judging(sweep);
	if (!enter_cache(sweep))
		return false;
	tables = sweep->env->msg_cache->size;
	leave_cache(sweep);
	for (size_t i = 0; i < tables; i++)
		if (!sweep_table(sweep, i))
			return false;
	return !sweep->failed;
}

static double
seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- the thread ---- */

/* Wait for the next goal; false at the end. */
static bool
take_goal(struct sweep *sweep, struct database_goal *goal)
{
	bool is_wanted;

	pthread_mutex_lock(&sweep->lock);
	while (!sweep->is_wanted && !is_stopping(sweep))
		pthread_cond_wait(&sweep->news, &sweep->lock);
	is_wanted = sweep->is_wanted;
	*goal = sweep->goal;
	sweep->is_wanted = false;
	pthread_mutex_unlock(&sweep->lock);
	return is_wanted && !is_stopping(sweep);
}

/* Is there a newer goal, or nothing more to be done? */
static bool
has_news(struct sweep *sweep)
{
	bool has;

	pthread_mutex_lock(&sweep->lock);
	has = sweep->is_wanted || is_stopping(sweep);
	pthread_mutex_unlock(&sweep->lock);
	return has;
}

static void
sweep_for(struct sweep *sweep, struct database_goal goal)
{
	double begun = seconds(CLOCK_MONOTONIC);
	double cpu = seconds(CLOCK_THREAD_CPUTIME_ID);

	while (!sweep_cache(sweep)) {
		unsigned pauses = sweep->failed ? RETRY_PAUSES : START_PAUSES;

		for (unsigned i = 0; i < pauses; i++) {
			if (has_news(sweep))
				return;
			pause_shortly();
		}
	}
	database_swept(sweep->sinkbound->database, goal);
	if (sweep->swept > 0)
		log_info("sinkbound: swept %llu cached messages for generation "
			 "%llu in %.2f s (CPU %.2f s): %llu removed",
		    (unsigned long long)sweep->swept,
		    (unsigned long long)goal.generation,
		    seconds(CLOCK_MONOTONIC) - begun,
		    seconds(CLOCK_THREAD_CPUTIME_ID) - cpu,
		    (unsigned long long)sweep->removed);
}

static void *
run(void *arg)
{
	struct sweep *sweep = arg;
	struct database_goal goal;

	guard_thread();
	while (take_goal(sweep, &goal))
		sweep_for(sweep, goal);
	return NULL;
}

void
sweep_request(struct sweep *sweep, struct database_goal goal)
{
	pthread_mutex_lock(&sweep->lock);
	sweep->goal = goal;
	sweep->is_wanted = true;
	pthread_cond_signal(&sweep->news);
	pthread_mutex_unlock(&sweep->lock);
}

/* ---- starting and stopping ---- */

struct sweep *
sweep_new(struct sinkbound *sinkbound, struct module_env *env)
{
	struct sweep *sweep = calloc(1, sizeof(*sweep));
	struct sigaction idle;

	if (sweep == NULL)
		return NULL;
	sweep->sinkbound = sinkbound;
	sweep->env = env;
	sweep->marks = aligned_alloc(
	    _Alignof(struct mark), sinkbound->workers * sizeof(struct mark));
	if (!chunk_init(&sweep->chunk, sinkbound) || sweep->marks == NULL ||
	    sigaction(SIGTERM, NULL, &idle) != 0) {
		chunk_destroy(&sweep->chunk);
		free(sweep->marks);
		free(sweep);
		return NULL;
	}
	for (unsigned i = 0; i < sinkbound->workers; i++)
		atomic_init(&sweep->marks[i].judging, false);
	sweep->idle_handler = idle.sa_handler;
	pthread_mutex_init(&sweep->lock, NULL);
	pthread_cond_init(&sweep->news, NULL);
	return sweep;
}

bool
sweep_start(struct sweep *sweep)
{
	return thread_start(&sweep->thread, run, sweep);
}

void
sweep_stop(struct sweep *sweep)
{
	pthread_mutex_lock(&sweep->lock);
	atomic_store(&sweep->stopping, true);
	pthread_cond_signal(&sweep->news);
	pthread_mutex_unlock(&sweep->lock);
	pthread_join(sweep->thread, NULL);
}

void
sweep_free(struct sweep *sweep)
{
	if (sweep == NULL)
		return;
	pthread_cond_destroy(&sweep->news);
	pthread_mutex_destroy(&sweep->lock);
	chunk_destroy(&sweep->chunk);
	free(sweep->marks);
	free(sweep);
}
