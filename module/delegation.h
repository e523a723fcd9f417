/*
 * delegation.h - the name servers behind a name, as far as Unbound's cache
 * knows them: what the triggers nsdname and nsip are met in.
 *
 * Nothing is looked up for this: what the cache does not hold is not met. That
 * is so for the servers of forward and stub zones, which are the choice of
 * whoever configured them. Of the query name and each of its aliases the NS
 * RRsets of every zone cut count, from the name up to names of two labels: all
 * that lies below a delegation to a listed server is met, as in RPZ. The root
 * and top-level domains are left out, since their servers say nothing of one
 * domain; so are they in BIND, by default.
 *
 * It costs nothing unless some indicator of the policy serves nsdname or nsip,
 * and at most SERVERS_MAX servers are looked at.
 */
#ifndef DELEGATION_H
#define DELEGATION_H

#include "module/module.h"

struct regional;

struct delegation {
	struct module_env *env;
	struct regional *region; /* for what a verdict points to */
	bool is_answered;	 /* false while nobody has been asked */
	/* What had expired in Unbound's cache before this time (seconds since
	 * the epoch) is not known any more. */
	time_t as_of;
};

/*
 * pol_evaluate() of QUERY and, where that decides nothing, of the servers.
 * Before the answer is known the servers decide only where the policy has no
 * allow, which could be for an alias and would come first. 0 or an error, also
 * POL_ENOMEM; VERDICT changes only on success.
 */
int delegation_evaluate(const struct delegation *delegation,
    struct pol_snapshot *snapshot, const struct pol_query *query, time_t now,
    struct pol_verdict *verdict);

#endif
