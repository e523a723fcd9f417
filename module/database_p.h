/*
 * database_p.h - what the workers' and the keeper's side of the database share.
 *
 * The gate between workers and keeper: a worker sets its own `inside` flag and
 * then looks whether a database is open; the keeper takes the database away
 * and then waits until no flag is set. Both orders are sequentially consistent,
 * so either the worker sees that it is gone or the keeper sees the worker.
 */
#ifndef DATABASE_P_H
#define DATABASE_P_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>
#include <time.h>

#include "module/database.h"

#define CACHE_LINE 64

struct worker {
	_Alignas(CACHE_LINE) atomic_bool inside;
	struct pol_snapshot *snapshot; /* released while not inside */
	struct pol_memo *memo;	       /* NULL for the sweep */
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
	int error;		 /* of the attempt to use it; 0: not tried */
};

struct database {
	char *path;
	struct database_events events;
	unsigned worker_count; /* with the one for the sweep */
	struct worker *workers;
	struct pol_store *store;       /* the keeper's; see the gate */
	struct pol_snapshot *settings; /* the keeper's own snapshot */
	_Atomic(enum gate) gate;
	/* See filter.c. */
	_Atomic(struct pol_filter *) filter; /* NULL: none yet */
	struct pol_filter *filling; /* the keeper's */
	uint64_t filtered; /* generation of the last one that was begun */
	atomic_size_t filter_memory; /* octets */
	/* See origins.c. */
	_Atomic(struct pol_origin_table *) origins; /* NULL: none */
	struct pol_origin_table *gathering; /* the keeper's */
	atomic_size_t origins_memory; /* octets */
	atomic_int on_error;
	atomic_bool has_shadow;
	atomic_bool has_shadow_addresses;
	atomic_bool has_clients;
	atomic_bool broken; /* a worker could not enter */
	atomic_bool stopping;
	bool is_short; /* at the last look: the file, by its own header */
	struct file_mark failed;
	_Atomic uint64_t policies; /* how many were announced */
	/* How this process shows itself in the open file. */
	uint32_t follower;
	_Atomic uint64_t opening; /* which opening of a file this is */
	uint64_t swept; /* generation shown: of the keeper, then the sweep */
	atomic_bool is_hidden; /* showing it failed, and that was said */
	int64_t moment;	       /* when the policy changes by itself; 0: never */
	atomic_bool sweep_asked; /* by a worker */
	int64_t looked_at;     /* when that was last compared with the clock */
	bool is_behind;	       /* a commit is about to be readable */
	int wake;	       /* eventfd */
	int watch;	       /* inotify: commits; -1: none */
	int watched;	       /* of these, the open file; -1: none */
	pthread_t keeper;
};

/* By the keeper: until each worker has left once that was inside. */
void database_wait(struct database *database);

/* As worker number NUMBER: until database_leave() the store and the filter stay.
 * False where there is none. */
bool database_enter(struct database *database, unsigned number);

/* By the keeper, its snapshot in use: make the filter of its generation. */
void filter_follow(struct database *database);

/* Was the filter of this generation begun? */
bool filter_is_of(const struct database *database, uint64_t generation);

/* With the gate shut: there is none. */
void filter_drop(struct database *database);

/* By the keeper, with its snapshot in use: have the table of its origin data,
 * where there are rules. */
void origins_follow(struct database *database);

/* There is none. */
void origins_drop(struct database *database);

/* Show other processes how far this one follows the open file. */
void database_show(struct database *database, uint64_t generation);

/* Say WHAT of the file to the resolver's log. */
void database_tell(
    void (*event)(const char *message), const char *path, const char *what);

/* Look at the file, and do what is to be done: by the keeper, and once before
 * there is one. */
void keeper_look(struct database *database);

/* The keeper's thread; ARG is the database. */
void *keeper_run(void *arg);

/* Close what is open. No worker may be reading. */
void keeper_close(struct database *database);

#endif
