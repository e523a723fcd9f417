/*
 * test_guards.c - the sets of names and prefixes that feeds are held against,
 * next to naive ones that compare with each.
 */
#include "policy_support.h"

#include <stdio.h>
#include <string.h>

#include "tools/guard/names.h"
#include "tools/guard/prefixes.h"

#define TRIALS 300
#define ENTRIES 12
#define QUERIES 60

/* ---- names ---- */

/* Up to four labels of two kinds, so that many lie in each other. */
static struct pol_name
random_name(struct rng *rng, char *text)
{
	unsigned labels = 1 + rng_below(rng, 4);

	*text = '\0';
	for (unsigned i = 0; i < labels; i++)
		strcat(text, rng_below(rng, 2) ? "a." : "b.");
	return name_of(text);
}

static bool
is_below(const char *name, const char *ancestor)
{
	size_t len = strlen(name), end = strlen(ancestor);

	return len > end && strcmp(name + len - end, ancestor) == 0;
}

/* Do two entries cover a name in common? */
static bool
overlap(const char *a, enum pol_scope a_scope, const char *b,
    enum pol_scope b_scope)
{
	if (strcmp(a, b) == 0)
		return !(a_scope == POL_EXACT && b_scope == POL_BELOW) &&
		       !(a_scope == POL_BELOW && b_scope == POL_EXACT);
	return (is_below(a, b) && b_scope != POL_EXACT) ||
	       (is_below(b, a) && a_scope != POL_EXACT);
}

static void
names_meet_as_the_naive_set_says(void **state)
{
	struct rng rng;

	(void)state;
	rng_seed(&rng, 7);
	for (unsigned trial = 0; trial < TRIALS; trial++) {
		char texts[ENTRIES][16];
		enum pol_scope scopes[ENTRIES];
		unsigned count = rng_below(&rng, ENTRIES + 1);
		struct guard_names *names;

		assert_int_equal(guard_names_new(&names), 0);
		for (unsigned i = 0; i < count; i++) {
			struct pol_name name = random_name(&rng, texts[i]);

			scopes[i] = (enum pol_scope)rng_below(&rng, 3);
			assert_int_equal(
			    guard_names_add(names, &name, scopes[i]), 0);
		}
		guard_names_seal(names);
		for (unsigned i = 0; i < QUERIES; i++) {
			char text[16];
			struct pol_name name = random_name(&rng, text);
			enum pol_scope scope =
			    (enum pol_scope)rng_below(&rng, 3);
			struct guard_key met;
			struct pol_key key;
			bool expected = false;

			for (unsigned j = 0; j < count; j++)
				expected =
				    expected ||
				    overlap(texts[j], scopes[j], text, scope);
			pol_key_from_name(&name, &key);
			if ((guard_names_meet(names, key.data, key.len, scope,
				 &met) != GUARD_APART) != expected)
				fail_msg("trial %u: %s %s", trial, text,
				    pol_scope_text(scope));
		}
		guard_names_free(names);
	}
}

/* ---- prefixes ---- */

static struct pol_prefix
random_prefix(struct rng *rng)
{
	struct pol_address address;
	struct pol_prefix prefix;
	uint8_t octets[16] = {0};

	octets[0] = (uint8_t)(rng_below(rng, 4) << 6);
	octets[1] = (uint8_t)(rng_below(rng, 4) << 6);
	pol_address_set(&address, rng_below(rng, 2) ? 4 : 6, octets);
	pol_prefix_of(&address, rng_below(rng, 13), &prefix);
	return prefix;
}

static bool
share_an_address(const struct pol_prefix *a, const struct pol_prefix *b)
{
	return pol_prefix_covers(a, &b->address) ||
	       pol_prefix_covers(b, &a->address);
}

static void
prefixes_meet_as_the_naive_set_says(void **state)
{
	struct rng rng;

	(void)state;
	rng_seed(&rng, 8);
	for (unsigned trial = 0; trial < TRIALS; trial++) {
		struct pol_prefix entries[ENTRIES];
		unsigned count = rng_below(&rng, ENTRIES + 1);
		struct guard_prefixes *prefixes;

		assert_int_equal(guard_prefixes_new(&prefixes), 0);
		for (unsigned i = 0; i < count; i++) {
			entries[i] = random_prefix(&rng);
			assert_int_equal(
			    guard_prefixes_add(prefixes, &entries[i]), 0);
		}
		guard_prefixes_seal(prefixes);
		for (unsigned i = 0; i < QUERIES; i++) {
			struct pol_prefix asked = random_prefix(&rng);
			const struct pol_prefix *met =
			    guard_prefixes_meet(prefixes, &asked);
			bool expected = false;

			for (unsigned j = 0; j < count; j++)
				expected = expected || share_an_address(
							   &entries[j], &asked);
			assert_int_equal(met != NULL, expected);
			assert_true(
			    met == NULL || share_an_address(met, &asked));
		}
		guard_prefixes_free(prefixes);
	}
}

static bool
is_special(const char *text)
{
	struct guard_prefixes *prefixes;
	struct pol_prefix prefix;
	bool is;

	assert_int_equal(guard_prefixes_new(&prefixes), 0);
	assert_int_equal(guard_prefixes_add_special(prefixes), 0);
	guard_prefixes_seal(prefixes);
	assert_int_equal(
	    pol_prefix_from_text(text, strlen(text), &prefix), POL_PREFIX_OK);
	is = guard_prefixes_meet(prefixes, &prefix) != NULL;
	guard_prefixes_free(prefixes);
	return is;
}

static void
special_ranges_are_no_place_on_the_internet(void **state)
{
	static const char *const special[] = {"127.0.0.1", "10.0.0.0/8",
	    "172.31.0.0/24", "192.168.1.1", "169.254.0.0/15", "100.64.0.0/12",
	    "255.255.255.255", "::1", "::ffff:192.0.2.1", "64:ff9b::/96",
	    "fe80::1", "fd00::/32", "ff02::1", "2002:c000:201::/48"};
	static const char *const public[] = {"9.255.255.255", "11.0.0.0/8",
	    "172.32.0.0/16", "192.0.2.0/24", "198.51.100.0/24", "100.128.0.0/9",
	    "223.255.255.0/24", "2001:db8::/32", "2001:500::/32", "2a00::/19",
	    "2003::/19"};

	(void)state;
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (!is_special(special[i]))
			fail_msg("%s is special", special[i]);
	for (size_t i = 0; i < sizeof(public) / sizeof(public[0]); i++)
		if (is_special(public[i]))
			fail_msg("%s is not special", public[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_meet_as_the_naive_set_says),
	    cmocka_unit_test(prefixes_meet_as_the_naive_set_says),
	    cmocka_unit_test(special_ranges_are_no_place_on_the_internet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
