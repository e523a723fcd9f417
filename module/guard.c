/*
 * guard.c - surviving a database file that is cut short or overwritten while
 * it is mapped.
 */
#include "module/guard.h"

#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <ucontext.h>

#include "policy/damage.h"

static struct sigaction before;

/* Where to go on, in the thread that is inside guarded(); else NULL. */
static _Thread_local sigjmp_buf *volatile way_out;

static void
on_bus_error(int signal_number, siginfo_t *info, void *context)
{
	const ucontext_t *interrupted = context;

	(void)info;
	/* The jump leaves the handler without the kernel's help, which would
	 * bring the mask back. SIGBUS is blocked here, or every signal where
	 * ThreadSanitizer calls the handler: the resolver would never end. */
	if (way_out != NULL) {
		pthread_sigmask(SIG_SETMASK, &interrupted->uc_sigmask, NULL);
		siglongjmp(*way_out, 1);
	}
	/* Not ours: the same access fails again, with the old handler. */
	sigaction(signal_number, &before, NULL);
}

/* Called by LMDB itself and no signal: the mask is as it was. */
static void
on_damage(const char *path, const char *what)
{
	(void)path;
	(void)what;
	if (way_out != NULL)
		siglongjmp(*way_out, 1);
}

bool
guard_install(void)
{
	struct sigaction action = {
	    .sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO};

	sigemptyset(&action.sa_mask);
	if (sigaction(SIGBUS, &action, &before) != 0)
		return false;
	pol_on_damage(on_damage);
	return true;
}

void
guard_remove(void)
{
	pol_on_damage(NULL);
	sigaction(SIGBUS, &before, NULL);
}

void
guard_thread(void)
{
	sigset_t bus;

	sigemptyset(&bus);
	sigaddset(&bus, SIGBUS);
	pthread_sigmask(SIG_UNBLOCK, &bus, NULL);
}

bool
guarded(void (*function)(void *arg), void *arg)
{
	sigjmp_buf here;
	bool done = false;

	/* The handler brings the signal mask back; saving it here would cost
	 * each query a system call. */
	if (sigsetjmp(here, 0) == 0) {
		way_out = &here;
		function(arg);
		done = true;
	}
	way_out = NULL;
	return done;
}
