/*
 * sweep.h - take out of Unbound's message cache what the policy now blocks.
 *
 * A cached answer never reaches a module, so what is cached when the policy
 * changes must go. The sweep is a thread of its own, which the keeper of the
 * database wakes: after a commit, and when an indicator begins or ends.
 */
#ifndef SWEEP_H
#define SWEEP_H

#include "module/module.h"

struct module_env;
struct sweep;

/* Make one for ENV's caches. NULL without memory. */
struct sweep *sweep_new(struct sinkbound *sinkbound, struct module_env *env);

/* Start and stop its thread, while sinkbound->database is there. */
bool sweep_start(struct sweep *sweep);
void sweep_stop(struct sweep *sweep);

void sweep_free(struct sweep *sweep);

/* Sweep until the cache agrees with GOAL; does not wait. A sweep on the way to
 * another goal comes to its end first. */
void sweep_request(struct sweep *sweep, struct database_goal goal);

/* The calling worker is about to judge a response, which Unbound stores after
 * that; and it is done with all that it judged before. */
void sweep_judging(struct sweep *sweep, unsigned worker);
void sweep_judged(struct sweep *sweep, unsigned worker);

#endif
