/*
 * behaviour.h - what upstream responses show, and what it makes of a verdict.
 */
#ifndef BEHAVIOUR_H
#define BEHAVIOUR_H

#include "module/delegation.h"
#include "module/learning.h"

struct dns_msg;
struct pol_group;

/*
 * A response has come from upstream and is about to be stored: note its
 * addresses, by their owners, and those of name servers that came with them.
 * The TTL is read from the packet itself: what the parsed message has is
 * bounded by cache-min-ttl and cache-max-ttl.
 */
void behaviour_note(struct sinkbound *sinkbound,
    const struct module_qstate *qstate, const struct dns_msg *response);

/*
 * Where VERDICT, the policy's for QUERY, decides nothing: is the query name, or
 * a name that it is an alias of, blocked by its behaviour for CLIENT (NULL: for
 * somebody)? What the verdict then points to is in FOUND and in QUERY.
 */
void behaviour_evaluate(struct sinkbound *sinkbound,
    const struct pol_query *query, const struct beh_client *client,
    time_t now, struct beh_standing *found, struct pol_verdict *verdict);

/* Is MATCH, met for a query of QNAME, also for a client in GROUP (NULL: in
 * none)? A rule may be for some groups only. */
bool behaviour_concerns(struct sinkbound *sinkbound,
    const struct pol_match *match, const uint8_t *qname, size_t qname_len,
    const struct pol_group *group);

/* Is no name of QUERY blocked by its behaviour, for anybody, not even in shadow
 * mode? */
bool behaviour_blocks_none(
    struct sinkbound *sinkbound, const struct pol_query *query);

#endif
