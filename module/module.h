/*
 * module.h - one loaded module, and what it keeps for a query.
 *
 * The data flow, one file a step:
 *
 *	module.c      Unbound's calls -> what is to be done with this query
 *	answer.c      answer -> the names and addresses that the policy looks
 *	              at
 *	delegation.c  what Unbound's cache knows of the servers behind them
 *	decide.c      query -> verdict, in one snapshot of the database
 *	audience.c    the query's clients, of different groups
 *	matchlog.c    match -> the query log
 *	reply.c       verdict -> the message that Unbound sends
 *	behaviour.c   what upstream responses show of a name, and what it
 *	              makes of a verdict
 *	garden.c      the target of a CNAME, resolved by a sub-query
 *	cached.c      an answer from Unbound's cache -> its shadow matches
 *	sweep.c       a change of the policy -> what Unbound's cache must not
 *	              hold any more
 *
 * Beside it, and without any Unbound header:
 *
 *	database.c    the policy database for the worker threads
 *	keeper.c      the thread that opens it and follows its changes
 *	filter.c      what it certainly does not list, in memory
 *	origins.c     the origin ASN of any address, in memory
 *	guard.c       what happens when the file is cut short meanwhile
 *	querylog.c    the query log
 *	learning.c    what is learned, and what it blocks
 */
#ifndef MODULE_H
#define MODULE_H

#include <stdbool.h>

#include "module/database.h"
#include "module/querylog.h"

struct dns_msg;
struct edns_option;
struct module_env;
struct module_qstate;
struct reply_info;

/* All of a loaded module's state: one for all of Unbound's threads. */
struct sinkbound {
	struct database *database;
	struct querylog *log;
	struct sweep *sweep;
	struct learning *learning;
	unsigned workers;  /* threads that may call */
	unsigned instance; /* which start of the module this is */
	/* Prefixes of 96 bits whose addresses have an IPv4 address at their
	 * end: the well-known one (RFC 6052), and Unbound's dns64-prefix. */
	struct pol_prefix nat64[2];
	unsigned nat64_count;
};

/* A match as the query log wants it. */
struct logged_match {
	struct pol_match match;
	bool has_origin;
	struct pol_origin origin; /* of the address that was matched */
};

/* What the module keeps for a query, in the query's region. */
struct query_state {
	/* By which the client's query name is certainly not listed. */
	struct database_goal cleared;
	bool allowed; /* by its name or an alias: nothing else counts */
	bool blocked;
	/* We keep Unbound from storing what it received last. */
	bool holds_store;
	/* Matches to be logged for each client that is answered: in shadow
	 * mode, and enforced by a reply that had to wait. */
	const struct logged_match *shadow;
	const struct logged_match *enforced;
	const struct logged_match *truncated; /* for those that use UDP */
	/* Nothing of this query is ever stored. */
	bool keeps_out;
	/* Where clients get different answers: see audience.h. */
	struct reply_info *real;
	struct edns_option *real_options;
	struct reply_info *made;	    /* by the policy */
	const struct reply_info *made_for; /* what it was taken from */
	/* The CNAME reply that waits for its target, and the target's answer.
	 */
	struct dns_msg *garden;
};

/*
 * The number of the calling worker thread, below sinkbound->workers; given out
 * at a thread's first call. False for a thread too many, which Unbound does
 * not have.
 */
bool sinkbound_worker(struct sinkbound *sinkbound, unsigned *number);

#endif
