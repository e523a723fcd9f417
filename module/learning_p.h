/*
 * learning_p.h - what the workers' side and the keeper's side share.
 */
#ifndef LEARNING_P_H
#define LEARNING_P_H

#include <pthread.h>
#include <stdatomic.h>

#include "behaviour/observed.h"
#include "module/learning.h"

#define LEARNING_BLOCKS_QUEUE 1024 /* new ones between two batches */

struct learning {
	char path[POL_PATH_MAX + 1]; /* of observed.mdb */
	struct learning_events events;
	_Atomic(struct beh_observer *) observer; /* stays once it is there */
	atomic_bool has_rules;
	pthread_rwlock_t rules_lock;
	struct beh_rules *rules; /* NULL: none */

	/* Blocks that are to be written. */
	pthread_mutex_t queue_lock;
	struct beh_block *queue;
	size_t queue_count;

	/* The keeper's. */
	pthread_t keeper;
	pthread_mutex_t wake_lock;
	pthread_cond_t wake;
	bool woken, stopping;
	struct beh_observed *observed; /* NULL: cannot be used */
	int failed;		       /* the error that was said last */
	int64_t next_states, next_purge;
};

/* Have the keeper look now. */
void learning_wake(struct learning *learning);

/* Have BLOCK written. One too many is in memory only. */
void learning_queue_block(
    struct learning *learning, const struct beh_block *block);

#endif
