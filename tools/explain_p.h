/*
 * explain_p.h - the parts of sinkbound explain: what it gathers, and printing
 * it.
 */
#ifndef EXPLAIN_P_H
#define EXPLAIN_P_H

#include "policy/evaluate.h"
#include "policy/origin.h"

/* What the policy says about one subject. */
struct explanation {
	struct pol_subject subject;
	struct pol_item item; /* the query's, for a prefix */
	struct pol_query query;
	bool has_origin; /* some network announces the address */
	struct pol_origin origin;
	int64_t at; /* seconds since the epoch */
	const struct pol_snapshot *snapshot;
	struct pol_verdict verdict;
	struct pol_match *matches; /* the winner first, then as they rank */
	size_t count;
	size_t size;
};

enum outcome {
	BLOCKED,
	ALLOWED,
	SHADOW,	      /* the real answer, and a record in the log */
	NOT_IN_FORCE, /* listed, but not at this time */
	LOW_RISK,     /* listed, but below the risk that its feed acts on */
	NOT_LISTED,
};

enum outcome explain_outcome(const struct explanation *explanation);

/* What became of the match at this place: "wins", "also", "shadow", "expired",
 * "not yet" or "low risk". */
const char *explain_mark(const struct explanation *explanation, size_t i);

/* Why the first match wins over the one that would in its absence; NULL where
 * there is no other. */
const char *explain_why(const struct explanation *explanation);

/* False where memory was short. */
bool explain_print_text(const struct explanation *explanation);
bool explain_print_json(const struct explanation *explanation);

#endif
