/*
 * guard.h - surviving a database file that is cut short or overwritten while
 * it is mapped.
 *
 * Reading a mapped page that the file no longer has raises SIGBUS. An
 * administrator who copies a file over the database does just that, and it
 * must not end the resolver. Nor must an assertion of LMDB's, which one page
 * overwritten by another may fail (policy/damage.h). While a guarded function
 * runs, either of them in its thread ends the function instead of the process;
 * anywhere else it goes the way it went before.
 */
#ifndef GUARD_H
#define GUARD_H

#include <stdbool.h>

/* Take and give back the process's SIGBUS handler, and what LMDB's failed
 * assertions do. */
bool guard_install(void);
void guard_remove(void);

/* Unblock SIGBUS in the calling thread, as guarded() needs it: Unbound blocks
 * all signals in its threads, and a blocked SIGBUS ends the process. */
void guard_thread(void);

/*
 * Call FUNCTION with ARG. False where it was ended: what it had allocated is
 * lost then. It must hold no lock while it reads the database.
 */
bool guarded(void (*function)(void *arg), void *arg);

#endif
