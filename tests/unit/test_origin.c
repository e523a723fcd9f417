/*
 * test_origin.c - origin data in the database: looking up, and what is made of
 * damaged entries.
 */
#include "origin_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lmdb_edit.h"
#include "policy/origin_record_p.h"

/* ---- looking up ---- */

static void
new_database_has_no_origin(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(asn_at(scratch, "192.0.2.1"), 0);
	assert_int_equal(asn_at(scratch, "::"), 0);
}

static void
addresses_of_a_range_are_found(void **state)
{
	static const struct {
		const char *address;
		uint32_t asn;
	} steps[] = {{"0.0.0.0", 0}, {"192.0.1.255", 0}, {"192.0.2.0", 64500},
	    {"192.0.2.77", 64500}, {"192.0.2.255", 64500}, {"192.0.3.0", 0},
	    {"198.51.100.15", 0}, {"198.51.100.16", 64501},
	    {"198.51.100.31", 64501}, {"198.51.100.32", 0},
	    {"255.255.255.255", 0}, {"::", 0}, {"2001:db7:ffff::", 0},
	    {"2001:db8::", 64500}, {"2001:db8::ffff", 64500},
	    {"2001:db8::1:0", 0}, {"2001:db8:1::", 4200000000},
	    {"2001:db8:1::1", 0},
	    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0}};
	struct scratch *scratch = *state;

	import_some(scratch);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		assert_int_equal(
		    asn_at(scratch, steps[i].address), steps[i].asn);
}

static void
range_that_holds_it_is_told(void **state)
{
	struct scratch *scratch = *state;
	struct pol_address address = address_of("198.51.100.20");
	struct pol_address first = address_of("198.51.100.16");
	struct pol_address last = address_of("198.51.100.31");
	struct pol_snapshot *snapshot;
	struct pol_origin origin;

	import_some(scratch);
	snapshot = begin_snapshot(scratch);
	assert_int_equal(pol_origin_find(snapshot, &address, &origin), 1);
	assert_memory_equal(&origin.first, &first, sizeof(first));
	assert_memory_equal(&origin.last, &last, sizeof(last));
	assert_int_equal(origin.asn, 64501);
	pol_snapshot_end(snapshot);
}

static void
origin_is_unchanged_where_none_is_found(void **state)
{
	struct scratch *scratch = *state;
	struct pol_address address = address_of("192.0.3.0");
	struct pol_origin origin, before;
	struct pol_snapshot *snapshot;

	import_some(scratch);
	memset(&origin, 0x55, sizeof(origin));
	before = origin;
	snapshot = begin_snapshot(scratch);
	assert_int_equal(pol_origin_find(snapshot, &address, &origin), 0);
	address = address_of("2002::");
	assert_int_equal(pol_origin_find(snapshot, &address, &origin), 0);
	assert_int_equal(pol_origin_holder(snapshot, &origin), 0);
	assert_memory_equal(&origin, &before, sizeof(origin));
	pol_snapshot_end(snapshot);
}

static void
holder_of_an_asn_is_told(void **state)
{
	static const struct {
		uint32_t asn;
		int found;
		const char *country, *holder;
	} steps[] = {{64500, 1, "DE", "Example Networks"},
	    {4200000000, 1, "", "Telef\xc3\xb3nica"}, {64502, 1, "FR", ""},
	    {64501, 0, "", ""}, {0, 0, "", ""}, {UINT32_MAX, 0, "", ""}};
	struct scratch *scratch = *state;
	struct pol_snapshot *snapshot;

	import_some(scratch);
	snapshot = begin_snapshot(scratch);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct pol_origin origin = {.asn = steps[i].asn};

		assert_int_equal(
		    pol_origin_holder(snapshot, &origin), steps[i].found);
		assert_int_equal(origin.asn, steps[i].asn);
		assert_string_equal(origin.country, steps[i].country);
		assert_string_equal(origin.holder, steps[i].holder);
	}
	pol_snapshot_end(snapshot);
}

/* Its cursors are renewed with it, whichever of them were in use before. */
static void
renewed_snapshot_sees_the_new_data(void **state)
{
	struct scratch *scratch = *state;
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	struct pol_address address = address_of("192.0.2.1");
	struct pol_origin origin = {.asn = 64500};
	struct pol_ranges *ranges;

	assert_int_equal(find_asn(snapshot, &address), 0);
	pol_snapshot_release(snapshot);
	import_some(scratch);
	assert_int_equal(pol_snapshot_renew(snapshot), 0);
	assert_int_equal(find_asn(snapshot, &address), 64500);
	assert_int_equal(pol_origin_holder(snapshot, &origin), 1);
	pol_snapshot_release(snapshot);
	assert_int_equal(pol_snapshot_renew(snapshot), 0);

	ranges = new_ranges();
	add_range(ranges, "192.0.2.0", "192.0.2.9", 64777);
	seal(ranges);
	import_ranges(scratch, ranges);
	pol_ranges_free(ranges);
	assert_int_equal(find_asn(snapshot, &address), 64500);
	pol_snapshot_release(snapshot);
	assert_int_equal(pol_snapshot_renew(snapshot), 0);
	assert_int_equal(find_asn(snapshot, &address), 64777);
	assert_int_equal(pol_origin_holder(snapshot, &origin), 0);
	pol_snapshot_end(snapshot);
}

/* ---- damage ---- */

struct damage {
	const char *table;
	const char *key;
	size_t key_len;
	const char *value;
	size_t value_len;
};

#define OCTETS(literal) (literal), sizeof(literal) - 1

/* Each is the entry that answers for 192.0.2.1 or 2001:db8::1. */
static const struct damage damages[] = {
    {"origin", OCTETS("\4\300\0\2\1"), OCTETS("")},
    {"origin", OCTETS("\4\300\0\2\1"), OCTETS("\1\300\0\2\0\1\0\0")},
    {"origin", OCTETS("\4\300\0\2\1"), OCTETS("\1\300\0\2\0\1\0\0\0\0")},
    {"origin", OCTETS("\4\300\0\2\1"), OCTETS("\2\300\0\2\0\1\0\0\0")},
    {"origin", OCTETS("\4\300\0\2\1"), OCTETS("\1\300\0\2\0\0\0\0\0")},
    {"origin", OCTETS("\4\300\0\2\1"), OCTETS("\1\300\0\2\2\1\0\0\0")},
    {"origin", OCTETS("\4\300\0\2\1\0"), OCTETS("\1\300\0\2\0\1\0\0\0")},
    {"origin", OCTETS("\4\300\0\2\1\0"), OCTETS("\1\300\0\2\0\1\0\0\0\0")},
    {"origin", OCTETS("\5\300\0\2\1"), OCTETS("\1\300\0\2\0\1\0\0\0")},
    {"origin", OCTETS("\4\377"), OCTETS("\1\300\0\2\0\1\0\0\0")},
    {"origin", OCTETS("\6\300\0\2\1"), OCTETS("\1\300\0\2\0\1\0\0\0")},
    {"origin", OCTETS("\7"), OCTETS("\1")},
    {"origin",
	OCTETS("\7"
	       "0123456789abcdef"),
	OCTETS("\1"
	       "0123456789abcdef"
	       "\1\0\0\0")},
};

/* Look up the address before which nothing but the damage lies. */
static void
damaged_ranges_are_corrupt(void **state)
{
	struct scratch *scratch = *state;

	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		const struct damage *damage = &damages[i];
		struct pol_address address = address_of("192.0.2.1");
		struct pol_origin origin, before;
		struct pol_snapshot *snapshot;

		memset(&origin, 0x55, sizeof(origin));
		before = origin;
		scratch_create(scratch, 0);
		scratch_close(scratch);
		lmdb_key_set(scratch->path, damage->table, damage->key,
		    damage->key_len, damage->value, damage->value_len);
		scratch_open(scratch);
		snapshot = begin_snapshot(scratch);
		assert_int_equal(
		    pol_origin_find(snapshot, &address, &origin), POL_ECORRUPT);
		assert_memory_equal(&origin, &before, sizeof(origin));
		pol_snapshot_end(snapshot);
		scratch_close(scratch);
		assert_int_equal(remove(scratch->path), 0);
		assert_int_equal(remove(scratch->lock_path), 0);
	}
}

static void
damaged_holders_are_corrupt(void **state)
{
	static const struct {
		const char *value;
		size_t len;
	} values[] = {
	    {OCTETS("")},
	    {OCTETS("\1")},
	    {OCTETS("\1DE"
		    "Exam\0ple")},
	    {OCTETS("\1D")},
	    {OCTETS("\2DEExample")},
	    {OCTETS("\0DEExample")},
	    {OCTETS("\1deExample")},
	    {OCTETS("\1D\0Example")},
	    {OCTETS("\1\0DExample")},
	};
	struct scratch *scratch = *state;
	uint8_t longest[HOLDER_VALUE_MAX + 1];

	scratch_create(scratch, 0);
	scratch_close(scratch);
	memset(longest, 'A', sizeof(longest));
	longest[0] = ORIGIN_VERSION;
	for (size_t i = 0; i <= sizeof(values) / sizeof(values[0]); i++) {
		bool is_last = i == sizeof(values) / sizeof(values[0]);
		struct pol_origin origin, before;
		struct pol_snapshot *snapshot;

		lmdb_key_set(scratch->path, "holder", "\0\0\0\7", 4,
		    is_last ? (const void *)longest : values[i].value,
		    is_last ? sizeof(longest) : values[i].len);
		memset(&origin, 0x55, sizeof(origin));
		origin.asn = 7;
		before = origin;
		scratch_open(scratch);
		snapshot = begin_snapshot(scratch);
		assert_int_equal(
		    pol_origin_holder(snapshot, &origin), POL_ECORRUPT);
		assert_memory_equal(&origin, &before, sizeof(origin));
		pol_snapshot_end(snapshot);
		scratch_close(scratch);
	}
}

/* An import does not read what it replaces: it mends. */
static void
import_replaces_what_is_damaged(void **state)
{
	struct scratch *scratch = *state;

	import_some(scratch);
	scratch_close(scratch);
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++)
		lmdb_key_set(scratch->path, damages[i].table, damages[i].key,
		    damages[i].key_len, damages[i].value, damages[i].value_len);
	lmdb_key_set(scratch->path, "holder", "x", 1, "", 0);
	lmdb_key_set(scratch->path, "holder", "\377\377\377\377\0", 5, "y", 1);
	scratch_create(scratch, 0);
	import_some(scratch);
	assert_int_equal(asn_at(scratch, "192.0.2.1"), 64500);
	assert_int_equal(asn_at(scratch, "192.0.3.1"), 0);
	assert_int_equal(asn_at(scratch, "2001:db8::1"), 64500);
	assert_int_equal(
	    asn_at(scratch, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    store_test(new_database_has_no_origin),
	    store_test(addresses_of_a_range_are_found),
	    store_test(range_that_holds_it_is_told),
	    store_test(origin_is_unchanged_where_none_is_found),
	    store_test(holder_of_an_asn_is_told),
	    store_test(renewed_snapshot_sees_the_new_data),
	    folder_test(damaged_ranges_are_corrupt),
	    folder_test(damaged_holders_are_corrupt),
	    store_test(import_replaces_what_is_damaged),
	};

	return cmocka_run_group_tests_name("origin", tests, NULL, NULL);
}
