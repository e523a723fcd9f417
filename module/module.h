/*
 * module.h - one loaded module, and what it keeps for a query.
 *
 * The data flow, one file a step:
 *
 *	module.c    Unbound's calls -> what is to be done with this query
 *	decide.c    query -> verdict, in one snapshot of the database, and the
 *	            verdict's records in the query log
 *	reply.c     verdict -> the message that Unbound sends
 *	garden.c    the target of a CNAME, resolved by a sub-query
 */
#ifndef MODULE_H
#define MODULE_H

#include <stdbool.h>

#include "module/database.h"
#include "module/querylog.h"

struct dns_msg;
struct module_env;
struct module_qstate;

/* All of a loaded module's state: one for all of Unbound's threads. */
struct sinkbound {
	struct database *database;
	struct querylog *log;
	unsigned workers;  /* threads that may call */
	unsigned instance; /* which start of the module this is */
};

/* What the module keeps for a query, in the query's region. */
struct query_state {
	bool decided; /* the query stage has been */
	/* We keep Unbound from storing what it received last. */
	bool holds_store;
	/* Matches to be logged for each client that is answered: in shadow
	 * mode, and enforced by a reply that had to wait. */
	const struct pol_match *shadow;
	const struct pol_match *enforced;
	const struct pol_match *truncated; /* for those that use UDP */
	/* The CNAME reply that waits for its target, and the target's answer. */
	struct dns_msg *garden;
};

/*
 * The number of the calling worker thread, below sinkbound->workers; given out
 * at a thread's first call. False for a thread too many, which Unbound does
 * not have.
 */
bool sinkbound_worker(struct sinkbound *sinkbound, unsigned *number);

#endif
