/*
 * audience.h - the clients of one query, and which answer each of them gets.
 *
 * Unbound lets all clients that ask the same share one query, made for the
 * first of them. Where groups of clients are configured (policy/clients.h) one
 * answer may not be for all. Two things keep the answers apart:
 *
 * - A query that is known to be answered by the group is taken from where
 *   Unbound looks for one to join, so clients that come later get one of their
 *   own.
 * - Where that is known only when the answer is there, clients of both kinds
 *   may wait for it. The query then keeps the real answer beside the policy's,
 *   and each client is given its own when the reply is written. So it is with a
 *   rule for some groups that the answer itself has met.
 *
 * Neither works for an answer that Unbound itself gives to a query as a whole:
 * one that is dropped is dropped for all, who then ask again, and one that is
 * truncated is truncated for all that use UDP.
 */
#ifndef AUDIENCE_H
#define AUDIENCE_H

#include "module/module.h"

struct comm_reply;
struct edns_option;
struct query_info;
struct reply_info;

/* Who waits for a query: clients for whom this match is enforced, and others.
 */
struct audience {
	bool is_enforced;
	bool is_spared;
};
struct audience audience_of(struct sinkbound *sinkbound,
    const struct pol_clients *clients, const struct module_qstate *qstate,
    const struct pol_match *match);

/* The group of a client, or NULL. */
const struct pol_group *audience_group(
    const struct pol_clients *clients, const struct comm_reply *client);

/* The same where no snapshot is at hand. False: in none. */
bool audience_look_up(struct sinkbound *sinkbound,
    const struct comm_reply *client, struct pol_group *group);

/* Is MATCH, met for a query of QINFO, enforced for a client of this group
 * (NULL: of none)? */
bool audience_enforced(struct sinkbound *sinkbound,
    const struct query_info *qinfo, const struct pol_match *match,
    const struct pol_group *group);

/* Keep clients that are yet to come from joining this query. Not possible while
 * Unbound itself waits for it: then nothing is done. */
void audience_close(struct module_qstate *qstate);

/* Keep the real answer, REP with the options before the policy's, for the
 * clients that are spared. False without memory. */
bool audience_keep_real(struct module_qstate *qstate, struct query_state *state,
    const struct reply_info *rep, struct edns_option *options);

/* A reply is being written: make REP and OPTIONS what a client gets for whom
 * the policy is enforced, or one who is spared. */
void audience_choose(struct query_state *state, bool is_enforced,
    struct reply_info *rep, struct edns_option **options);

#endif
