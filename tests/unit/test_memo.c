/*
 * test_memo.c - the memory of names that nothing lists.
 */
#include "policy_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/memo.h"

static struct pol_memo *
new_memo(size_t size)
{
	struct pol_memo *memo = NULL;

	assert_int_equal(pol_memo_new(size, &memo), 0);
	assert_non_null(memo);
	return memo;
}

static uint64_t
hash_of(const struct pol_memo *memo, uint64_t generation, const char *text)
{
	struct pol_name name = name_of(text);

	return pol_memo_hash(memo, generation, name.wire, name.len);
}

static void
sizes_are_powers_of_two_in_range(void **state)
{
	static const size_t bad[] = {0, 1, 32, 63, 65, 100, 32767,
	    POL_MEMO_MAX - 1, 2 * (size_t)POL_MEMO_MAX, SIZE_MAX};
	struct pol_memo *memo = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(pol_memo_new(bad[i], &memo), POL_EINVAL);
		assert_null(memo);
	}
	pol_memo_free(new_memo(POL_MEMO_MIN));
	pol_memo_free(new_memo(POL_MEMO_DEFAULT));
	pol_memo_free(new_memo(POL_MEMO_MAX));
	pol_memo_free(NULL);
}

static void
name_is_known_once_it_is_added(void **state)
{
	struct pol_memo *memo = new_memo(POL_MEMO_DEFAULT);
	uint64_t hash = hash_of(memo, 1, "a.example");

	(void)state;
	assert_false(pol_memo_has(memo, hash));
	pol_memo_add(memo, hash);
	assert_true(pol_memo_has(memo, hash));
	assert_true(pol_memo_has(memo, hash_of(memo, 1, "A.eXample")));
	assert_false(pol_memo_has(memo, hash_of(memo, 1, "b.example")));
	assert_false(pol_memo_has(memo, hash_of(memo, 1, "a.example.org")));
	assert_false(pol_memo_has(memo, hash_of(memo, 1, ".")));
	pol_memo_free(memo);
}

/* A name that was not listed may be so in the next policy. */
static void
next_generation_knows_nothing(void **state)
{
	struct pol_memo *memo = new_memo(POL_MEMO_MIN);
	uint64_t hash = hash_of(memo, 41, "a.example");

	(void)state;
	pol_memo_add(memo, hash);
	for (uint64_t generation = 0; generation < 1000; generation++)
		assert_int_equal(
		    pol_memo_has(memo, hash_of(memo, generation, "a.example")),
		    generation == 41);
	pol_memo_free(memo);
}

static void
upper_case_is_the_same_name(void **state)
{
	static const uint8_t upper[] = "\3WWW\7EXAMPLE";
	static const uint8_t lower[] = "\3www\7example";
	struct pol_memo *memo = new_memo(POL_MEMO_MIN);

	(void)state;
	assert_true(pol_memo_hash(memo, 5, upper, sizeof(upper)) ==
		    pol_memo_hash(memo, 5, lower, sizeof(lower)));
	pol_memo_free(memo);
}

/* Whatever is wrong with it, it must be looked up. */
static void
malformed_name_is_never_known(void **state)
{
	static const uint8_t cut[] = {3, 'w', 'w'};
	struct pol_memo *memo = new_memo(POL_MEMO_MIN);
	uint64_t hash = pol_memo_hash(memo, 1, cut, sizeof(cut));

	(void)state;
	assert_false(pol_memo_has(memo, hash));
	pol_memo_add(memo, hash);
	assert_false(pol_memo_has(memo, hash));
	hash = pol_memo_hash(memo, 1, cut, 0);
	pol_memo_add(memo, hash);
	assert_false(pol_memo_has(memo, hash));
	pol_memo_free(memo);
}

/* Far more names than places: those that are known were added, the newest is
 * always known, and most places are in use. */
static void
full_memo_forgets_older_names(void **state)
{
	enum { NAMES = 10 * POL_MEMO_MIN };
	struct pol_memo *memo = new_memo(POL_MEMO_MIN);
	size_t known = 0;
	char text[32];

	(void)state;
	for (int i = 0; i < NAMES; i++) {
		snprintf(text, sizeof(text), "n%d.example", i);
		pol_memo_add(memo, hash_of(memo, 1, text));
		assert_true(pol_memo_has(memo, hash_of(memo, 1, text)));
	}
	for (int i = 0; i < 2 * NAMES; i++) {
		snprintf(text, sizeof(text), "n%d.example", i);
		if (!pol_memo_has(memo, hash_of(memo, 1, text)))
			continue;
		assert_true(i < NAMES);
		known++;
	}
	assert_in_range(known, POL_MEMO_MIN / 2, POL_MEMO_MIN);
	pol_memo_free(memo);
}

/* The seed is secret: what an attacker finds to collide in one resolver does
 * not collide in another. */
static void
two_memos_hash_differently(void **state)
{
	struct pol_memo *a = new_memo(POL_MEMO_MIN);
	struct pol_memo *b = new_memo(POL_MEMO_MIN);

	(void)state;
	assert_false(hash_of(a, 1, "a.example") == hash_of(b, 1, "a.example"));
	pol_memo_free(a);
	pol_memo_free(b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sizes_are_powers_of_two_in_range),
	    cmocka_unit_test(name_is_known_once_it_is_added),
	    cmocka_unit_test(next_generation_knows_nothing),
	    cmocka_unit_test(upper_case_is_the_same_name),
	    cmocka_unit_test(malformed_name_is_never_known),
	    cmocka_unit_test(full_memo_forgets_older_names),
	    cmocka_unit_test(two_memos_hash_differently),
	};

	return cmocka_run_group_tests_name("memo", tests, NULL, NULL);
}
