/*
 * evaluate.h - the decision: what a policy says about a query.
 *
 * pol_evaluate() is pure: it reads one snapshot and is told the time. The
 * module and `sinkbound explain` both call it, so they cannot disagree.
 *
 * Order: the feed that comes first in the configuration wins, the operator's
 * statements before all; within one feed the most specific indicator wins: a
 * longer name beats a shorter one, and at one name exact beats below beats
 * subtree. Indicators in shadow mode never win; the one that would have won is
 * reported beside the verdict.
 */
#ifndef POL_EVALUATE_H
#define POL_EVALUATE_H

#include "policy/indicator.h"
#include "policy/store.h"

/* What was asked. The pointer must stay valid while the verdict is used. */
struct pol_query {
	const uint8_t *qname; /* wire format, in any case */
	size_t qname_len;
};

/* One indicator that covers something of the query. */
struct pol_match {
	enum pol_trigger trigger;
	struct pol_indicator indicator; /* its pointers end with the snapshot */
	const struct pol_feed *feed;    /* belongs to the snapshot */
	enum pol_action action;         /* the indicator's, else its feed's */
	enum pol_mode mode;             /* shadow if either says so */
	const uint8_t *name; /* the listed name: the end of query->qname */
	unsigned labels;     /* of that name */
};

struct pol_verdict {
	bool listed;   /* some indicator covers the query, in force or not */
	bool enforced; /* MATCH decides; its action may be POL_ALLOW */
	struct pol_match match;
	bool shadowed; /* SHADOW would have decided, had it been enforced */
	struct pol_match shadow;
};

/*
 * Decide. NOW is in seconds since the epoch. Does not allocate. An error
 * (POL_ECORRUPT, POL_EINVAL for a malformed qname) leaves VERDICT unchanged.
 */
int pol_evaluate(struct pol_snapshot *snapshot, const struct pol_query *query,
    int64_t now, struct pol_verdict *verdict);

/*
 * Call VISIT for every indicator that covers the query, in no given order,
 * those that are not yet or no longer in force too. Stops at the first VISIT
 * that returns other than 0, and returns that.
 */
typedef int pol_match_visit(const struct pol_match *match, void *arg);
int pol_matches(struct pol_snapshot *snapshot, const struct pol_query *query,
    pol_match_visit *visit, void *arg);

/* Does A come before B in the order above, modes and times aside? */
bool pol_match_before(const struct pol_match *a, const struct pol_match *b);

#endif
