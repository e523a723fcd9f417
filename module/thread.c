/*
 * thread.c - a thread of the module's own.
 */
#include "module/thread.h"

#include <signal.h>

bool
thread_start(pthread_t *thread, void *(*function)(void *arg), void *arg)
{
	sigset_t all, before;
	int error;

	/* A new thread inherits the mask: nothing reaches it in between. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(thread, NULL, function, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error == 0;
}
