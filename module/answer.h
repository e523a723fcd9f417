/*
 * answer.h - what of an answer the policy looks at.
 */
#ifndef ANSWER_H
#define ANSWER_H

#include "module/module.h"

struct regional;
struct reply_info;

/*
 * List the aliases and the addresses in the answer section of REP: the targets
 * of CNAME records, target names and address hints of SVCB and HTTPS records
 * (RFC 9460), addresses, and the IPv4 addresses within NAT64 addresses. The
 * list is in REGION, and points into REP. False without memory.
 */
bool answer_items(const struct sinkbound *sinkbound,
    const struct reply_info *rep, struct regional *region,
    struct pol_item **items, size_t *count);

#endif
