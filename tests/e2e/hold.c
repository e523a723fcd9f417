/*
 * hold.c - keep Unbound's worker between its verdict and the cache, until a
 * sweep waits for it.
 *
 * What a sweep must wait for lasts some microseconds, which no test meets by
 * chance. Preloaded into an Unbound of one thread, this holds that thread once,
 * if the file that SB_HOLD names is there: after the module has read the clock,
 * which it does with the policy open, at the next lock that Unbound takes,
 * which is of a cache. It goes on when the sweep has paused a few times; or
 * after some seconds, if no sweep does.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SWEEP_PAUSE 1000000 /* nanoseconds, as in module/sweep.c */
#define SWEEP_PAUSES 3
#define PAUSE 1000000
#define PAUSES 3000

static int (*real_nanosleep)(const struct timespec *, struct timespec *);
static int (*real_spin_lock)(pthread_spinlock_t *);
static int (*real_rdlock)(pthread_rwlock_t *);
static int (*real_wrlock)(pthread_rwlock_t *);
static atomic_bool is_armed;
static atomic_uint sweep_pauses;

static void *
real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

__attribute__((constructor)) static void
find_real(void)
{
	*(void **)&real_nanosleep = real("nanosleep");
	*(void **)&real_spin_lock = real("pthread_spin_lock");
	*(void **)&real_rdlock = real("pthread_rwlock_rdlock");
	*(void **)&real_wrlock = real("pthread_rwlock_wrlock");
}

/* Is the address of the module's code? */
static bool
is_module(const void *address)
{
	Dl_info info;

	return dladdr(address, &info) != 0 &&
	       strstr(info.dli_fname, "sinkbound.so") != NULL;
}

time_t
time(time_t *result)
{
	const char *path = getenv("SB_HOLD");
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (result != NULL)
		*result = now.tv_sec;
	if (path != NULL && syscall(SYS_gettid) == getpid() &&
	    is_module(__builtin_return_address(0)) && unlink(path) == 0)
		atomic_store(&is_armed, true);
	return now.tv_sec;
}

int
nanosleep(const struct timespec *pause, struct timespec *rest)
{
	if (pause->tv_sec == 0 && pause->tv_nsec == SWEEP_PAUSE)
		atomic_fetch_add(&sweep_pauses, 1);
	return real_nanosleep(pause, rest);
}

static void
hold(void)
{
	const struct timespec pause = {.tv_nsec = PAUSE};

	if (!atomic_load(&is_armed) || syscall(SYS_gettid) != getpid())
		return;
	atomic_store(&is_armed, false);
	atomic_store(&sweep_pauses, 0);
	for (unsigned i = 0;
	     i < PAUSES && atomic_load(&sweep_pauses) < SWEEP_PAUSES; i++)
		real_nanosleep(&pause, NULL);
}

int
pthread_spin_lock(pthread_spinlock_t *lock)
{
	hold();
	return real_spin_lock(lock);
}

int
pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
	hold();
	return real_rdlock(lock);
}

int
pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
	hold();
	return real_wrlock(lock);
}
