/*
 * evaluate.c - the decision: what a policy says about a query.
 */
#include "policy/evaluate.h"

#include "policy/error.h"
#include "policy/record_p.h"
#include "policy/store_p.h"

/* ---- finding what covers a query ---- */

/* A name of the query, while the listed names above it are looked for. */
struct walk {
	struct pol_snapshot *snapshot;
	const uint8_t *name; /* as the query has it */
	unsigned labels;
	struct pol_key key;
	pol_match_visit *visit;
	void *arg;
};

/* The end of WIRE that has LABELS labels. */
static const uint8_t *
last_labels(const uint8_t *wire, unsigned have, unsigned labels)
{
	while (have-- > labels)
		wire += 1u + *wire;
	return wire;
}

static unsigned
key_labels(const uint8_t *key, size_t len)
{
	unsigned labels = 0;

	for (size_t i = 1; i < len; i++)
		if (key[i] == 0)
			labels++;
	return labels;
}

static bool
scope_covers(enum pol_scope scope, bool is_same_name)
{
	switch (scope) {
	case POL_EXACT:
		return is_same_name;
	case POL_SUBTREE:
		return true;
	case POL_BELOW:
		return !is_same_name;
	}
	return false;
}

/* Report the indicators of the listed name at KEY, an ancestor of the query's
 * name or that name itself. */
static int
visit_listed(const struct walk *walk, const MDB_val *key, const MDB_val *value)
{
	struct pol_match match = {.trigger = POL_QNAME};
	struct record_reader reader;
	bool is_same_name = key->mv_size == walk->key.len;
	int more = record_begin(&reader, value->mv_data, value->mv_size);

	if (more != 0)
		return more;
	match.labels = key_labels(key->mv_data, key->mv_size);
	match.name = last_labels(walk->name, walk->labels, match.labels);
	while ((more = record_next(&reader, &match.indicator)) > 0) {
		int stop;

		if (!scope_covers(match.indicator.scope, is_same_name))
			continue;
		match.feed = pol_snapshot_feed(
		    walk->snapshot, match.indicator.feed);
		if (match.feed == NULL)
			return POL_ECORRUPT;
		match.action = match.indicator.action != POL_ACTION_OF_FEED ?
		    match.indicator.action :
		    match.feed->action;
		match.mode =
		    match.indicator.shadow ? POL_SHADOW : match.feed->mode;
		stop = walk->visit(&match, walk->arg);
		if (stop != 0)
			return stop;
	}
	return more;
}

/* The greatest listed key up to KEY: 0, MDB_NOTFOUND or an error of LMDB. */
static int
seek_at_or_before(MDB_cursor *cursor, const uint8_t *key, size_t len,
    MDB_val *found, MDB_val *value)
{
	int code;

	*found = store_val(key, len);
	code = mdb_cursor_get(cursor, found, value, MDB_SET_RANGE);
	if (code == MDB_NOTFOUND)
		return mdb_cursor_get(cursor, found, value, MDB_LAST);
	if (code != 0)
		return code;
	if (found->mv_size == len &&
	    pol_key_within(found->mv_data, found->mv_size, key, len))
		return 0;
	return mdb_cursor_get(cursor, found, value, MDB_PREV);
}

/*
 * Visit the listed ancestors from the nearest to the root. Where the greatest
 * key up to the name's is not an ancestor, no listed ancestor is longer than
 * what both have in common, so the search goes on there.
 */
static int
walk_up(const struct walk *walk)
{
	const uint8_t *key = walk->key.data;
	size_t len = walk->key.len;
	MDB_cursor *cursor = snapshot_names(walk->snapshot);

	while (len > 0) {
		MDB_val found, value;
		size_t common;
		int code = seek_at_or_before(cursor, key, len, &found, &value);

		if (code == MDB_NOTFOUND)
			return 0;
		if (code != 0)
			return pol_error_from_lmdb(code);
		common = pol_key_common(key, len, found.mv_data, found.mv_size);
		if (common == found.mv_size) {
			int stop = visit_listed(walk, &found, &value);

			if (stop != 0)
				return stop;
			common = pol_key_parent(key, common);
		}
		len = common;
	}
	return 0;
}

int
pol_matches(struct pol_snapshot *snapshot, const struct pol_query *query,
    pol_match_visit *visit, void *arg)
{
	struct walk walk = {.snapshot = snapshot,
	    .name = query->qname,
	    .visit = visit,
	    .arg = arg};
	struct pol_name name;
	int error = pol_name_from_wire(query->qname, query->qname_len, &name);

	if (error != 0)
		return error;
	walk.labels = pol_name_labels(name.wire);
	pol_key_from_name(&name, &walk.key);
	return walk_up(&walk);
}

/* ---- choosing ---- */

/* At one name: exact, then below, then subtree. */
static int
scope_rank(enum pol_scope scope)
{
	return scope == POL_EXACT ? 0 : scope == POL_BELOW ? 1 : 2;
}

bool
pol_match_before(const struct pol_match *a, const struct pol_match *b)
{
	if (a->feed->order != b->feed->order)
		return a->feed->order < b->feed->order;
	if (a->labels != b->labels)
		return a->labels > b->labels;
	return scope_rank(a->indicator.scope) < scope_rank(b->indicator.scope);
}

struct choice {
	int64_t now;
	struct pol_verdict verdict;
};

static int
choose(const struct pol_match *match, void *arg)
{
	struct choice *choice = arg;
	struct pol_verdict *verdict = &choice->verdict;

	verdict->listed = true;
	if (!pol_indicator_in_force(&match->indicator, choice->now))
		return 0;
	if (match->mode == POL_SHADOW) {
		if (!verdict->shadowed ||
		    pol_match_before(match, &verdict->shadow))
			verdict->shadow = *match;
		verdict->shadowed = true;
	} else {
		if (!verdict->enforced ||
		    pol_match_before(match, &verdict->match))
			verdict->match = *match;
		verdict->enforced = true;
	}
	return 0;
}

int
pol_evaluate(struct pol_snapshot *snapshot, const struct pol_query *query,
    int64_t now, struct pol_verdict *verdict)
{
	struct choice choice = {.now = now};
	int error = pol_matches(snapshot, query, choose, &choice);

	if (error != 0)
		return error;
	if (choice.verdict.enforced && choice.verdict.shadowed &&
	    pol_match_before(&choice.verdict.match, &choice.verdict.shadow))
		choice.verdict.shadowed = false;
	*verdict = choice.verdict;
	return 0;
}
