/*
 * test_evaluate.c - the decision: scopes, order, modes and times, each by a
 * policy small enough to see the answer. test_evaluate_model.c does the rest.
 */
#include "policy_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A test of one policy: make it with the change, and judge it. */
struct policy {
	struct scratch *scratch;
	struct pol_change *change;
	uint16_t first; /* feeds in the order of the configuration */
	uint16_t second;
	struct pol_snapshot *snapshot;
};

static struct policy
policy_begin(void **state)
{
	struct policy policy = {.scratch = *state};

	policy.change = begin_change(policy.scratch);
	/* Ids in the other order than the configuration's. */
	policy.second = set_feed(policy.change, "second", 2);
	policy.first = set_feed(policy.change, "first", 1);
	return policy;
}

static void
policy_commit(struct policy *policy)
{
	commit(policy->change);
	policy->snapshot = begin_snapshot(policy->scratch);
}

static void
assert_blocked(const struct policy *policy, const char *name, bool expected)
{
	struct pol_verdict verdict = evaluate(policy->snapshot, name);

	if ((verdict.enforced && verdict.match.action != POL_ALLOW) != expected)
		fail_msg("%s is %sblocked", name, expected ? "not " : "");
}

/* Which feed wins, at which scope of which number of labels? */
static void
assert_winner(const struct policy *policy, const char *name, uint16_t feed,
    enum pol_scope scope, unsigned labels)
{
	struct pol_verdict verdict = evaluate(policy->snapshot, name);

	assert_true(verdict.listed);
	assert_true(verdict.enforced);
	assert_int_equal(verdict.match.feed->id, feed);
	assert_int_equal(verdict.match.indicator.feed, feed);
	assert_int_equal(verdict.match.indicator.scope, scope);
	assert_int_equal(verdict.match.specificity, labels);
	assert_int_equal(verdict.match.trigger, POL_ON_QNAME);
}

static void
each_scope_covers_its_names(void **state)
{
	struct policy policy = policy_begin(state);
	uint16_t feed = policy.first;

	set_plain(policy.change, "exact.example", feed, POL_EXACT);
	set_plain(policy.change, "subtree.example", feed, POL_SUBTREE);
	set_plain(policy.change, "below.example", feed, POL_BELOW);
	policy_commit(&policy);
	/* pdns#4086, blocky#556: an apex without its subdomains, the reverse */
	assert_blocked(&policy, "exact.example", true);
	assert_blocked(&policy, "www.exact.example", false);
	assert_blocked(&policy, "subtree.example", true);
	assert_blocked(&policy, "www.subtree.example", true);
	assert_blocked(&policy, "a.b.c.subtree.example", true);
	assert_blocked(&policy, "below.example", false);
	assert_blocked(&policy, "www.below.example", true);
	assert_blocked(&policy, "a.b.c.below.example", true);
	/* neither their parents nor names that look alike */
	assert_blocked(&policy, "example", false);
	assert_blocked(&policy, ".", false);
	assert_blocked(&policy, "notsubtree.example", false);
	assert_blocked(&policy, "subtree.example.org", false);
	assert_blocked(&policy, "subtree\\000.example", false);
	assert_blocked(&policy, "x.subtree\\001.example", false);
	assert_blocked(&policy, "x\\.subtree.example", false);
	pol_snapshot_end(policy.snapshot);
}

static void
case_does_not_matter(void **state)
{
	static const uint8_t qname[] = "\3WwW\7LiStEd1\7eXaMpLe";
	struct policy policy = policy_begin(state);
	struct pol_query query = {.qname = qname, .qname_len = sizeof(qname)};
	struct pol_verdict verdict = {0};

	set_plain(policy.change, "Listed1.EXAMPLE", policy.first, POL_SUBTREE);
	policy_commit(&policy);
	assert_int_equal(
	    pol_evaluate(policy.snapshot, &query, NOW, &verdict), 0);
	assert_true(verdict.enforced);
	/* The listed name is the end of the query's own, with its case. */
	assert_ptr_equal(verdict.match.name, qname + 4);
	assert_int_equal(verdict.match.specificity, 2);
	pol_snapshot_end(policy.snapshot);
}

static void
root_covers_all_names(void **state)
{
	struct policy policy = policy_begin(state);

	set_plain(policy.change, ".", policy.second, POL_BELOW);
	policy_commit(&policy);
	assert_blocked(&policy, ".", false);
	assert_winner(&policy, "a.b.example", policy.second, POL_BELOW, 0);
	assert_winner(&policy, "\\000", policy.second, POL_BELOW, 0);
	pol_snapshot_end(policy.snapshot);
	policy.change = begin_change(policy.scratch);
	set_plain(policy.change, ".", policy.second, POL_SUBTREE);
	policy_commit(&policy);
	assert_winner(&policy, ".", policy.second, POL_SUBTREE, 0);
	pol_snapshot_end(policy.snapshot);
}

/* StevenBlack/hosts#451: an entry below a listed name un-blocked those
 * between the two, and beside it. */
static void
deeper_listed_name_leaves_the_names_between_blocked(void **state)
{
	struct policy policy = policy_begin(state);

	set_plain(policy.change, "example", policy.first, POL_SUBTREE);
	set_plain(policy.change, "a.b.c.example", policy.first, POL_EXACT);
	set_plain(policy.change, "z.b.c.example", policy.second, POL_EXACT);
	policy_commit(&policy);
	assert_blocked(&policy, "example", true);
	assert_blocked(&policy, "c.example", true);
	assert_blocked(&policy, "b.c.example", true);
	assert_blocked(&policy, "a.b.c.example", true);
	assert_blocked(&policy, "x.a.b.c.example", true);
	assert_blocked(&policy, "b.b.c.example", true);
	assert_blocked(&policy, "zz.b.c.example", true);
	assert_blocked(&policy, "x.z.b.c.example", true);
	pol_snapshot_end(policy.snapshot);
}

/* The search meets many listed names that sort before the query's and are no
 * ancestors of it. */
static void
listed_neighbours_do_not_hide_an_ancestor(void **state)
{
	static const char *const neighbours[] = {"a.x.example", "w.x.example",
	    "www-a.x.example", "vvv.vvv.x.example", "a.www.w.x.example",
	    "x.exampl", "x.example0", "a.example", "ww.x.example"};
	struct policy policy = policy_begin(state);

	set_plain(policy.change, "example", policy.first, POL_SUBTREE);
	for (size_t i = 0; i < sizeof(neighbours) / sizeof(neighbours[0]); i++)
		set_plain(
		    policy.change, neighbours[i], policy.first, POL_EXACT);
	policy_commit(&policy);
	assert_winner(&policy, "www.x.example", policy.first, POL_SUBTREE, 1);
	assert_winner(&policy, "z.www.x.example", policy.first, POL_SUBTREE, 1);
	assert_winner(&policy, "zz.example", policy.first, POL_SUBTREE, 1);
	pol_snapshot_end(policy.snapshot);
}

static void
within_a_feed_the_longer_name_wins(void **state)
{
	struct policy policy = policy_begin(state);
	uint16_t feed = policy.first;

	set_action(policy.change, "example", feed, POL_SUBTREE, POL_DROP);
	set_action(policy.change, "b.example", feed, POL_SUBTREE, POL_ALLOW);
	set_action(policy.change, "a.b.example", feed, POL_EXACT, POL_REFUSED);
	policy_commit(&policy);
	assert_winner(&policy, "a.b.example", feed, POL_EXACT, 3);
	assert_winner(&policy, "x.a.b.example", feed, POL_SUBTREE, 2);
	assert_blocked(&policy, "x.a.b.example", false);
	assert_winner(&policy, "b.example", feed, POL_SUBTREE, 2);
	assert_winner(&policy, "x.example", feed, POL_SUBTREE, 1);
	pol_snapshot_end(policy.snapshot);
}

static void
at_one_name_exact_beats_below_beats_subtree(void **state)
{
	struct policy policy = policy_begin(state);
	uint16_t feed = policy.second;

	set_action(policy.change, "example", feed, POL_SUBTREE, POL_DROP);
	set_action(policy.change, "example", feed, POL_BELOW, POL_NODATA);
	set_action(policy.change, "example", feed, POL_EXACT, POL_NXDOMAIN);
	policy_commit(&policy);
	assert_winner(&policy, "example", feed, POL_EXACT, 1);
	assert_winner(&policy, "a.example", feed, POL_BELOW, 1);
	pol_snapshot_end(policy.snapshot);
}

static void
between_feeds_the_configurations_order_wins(void **state)
{
	struct policy policy = policy_begin(state);

	set_plain(policy.change, "example", policy.first, POL_SUBTREE);
	set_plain(policy.change, "a.example", policy.second, POL_EXACT);
	set_plain(policy.change, "b.org", policy.first, POL_EXACT);
	set_plain(policy.change, "b.org", policy.second, POL_EXACT);
	set_plain(policy.change, "org", policy.second, POL_SUBTREE);
	policy_commit(&policy);
	assert_winner(&policy, "a.example", policy.first, POL_SUBTREE, 1);
	assert_winner(&policy, "b.org", policy.first, POL_EXACT, 2);
	assert_winner(&policy, "a.b.org", policy.second, POL_SUBTREE, 1);
	pol_snapshot_end(policy.snapshot);
}

static void
of_feeds_with_equal_order_the_lower_id_wins(void **state)
{
	struct policy policy = policy_begin(state);
	uint16_t lower = set_feed(policy.change, "second", 1);
	uint16_t higher = policy.first;

	assert_true(lower < higher);
	set_plain(policy.change, "example", lower, POL_SUBTREE);
	set_plain(policy.change, "a.example", higher, POL_EXACT);
	set_plain(policy.change, "org", higher, POL_SUBTREE);
	set_plain(policy.change, "b.org", higher, POL_EXACT);
	set_plain(policy.change, "b.org", lower, POL_EXACT);
	policy_commit(&policy);
	assert_winner(&policy, "a.example", lower, POL_SUBTREE, 1);
	assert_winner(&policy, "b.org", lower, POL_EXACT, 2);
	assert_winner(&policy, "a.b.org", higher, POL_SUBTREE, 1);
	pol_snapshot_end(policy.snapshot);
}

static void
operator_comes_before_all_feeds(void **state)
{
	struct policy policy = policy_begin(state);

	set_action(
	    policy.change, "example", POL_OPERATOR, POL_SUBTREE, POL_ALLOW);
	set_plain(policy.change, "a.b.example", policy.first, POL_EXACT);
	set_action(policy.change, "c.b.example", POL_OPERATOR, POL_EXACT,
	    POL_SINKHOLE);
	policy_commit(&policy);
	assert_blocked(&policy, "a.b.example", false);
	assert_winner(&policy, "a.b.example", POL_OPERATOR, POL_SUBTREE, 1);
	assert_winner(&policy, "c.b.example", POL_OPERATOR, POL_EXACT, 3);
	pol_snapshot_end(policy.snapshot);
}

static void
action_and_mode_come_from_the_feed_unless_stated(void **state)
{
	struct policy policy = policy_begin(state);
	struct pol_verdict verdict;
	uint16_t feed =
	    set_feed_as(policy.change, "drops", 3, POL_DROP, POL_ENFORCE);

	set_plain(policy.change, "a.example", feed, POL_EXACT);
	set_action(policy.change, "b.example", feed, POL_EXACT, POL_NODATA);
	policy_commit(&policy);
	verdict = evaluate(policy.snapshot, "a.example");
	assert_int_equal(verdict.match.action, POL_DROP);
	assert_int_equal(verdict.match.indicator.action, POL_ACTION_OF_FEED);
	assert_int_equal(verdict.match.mode, POL_ENFORCE);
	verdict = evaluate(policy.snapshot, "b.example");
	assert_int_equal(verdict.match.action, POL_NODATA);
	pol_snapshot_end(policy.snapshot);
}

static void
shadow_never_decides_and_never_hides(void **state)
{
	struct policy policy = policy_begin(state);
	uint16_t shadow =
	    set_feed_as(policy.change, "tried", 1, POL_DROP, POL_SHADOW);
	struct pol_verdict verdict;

	set_feed(policy.change, "first", 3);
	set_plain(policy.change, "a.example", shadow, POL_EXACT);
	set_plain(policy.change, "example", policy.first, POL_SUBTREE);
	set_plain(policy.change, "only.org", shadow, POL_SUBTREE);
	policy_commit(&policy);
	verdict = evaluate(policy.snapshot, "a.example");
	assert_true(verdict.enforced);
	assert_int_equal(verdict.match.feed->id, policy.first);
	assert_true(verdict.shadowed);
	assert_int_equal(verdict.shadow.feed->id, shadow);
	assert_int_equal(verdict.shadow.action, POL_DROP);
	assert_int_equal(verdict.shadow.mode, POL_SHADOW);
	verdict = evaluate(policy.snapshot, "x.only.org");
	assert_true(verdict.listed);
	assert_false(verdict.enforced);
	assert_true(verdict.shadowed);
	assert_int_equal(verdict.shadow.specificity, 2);
	pol_snapshot_end(policy.snapshot);
}

static void
shadow_that_would_not_have_decided_is_not_reported(void **state)
{
	struct policy policy = policy_begin(state);
	uint16_t shadow =
	    set_feed_as(policy.change, "tried", 9, POL_DROP, POL_SHADOW);
	struct pol_verdict verdict;

	set_plain(policy.change, "a.example", shadow, POL_EXACT);
	set_plain(policy.change, "example", policy.first, POL_SUBTREE);
	set_action(policy.change, "a.org", POL_OPERATOR, POL_EXACT, POL_ALLOW);
	set_plain(policy.change, "a.org", shadow, POL_EXACT);
	policy_commit(&policy);
	verdict = evaluate(policy.snapshot, "a.example");
	assert_true(verdict.enforced);
	assert_false(verdict.shadowed);
	verdict = evaluate(policy.snapshot, "a.org");
	assert_int_equal(verdict.match.action, POL_ALLOW);
	assert_false(verdict.shadowed);
	pol_snapshot_end(policy.snapshot);
}

/* Of the shadows, the one that would have won; within a feed too. */
static void
best_shadow_is_reported(void **state)
{
	struct policy policy = policy_begin(state);
	struct pol_name name = name_of("a.example");
	struct pol_indicator indicator =
	    indicator_of(policy.first, POL_SUBTREE);
	struct pol_verdict verdict;

	indicator.shadow = true;
	set_name(policy.change, &name, &indicator);
	name = name_of("b.a.example");
	set_name(policy.change, &name, &indicator);
	set_action(
	    policy.change, "example", policy.first, POL_SUBTREE, POL_NXDOMAIN);
	indicator.feed = policy.second;
	name = name_of("c.b.a.example");
	set_name(policy.change, &name, &indicator);
	policy_commit(&policy);
	verdict = evaluate(policy.snapshot, "c.b.a.example");
	assert_int_equal(verdict.match.action, POL_NXDOMAIN);
	assert_true(verdict.shadowed);
	assert_int_equal(verdict.shadow.feed->id, policy.first);
	assert_int_equal(verdict.shadow.specificity, 3);
	pol_snapshot_end(policy.snapshot);
}

static struct pol_verdict
evaluate_at(struct pol_snapshot *snapshot, const char *name, int64_t now)
{
	struct pol_name qname = name_of(name);
	struct pol_query query = {.qname = qname.wire, .qname_len = qname.len};
	struct pol_verdict verdict = {0};

	assert_int_equal(pol_evaluate(snapshot, &query, now, &verdict), 0);
	return verdict;
}

static void
indicator_is_in_force_from_since_up_to_until(void **state)
{
	struct policy policy = policy_begin(state);
	struct pol_name name = name_of("a.example");
	struct pol_indicator indicator = indicator_of(policy.first, POL_EXACT);
	struct pol_snapshot *snapshot;

	indicator.until = NOW + 60;
	set_name(policy.change, &name, &indicator);
	policy_commit(&policy);
	snapshot = policy.snapshot;
	assert_false(evaluate_at(snapshot, "a.example", NOW - 1).enforced);
	assert_true(evaluate_at(snapshot, "a.example", NOW - 1).listed);
	assert_true(evaluate_at(snapshot, "a.example", NOW).enforced);
	assert_true(evaluate_at(snapshot, "a.example", NOW + 59).enforced);
	assert_false(evaluate_at(snapshot, "a.example", NOW + 60).enforced);
	assert_true(evaluate_at(snapshot, "a.example", NOW + 60).listed);
	assert_false(evaluate_at(snapshot, "a.example", INT64_MAX).enforced);
	pol_snapshot_end(snapshot);
}

static void
no_end_and_unknown_begin_are_always_in_force(void **state)
{
	struct policy policy = policy_begin(state);
	struct pol_name name = name_of("a.example");
	struct pol_indicator indicator = indicator_of(policy.first, POL_EXACT);

	indicator.since = 0;
	set_name(policy.change, &name, &indicator);
	policy_commit(&policy);
	assert_true(evaluate_at(policy.snapshot, "a.example", 0).enforced);
	assert_true(evaluate_at(policy.snapshot, "a.example", NOW).enforced);
	assert_true(
	    evaluate_at(policy.snapshot, "a.example", INT64_MAX).enforced);
	pol_snapshot_end(policy.snapshot);
}

/* An expired allow allows nothing, an expired shadow shadows nothing, and what
 * they stood before comes out again. */
static void
expired_indicators_hide_nothing(void **state)
{
	struct policy policy = policy_begin(state);
	struct pol_name name = name_of("a.example");
	struct pol_indicator indicator =
	    indicator_of(POL_OPERATOR, POL_SUBTREE);
	struct pol_verdict verdict;

	indicator.action = POL_ALLOW;
	indicator.since = NOW - 60;
	indicator.until = NOW;
	set_name(policy.change, &name, &indicator);
	indicator.scope = POL_EXACT;
	indicator.shadow = true;
	set_name(policy.change, &name, &indicator);
	set_plain(policy.change, "example", policy.second, POL_SUBTREE);
	policy_commit(&policy);
	verdict = evaluate(policy.snapshot, "a.example");
	assert_true(verdict.enforced);
	assert_false(verdict.shadowed);
	assert_int_equal(verdict.match.feed->id, policy.second);
	verdict = evaluate_at(policy.snapshot, "a.example", NOW - 1);
	assert_true(verdict.enforced);
	assert_int_equal(verdict.match.action, POL_ALLOW);
	assert_true(verdict.shadowed);
	pol_snapshot_end(policy.snapshot);
}

static void
nothing_listed_is_no_verdict(void **state)
{
	struct policy policy = policy_begin(state);
	struct pol_verdict verdict;

	set_plain(policy.change, "a.example", policy.first, POL_EXACT);
	policy_commit(&policy);
	verdict = evaluate(policy.snapshot, "b.example");
	assert_false(verdict.listed || verdict.enforced || verdict.shadowed);
	verdict = evaluate(policy.snapshot, "b.a.example");
	assert_false(verdict.listed || verdict.enforced || verdict.shadowed);
	pol_snapshot_end(policy.snapshot);
}

static int
count_match(const struct pol_match *match, void *arg)
{
	size_t *count = arg;

	assert_non_null(match->feed);
	++*count;
	return 0;
}

static int
stop_at_first(const struct pol_match *match, void *arg)
{
	size_t *count = arg;

	(void)match;
	++*count;
	return 4711;
}

static void
malformed_query_is_invalid(void **state)
{
	static const struct {
		const char *wire;
		size_t len;
	} bad[] = {{"", 0}, {"\3com", 4}, {"\3co", 3}, {"\300\14", 2},
	    {"\3com\0\0", 6}, {"\100a\0", 3}};
	struct policy policy = policy_begin(state);
	struct pol_verdict verdict, before;

	set_plain(policy.change, ".", policy.first, POL_SUBTREE);
	policy_commit(&policy);
	memset(&before, 0x55, sizeof(before));
	memset(&verdict, 0x55, sizeof(verdict));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct pol_query query = {
		    .qname = (const uint8_t *)bad[i].wire,
		    .qname_len = bad[i].len};
		size_t count = 0;

		assert_int_equal(
		    pol_evaluate(policy.snapshot, &query, NOW, &verdict),
		    POL_EINVAL);
		assert_memory_equal(&verdict, &before, sizeof(verdict));
		assert_int_equal(
		    pol_matches(policy.snapshot, &query, count_match, &count),
		    POL_EINVAL);
		assert_int_equal(count, 0);
	}
	pol_snapshot_end(policy.snapshot);
}

static void
matches_are_all_that_cover_and_no_more(void **state)
{
	struct policy policy = policy_begin(state);
	struct pol_name qname = name_of("a.b.example");
	struct pol_query query = {.qname = qname.wire, .qname_len = qname.len};
	struct pol_indicator indicator = indicator_of(policy.first, POL_EXACT);
	size_t count = 0;

	set_plain(policy.change, ".", POL_OPERATOR, POL_BELOW);
	set_plain(policy.change, "example", policy.second, POL_SUBTREE);
	set_plain(policy.change, "example", policy.second, POL_EXACT);
	set_plain(policy.change, "b.example", policy.first, POL_BELOW);
	set_plain(policy.change, "a.b.example", policy.first, POL_BELOW);
	set_plain(policy.change, "a.b.example", policy.second, POL_EXACT);
	set_plain(policy.change, "x.a.b.example", policy.second, POL_SUBTREE);
	indicator.until = NOW - 1; /* long over */
	set_name(policy.change, &qname, &indicator);
	indicator.feed = POL_OPERATOR;
	indicator.since = NOW + 1; /* not yet */
	indicator.until = 0;
	set_name(policy.change, &qname, &indicator);
	policy_commit(&policy);
	assert_int_equal(
	    pol_matches(policy.snapshot, &query, count_match, &count), 0);
	assert_int_equal(count, 6);
	count = 0;
	assert_int_equal(
	    pol_matches(policy.snapshot, &query, stop_at_first, &count), 4711);
	assert_int_equal(count, 1);
	pol_snapshot_end(policy.snapshot);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    store_test(each_scope_covers_its_names),
	    store_test(case_does_not_matter),
	    store_test(root_covers_all_names),
	    store_test(deeper_listed_name_leaves_the_names_between_blocked),
	    store_test(listed_neighbours_do_not_hide_an_ancestor),
	    store_test(within_a_feed_the_longer_name_wins),
	    store_test(at_one_name_exact_beats_below_beats_subtree),
	    store_test(between_feeds_the_configurations_order_wins),
	    store_test(of_feeds_with_equal_order_the_lower_id_wins),
	    store_test(operator_comes_before_all_feeds),
	    store_test(action_and_mode_come_from_the_feed_unless_stated),
	    store_test(shadow_never_decides_and_never_hides),
	    store_test(shadow_that_would_not_have_decided_is_not_reported),
	    store_test(best_shadow_is_reported),
	    store_test(indicator_is_in_force_from_since_up_to_until),
	    store_test(no_end_and_unknown_begin_are_always_in_force),
	    store_test(expired_indicators_hide_nothing),
	    store_test(nothing_listed_is_no_verdict),
	    store_test(malformed_query_is_invalid),
	    store_test(matches_are_all_that_cover_and_no_more),
	};

	return cmocka_run_group_tests_name("evaluate", tests, NULL, NULL);
}
