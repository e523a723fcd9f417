/*
 * garden.h - the walled garden: a CNAME to the operator's own name.
 *
 * Stub resolvers do not follow a CNAME, so the reply must hold what it leads
 * to. The target is resolved by a sub-query, which belongs to no client and is
 * not subject to the policy.
 */
#ifndef GARDEN_H
#define GARDEN_H

#include "module/decide.h"

/*
 * Begin the reply of a match whose action is cname. DECISION_WAIT where the
 * target has to be resolved; DECISION_PASS for a query of the target itself,
 * which must be reachable.
 */
enum decision garden_enter(struct module_qstate *qstate, int id,
    struct query_state *state, const struct pol_match *match,
    const struct pol_settings *settings);

/* The sub-query SUB is done: put its answer into the reply that waits. */
void garden_resolved(const struct module_qstate *sub,
    struct module_qstate *qstate, struct query_state *state);

/* Make the reply that waited the query's. */
void garden_leave(struct module_qstate *qstate,
    const struct query_state *state);

#endif
