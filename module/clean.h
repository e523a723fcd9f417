/*
 * clean.h - what of a query was found to be listed nowhere.
 *
 * A miss is looked at up to three times: its name when it arrives, each
 * response before Unbound stores it, and the finished answer. What no indicator
 * covers, in force or not, stays so until the next commit whatever the time is,
 * so it is looked up once. Nothing is remembered while the policy also looks at
 * what is not in the answer, the name servers.
 */
#ifndef CLEAN_H
#define CLEAN_H

#include "module/module.h"

struct regional;

/* Add what GOAL lists nowhere: the items of QUERY, and its name where that is
 * the client's (IS_OWN). REGION is the query's. */
void clean_remember(struct clean *clean, struct regional *region,
    struct database_goal goal, const struct pol_query *query, bool is_own);

/* What of QUERY is not known to be clean, its items in REGION. False without
 * memory. IS_OWN: its name is the client's. */
bool clean_strip(const struct clean *clean, struct regional *region,
    const struct pol_query *query, bool is_own, struct pol_query *rest);

/* Is what CLEAN knows of this generation? */
bool clean_is_of(const struct clean *clean, struct database_goal goal);

#endif
