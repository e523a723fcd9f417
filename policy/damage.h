/*
 * damage.h - what LMDB finds wrong within a database that is in use.
 *
 * Much damage is an error code, POL_ECORRUPT. But LMDB has assertions too: that
 * a page is of the kind that another one says, for example. Where a file is
 * overwritten in place, one of them may not hold, and LMDB ends the process.
 * Whoever would rather not be ended has itself told before.
 */
#ifndef POL_DAMAGE_H
#define POL_DAMAGE_H

/*
 * Called in the thread that used the database at PATH; WHAT is LMDB's
 * assertion. The process is aborted where it returns. It may leave by a jump:
 * LMDB may hold the lock of writers then, if the thread was writing, and that
 * write transaction and its database must never be used again, nor closed.
 */
typedef void pol_damaged(const char *path, const char *what);

/* For the process, and all databases opened from now on or before. NULL: none,
 * as at the beginning. From one thread at a time. */
void pol_on_damage(pol_damaged *damaged);

#endif
