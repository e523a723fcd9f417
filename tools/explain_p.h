/*
 * explain_p.h - the parts of sinkbound explain: what it gathers, and printing
 * it.
 *
 * A name can be met as what a client asks for, as what that is an alias of, and
 * as a name server's; an address as an answer's and as a name server's. Each is
 * explained by itself.
 */
#ifndef EXPLAIN_P_H
#define EXPLAIN_P_H

#include "policy/evaluate.h"
#include "policy/origin.h"
#include "tools/behaviour.h"
#include "tools/guard/guard.h"

/* Who asks, where that is given. */
struct asking {
	bool is_given;
	struct pol_prefix address; /* of full length */
	const struct pol_group *group; /* NULL: in none */
};

/* What the policy says about one subject, met as one trigger. */
struct explanation {
	struct pol_subject subject;
	enum pol_trigger trigger;
	struct pol_item item; /* the query's, but for a query name */
	struct pol_query query;
	bool has_origin; /* some network announces the address */
	struct pol_origin origin;
	int64_t at; /* seconds since the epoch */
	struct asking client;
	struct pol_snapshot *snapshot;
	const struct beh_standing *standing; /* by its behaviour */
	struct pol_verdict verdict;
	struct pol_match *matches; /* the winner first, then as they rank */
	size_t count;
	size_t size;
};

enum outcome {
	BLOCKED,
	ALLOWED,
	SHADOW,	      /* the real answer, and a record in the log */
	SHADOW_CLIENT, /* the same, for this client */
	EXEMPT,	      /* the real answer, for this client */
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

/* The same subject as each trigger that there is something to say about; the
 * first is the query name, or an address of an answer. */
#define ROLES_MAX 3
struct roles {
	struct explanation at[ROLES_MAX];
	size_t count;
	struct behaviour behaviour;
	struct beh_standing standing; /* of a name */
	char guarded[GUARD_REASON_MAX]; /* why no feed can block it, or "" */
};

/* "192.0.2.0/24", or "192.0.2.0 - 192.0.2.9" where the range is no prefix. */
#define RANGE_TEXT_MAX (2 * POL_PREFIX_TEXT_MAX + 3)
char *explain_range(const struct pol_origin *origin, char *text);

/* False where memory was short. */
bool explain_print_text(const struct roles *roles);
bool explain_print_json(const struct roles *roles);

#endif
