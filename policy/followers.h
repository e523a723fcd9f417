/*
 * followers.h - the resolvers that have the policy database open, and how far
 * each is in following it.
 *
 * A resolver shows itself by a lock (fcntl, advisory) on one octet of the
 * database file, far behind its end: the octet's offset says which generation
 * its caches are known to agree with. The kernel keeps such locks, takes them
 * away from a process that ends, however it ends, and tells who holds them:
 * nothing can be left behind, and nothing needs to be written to the file,
 * which a resolver may not.
 *
 * Why not LMDB's reader table: a reader at a generation would do, but what
 * reads for a moment cannot be told from what stays there, a reader keeps old
 * pages from being used again, and the table's process ids mean nothing
 * in another PID namespace.
 */
#ifndef POL_FOLLOWERS_H
#define POL_FOLLOWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct pol_store;

/* Generations up to this one can be shown: 10^12. */
#define POL_FOLLOWER_GENERATION_MAX (((uint64_t)1 << 40) - 1)

/* A resolver's own number in the file, random; one for each process. */
uint32_t pol_follower_new(void);

/*
 * Show that NUMBER follows STORE and that its caches agree with GENERATION (0:
 * with none yet), not with FORMER any more, which it showed before. A process
 * that closes the file shows nothing any more. POL_EACCES or POL_EIO where the
 * system refuses.
 */
int pol_follower_show(const struct pol_store *store, uint32_t number,
    uint64_t former, uint64_t generation);

struct pol_follower {
	uint32_t number;
	pid_t pid;	     /* 0: in another PID namespace */
	uint64_t generation; /* 0: none yet */
};

/* More are not found. */
#define POL_FOLLOWERS_MAX 64

/*
 * Find the followers of STORE, other processes than this one, in order of
 * their process ids. POL_EIO where the system refuses.
 */
int pol_followers(const struct pol_store *store,
    struct pol_follower followers[POL_FOLLOWERS_MAX], size_t *count);

#endif
