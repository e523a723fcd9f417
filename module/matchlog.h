/*
 * matchlog.h - the matches of queries, as the query log gets them.
 *
 * Of a client in a group the log names the group. For one in shadow mode all
 * matches are in shadow mode, and of one that is exempt nothing is logged, nor
 * of one that a rule is not for.
 */
#ifndef MATCHLOG_H
#define MATCHLOG_H

#include "module/module.h"

struct comm_reply;
struct query_info;
struct regional;
struct timeval;

/* A match with the origin of its address, as far as that is known. It ends with
 * the snapshot. */
void matchlog_make(struct pol_snapshot *snapshot, const struct pol_match *match,
    struct logged_match *logged);

/* A copy in REGION that outlives the snapshot; NULL without memory. */
struct logged_match *matchlog_copy(
    struct regional *region, const struct logged_match *logged);

/* Log it for a client that asked for QINFO, as QNAME spells the name. GROUP may
 * be NULL. */
void matchlog_put(struct sinkbound *sinkbound, const struct query_info *qinfo,
    const uint8_t *qname, const struct comm_reply *client,
    const struct pol_group *group, const struct timeval *now,
    const struct logged_match *logged);

/* Log it for all clients that wait for this query. */
void matchlog_put_all(struct sinkbound *sinkbound,
    const struct module_qstate *qstate, const struct pol_clients *clients,
    const struct logged_match *logged);

/* Log the matches that STATE holds, for a client that is being answered. */
void matchlog_put_held(struct sinkbound *sinkbound,
    const struct query_info *qinfo, const struct query_state *state,
    const struct comm_reply *client, const struct pol_group *group,
    const struct timeval *now);

#endif
