/*
 * test_ageing.c - what a feed with `expires` lists no more.
 *
 * The naive model remembers when each name was last listed: it is in force for
 * `expires` from then. How the database keeps that is not its concern.
 */
#include "policy_support.h"

#include <stdio.h>
#include <string.h>

#define NAMES 10
#define EXPIRES 1000
#define TRIALS 60
#define STEPS 60

static uint16_t
set_ageing_feed(struct pol_change *change, uint32_t expires)
{
	struct pol_feed feed = {.order = 1,
	    .action = POL_SINKHOLE,
	    .ede = POL_EDE_BLOCKED,
	    .expires = expires,
	    .name = "ageing",
	    .format = "domains",
	    .source = "test"};
	uint16_t id = 0;

	pol_change_set_feed(change, &feed, &id);
	return id;
}

/* Import the names whose bits are set in LISTED; "a.example" is bit 0. */
static struct pol_import_result
fetch(struct scratch *scratch, unsigned listed, uint32_t expires, int64_t now)
{
	struct pol_import_result result = {0};
	struct pol_change *change = begin_change(scratch);
	uint16_t id = set_ageing_feed(change, expires);
	struct pol_list *list = new_list();

	for (unsigned i = 0; i < NAMES; i++) {
		char name[] = "a.example";

		name[0] = (char)('a' + i);
		if (listed & (1u << i))
			list_add(list, name, POL_SUBTREE, i + 1);
	}
	assert_int_equal(pol_list_seal(list, NULL, NULL), 0);
	assert_int_equal(
	    pol_import(change, id, list, now, NULL, NULL, &result), 0);
	pol_change_checked(change, id, now);
	pol_list_free(list);
	commit(change);
	return result;
}

/* The source had not changed. */
static void
confirm(struct scratch *scratch, int64_t now)
{
	struct pol_change *change = begin_change(scratch);
	const struct pol_feed *feed = pol_change_feed_named(change, "ageing");

	assert_non_null(feed);
	pol_change_checked(change, feed->id, now);
	commit(change);
}

static bool
in_force(struct pol_snapshot *snapshot, unsigned i, int64_t at)
{
	char text[] = "a.example";
	struct pol_verdict verdict;
	struct pol_name name;
	struct pol_query query;

	text[0] = (char)('a' + i);
	name = name_of(text);
	query = (struct pol_query){.qname = name.wire, .qname_len = name.len};
	assert_int_equal(pol_evaluate(snapshot, &query, at, &verdict), 0);
	return pol_verdict_blocks(&verdict);
}

static bool
is_in_force(struct scratch *scratch, unsigned i, int64_t at)
{
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	bool is = in_force(snapshot, i, at);

	pol_snapshot_end(snapshot);
	return is;
}

static void
what_is_listed_lasts_from_the_last_check(void **state)
{
	struct scratch *scratch = *state;

	fetch(scratch, 1, EXPIRES, NOW);
	assert_true(is_in_force(scratch, 0, NOW + EXPIRES - 1));
	assert_false(is_in_force(scratch, 0, NOW + EXPIRES));
	confirm(scratch, NOW + 500);
	assert_true(is_in_force(scratch, 0, NOW + 500 + EXPIRES - 1));
	assert_false(is_in_force(scratch, 0, NOW + 500 + EXPIRES));
}

static void
what_is_gone_stays_from_when_it_was_last_listed(void **state)
{
	struct scratch *scratch = *state;
	struct pol_import_result result;

	fetch(scratch, 3, EXPIRES, NOW);
	result = fetch(scratch, 1, EXPIRES, NOW + 700);
	assert_int_equal(result.removed, 1);
	assert_int_equal(result.lingering, 1);
	assert_int_equal(result.unchanged, 1);
	assert_true(is_in_force(scratch, 1, NOW + EXPIRES - 1));
	assert_false(is_in_force(scratch, 1, NOW + EXPIRES));
	/* Nothing is to be said of it again, until it is taken out. */
	result = fetch(scratch, 1, EXPIRES, NOW + 800);
	assert_int_equal(result.removed + result.expired, 0);
	result = fetch(scratch, 1, EXPIRES, NOW + EXPIRES);
	assert_int_equal(result.expired, 1);
	assert_int_equal(result.removed, 0);
}

static void
what_comes_back_has_never_been_away(void **state)
{
	struct scratch *scratch = *state;
	struct pol_indicator indicator;
	struct pol_snapshot *snapshot;

	fetch(scratch, 1, EXPIRES, NOW);
	fetch(scratch, 2, EXPIRES, NOW + 10);
	assert_int_equal(fetch(scratch, 1, EXPIRES, NOW + 20).added, 1);
	snapshot = begin_snapshot(scratch);
	assert_true(find(snapshot, "a.example", 1, POL_SUBTREE, &indicator));
	assert_int_equal(indicator.since, NOW);
	assert_int_equal(indicator.until, 0);
	assert_false(indicator.unlisted);
	pol_snapshot_end(snapshot);
}

static void
without_expires_what_is_gone_goes_at_once(void **state)
{
	struct scratch *scratch = *state;
	struct pol_import_result result;

	fetch(scratch, 7, EXPIRES, NOW);
	fetch(scratch, 3, EXPIRES, NOW + 1);
	result = fetch(scratch, 1, 0, NOW + 2);
	assert_int_equal(result.removed, 1);
	assert_int_equal(result.expired, 1);
	assert_false(is_in_force(scratch, 1, NOW + 2));
	assert_false(is_in_force(scratch, 2, NOW + 2));
	assert_true(is_in_force(scratch, 0, NOW + 1000 * EXPIRES));
}

static void
an_unchanged_fetch_without_expires_writes_nothing(void **state)
{
	struct scratch *scratch = *state;
	uint64_t generation;

	fetch(scratch, 5, 0, NOW);
	generation = pol_store_generation(scratch->store);
	fetch(scratch, 5, 0, NOW + 9);
	assert_int_equal(pol_store_generation(scratch->store), generation);
}

/* ---- against the naive model ---- */

struct naive {
	bool was_listed[NAMES];
	int64_t last[NAMES];  /* when it was last listed */
	int64_t since[NAMES]; /* of what is in force without a break */
	unsigned listed;
};

static bool
naive_in_force(const struct naive *naive, unsigned i, int64_t at)
{
	return naive->was_listed[i] && at < naive->last[i] + EXPIRES;
}

static void
naive_check(struct naive *naive, unsigned listed, int64_t now)
{
	for (unsigned i = 0; i < NAMES; i++) {
		if ((listed & (1u << i)) == 0)
			continue;
		/* What the feed lists all the time stays what it is, also where
		 * it was checked too late. */
		if (!naive_in_force(naive, i, now) &&
		    (naive->listed & (1u << i)) == 0)
			naive->since[i] = now;
		naive->was_listed[i] = true;
		naive->last[i] = now;
	}
	naive->listed = listed;
}

static void
compare(struct scratch *scratch, const struct naive *naive, int64_t now,
    unsigned trial, unsigned step)
{
	static const int64_t offsets[] = {0, 1, 300, EXPIRES - 1, EXPIRES};
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	const struct pol_feed *feed =
	    pol_snapshot_feed_named(snapshot, "ageing");

	for (unsigned i = 0; i < NAMES; i++) {
		char name[] = "a.example";
		struct pol_indicator indicator;

		name[0] = (char)('a' + i);
		for (size_t j = 0; j < sizeof(offsets) / sizeof(offsets[0]);
		     j++)
			if (in_force(snapshot, i, now + offsets[j]) !=
			    naive_in_force(naive, i, now + offsets[j]))
				fail_msg("trial %u, step %u: %s at +%d", trial,
				    step, name, (int)offsets[j]);
		if (naive_in_force(naive, i, now)) {
			assert_true(
			    find(snapshot, name, 1, POL_SUBTREE, &indicator));
			assert_int_equal(indicator.since, naive->since[i]);
			assert_int_equal(indicator.unlisted,
			    (naive->listed & (1u << i)) == 0);
		}
	}
	assert_int_equal(feed->count, count_all(snapshot));
	assert_int_equal(
	    feed->count - feed->unlisted, __builtin_popcount(naive->listed));
	pol_snapshot_end(snapshot);
}

static void
any_sequence_of_fetches_agrees_with_the_model(void **state)
{
	struct scratch *scratch = *state;
	struct rng rng;

	rng_seed(&rng, 20260101);
	for (unsigned trial = 0; trial < TRIALS; trial++) {
		int64_t now = NOW + (int64_t)trial * 2 * EXPIRES * STEPS;
		struct naive naive = {.listed = 0};

		fetch(scratch, 0, 0, now); /* nothing is left of before */
		for (unsigned step = 0; step < STEPS; step++) {
			now += 1 + rng_below(&rng, EXPIRES * 2 / 3);
			if (rng_below(&rng, 12) == 0)
				now += EXPIRES;
			if (step > 0 && rng_below(&rng, 4) == 0) {
				confirm(scratch, now);
				naive_check(&naive, naive.listed, now);
			} else {
				unsigned listed = rng_below(&rng, 1u << NAMES);

				if (rng_below(&rng, 2) == 0)
					listed |= naive.listed;
				fetch(scratch, listed, EXPIRES, now);
				naive_check(&naive, listed, now);
			}
			compare(scratch, &naive, now, trial, step);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    store_test(what_is_listed_lasts_from_the_last_check),
	    store_test(what_is_gone_stays_from_when_it_was_last_listed),
	    store_test(what_comes_back_has_never_been_away),
	    store_test(without_expires_what_is_gone_goes_at_once),
	    store_test(an_unchanged_fetch_without_expires_writes_nothing),
	    store_test(any_sequence_of_fetches_agrees_with_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
