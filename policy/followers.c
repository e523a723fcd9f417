/*
 * followers.c - the resolvers that have the policy database open.
 *
 * The offset of a lock: bit 62, so that it lies behind any database; then the
 * follower's number in 22 bits; then the generation in 40 bits.
 */
#include "policy/followers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "policy/error.h"
#include "policy/store_p.h"

#define GENERATION_BITS 40
#define NUMBER_BITS 22
#define NUMBER_MAX (((uint32_t)1 << NUMBER_BITS) - 1)
#define FIRST_OFFSET ((off_t)1 << (GENERATION_BITS + NUMBER_BITS))
#define LAST_OFFSET (2 * (FIRST_OFFSET - 1) + 1)

_Static_assert(sizeof(off_t) == 8, "offsets of 64 bits");

uint32_t
pol_follower_new(void)
{
	uint32_t number;

	/* Two with one number would only be taken for one. */
	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		number = (uint32_t)getpid();
	return number % NUMBER_MAX; /* the last octet of all has no length */
}

static off_t
offset_of(uint32_t number, uint64_t generation)
{
	return FIRST_OFFSET | (off_t)number << GENERATION_BITS |
	       (off_t)(generation & POL_FOLLOWER_GENERATION_MAX);
}

static int
set_lock(int fd, short type, off_t offset)
{
	struct flock lock = {.l_type = type,
	    .l_whence = SEEK_SET,
	    .l_start = offset,
	    .l_len = 1};

	if (fcntl(fd, F_SETLK, &lock) == 0)
		return 0;
	return errno == EACCES || errno == EPERM ? POL_EACCES : POL_EIO;
}

int
pol_follower_show(const struct pol_store *store, uint32_t number,
    uint64_t former, uint64_t generation)
{
	mdb_filehandle_t fd;
	int error;

	if (mdb_env_get_fd(store->env, &fd) != 0)
		return POL_EIO;
	/* A read lock: the file is open for reading only. The new one first,
	 * so that the follower is never gone. */
	error = set_lock(fd, F_RDLCK, offset_of(number, generation));
	if (error == 0 && former != generation)
		error = set_lock(fd, F_UNLCK, offset_of(number, former));
	return error;
}

/* ---- looking ---- */

struct search {
	int fd;
	struct pol_follower *found;
	size_t count;
	bool failed;
};

static void
add(struct search *search, const struct flock *lock)
{
	off_t last = lock->l_start + lock->l_len - 1;
	struct pol_follower follower = {
	    .number = (uint32_t)(last >> GENERATION_BITS) & NUMBER_MAX,
	    .pid = lock->l_pid > 0 ? lock->l_pid : 0,
	    .generation = (uint64_t)last & POL_FOLLOWER_GENERATION_MAX};

	/* While a follower moves on it has two locks. */
	for (size_t i = 0; i < search->count; i++) {
		if (search->found[i].number != follower.number)
			continue;
		if (search->found[i].generation < follower.generation)
			search->found[i].generation = follower.generation;
		return;
	}
	if (search->count < POL_FOLLOWERS_MAX)
		search->found[search->count++] = follower;
}

/* The system tells of one lock in a range: look on both sides of it. */
static void
find_between(struct search *search, off_t first, off_t last)
{
	while (first <= last && search->count < POL_FOLLOWERS_MAX) {
		struct flock lock = {.l_type = F_WRLCK,
		    .l_whence = SEEK_SET,
		    .l_start = first,
		    .l_len = last - first + 1};

		if (fcntl(search->fd, F_GETLK, &lock) != 0) {
			search->failed = true;
			return;
		}
		/* One that reaches beyond is none of a follower. */
		if (lock.l_type == F_UNLCK || lock.l_len == 0 ||
		    lock.l_start < first)
			return;
		add(search, &lock);
		find_between(search, first, lock.l_start - 1);
		first = lock.l_start + lock.l_len;
	}
}

static int
compare(const void *a, const void *b)
{
	const struct pol_follower *first = a, *second = b;

	if (first->pid != second->pid)
		return first->pid < second->pid ? -1 : 1;
	return first->number < second->number ? -1 : 1;
}

int
pol_followers(const struct pol_store *store,
    struct pol_follower followers[POL_FOLLOWERS_MAX], size_t *count)
{
	struct search search = {.found = followers};
	mdb_filehandle_t fd;

	if (mdb_env_get_fd(store->env, &fd) != 0)
		return POL_EIO;
	search.fd = fd;
	find_between(&search, FIRST_OFFSET, LAST_OFFSET);
	if (search.failed)
		return POL_EIO;
	qsort(followers, search.count, sizeof(*followers), compare);
	*count = search.count;
	return 0;
}
