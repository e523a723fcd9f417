/*
 * test_seen.c - when something was first seen.
 */
#include "policy_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "behaviour/seen.h"

#define SEED 3

static struct beh_seen *
new_seen(void)
{
	struct beh_seen *seen = NULL;

	assert_int_equal(beh_seen_new(BEH_SEEN_MEMORY_MIN, SEED, &seen), 0);
	return seen;
}

static int64_t
note(struct beh_seen *seen, const char *text, int64_t now)
{
	struct pol_name name = name_of(text);

	return beh_seen_note(seen, BEH_SEEN_DOMAIN, name.wire, name.len, now);
}

static uint64_t
hash_of(const char *text)
{
	struct pol_name name = name_of(text);

	return beh_seen_hash(SEED, BEH_SEEN_DOMAIN, name.wire, name.len);
}

static void
memory_has_limits(void **state)
{
	struct beh_seen *seen = NULL;

	(void)state;
	assert_int_equal(
	    beh_seen_new(BEH_SEEN_MEMORY_MIN - 1, SEED, &seen), POL_EINVAL);
	assert_int_equal(
	    beh_seen_new(BEH_SEEN_MEMORY_MAX + 1, SEED, &seen), POL_EINVAL);
	assert_null(seen);
	seen = new_seen();
	assert_true(beh_seen_memory(seen) >= BEH_SEEN_MEMORY_MIN);
	assert_true(beh_seen_memory(seen) <= 2 * BEH_SEEN_MEMORY_MIN);
	beh_seen_free(seen);
	beh_seen_free(NULL);
}

static void
nothing_is_new_until_all_is_loaded(void **state)
{
	struct beh_seen *seen = new_seen();
	struct beh_sighting new;

	(void)state;
	assert_int_equal(note(seen, "a.example", NOW), 0);
	assert_int_equal(beh_seen_take_new(seen, &new, 1), 0);
	beh_seen_ready(seen);
	assert_int_equal(note(seen, "a.example", NOW), NOW);
	beh_seen_free(seen);
}

static void
first_time_stays(void **state)
{
	struct beh_seen *seen = new_seen();
	struct beh_sighting new[2];

	(void)state;
	beh_seen_ready(seen);
	assert_int_equal(note(seen, "a.example", NOW), NOW);
	assert_int_equal(note(seen, "A.EXAMPLE", NOW + 9), NOW);
	assert_int_equal(note(seen, "b.example", NOW + 10), NOW + 10);
	assert_int_equal(beh_seen_take_new(seen, new, 2), 2);
	assert_int_equal(beh_seen_take_new(seen, new, 2), 0);
	beh_seen_free(seen);
}

static void
what_was_loaded_is_known(void **state)
{
	struct beh_seen *seen = new_seen();
	struct beh_sighting old = {
	    .hash = hash_of("a.example"), .first = NOW - 100};
	struct beh_sighting new;

	(void)state;
	beh_seen_load(seen, &old);
	beh_seen_ready(seen);
	assert_int_equal(note(seen, "a.example", NOW), NOW - 100);
	assert_int_equal(beh_seen_take_new(seen, &new, 1), 0);
	beh_seen_free(seen);
}

static void
types_are_apart(void **state)
{
	struct beh_seen *seen = new_seen();
	static const uint8_t asn[4] = {0, 0, 0xfb, 0xf4};

	(void)state;
	beh_seen_ready(seen);
	assert_int_equal(beh_seen_note(seen, BEH_SEEN_ASN, asn, 4, NOW), NOW);
	assert_int_equal(
	    beh_seen_note(seen, BEH_SEEN_PREFIX, asn, 4, NOW + 1), NOW + 1);
	beh_seen_free(seen);
}

/* Many prefixes push no domain out; of a prefix only the first sighting has a
 * time. */
static void
prefixes_take_no_room(void **state)
{
	struct beh_seen *seen = new_seen();
	struct beh_sighting *new = calloc(65536, sizeof(*new));

	(void)state;
	assert_non_null(new);
	beh_seen_ready(seen);
	assert_int_equal(note(seen, "a.example", NOW), NOW);
	for (uint32_t i = 0; i < 100000; i++) {
		assert_int_equal(beh_seen_note(seen, BEH_SEEN_PREFIX,
				     (const uint8_t *)&i, sizeof(i), NOW + 1),
		    NOW + 1);
		if (i % 10000 == 0)
			beh_seen_take_new(seen, new, 65536);
	}
	assert_int_equal(note(seen, "a.example", NOW + 2), NOW);
	free(new);
	beh_seen_free(seen);
}

/* The time of what the table has lost is asked for, and then there. */
static void
lost_time_is_asked_for(void **state)
{
	struct beh_seen *seen = new_seen();
	struct beh_sighting sighting = {
	    .hash = hash_of("old.example"), .first = NOW - 5000};
	struct beh_sighting asked[4];

	(void)state;
	beh_seen_load(seen, &sighting);
	srandom(1);
	for (unsigned i = 0; i < 100000; i++) {
		struct beh_sighting other = {
		    .hash = (uint64_t)random() << 33 ^ (uint64_t)random(),
		    .first = NOW};

		beh_seen_load(seen, &other);
	}
	beh_seen_ready(seen);
	assert_int_equal(note(seen, "old.example", NOW), 0);
	assert_int_equal(beh_seen_take_asked(seen, asked, 4), 1);
	assert_true(asked[0].hash == sighting.hash);
	beh_seen_load(seen, &sighting);
	assert_int_equal(note(seen, "old.example", NOW), NOW - 5000);
	beh_seen_free(seen);
}

/* A flood between two visits of the keeper: what is not queued stays new. */
static void
what_does_not_fit_is_new_again(void **state)
{
	struct beh_seen *seen = new_seen();
	struct beh_sighting *new = calloc(65536, sizeof(*new));
	char text[64];
	size_t first;

	(void)state;
	assert_non_null(new);
	beh_seen_ready(seen);
	for (unsigned i = 0; i < 40000; i++) {
		snprintf(text, sizeof(text), "n%u.example", i);
		note(seen, text, NOW);
	}
	first = beh_seen_take_new(seen, new, 65536);
	assert_in_range(first, 1, 39999);
	for (unsigned i = 39000; i < 40000; i++) {
		snprintf(text, sizeof(text), "n%u.example", i);
		assert_int_equal(note(seen, text, NOW + 7), NOW + 7);
	}
	assert_in_range(beh_seen_take_new(seen, new, 65536), 990, 1000);
	free(new);
	beh_seen_free(seen);
}

/* Of 400,000 others in 7 MiBit, some one in 300,000 is taken for known; ten
 * times that is far from an accident. */
static void
filter_errs_as_little_as_it_says(void **state)
{
	struct beh_seen *seen = new_seen();
	struct beh_sighting sighting = {.first = NOW};
	struct beh_sighting asked[4];
	unsigned known = 0;
	char text[64];

	(void)state;
	srandom(2);
	for (unsigned i = 0; i < 400000; i++) {
		sighting.hash = (uint64_t)random() << 33 ^ (uint64_t)random();
		beh_seen_load(seen, &sighting);
	}
	beh_seen_ready(seen);
	for (unsigned i = 0; i < 10000; i++) {
		snprintf(text, sizeof(text), "n%u.example", i);
		known += note(seen, text, NOW) == 0;
		while (beh_seen_take_asked(seen, asked, 4) > 0)
			;
	}
	assert_in_range(known, 0, 20);
	beh_seen_free(seen);
}

static void
name_is_one_in_any_case_and_hashed_by_seed(void **state)
{
	static const uint8_t lower[] = "\3www\7example";
	static const uint8_t mixed[] = "\3wWw\7eXample";
	const size_t len = sizeof(lower);
	uint64_t hash = beh_seen_hash(1, BEH_SEEN_DOMAIN, lower, len);

	(void)state;
	assert_true(hash == beh_seen_hash(1, BEH_SEEN_DOMAIN, mixed, len));
	assert_true(hash != beh_seen_hash(2, BEH_SEEN_DOMAIN, lower, len));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(memory_has_limits),
	    cmocka_unit_test(nothing_is_new_until_all_is_loaded),
	    cmocka_unit_test(first_time_stays),
	    cmocka_unit_test(name_is_one_in_any_case_and_hashed_by_seed),
	    cmocka_unit_test(what_was_loaded_is_known),
	    cmocka_unit_test(types_are_apart),
	    cmocka_unit_test(prefixes_take_no_room),
	    cmocka_unit_test(lost_time_is_asked_for),
	    cmocka_unit_test(what_does_not_fit_is_new_again),
	    cmocka_unit_test(filter_errs_as_little_as_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
