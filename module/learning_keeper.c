/*
 * learning_keeper.c - the thread that keeps observed.mdb.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "module/guard.h"
#include "module/learning_p.h"
#include "module/thread.h"
#include "policy/error.h"

#define NICE 10 /* of the thread */

static int64_t
now(void)
{
	return (int64_t)time(NULL);
}

/* What helps, where that is known. It may have no right to make files. A write
 * that a fault ended holds LMDB's lock for as long as this thread lives. */
static const char *
remedy(int error)
{
	switch (error) {
	case POL_ECORRUPT:
	case POL_EVERSION:
		return ". Remove it and its lock (-lock), run `sinkbound apply` "
		       "and reload Unbound to begin anew";
	case POL_EACCES:
		return ". Unbound must be able to write it; where it is "
		       "missing, `sinkbound apply` makes it";
	default:
		return "";
	}
}

/* Say once what is wrong with the file. */
static void
complain_once(struct learning *learning, int error)
{
	char message[POL_PATH_MAX + 256];

	if (learning->failed == error)
		return;
	learning->failed = error;
	snprintf(message, sizeof(message),
	    "%s: %s; what is learned is kept in memory only%s", learning->path,
	    pol_strerror(error), remedy(error));
	learning->events.complain(message);
}

/* Say once that what is new from now on is not written. */
static void
complain_once_full(struct learning *learning)
{
	char message[POL_PATH_MAX + 256];

	if (learning->is_full_said || learning->observed == NULL ||
	    !beh_observed_is_full(learning->observed))
		return;
	learning->is_full_said = true;
	snprintf(message, sizeof(message),
	    "%s: has as many first-seen times as `first-seen-memory` allows; "
	    "what comes beyond them is kept in memory only, and new again "
	    "after a restart. Raise it under `observe:`, run `sinkbound "
	    "apply` and restart Unbound",
	    learning->path);
	learning->events.complain(message);
}

static void
drop_file(struct learning *learning, int error)
{
	complain_once(learning, error);
	beh_observed_close(learning->observed);
	learning->observed = NULL;
}

/* ---- beginning ---- */

#define STOPPED 1 /* loading was ended: Unbound stops */

struct loading {
	const struct learning *learning;
	const struct beh_observer *observer;
};

static int
goes_on(const struct loading *loading)
{
	return atomic_load_explicit(
		   &loading->learning->stopping, memory_order_relaxed)
		   ? STOPPED
		   : 0;
}

static int
load_sighting(const struct beh_sighting *sighting, void *arg)
{
	const struct loading *loading = arg;

	beh_seen_load(loading->observer->seen, sighting);
	return goes_on(loading);
}

static int
load_state(const struct beh_state *state, void *arg)
{
	const struct loading *loading = arg;

	beh_tracker_restore(loading->observer->tracker, state);
	return goes_on(loading);
}

static int
load_block(const struct beh_block *block, void *arg)
{
	const struct loading *loading = arg;
	int put = beh_blocks_put(loading->observer->blocks, block);

	return put < 0 && put != POL_EFULL ? put : 0;
}

static int
load(struct learning *learning, const struct beh_observer *observer,
    uint64_t seen_max)
{
	struct beh_observed *observed = learning->observed;
	struct loading loading = {learning, observer};
	int error = beh_observed_each_block(observed, load_block, &loading);

	if (error == 0)
		error = beh_observed_each_state(observed, load_state, &loading);
	if (error == 0)
		error =
		    beh_observed_each_seen(observed, load_sighting, &loading);
	if (error == 0)
		error = beh_observed_limit_seen(observed, seen_max);
	beh_blocks_expire(observer->blocks, now());
	return error;
}

/* How to observe, as the rules in force say; false where there are none. */
static bool
take_options(struct learning *learning, struct beh_options *options)
{
	struct held_rules *held = learning_hold_rules(learning);

	if (held == NULL)
		return false;
	*options = held->rules->options;
	learning_let_go(held);
	return true;
}

static int
open_file(struct learning *learning, uint64_t *seed, int64_t *began)
{
	int error = POL_ECORRUPT;

	if (!learning->is_lost)
		error = beh_observed_create(
		    learning->path, now(), &learning->observed);
	if (error == 0) {
		*seed = beh_observed_seed(learning->observed);
		*began = beh_observed_began(learning->observed);
		return 0;
	}
	complain_once(learning, error);
	*began = now();
	return getrandom(seed, sizeof(*seed), 0) == (ssize_t)sizeof(*seed)
		   ? 0
		   : POL_EIO;
}

/* Make the observer, once there are rules. */
static void
begin(struct learning *learning)
{
	struct beh_options options;
	struct beh_observer *observer;
	uint64_t seed;
	int64_t began;
	int error;

	if (!take_options(learning, &options))
		return;
	error = open_file(learning, &seed, &began);
	if (error == 0)
		error = beh_observer_new(&options, seed, began, &observer);
	if (error != 0) {
		learning->events.complain("out of memory: nothing is learned");
		beh_observed_close(learning->observed);
		learning->observed = NULL;
		return;
	}
	/* What has been loaded so far counts even where the rest cannot. */
	atomic_store_explicit(
	    &learning->observer, observer, memory_order_release);
	if (learning->observed != NULL) {
		error =
		    load(learning, observer, beh_seen_max(options.seen_memory));
		if (error < 0)
			drop_file(learning, error);
	}
	complain_once_full(learning);
	beh_seen_ready(observer->seen);
}

/* ---- writing ---- */

void
learning_queue_block(struct learning *learning, const struct beh_block *block)
{
	pthread_mutex_lock(&learning->queue_lock);
	if (learning->queue_count < LEARNING_BLOCKS_QUEUE)
		learning->queue[learning->queue_count++] = *block;
	pthread_mutex_unlock(&learning->queue_lock);
}

static bool
take_queued(struct learning *learning, struct beh_block *block)
{
	bool found;

	pthread_mutex_lock(&learning->queue_lock);
	found = learning->queue_count > 0;
	if (found)
		*block = learning->queue[--learning->queue_count];
	pthread_mutex_unlock(&learning->queue_lock);
	return found;
}

static void
write_blocks(struct learning *learning)
{
	struct beh_block block;

	while (take_queued(learning, &block))
		if (learning->observed != NULL)
			beh_observed_put_block(learning->observed, &block);
}

static int
write_state(const struct beh_state *state, void *arg)
{
	beh_observed_put_state(arg, state);
	return 0;
}

/* All that is due at TIME; IS_LAST: whatever is not written yet. */
static void
write_batch(struct learning *learning, struct beh_observer *observer,
    int64_t time, bool is_last)
{
	write_blocks(learning);
	beh_seen_keep(observer->seen, learning->observed, time);
	if (learning->observed == NULL)
		return;
	if (is_last || time >= learning->next_states) {
		beh_tracker_changed(
		    observer->tracker, write_state, learning->observed);
		learning->next_states = time + LEARNING_STATES_INTERVAL;
	}
	if (time >= learning->next_purge) {
		beh_observed_purge(
		    learning->observed, time - 2 * BEH_HALF_WINDOW);
		learning->next_purge = time + LEARNING_PURGE_INTERVAL;
	}
}

static void
keep_file(void *arg)
{
	struct learning *learning = arg;
	struct beh_observer *observer = atomic_load(&learning->observer);
	int error;

	if (observer == NULL) {
		begin(learning);
		/* From here on answers come first, where there are too few
		 * cores for all. */
		if (atomic_load(&learning->observer) != NULL)
			(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
		return;
	}
	beh_blocks_expire(observer->blocks, now());
	write_batch(learning, observer, now(), learning->stopping);
	if (learning->observed == NULL)
		return;
	error = beh_observed_commit(learning->observed);
	if (error == POL_ECORRUPT)
		drop_file(learning, error);
	else if (error != 0)
		complain_once(learning, error);
	complain_once_full(learning);
}

/* ---- the thread ---- */

void
learning_wake(struct learning *learning)
{
	pthread_mutex_lock(&learning->wake_lock);
	learning->woken = true;
	pthread_cond_signal(&learning->wake);
	pthread_mutex_unlock(&learning->wake_lock);
}

/* Until it is time for the next batch, or until there are rules. True where it
 * is the last one. */
static bool
wait_for_time(struct learning *learning)
{
	struct timespec until;
	bool stopping;
	int code = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += LEARNING_WRITE_INTERVAL;
	pthread_mutex_lock(&learning->wake_lock);
	while (!learning->woken && !learning->stopping && code == 0)
		code = atomic_load(&learning->observer) != NULL
			   ? pthread_cond_timedwait(
				 &learning->wake, &learning->wake_lock, &until)
			   : pthread_cond_wait(
				 &learning->wake, &learning->wake_lock);
	learning->woken = false;
	stopping = learning->stopping;
	pthread_mutex_unlock(&learning->wake_lock);
	return stopping;
}

/* The file was cut short or overwritten under us: it must not be touched again,
 * so that what LMDB holds of it is lost. */
static void
lose_file(struct learning *learning)
{
	const struct beh_observer *observer = atomic_load(&learning->observer);

	complain_once(learning, POL_ECORRUPT);
	learning->observed = NULL;
	learning->is_lost = true;
	if (observer != NULL)
		beh_seen_ready(observer->seen);
	else
		begin(learning);
}

static void *
keep(void *arg)
{
	struct learning *learning = arg;
	bool stopping = false;

	guard_thread();
	while (!stopping) {
		stopping = wait_for_time(learning);
		if (!guarded(keep_file, learning))
			lose_file(learning);
	}
	return NULL;
}

static int
start_keeper(struct learning *learning)
{
	return thread_start(&learning->keeper, keep, learning) ? 0 : POL_EIO;
}

static void
learning_free(struct learning *learning)
{
	beh_observed_close(learning->observed);
	beh_observer_free(atomic_load(&learning->observer));
	learning_let_go(learning->rules);
	pthread_mutex_destroy(&learning->rules_lock);
	pthread_mutex_destroy(&learning->queue_lock);
	pthread_mutex_destroy(&learning->wake_lock);
	pthread_cond_destroy(&learning->wake);
	free(learning->queue);
	free(learning);
}

/* Waits by a clock that nobody sets. */
static void
init_wake(struct learning *learning)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&learning->wake, &attributes);
	pthread_condattr_destroy(&attributes);
}

int
learning_start(const char *policy_path, const struct learning_events *events,
    struct learning **learning)
{
	struct learning *made = calloc(1, sizeof(*made));
	int error = POL_ENOMEM;

	if (made == NULL)
		return POL_ENOMEM;
	made->events = *events;
	pthread_mutex_init(&made->rules_lock, NULL);
	pthread_mutex_init(&made->queue_lock, NULL);
	pthread_mutex_init(&made->wake_lock, NULL);
	init_wake(made);
	made->queue = calloc(LEARNING_BLOCKS_QUEUE, sizeof(*made->queue));
	if (made->queue != NULL)
		error = beh_observed_path(
			    policy_path, made->path, sizeof(made->path))
			    ? start_keeper(made)
			    : POL_ERANGE;
	if (error != 0) {
		learning_free(made);
		return error;
	}
	*learning = made;
	return 0;
}

void
learning_stop(struct learning *learning)
{
	pthread_mutex_lock(&learning->wake_lock);
	learning->stopping = true;
	pthread_cond_signal(&learning->wake);
	pthread_mutex_unlock(&learning->wake_lock);
	pthread_join(learning->keeper, NULL);
	learning_free(learning);
}

size_t
learning_memory(const struct learning *learning)
{
	const struct beh_observer *observer = atomic_load(&learning->observer);

	return sizeof(*learning) +
	       LEARNING_BLOCKS_QUEUE * sizeof(*learning->queue) +
	       (observer != NULL ? beh_tracker_memory(observer->tracker) +
				       beh_seen_memory(observer->seen)
				 : 0);
}
