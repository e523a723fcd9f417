/*
 * decide.h - what the policy says about a query, and what comes of it.
 */
#ifndef DECIDE_H
#define DECIDE_H

#include "module/module.h"

struct query_info;
struct reply_info;

enum decision {
	DECISION_PASS,     /* nothing to do: Unbound goes on */
	DECISION_ANSWERED, /* the query state holds the reply */
	DECISION_WAIT,     /* a sub-query was started, the reply comes after it */
	DECISION_FAIL,     /* out of memory: SERVFAIL */
};

/*
 * Decide for the clients of a query by its name, and by the answer REP unless
 * that is NULL; log what is enforced, and leave in STATE what is to be logged
 * when a client is answered. Clients of different groups: see audience.h.
 */
enum decision decide_for_clients(struct sinkbound *sinkbound,
    struct module_qstate *qstate, int id, struct query_state *state,
    const struct reply_info *rep);

/* Would a client that asked QINFO and got REP be blocked, were it in no group?
 * STATE is the query's, which may be for another name. */
bool decide_is_blocked(struct sinkbound *sinkbound,
    const struct module_qstate *qstate, struct query_state *state,
    const struct query_info *qinfo, const struct reply_info *rep);

#endif
