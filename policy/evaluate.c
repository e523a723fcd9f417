/*
 * evaluate.c - the decision: what a policy says about a query and its answer.
 */
#include "policy/evaluate.h"

#include "policy/error.h"
#include "policy/match_p.h"
#include "policy/record_p.h"

/* ---- what the searches share ---- */

int
match_seek(MDB_cursor *cursor, const uint8_t *key, size_t len, MDB_val *found,
    MDB_val *value)
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

/* Does the match's indicator serve the match's trigger? A rule may ask any. */
static bool
serves(const struct pol_match *match)
{
	return match->trigger == POL_ON_RULE ||
	       (pol_triggers_of(&match->indicator, match->feed, match->kind) &
		   pol_trigger_serves(match->trigger)) != 0;
}

int
match_value(struct pol_snapshot *snapshot, struct pol_match *match,
    bool is_same_name, const MDB_val *value, pol_match_visit *visit, void *arg)
{
	struct record_reader reader;
	int more = record_begin(&reader, value->mv_data, value->mv_size);

	if (more != 0)
		return more;
	while ((more = record_next(&reader, &match->indicator)) > 0) {
		int stop;

		if (!scope_covers(match->indicator.scope, is_same_name))
			continue;
		match->feed =
		    pol_snapshot_feed(snapshot, match->indicator.feed);
		if (match->feed == NULL)
			return POL_ECORRUPT;
		if (!serves(match))
			continue;
		match->action = match->indicator.action != POL_ACTION_OF_FEED ?
		    match->indicator.action :
		    match->feed->action;
		match->mode =
		    match->indicator.shadow ? POL_SHADOW : match->feed->mode;
		stop = visit(match, arg);
		if (stop != 0)
			return stop;
	}
	return more;
}

static int
match_item(struct pol_snapshot *snapshot, const struct pol_item *item,
    pol_match_visit *visit, void *arg)
{
	if (item->name == NULL)
		return match_address(snapshot, item, visit, arg);
	return match_name(snapshot, item->trigger, item, item->name,
	    item->name_len, visit, arg);
}

int
pol_matches(struct pol_snapshot *snapshot, const struct pol_query *query,
    pol_match_visit *visit, void *arg)
{
	int stop = query->qname == NULL ?
	    0 :
	    match_name(snapshot, POL_ON_QNAME, NULL, query->qname,
		query->qname_len, visit, arg);

	for (size_t i = 0; stop == 0 && i < query->item_count; i++)
		stop = match_item(snapshot, &query->items[i], visit, arg);
	return stop;
}

/* ---- choosing ---- */

bool
pol_match_counts(const struct pol_match *match, int64_t now)
{
	return pol_indicator_in_force(&match->indicator, match->feed, now) &&
	    match->indicator.risk >= match->feed->risk;
}

/* At one name: exact, then below, then subtree. */
static int
scope_rank(enum pol_scope scope)
{
	return scope == POL_EXACT ? 0 : scope == POL_BELOW ? 1 : 2;
}

bool
pol_match_before(const struct pol_match *a, const struct pol_match *b)
{
	if (a->trigger != b->trigger)
		return a->trigger < b->trigger;
	if (a->kind != b->kind) /* name servers' addresses */
		return a->kind < b->kind;
	if (a->feed->order != b->feed->order)
		return a->feed->order < b->feed->order;
	if (a->feed->id != b->feed->id)
		return a->feed->id < b->feed->id;
	if (a->specificity != b->specificity)
		return a->specificity > b->specificity;
	return scope_rank(a->indicator.scope) < scope_rank(b->indicator.scope);
}

/* The best match so far, of each mode. */
struct choice {
	int64_t now;
	struct pol_verdict verdict;
};

static void
choose_enforced(struct pol_verdict *verdict, const struct pol_match *match)
{
	if (!verdict->enforced || pol_match_before(match, &verdict->match))
		verdict->match = *match;
	verdict->enforced = true;
}

static void
choose_shadow(struct pol_verdict *verdict, const struct pol_match *match)
{
	if (!verdict->shadowed || pol_match_before(match, &verdict->shadow))
		verdict->shadow = *match;
	verdict->shadowed = true;
}

static int
choose(const struct pol_match *match, void *arg)
{
	struct choice *choice = arg;

	choice->verdict.listed = true;
	if (!pol_match_counts(match, choice->now))
		return 0;
	if (match->mode == POL_SHADOW)
		choose_shadow(&choice->verdict, match);
	else
		choose_enforced(&choice->verdict, match);
	return 0;
}

/* A shadow match that an enforced one comes before would not have decided. */
static void
drop_idle_shadow(struct pol_verdict *verdict)
{
	if (verdict->enforced && verdict->shadowed &&
	    pol_match_before(&verdict->match, &verdict->shadow))
		verdict->shadowed = false;
}

/* The query name, or all names of one trigger together. */
static int
decide_names(struct pol_snapshot *snapshot, const struct pol_query *query,
    enum pol_trigger trigger, struct choice *choice)
{
	if (trigger == POL_ON_QNAME)
		return query->qname == NULL ?
		    0 :
		    match_name(snapshot, trigger, NULL, query->qname,
			query->qname_len, choose, choice);
	for (size_t i = 0; i < query->item_count; i++) {
		int error = 0;

		if (query->items[i].trigger == trigger)
			error = match_item(
			    snapshot, &query->items[i], choose, choice);
		if (error != 0)
			return error;
	}
	return 0;
}

/* Each address by itself: an allow clears that one only. */
static int
decide_addresses(struct pol_snapshot *snapshot, const struct pol_query *query,
    enum pol_trigger trigger, struct choice *choice)
{
	for (size_t i = 0; i < query->item_count; i++) {
		struct choice one = {.now = choice->now};
		struct pol_verdict *verdict = &one.verdict;
		int error;

		if (query->items[i].trigger != trigger)
			continue;
		error = match_address(snapshot, &query->items[i], choose, &one);
		if (error != 0)
			return error;
		drop_idle_shadow(verdict);
		choice->verdict.listed |= verdict->listed;
		if (verdict->enforced && verdict->match.action != POL_ALLOW)
			choose_enforced(&choice->verdict, &verdict->match);
		if (verdict->shadowed)
			choose_shadow(&choice->verdict, &verdict->shadow);
	}
	return 0;
}

int
pol_evaluate(struct pol_snapshot *snapshot, const struct pol_query *query,
    int64_t now, struct pol_verdict *verdict)
{
	static const struct {
		enum pol_trigger trigger;
		bool is_address;
	} stages[] = {{POL_ON_QNAME, false}, {POL_ON_CNAME, false},
	    {POL_ON_IP, true}, {POL_ON_NSDNAME, false}, {POL_ON_NSIP, true}};
	struct choice choice = {.now = now};

	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]) &&
	     !choice.verdict.enforced && (i == 0 || query->item_count > 0);
	     i++) {
		int error = stages[i].is_address ?
		    decide_addresses(
			snapshot, query, stages[i].trigger, &choice) :
		    decide_names(
			snapshot, query, stages[i].trigger, &choice);

		if (error != 0)
			return error;
	}
	drop_idle_shadow(&choice.verdict);
	*verdict = choice.verdict;
	return 0;
}

bool
pol_verdict_blocks(const struct pol_verdict *verdict)
{
	return verdict->enforced && verdict->match.action != POL_ALLOW;
}
