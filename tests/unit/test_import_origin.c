/*
 * test_import_origin.c - importing origin data as a difference to what the
 * database holds.
 */
#include "origin_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
assert_counts(const struct pol_import_result *result, uint64_t added,
    uint64_t removed, uint64_t unchanged)
{
	assert_int_equal(result->added, added);
	assert_int_equal(result->removed, removed);
	assert_int_equal(result->unchanged, unchanged);
}

static void
second_import_of_the_same_writes_nothing(void **state)
{
	struct scratch *scratch = *state;
	struct pol_ranges *ranges = some_ranges();
	struct pol_origin_result result = import_ranges(scratch, ranges);
	uint64_t generation = pol_store_generation(scratch->store);

	assert_counts(&result.ranges, 4, 0, 0);
	assert_counts(&result.holders, 3, 0, 0);
	result = import_ranges(scratch, ranges);
	assert_counts(&result.ranges, 0, 0, 4);
	assert_counts(&result.holders, 0, 0, 3);
	assert_true(pol_store_generation(scratch->store) == generation);
	pol_ranges_free(ranges);
}

static void
import_writes_the_difference(void **state)
{
	struct scratch *scratch = *state;
	struct pol_ranges *ranges = new_ranges();
	struct pol_origin_result result;

	import_some(scratch);
	add_range(ranges, "10.0.0.0", "10.0.0.255", 64503);   /* new */
	add_range(ranges, "192.0.2.0", "192.0.2.255", 64500); /* the same */
	add_range(ranges, "198.51.100.8", "198.51.100.31", 64501); /* longer */
	add_range(
	    ranges, "2001:db8::", "2001:db8::ffff", 64504); /* other ASN */
	add_holder(ranges, 64500, "Example Networks", "AT");
	add_holder(ranges, 64504, "New", "");
	add_holder(ranges, 4200000000, "Telef\xc3\xb3nica", "");
	seal(ranges);
	result = import_ranges(scratch, ranges);
	assert_counts(&result.ranges, 3, 3, 1);
	assert_counts(&result.holders, 2, 2, 1);
	assert_int_equal(asn_at(scratch, "10.0.0.1"), 64503);
	assert_int_equal(asn_at(scratch, "198.51.100.8"), 64501);
	assert_int_equal(asn_at(scratch, "2001:db8::1"), 64504);
	assert_int_equal(asn_at(scratch, "2001:db8:1::"), 0);
	pol_ranges_free(ranges);
}

static void
holders_alone_make_a_change(void **state)
{
	struct scratch *scratch = *state;
	struct pol_ranges *ranges = new_ranges();
	struct pol_origin_result result;

	add_holder(ranges, 64500, "Example", "");
	seal(ranges);
	result = import_ranges(scratch, ranges);
	assert_counts(&result.ranges, 0, 0, 0);
	assert_counts(&result.holders, 1, 0, 0);
	pol_ranges_free(ranges);
}

static void
empty_ranges_remove_all(void **state)
{
	struct scratch *scratch = *state;
	struct pol_ranges *ranges = new_ranges();
	struct pol_origin_result result;

	import_some(scratch);
	seal(ranges);
	result = import_ranges(scratch, ranges);
	assert_counts(&result.ranges, 0, 4, 0);
	assert_counts(&result.holders, 0, 3, 0);
	assert_int_equal(asn_at(scratch, "192.0.2.0"), 0);
	pol_ranges_free(ranges);
}

static void
unsealed_ranges_are_an_error_that_stays(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	struct pol_ranges *ranges = new_ranges();
	struct pol_origin_result result, before;

	memset(&result, 0x55, sizeof(result));
	before = result;
	assert_int_equal(
	    pol_import_origin(change, ranges, &result), POL_EINVAL);
	seal(ranges);
	assert_int_equal(
	    pol_import_origin(change, ranges, &result), POL_EINVAL);
	assert_memory_equal(&result, &before, sizeof(result));
	assert_false(pol_change_dirty(change));
	assert_int_equal(pol_change_commit(change, NULL), POL_EINVAL);
	pol_ranges_free(ranges);
}

static void
aborted_import_leaves_all_as_it_was(void **state)
{
	struct scratch *scratch = *state;
	struct pol_ranges *ranges = new_ranges();
	struct pol_origin_result result;
	struct pol_change *change;

	import_some(scratch);
	seal(ranges);
	change = begin_change(scratch);
	assert_int_equal(pol_import_origin(change, ranges, &result), 0);
	assert_true(pol_change_dirty(change));
	pol_change_abort(change);
	pol_ranges_free(ranges);
	assert_int_equal(asn_at(scratch, "192.0.2.0"), 64500);
}

/* As LMDB does where keys come in order: 24 octets an IPv4 range. */
static void
first_import_fills_its_pages(void **state)
{
	enum { RANGES = 40000 };
	struct scratch *scratch = *state;
	struct pol_ranges *ranges = new_ranges();
	struct pol_address address = address_of("10.0.0.0");
	struct pol_store_stat before, after;

	for (uint32_t i = 0; i < RANGES; i++) {
		assert_int_equal(
		    pol_ranges_add(ranges, &address, &address, i + 1), 0);
		address = address_after(address);
	}
	seal(ranges);
	assert_int_equal(pol_store_stat(scratch->store, &before), 0);
	import_ranges(scratch, ranges);
	assert_int_equal(pol_store_stat(scratch->store, &after), 0);
	assert_in_range(
	    after.file_size - before.file_size, RANGES * 24, RANGES * 28);
	pol_ranges_free(ranges);
}

/* The tool repeats the same import with the same ranges after growing. */
static void
import_into_a_full_map_can_be_repeated(void **state)
{
	struct scratch *scratch = *state;
	struct pol_ranges *ranges = new_ranges();
	struct pol_address address = address_of("10.0.0.0");
	struct pol_origin_result result;
	int error = POL_EFULL;

	scratch_create(scratch, POL_STORE_MAP_MIN);
	for (uint32_t i = 0; i < 60000; i++) {
		assert_int_equal(
		    pol_ranges_add(ranges, &address, &address, i + 1), 0);
		address = address_after(address);
	}
	seal(ranges);
	for (int tries = 0; tries < 8 && error == POL_EFULL; tries++) {
		struct pol_change *change = begin_change(scratch);

		error = pol_import_origin(change, ranges, &result);
		if (error == 0) {
			commit(change);
			break;
		}
		pol_change_abort(change);
		assert_int_equal(error, POL_EFULL);
		assert_int_equal(pol_store_grow(scratch->store), 0);
	}
	assert_int_equal(error, 0);
	assert_counts(&result.ranges, 60000, 0, 0);
	assert_int_equal(asn_at(scratch, "10.0.234.95"), 60000);
	pol_ranges_free(ranges);
}

/* ---- against a model: whole tables, many changes ---- */

/* Address N of the test: a quarter of them IPv6, with gaps. */
static struct pol_address
numbered_address(uint32_t n)
{
	struct pol_address address = {.family = n % 4 == 0 ? 6 : 4};
	unsigned last = pol_address_octets(address.family) - 1;

	for (unsigned i = 0; i < 4; i++)
		address.octets[last - i] = (uint8_t)(2 * n >> 8 * i);
	return address;
}

enum { SLOTS = 12000 };

/* What is to be stored: slot by slot an ASN, or 0. */
struct slots {
	uint32_t asn[SLOTS];
	uint32_t holder[SLOTS];
};

/* Change from FROM on, for each of COUNT slots with a chance of 1 in FEW. */
static void
change_slots(struct rng *rng, uint32_t *slots, uint32_t from, uint32_t count,
    uint32_t few)
{
	for (uint32_t i = from; i < from + count && i < SLOTS; i++)
		if (rng_below(rng, few) == 0)
			slots[i] = rng_below(rng, 3) * (1 + rng_below(rng, 9));
}

static struct pol_ranges *
ranges_of(const struct slots *slots)
{
	struct pol_ranges *ranges = new_ranges();
	char name[128];

	for (uint32_t i = 0; i < SLOTS; i++) {
		struct pol_address address = numbered_address(i);

		if (slots->asn[i] != 0)
			assert_int_equal(pol_ranges_add(ranges, &address,
					     &address, slots->asn[i]),
			    0);
		if (slots->holder[i] != 0) {
			snprintf(name, sizeof(name), "%*u",
			    (int)slots->holder[i] * 7, i);
			add_holder(ranges, i + 1, name, "");
		}
	}
	seal(ranges);
	return ranges;
}

static void
count_slots(const uint32_t *old, const uint32_t *new,
    struct pol_import_result *expected)
{
	memset(expected, 0, sizeof(*expected));
	for (uint32_t i = 0; i < SLOTS; i++) {
		expected->unchanged += old[i] != 0 && old[i] == new[i];
		expected->added += new[i] != 0 && old[i] != new[i];
		expected->removed += old[i] != 0 && old[i] != new[i];
	}
}

static void
assert_slots(struct scratch *scratch, const struct slots *slots)
{
	struct pol_snapshot *snapshot = begin_snapshot(scratch);

	for (uint32_t i = 0; i < SLOTS; i++) {
		struct pol_address address = numbered_address(i);
		struct pol_origin origin = {.asn = i + 1};

		assert_int_equal(find_asn(snapshot, &address), slots->asn[i]);
		address = address_after(address);
		assert_int_equal(find_asn(snapshot, &address), 0);
		assert_int_equal(pol_origin_holder(snapshot, &origin),
		    slots->holder[i] != 0);
	}
	pol_snapshot_end(snapshot);
}

static void
imports_agree_with_the_model(void **state)
{
	struct scratch *scratch = *state;
	static struct slots slots, old;
	struct rng rng;

	rng_seed(&rng, 3);
	memset(&slots, 0, sizeof(slots));
	for (unsigned round = 0; round < 24; round++) {
		/* A few here and there, stretches, all, none. */
		uint32_t few = round % 4 == 0 ? 1 : round % 4 == 1 ? 2 : 200;
		uint32_t from = rng_below(&rng, SLOTS);
		struct pol_import_result ranges_expected, holders_expected;
		struct pol_origin_result result;
		struct pol_ranges *ranges;

		old = slots;
		if (round % 8 == 5)
			memset(&slots, 0, sizeof(slots));
		if (round % 3 == 0)
			from = 0;
		change_slots(&rng, slots.asn, from, SLOTS, few);
		change_slots(&rng, slots.holder, from / 2, SLOTS, few);
		count_slots(old.asn, slots.asn, &ranges_expected);
		count_slots(old.holder, slots.holder, &holders_expected);
		ranges = ranges_of(&slots);
		result = import_ranges(scratch, ranges);
		pol_ranges_free(ranges);
		assert_memory_equal(
		    &result.ranges, &ranges_expected, sizeof(ranges_expected));
		assert_memory_equal(&result.holders, &holders_expected,
		    sizeof(holders_expected));
		assert_slots(scratch, &slots);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    store_test(second_import_of_the_same_writes_nothing),
	    store_test(import_writes_the_difference),
	    store_test(holders_alone_make_a_change),
	    store_test(empty_ranges_remove_all),
	    store_test(unsealed_ranges_are_an_error_that_stays),
	    store_test(aborted_import_leaves_all_as_it_was),
	    store_test(first_import_fills_its_pages),
	    folder_test(import_into_a_full_map_can_be_repeated),
	    store_test(imports_agree_with_the_model),
	};

	return cmocka_run_group_tests_name(
	    "import of origin data", tests, NULL, NULL);
}
