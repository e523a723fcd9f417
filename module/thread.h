/*
 * thread.h - a thread of the module's own.
 */
#ifndef THREAD_H
#define THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* Run FUNCTION with ARG in THREAD, which the caller joins. Every signal is
 * blocked in it: the resolver's own threads take its signals. False where the
 * system has no thread to give. */
bool thread_start(pthread_t *thread, void *(*function)(void *arg), void *arg);

#endif
