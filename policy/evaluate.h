/*
 * evaluate.h - the decision: what a policy says about a query and its answer.
 *
 * pol_evaluate() is pure: it reads one snapshot and is told the time. The
 * module and `sinkbound explain` both call it, so they cannot disagree.
 *
 * What is looked at, in this order; the first that an enforced indicator
 * decides ends it:
 *
 *	the query name
 *	the names that it is an alias of
 *	each address of the answer: its prefix, then its origin ASN
 *	the names of its name servers
 *	each address of its name servers: likewise
 *
 * In each, the feed that comes first in the configuration wins, the operator's
 * statements before all, and of feeds with equal `order` the one with the lower
 * id; within one feed the most specific indicator wins: a longer name or prefix
 * beats a shorter one, and at one name exact beats below beats subtree. An
 * `allow` that wins ends all, but one for an address only clears that address:
 * a reply is blocked if any of its addresses is. Indicators in shadow mode
 * never win; the one that would have won is reported beside the verdict.
 */
#ifndef POL_EVALUATE_H
#define POL_EVALUATE_H

#include "policy/indicator.h"
#include "policy/store.h"

/* Something of the answer: a name for the triggers POL_ON_CNAME and
 * POL_ON_NSDNAME, an address for POL_ON_IP and POL_ON_NSIP, either for
 * POL_ON_RULE. */
struct pol_item {
	enum pol_trigger trigger;
	const uint8_t *name; /* wire format, in any case; NULL: an address */
	size_t name_len;
	struct pol_address address;
};

/* What was asked, and what was answered as far as that is known. The pointers
 * must stay valid while the verdict is used. */
struct pol_query {
	const uint8_t *qname; /* wire format, in any case; NULL: none */
	size_t qname_len;
	const struct pol_item *items; /* in any order */
	size_t item_count;
};

/* One indicator that covers something of the query. */
struct pol_match {
	enum pol_trigger trigger;
	struct pol_indicator indicator; /* its pointers end with the snapshot */
	const struct pol_feed *feed;    /* belongs to the snapshot */
	enum pol_action action;         /* the indicator's, else its feed's */
	enum pol_mode mode;             /* shadow if either says so */
	enum pol_kind kind;             /* of the indicator's subject: */
	const uint8_t *name; /* POL_NAME: the end of the name that it covers */
	struct pol_prefix prefix; /* POL_PREFIX */
	uint32_t asn;             /* POL_ASN */
	unsigned specificity;     /* labels of the name, bits of the prefix */
	const struct pol_item *item; /* what it covers; NULL: the query name */
};

struct pol_verdict {
	bool listed;   /* some indicator covers something, in force or not */
	bool enforced; /* MATCH decides; its action may be POL_ALLOW */
	struct pol_match match;
	bool shadowed; /* SHADOW would have decided, had it been enforced */
	struct pol_match shadow;
};

/*
 * Decide. NOW is in seconds since the epoch. Does not allocate. An error
 * (POL_ECORRUPT, POL_EINVAL for a malformed name) leaves VERDICT unchanged.
 */
int pol_evaluate(struct pol_snapshot *snapshot, const struct pol_query *query,
    int64_t now, struct pol_verdict *verdict);

/* Is the query to be answered by the policy instead? */
bool pol_verdict_blocks(const struct pol_verdict *verdict);

/*
 * Call VISIT for every indicator that covers something of the query, in no
 * given order, also those that are not yet or no longer in force or whose risk
 * is below their feed's threshold. Stops at the first VISIT that returns other
 * than 0, and returns that.
 */
typedef int pol_match_visit(const struct pol_match *match, void *arg);
int pol_matches(struct pol_snapshot *snapshot, const struct pol_query *query,
    pol_match_visit *visit, void *arg);

/* Can it decide at NOW: in force, and of enough risk for its feed? */
bool pol_match_counts(const struct pol_match *match, int64_t now);

/* Does A come before B in the order above, modes and times aside? */
bool pol_match_before(const struct pol_match *a, const struct pol_match *b);

#endif
