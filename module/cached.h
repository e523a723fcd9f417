/*
 * cached.h - shadow matches of answers that come from Unbound's cache.
 *
 * Nothing enforced is in that cache, so only shadow matches are looked for, and
 * only to be logged. What is found to be listed nowhere is remembered (see
 * policy/memo.h): a name by itself, unless its answer has aliases or the policy
 * addresses in shadow mode, then a name with that answer.
 *
 * Where neither indicators nor rules in shadow mode are in force it costs
 * nothing.
 */
#ifndef CACHED_H
#define CACHED_H

#include "module/module.h"

struct comm_reply;
struct query_info;
struct regional;
struct reply_info;

/* Unbound answers CLIENT with REP, whose RRsets it has locked. What is needed
 * for a moment is in REGION. */
void cached_log(struct sinkbound *sinkbound, const struct query_info *qinfo,
    const struct reply_info *rep, struct regional *region,
    const struct comm_reply *client);

#endif
