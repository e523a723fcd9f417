/*
 * test_tracker.c - many names' flux states in a fixed amount of memory, and the
 * scores of what they hold.
 */
#include "policy_support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "behaviour/score.h"
#include "behaviour/tracker.h"

static struct beh_tracker *
new_tracker(void)
{
	struct beh_tracker *tracker = NULL;

	assert_int_equal(beh_tracker_new(BEH_MEMORY_MIN, 5, &tracker), 0);
	return tracker;
}

static struct beh_summary
add(struct beh_tracker *tracker, const char *text, int64_t time,
    uint32_t number, uint32_t asn)
{
	struct pol_name name = name_of(text);
	struct beh_address address = {.asn = asn};
	struct beh_answer answer = {.time = time,
	    .ttl = 60,
	    .authoritative = true,
	    .addresses = &address,
	    .address_count = 1};
	struct beh_summary summary;
	uint8_t octets[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
	    (uint8_t)(number >> 8), (uint8_t)number};

	pol_address_set(&address.address, 4, octets);
	beh_tracker_add(
	    tracker, BEH_OWNER, name.wire, name.len, &answer, &summary);
	return summary;
}

static bool
knows(struct beh_tracker *tracker, enum beh_kind kind, const char *text,
    int64_t now)
{
	struct pol_name name = name_of(text);
	struct beh_summary summary;

	return beh_tracker_find(
	    tracker, kind, name.wire, name.len, now, &summary);
}

static void
flood(struct beh_tracker *tracker, unsigned count, int64_t time)
{
	char text[64];

	for (unsigned i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "r%u.flood.example", i);
		add(tracker, text, time + i / 1000, 0xc0000201, 64500);
	}
}

static void
memory_has_limits(void **state)
{
	struct beh_tracker *tracker = NULL;

	(void)state;
	assert_int_equal(
	    beh_tracker_new(BEH_MEMORY_MIN - 1, 5, &tracker), POL_EINVAL);
	assert_int_equal(
	    beh_tracker_new(BEH_MEMORY_MAX + 1, 5, &tracker), POL_EINVAL);
	assert_null(tracker);
	tracker = new_tracker();
	assert_true(beh_tracker_memory(tracker) <= BEH_MEMORY_MIN + 65536);
	beh_tracker_free(tracker);
	beh_tracker_free(NULL);
}

static void
name_is_found_in_any_case_and_by_its_kind(void **state)
{
	struct beh_tracker *tracker = new_tracker();

	(void)state;
	add(tracker, "Www.Example.ORG", NOW, 1, 1);
	assert_true(knows(tracker, BEH_OWNER, "www.example.org", NOW));
	assert_false(knows(tracker, BEH_DOMAIN, "www.example.org", NOW));
	assert_false(knows(tracker, BEH_OWNER, "example.org", NOW));
	beh_tracker_free(tracker);
}

/* Nobody outside knows which names share a set. */
static void
seed_decides_where_a_name_is(void **state)
{
	struct pol_name name = name_of("www.example");

	(void)state;
	assert_true(beh_tracker_hash(1, BEH_OWNER, name.wire, name.len) !=
		    beh_tracker_hash(2, BEH_OWNER, name.wire, name.len));
}

static int
count_state(const struct beh_state *state, void *arg)
{
	(void)state;
	++*(unsigned *)arg;
	return 0;
}

static void
flood_leaves_a_proved_name(void **state)
{
	struct beh_tracker *tracker = new_tracker();
	unsigned changed = 0;

	(void)state;
	for (uint32_t i = 0; i < 5; i++)
		add(tracker, "flux.example", NOW + i, i << 16, 64500 + i);
	add(tracker, "once.example", NOW, 1, 1);
	flood(tracker, 200000, NOW + 10);
	assert_true(knows(tracker, BEH_OWNER, "flux.example", NOW + 300));
	assert_false(knows(tracker, BEH_OWNER, "once.example", NOW + 300));
	/* Nothing of the flood goes to disk, and what went there once. */
	beh_tracker_changed(tracker, count_state, &changed);
	assert_int_equal(changed, 1);
	beh_tracker_changed(tracker, count_state, &changed);
	assert_int_equal(changed, 1);
	beh_tracker_free(tracker);
}

/* A flood of names that each show as many addresses as it takes. */
static void
marked_name_outlives_names_that_are_worth_more(void **state)
{
	struct beh_tracker *tracker = new_tracker();
	struct pol_name name = name_of("flux.example");
	char text[64];

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		add(tracker, "flux.example", NOW + i, i << 16, 64500 + i);
	beh_tracker_mark(tracker, BEH_OWNER, name.wire, name.len, NOW + 86400);
	for (unsigned i = 0; i < 20000; i++) {
		snprintf(text, sizeof(text), "r%u.example", i);
		for (uint32_t j = 0; j < 8; j++)
			add(tracker, text, NOW + 100, i * 8 + j, 1);
	}
	assert_true(knows(tracker, BEH_OWNER, "flux.example", NOW + 300));
	beh_tracker_free(tracker);
}

/* What showed many addresses long ago does not hold its place for ever. */
static void
past_name_gives_way(void **state)
{
	struct beh_tracker *tracker = new_tracker();
	char text[64];
	int64_t later = NOW + 3 * BEH_HALF_WINDOW;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		snprintf(text, sizeof(text), "old%u.example", i);
		for (uint32_t j = 0; j < 30; j++)
			add(tracker, text, NOW, i * 30 + j, 1);
	}
	for (uint32_t j = 0; j < 4; j++)
		add(tracker, "new.example", later, j, 1);
	flood(tracker, 100000, later);
	assert_true(knows(tracker, BEH_OWNER, "new.example", later));
	beh_tracker_free(tracker);
}

static struct beh_scores
scores_of(double addresses, double asns, double entropy, uint32_t answers)
{
	struct beh_summary summary = {.addresses = addresses,
	    .asns = asns,
	    .entropy = entropy,
	    .answers = answers};
	struct beh_scores scores;

	beh_scores(&summary, &scores);
	return scores;
}

static void
published_scores_are_as_published(void **state)
{
	struct beh_scores scores = scores_of(20, 7, 4, 40);

	(void)state;
	assert_true(fabs(scores.holz - (1.32 * 20 + 18.54 * 7)) < 1e-9);
	assert_true(scores.holz_flags);
	assert_false(scores_of(20, 6, 4, 40).holz_flags);
	assert_true(fabs(scores.normalised - scores.holz * 7 / 20) < 1e-9);
	assert_false(scores.normalised_flags);
	assert_true(fabs(scores.growth - 0.5) < 1e-9);
}

static void
flux_score_needs_growth_spread_and_addresses(void **state)
{
	(void)state;
	assert_true(scores_of(50, 35, log2(50), 60).flux > 80);
	assert_true(scores_of(50, 35, log2(50), 500).flux == 0);
	assert_true(scores_of(50, 35, 0, 60).flux == 0);
	assert_true(scores_of(2, 2, 1, 2).flux == 0);
	assert_true(scores_of(0, 0, 0, 0).flux == 0);
	assert_true(scores_of(100, 1, 2, 200).flux < 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(memory_has_limits),
	    cmocka_unit_test(name_is_found_in_any_case_and_by_its_kind),
	    cmocka_unit_test(seed_decides_where_a_name_is),
	    cmocka_unit_test(flood_leaves_a_proved_name),
	    cmocka_unit_test(marked_name_outlives_names_that_are_worth_more),
	    cmocka_unit_test(past_name_gives_way),
	    cmocka_unit_test(published_scores_are_as_published),
	    cmocka_unit_test(flux_score_needs_growth_spread_and_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
