/*
 * test_ranges.c - from gathered ranges to ranges that do not overlap.
 */
#include "origin_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/ranges_p.h"

/* Seal, compare, free. */
static void
assert_ranges(
    struct pol_ranges *ranges, uint64_t overlaps, const char *expected)
{
	struct pol_ranges_count count = seal(ranges);

	assert_string_equal(show_ranges(ranges), expected);
	assert_int_equal(count.overlaps, overlaps);
	pol_ranges_free(ranges);
}

static void
nothing_gives_nothing(void **state)
{
	struct pol_ranges *ranges = new_ranges();
	struct pol_ranges_count count = seal(ranges);

	(void)state;
	assert_int_equal(count.added, 0);
	assert_int_equal(count.unrouted, 0);
	assert_int_equal(count.overlaps, 0);
	assert_int_equal(count.stored, 0);
	assert_int_equal(count.holders, 0);
	pol_ranges_free(ranges);
	pol_ranges_free(NULL);
}

static void
ranges_are_put_in_order(void **state)
{
	struct pol_ranges *ranges = new_ranges();

	(void)state;
	add_range(ranges, "2001:db8::", "2001:db8::ff", 5);
	add_range(ranges, "198.51.100.0", "198.51.100.9", 3);
	add_range(ranges, "::", "::", 4);
	add_range(ranges, "192.0.2.7", "192.0.2.7", 2);
	add_range(ranges, "0.0.0.0", "0.0.0.1", 1);
	assert_ranges(ranges, 0,
	    "0.0.0.0-0.0.0.1 1\n"
	    "192.0.2.7-192.0.2.7 2\n"
	    "198.51.100.0-198.51.100.9 3\n"
	    "::-:: 4\n"
	    "2001:db8::-2001:db8::ff 5\n");
}

static void
neighbours_of_one_asn_become_one(void **state)
{
	struct pol_ranges *ranges = new_ranges();

	(void)state;
	add_range(ranges, "192.0.2.128", "192.0.2.255", 1);
	add_range(ranges, "192.0.2.0", "192.0.2.127", 1);
	add_range(ranges, "192.0.3.0", "192.0.3.255", 2);
	add_range(ranges, "192.0.4.0", "192.0.4.255", 1);
	add_range(ranges, "192.0.5.1", "192.0.5.2", 1);
	add_range(
	    ranges, "2001:db8:0:1::", "2001:db8:0:1:ffff:ffff:ffff:ffff", 7);
	add_range(ranges, "2001:db8::", "2001:db8::ffff:ffff:ffff:ffff", 7);
	assert_ranges(ranges, 0,
	    "192.0.2.0-192.0.2.255 1\n"
	    "192.0.3.0-192.0.3.255 2\n"
	    "192.0.4.0-192.0.4.255 1\n"
	    "192.0.5.1-192.0.5.2 1\n"
	    "2001:db8::-2001:db8:0:1:ffff:ffff:ffff:ffff 7\n");
}

/* The last IPv4 address and the first of IPv6 are no neighbours. */
static void
families_are_kept_apart(void **state)
{
	struct pol_ranges *ranges = new_ranges();

	(void)state;
	add_range(ranges, "255.255.255.255", "255.255.255.255", 1);
	add_range(ranges, "::", "::1:0:0", 1);
	add_range(ranges, "0.0.0.0", "0.0.0.0", 1);
	assert_ranges(ranges, 0,
	    "0.0.0.0-0.0.0.0 1\n"
	    "255.255.255.255-255.255.255.255 1\n"
	    "::-::1:0:0 1\n");
}

static void
smaller_range_cuts_the_larger_one(void **state)
{
	struct pol_ranges *ranges = new_ranges();

	(void)state;
	add_range(ranges, "10.0.0.0", "10.255.255.255", 1);
	add_range(ranges, "10.1.0.0", "10.1.255.255", 2);
	add_range(ranges, "10.1.1.0", "10.1.1.255", 3);
	add_range(ranges, "10.1.2.0", "10.1.2.255", 1);
	assert_ranges(ranges, 4,
	    "10.0.0.0-10.0.255.255 1\n"
	    "10.1.0.0-10.1.0.255 2\n"
	    "10.1.1.0-10.1.1.255 3\n"
	    "10.1.2.0-10.1.2.255 1\n"
	    "10.1.3.0-10.1.255.255 2\n"
	    "10.2.0.0-10.255.255.255 1\n");
}

/* The smaller one may begin first, in the middle, or with the other one. */
static void
smaller_range_wins_where_they_cross(void **state)
{
	struct pol_ranges *ranges = new_ranges();

	(void)state;
	add_range(ranges, "10.0.0.0", "10.0.0.99", 1);
	add_range(ranges, "10.0.0.90", "10.0.1.255", 2);
	add_range(ranges, "10.0.1.250", "10.0.1.255", 3);
	add_range(ranges, "10.0.1.255", "10.0.2.0", 4);
	add_range(ranges, "10.0.3.0", "10.0.3.9", 5);
	add_range(ranges, "10.0.3.0", "10.0.3.4", 6);
	assert_ranges(ranges, 6,
	    "10.0.0.0-10.0.0.99 1\n"
	    "10.0.0.100-10.0.1.249 2\n"
	    "10.0.1.250-10.0.1.254 3\n"
	    "10.0.1.255-10.0.2.0 4\n"
	    "10.0.3.0-10.0.3.4 6\n"
	    "10.0.3.5-10.0.3.9 5\n");
}

static void
first_given_wins_between_equals(void **state)
{
	struct pol_ranges *ranges = new_ranges();

	(void)state;
	add_range(ranges, "10.0.0.8", "10.0.0.15", 7);
	add_range(ranges, "10.0.0.0", "10.0.0.7", 3);
	add_range(ranges, "10.0.0.0", "10.0.0.7", 2);
	add_range(ranges, "10.0.0.4", "10.0.0.11", 1);
	add_range(ranges, "10.0.0.0", "10.0.0.7", 3);
	assert_ranges(ranges, 5,
	    "10.0.0.0-10.0.0.7 3\n"
	    "10.0.0.8-10.0.0.15 7\n");
}

static void
whole_address_space_is_a_range(void **state)
{
	struct pol_ranges *ranges = new_ranges();

	(void)state;
	add_range(ranges, "0.0.0.0", "255.255.255.255", 1);
	add_range(ranges, "255.255.255.255", "255.255.255.255", 2);
	add_range(ranges, "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 3);
	add_range(ranges, "::", "::", 4);
	add_range(ranges, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe",
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 5);
	add_range(ranges, "::ffff:ffff:ffff:ffff", "::1:0:0:0:0", 6);
	assert_ranges(ranges, 6,
	    "0.0.0.0-255.255.255.254 1\n"
	    "255.255.255.255-255.255.255.255 2\n"
	    "::-:: 4\n"
	    "::1-::ffff:ffff:ffff:fffe 3\n"
	    "::ffff:ffff:ffff:ffff-0:0:0:1:: 6\n"
	    "::1:0:0:0:1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffd 3\n"
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe-"
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 5\n");
}

static void
unrouted_ranges_are_left_out_and_counted(void **state)
{
	struct pol_ranges *ranges = new_ranges();
	struct pol_ranges_count count;

	(void)state;
	add_range(ranges, "10.0.0.0", "10.0.0.255", 1);
	add_range(ranges, "10.0.0.16", "10.0.0.31", 0);
	add_range(ranges, "2001:db8::", "2001:db8::", 0);
	count = seal(ranges);
	assert_int_equal(count.added, 3);
	assert_int_equal(count.unrouted, 2);
	assert_int_equal(count.overlaps, 0);
	assert_int_equal(count.stored, 1);
	assert_string_equal(show_ranges(ranges), "10.0.0.0-10.0.0.255 1\n");
	pol_ranges_free(ranges);
}

static void
what_is_no_range_is_refused(void **state)
{
	static const char *const bad[][2] = {
	    {"10.0.0.1", "10.0.0.0"},
	    {"10.0.0.0", "::1"},
	    {"::", "10.0.0.0"},
	    {"1::", "::ffff"},
	};
	struct pol_ranges *ranges = new_ranges();
	struct pol_address odd = {.family = 5};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct pol_address first = address_of(bad[i][0]);
		struct pol_address last = address_of(bad[i][1]);

		assert_int_equal(
		    pol_ranges_add(ranges, &first, &last, 1), POL_EINVAL);
	}
	assert_int_equal(pol_ranges_add(ranges, &odd, &odd, 1), POL_EINVAL);
	assert_int_equal(seal(ranges).added, 0);
	pol_ranges_free(ranges);
}

static void
sealed_ranges_take_no_more(void **state)
{
	struct pol_ranges *ranges = new_ranges();
	struct pol_address address = address_of("10.0.0.0");
	struct pol_ranges_count count;

	(void)state;
	add_range(ranges, "192.0.2.0", "192.0.2.255", 9);
	seal(ranges);
	assert_int_equal(pol_ranges_seal(ranges, &count), POL_EINVAL);
	assert_int_equal(
	    pol_ranges_add(ranges, &address, &address, 1), POL_EINVAL);
	assert_int_equal(
	    pol_ranges_add_holder(ranges, 1, "x", 1, ""), POL_EINVAL);
	assert_string_equal(show_ranges(ranges), "192.0.2.0-192.0.2.255 9\n");
	pol_ranges_free(ranges);
}

static void
number_of_ranges_is_limited(void **state)
{
	struct pol_ranges *ranges = new_ranges();
	struct pol_address address = address_of("10.0.0.0");

	(void)state;
	for (size_t i = 0; i < POL_RANGES_MAX; i++) {
		if (pol_ranges_add(ranges, &address, &address, 1) != 0)
			fail_msg("range %zu was not taken", i);
		address = address_after(address);
	}
	assert_int_equal(
	    pol_ranges_add(ranges, &address, &address, 1), POL_ERANGE);
	address = address_of("::");
	assert_int_equal(
	    pol_ranges_add(ranges, &address, &address, 1), POL_ERANGE);
	pol_ranges_free(ranges);
}

/* ---- against the model ---- */

/* A part of the address space in which random ranges meet often. */
struct region {
	uint8_t family;
	const char *first;
	unsigned spread; /* addresses */
};

static struct pol_address
address_in(const struct region *region, struct rng *rng)
{
	struct pol_address address = address_of(region->first);

	for (uint32_t i = rng_below(rng, region->spread); i > 0; i--)
		address = address_after(address);
	return address;
}

static void
add_random(const struct region *region, struct rng *rng,
    struct range_model *model, struct pol_ranges *ranges)
{
	struct pol_address first = address_in(region, rng);
	struct pol_address last = address_in(region, rng);
	uint32_t asn = 1 + rng_below(rng, 6);

	if (pol_address_compare(&first, &last) > 0) {
		struct pol_address swapped = first;

		first = last;
		last = swapped;
	}
	/* Half of them short, and not around the end of all addresses. */
	if (rng_below(rng, 2) == 0) {
		unsigned length = rng_below(rng, 12);

		last = first;
		for (unsigned i = 0; i < length; i++)
			last = address_after(last);
		if (pol_address_compare(&last, &first) < 0)
			last = first;
	}
	range_model_add(model, &first, &last, asn);
	assert_int_equal(pol_ranges_add(ranges, &first, &last, asn), 0);
}

/* Compare each address of the region. */
static void
compare_all(struct scratch *scratch, const struct region *region,
    const struct range_model *model, unsigned seed)
{
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	struct pol_address address = address_before(address_of(region->first));

	for (unsigned i = 0; i < region->spread + 2; i++) {
		uint32_t expected = range_model_find(model, &address);
		uint32_t found = find_asn(snapshot, &address);

		if (found != expected)
			fail_msg("seed %u, %s plus %u: %u, not %u", seed,
			    region->first, i, found, expected);
		address = address_after(address);
	}
	pol_snapshot_end(snapshot);
}

static void
each_address_belongs_to_the_smallest_range(void **state)
{
	static const struct region regions[] = {
	    {4, "0.0.0.0", 300},
	    {4, "10.0.255.128", 300},
	    {4, "255.255.254.212", 300},
	    {6, "::", 300},
	    {6, "2001:db8::ffff:ffff:ffff:ff80", 300},
	    {6, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fed4", 300},
	};
	enum { REGIONS = sizeof(regions) / sizeof(regions[0]), SEEDS = 60 };
	struct scratch *scratch = *state;

	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		const struct region *region = &regions[seed % REGIONS];
		struct range_model model = {NULL, 0, 0};
		struct pol_ranges *ranges = new_ranges();
		struct rng rng;

		rng_seed(&rng, seed);
		for (unsigned i = 1 + rng_below(&rng, 60); i > 0; i--)
			add_random(region, &rng, &model, ranges);
		assert_int_equal(
		    seal(ranges).overlaps, range_model_overlaps(&model));
		import_ranges(scratch, ranges);
		compare_all(scratch, region, &model, seed);
		pol_ranges_free(ranges);
		range_model_free(&model);
	}
}

/* Anywhere, of any size: compare around their ends and at random. */
static void
compare_around(
    struct scratch *scratch, const struct range_model *model, struct rng *rng)
{
	struct pol_snapshot *snapshot = begin_snapshot(scratch);

	for (unsigned i = 0; i < 4000; i++) {
		const struct model_range *range =
		    &model->ranges[rng_below(rng, (uint32_t)model->count)];
		const struct pol_address picks[] = {range->first, range->last,
		    address_before(range->first), address_after(range->last),
		    random_address(rng, 4), random_address(rng, 6)};
		const struct pol_address *pick = &picks[rng_below(rng, 6)];

		assert_int_equal(
		    find_asn(snapshot, pick), range_model_find(model, pick));
	}
	pol_snapshot_end(snapshot);
}

static void
ranges_of_all_sizes_belong_to_the_smallest(void **state)
{
	struct scratch *scratch = *state;

	for (unsigned seed = 1; seed <= 6; seed++) {
		struct range_model model = {NULL, 0, 0};
		struct pol_ranges *ranges = new_ranges();
		struct rng rng;

		rng_seed(&rng, seed);
		for (unsigned i = 0; i < 400; i++) {
			uint8_t family = rng_below(&rng, 2) ? 4 : 6;
			struct pol_address address =
			    random_address(&rng, family);
			struct pol_prefix prefix;
			struct pol_address last;
			unsigned bits = 8 * pol_address_octets(family);

			pol_prefix_of(
			    &address, rng_below(&rng, bits + 1), &prefix);
			last = prefix.address;
			for (unsigned b = prefix.length; b < bits; b++)
				last.octets[b / 8] |= (uint8_t)(0x80 >> b % 8);
			/* Some are ranges that are no prefix. */
			if (rng_below(&rng, 3) == 0)
				last = address;
			range_model_add(
			    &model, &prefix.address, &last, i % 50 + 1);
			assert_int_equal(pol_ranges_add(ranges, &prefix.address,
					     &last, i % 50 + 1),
			    0);
		}
		assert_int_equal(
		    seal(ranges).overlaps, range_model_overlaps(&model));
		import_ranges(scratch, ranges);
		compare_around(scratch, &model, &rng);
		pol_ranges_free(ranges);
		range_model_free(&model);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_gives_nothing),
	    cmocka_unit_test(ranges_are_put_in_order),
	    cmocka_unit_test(neighbours_of_one_asn_become_one),
	    cmocka_unit_test(families_are_kept_apart),
	    cmocka_unit_test(smaller_range_cuts_the_larger_one),
	    cmocka_unit_test(smaller_range_wins_where_they_cross),
	    cmocka_unit_test(first_given_wins_between_equals),
	    cmocka_unit_test(whole_address_space_is_a_range),
	    cmocka_unit_test(unrouted_ranges_are_left_out_and_counted),
	    cmocka_unit_test(what_is_no_range_is_refused),
	    cmocka_unit_test(sealed_ranges_take_no_more),
	    cmocka_unit_test(number_of_ranges_is_limited),
	    store_test(each_address_belongs_to_the_smallest_range),
	    store_test(ranges_of_all_sizes_belong_to_the_smallest),
	};

	return cmocka_run_group_tests_name("ranges", tests, NULL, NULL);
}
