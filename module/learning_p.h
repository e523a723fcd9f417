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

/* Rules that are in use. A worker whose reading of the database ends by SIGBUS
 * never lets go of them: they are lost then, and nothing waits for them. */
struct held_rules {
	atomic_uint holders; /* `learning` is one while they are in force */
	struct beh_rules *rules;
};

struct learning {
	char path[POL_PATH_MAX + 1]; /* of observed.mdb */
	struct learning_events events;
	_Atomic(struct beh_observer *) observer; /* stays once it is there */
	atomic_bool has_rules;
	atomic_bool has_trials; /* rules in shadow mode */
	_Atomic uint32_t ttl_max; /* over which no rule holds */
	pthread_mutex_t rules_lock; /* never held while a database is read */
	struct held_rules *rules;   /* NULL: none */

	/* Blocks that are to be written. */
	pthread_mutex_t queue_lock;
	struct beh_block *queue;
	size_t queue_count;

	/* The keeper's. */
	pthread_t keeper;
	pthread_mutex_t wake_lock;
	pthread_cond_t wake;
	bool woken;
	atomic_bool stopping;
	struct beh_observed *observed; /* NULL: cannot be used */
	bool is_lost; /* cut short or overwritten: it is not to be touched */
	int failed;		       /* the error that was said last */
	bool is_full_said;
	int64_t next_states, next_purge;
};

/* The rules in force; NULL: none. Let go of them with learning_let_go(). */
struct held_rules *learning_hold_rules(struct learning *learning);
void learning_let_go(struct held_rules *held);

/* Have the keeper look now. */
void learning_wake(struct learning *learning);

/* Have BLOCK written. One too many is in memory only. */
void learning_queue_block(
    struct learning *learning, const struct beh_block *block);

#endif
