/*
 * test_origin_table.c - the table of origins in memory says what the database
 * does, and what the ranges say that it was made of.
 */
#include "origin_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lmdb_edit.h"

#define ROUNDS 150
#define RANGES 40

/* Make the ranges the database's, and free them. */
static void
take_in(struct scratch *scratch, struct pol_ranges *ranges)
{
	seal(ranges);
	import_ranges(scratch, ranges);
	pol_ranges_free(ranges);
}

/* The table of the latest generation, and what it says of an address. */
static struct pol_origin_table *
table_of(struct scratch *scratch)
{
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	struct pol_origin_table *table = make_table(snapshot, SIZE_MAX);

	pol_snapshot_end(snapshot);
	return table;
}

static uint32_t
table_asn(const struct pol_origin_table *table, const char *text)
{
	struct pol_address address = address_of(text);

	return pol_origin_table_find(table, &address);
}

static bool
is_of_latest(const struct pol_origin_table *table, struct scratch *scratch)
{
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	bool is_of = pol_origin_table_is_of(table, snapshot);

	pol_snapshot_end(snapshot);
	return is_of;
}

/* ---- lookups ---- */

static void
new_database_has_an_empty_table(void **state)
{
	struct pol_origin_table *table = table_of(*state);

	assert_int_equal(table_asn(table, "192.0.2.1"), 0);
	assert_int_equal(table_asn(table, "2001:db8::"), 0);
	assert_in_range(pol_origin_table_memory(table), 1, 1000);
	pol_origin_table_free(table);
}

static void
edges_are_those_of_the_ranges(void **state)
{
	static const struct {
		const char *first, *last;
		uint32_t asn;
	} ranges[] = {{"0.0.0.0", "0.0.0.0", 64496},
	    {"0.0.255.255", "0.1.0.0", 64497},	 /* over a /16's end */
	    {"0.1.0.1", "0.1.0.1", 64498},	 /* right behind */
	    {"10.0.0.0", "10.0.255.255", 64499}, /* a /16 */
	    {"10.1.0.0", "10.4.0.255", 64500},	 /* several */
	    {"198.51.100.0", "198.51.100.255", 4200000000},
	    {"255.255.0.0", "255.255.255.254", 64501},
	    {"255.255.255.255", "255.255.255.255", 64502}, {"::", "::", 64503},
	    {"::1", "::ffff:ffff:ffff:ffff", 64504},
	    {"0:0:0:1::", "0:0:0:1::", 64505},
	    {"2001:db8::", "2001:db8:0:1::f", 64506},
	    {"2001:db8:0:1::10", "2001:db8:0:1::10", 64507},
	    {"2001:db8:0:1::12", "2001:db8:0:2:ffff:ffff:ffff:ffff", 64508},
	    {"ffff:ffff:ffff:ffff::", "ffff:ffff:ffff:ffff::", 64509},
	    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 64510}};
	struct scratch *scratch = *state;
	struct pol_ranges *given = new_ranges();
	struct pol_origin_table *table;

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		add_range(
		    given, ranges[i].first, ranges[i].last, ranges[i].asn);
	seal(given);
	import_ranges(scratch, given);
	pol_ranges_free(given);
	table = table_of(scratch);
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		assert_int_equal(
		    table_asn(table, ranges[i].first), ranges[i].asn);
		assert_int_equal(
		    table_asn(table, ranges[i].last), ranges[i].asn);
	}
	assert_int_equal(table_asn(table, "0.0.0.1"), 0);
	assert_int_equal(table_asn(table, "0.0.255.254"), 0);
	assert_int_equal(table_asn(table, "0.1.0.2"), 0);
	assert_int_equal(table_asn(table, "10.3.77.1"), 64500);
	assert_int_equal(table_asn(table, "10.4.1.0"), 0);
	assert_int_equal(table_asn(table, "255.254.255.255"), 0);
	assert_int_equal(table_asn(table, "0:0:0:1::1"), 0);
	assert_int_equal(table_asn(table, "2001:db8::1"), 64506);
	assert_int_equal(table_asn(table, "2001:db8:0:1::11"), 0);
	assert_int_equal(table_asn(table, "2001:db8:0:2::1"), 64508);
	assert_int_equal(table_asn(table, "2001:db8:0:3::"), 0);
	assert_int_equal(table_asn(table, "ffff:ffff:ffff:ffff::1"), 0);
	pol_origin_table_free(table);
}

/* The last range goes up to the last address, over many /16. */
static void
range_up_to_the_last_address(void **state)
{
	struct scratch *scratch = *state;
	struct pol_ranges *ranges = new_ranges();
	struct pol_origin_table *table;

	add_range(ranges, "128.0.0.7", "255.255.255.255", 64500);
	add_range(
	    ranges, "8000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 64501);
	take_in(scratch, ranges);
	table = table_of(scratch);
	assert_int_equal(table_asn(table, "128.0.0.6"), 0);
	assert_int_equal(table_asn(table, "128.0.0.7"), 64500);
	assert_int_equal(table_asn(table, "200.1.2.3"), 64500);
	assert_int_equal(table_asn(table, "255.255.255.255"), 64500);
	assert_int_equal(table_asn(table, "::"), 0);
	assert_int_equal(
	    table_asn(table, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 64501);
	pol_origin_table_free(table);
}

/* ---- against a model ---- */

/* Near a few places, so that ranges meet, and end where numbers do. */
static struct pol_address
draw_address(struct rng *rng)
{
	static const uint8_t octets[] = {0, 0, 0, 1, 0x10, 0xfe, 0xff, 0xff};
	struct pol_address address =
	    random_address(rng, rng_below(rng, 2) == 0 ? 4 : 6);
	unsigned len = pol_address_octets(address.family);
	unsigned kept = rng_below(rng, len + 1);

	for (unsigned i = kept; i < len; i++)
		address.octets[i] = octets[rng_below(rng, sizeof(octets))];
	if (rng_below(rng, 4) > 0)
		memset(
		    address.octets, rng_below(rng, 4) == 0 ? 0xff : 0, len / 2);
	return address;
}

/* A range from somewhere to somewhere not before. */
static void
draw_range(struct rng *rng, struct range_model *model)
{
	struct pol_address first = draw_address(rng), last = first;
	unsigned len = pol_address_octets(first.family);

	for (unsigned i = len - rng_below(rng, len + 1); i < len; i++) {
		uint32_t room = 256u - last.octets[i];

		last.octets[i] =
		    rng_below(rng, 2) == 0
			? 0xff
			: (uint8_t)(last.octets[i] + rng_below(rng, room));
	}
	range_model_add(model, &first, &last, 64496 + rng_below(rng, 4));
}

static void
assert_agrees(const struct pol_origin_table *table,
    const struct range_model *model, struct pol_snapshot *snapshot,
    struct pol_address address)
{
	struct pol_prefix prefix = {
	    .address = address, .length = address.family == 4 ? 32 : 128};
	uint32_t asn = pol_origin_table_find(table, &address);
	char text[POL_PREFIX_TEXT_MAX];

	if (asn != range_model_find(model, &address))
		fail_msg("%s: %u, not %u", pol_prefix_to_text(&prefix, text),
		    asn, range_model_find(model, &address));
	assert_int_equal(asn, find_asn(snapshot, &address));
}

static void
import_model(struct scratch *scratch, const struct range_model *model)
{
	struct pol_ranges *ranges = new_ranges();

	for (size_t i = 0; i < model->count; i++)
		assert_int_equal(
		    pol_ranges_add(ranges, &model->ranges[i].first,
			&model->ranges[i].last, model->ranges[i].asn),
		    0);
	take_in(scratch, ranges);
}

static void
table_agrees_with_model_and_database(void **state)
{
	struct scratch *scratch = *state;
	struct rng rng;

	rng_seed(&rng, 20261122);
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct range_model model = {NULL, 0, 0};
		struct pol_origin_table *table;
		struct pol_snapshot *snapshot;

		for (uint32_t i = rng_below(&rng, RANGES); i > 0; i--)
			draw_range(&rng, &model);
		import_model(scratch, &model);
		snapshot = begin_snapshot(scratch);
		table = make_table(snapshot, 1 + rng_below(&rng, RANGES));
		for (size_t i = 0; i < model.count; i++) {
			const struct model_range *range = &model.ranges[i];
			const struct pol_address looked_at[] = {range->first,
			    range->last, address_before(range->first),
			    address_after(range->last), draw_address(&rng)};

			for (size_t j = 0; j < 5; j++)
				assert_agrees(
				    table, &model, snapshot, looked_at[j]);
		}
		pol_origin_table_free(table);
		pol_snapshot_end(snapshot);
		range_model_free(&model);
	}
}

/* ---- following ---- */

static void
block_a_name(struct scratch *scratch)
{
	struct pol_change *change = begin_change(scratch);

	set_plain(
	    change, "listed.example", set_feed(change, "one", 1), POL_SUBTREE);
	commit(change);
}

static void
table_is_of_data_until_they_change(void **state)
{
	struct scratch *scratch = *state;
	struct pol_ranges *ranges = new_ranges();
	struct pol_origin_table *table;

	import_some(scratch);
	table = table_of(scratch);
	assert_true(is_of_latest(table, scratch));
	block_a_name(scratch);
	assert_true(is_of_latest(table, scratch));
	import_some(scratch); /* the same again */
	assert_true(is_of_latest(table, scratch));
	add_range(ranges, "192.0.2.0", "192.0.2.255", 64499);
	take_in(scratch, ranges);
	assert_false(is_of_latest(table, scratch));
	pol_origin_table_free(table);
	table = table_of(scratch);
	assert_true(is_of_latest(table, scratch));
	assert_int_equal(table_asn(table, "192.0.2.1"), 64499);
	/* What was there once is not what is there now. */
	import_some(scratch);
	assert_false(is_of_latest(table, scratch));
	pol_origin_table_free(table);
}

/* Who holds an ASN is none of its business. */
static void
holders_do_not_concern_a_table(void **state)
{
	struct scratch *scratch = *state;
	struct pol_ranges *ranges = new_ranges();
	struct pol_origin_table *table;

	add_range(ranges, "192.0.2.0", "192.0.2.255", 64499);
	take_in(scratch, ranges);
	table = table_of(scratch);
	ranges = new_ranges();
	add_range(ranges, "192.0.2.0", "192.0.2.255", 64499);
	add_holder(ranges, 64499, "Example", "DE");
	seal(ranges);
	assert_int_equal(import_ranges(scratch, ranges).holders.added, 1);
	pol_ranges_free(ranges);
	assert_true(is_of_latest(table, scratch));
	pol_origin_table_free(table);
}

/* A database that does not say which data it has is read again. */
static void
without_a_stamp_a_table_is_of_nothing(void **state)
{
	static const char key[] = "origin-stamp";
	struct scratch *scratch = *state;
	struct pol_origin_table *table;

	import_some(scratch);
	table = table_of(scratch);
	scratch_close(scratch);
	lmdb_key_set(scratch->path, "meta", key, strlen(key), "short", 5);
	scratch_open(scratch);
	assert_false(is_of_latest(table, scratch));
	scratch_close(scratch);
	lmdb_key_delete(scratch->path, "meta", key, strlen(key));
	scratch_open(scratch);
	assert_false(is_of_latest(table, scratch));
	pol_origin_table_free(table);
	table = table_of(scratch);
	assert_false(is_of_latest(table, scratch));
	assert_int_equal(table_asn(table, "192.0.2.1"), 64500);
	pol_origin_table_free(table);
}

/* ---- damage ---- */

/* Make a table, and look at all ends of it. */
static int
try_to_make(struct scratch *scratch)
{
	static const char *const looked_at[] = {"0.0.0.0", "192.0.2.1",
	    "255.255.255.255", "::", "2001:db8::1",
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"};
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	struct pol_origin_table *table;
	int error = pol_origin_table_begin(&table);

	if (error == 0) {
		error = pol_origin_table_fill(table, snapshot, SIZE_MAX);
		for (size_t i = 0; error == 0 && i < 6; i++)
			(void)table_asn(table, looked_at[i]);
		pol_origin_table_free(table);
	}
	pol_snapshot_end(snapshot);
	return error;
}

static void
try_value(struct scratch *scratch, const struct lmdb_entry *entry,
    const uint8_t *value, size_t len)
{
	int error;

	lmdb_entry_write(scratch->path, entry, value, len);
	scratch_open(scratch);
	error = try_to_make(scratch);
	assert_true(error == 0 || error == POL_ECORRUPT);
	scratch_close(scratch);
}

/* Each octet of each range other than it was, and each range cut short. */
static void
damage_is_met_without_harm(void **state)
{
	struct scratch *scratch = *state;
	struct lmdb_entry entry;
	unsigned tried = 0;

	import_some(scratch);
	scratch_close(scratch);
	for (size_t n = 0; lmdb_entry_read(scratch->path, n, &entry); n++) {
		bool is_origin = strcmp(entry.table, "origin") == 0;

		for (size_t i = 0; is_origin && i < entry.value_len; i++) {
			entry.value[i] ^= 0xff;
			try_value(
			    scratch, &entry, entry.value, entry.value_len);
			entry.value[i] ^= 0xff;
			try_value(scratch, &entry, entry.value, i);
			tried++;
		}
		if (is_origin)
			lmdb_entry_write(scratch->path, &entry, entry.value,
			    entry.value_len);
		free(entry.value);
	}
	assert_in_range(tried, 50, 100);
	scratch_open(scratch);
	assert_int_equal(try_to_make(scratch), 0);
}

static void
damaged_ranges_are_corrupt(void **state)
{
	static const struct {
		const char *key, *value;
		size_t key_len, value_len;
	} damages[] = {
	    /* 192.0.2.128 to 192.0.3.0, which begins within another */
	    {"\4\300\0\3\0", "\1\300\0\2\200\1\0\0\0", 5, 9},
	    {"\4\300\0\3\0", "\1\300\0\3\0\0\0\0\0", 5, 9}, /* AS 0 */
	    {"\4\300\0\3", "\1\300\0\3\0\1\0\0\0", 4, 9},
	};

	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		struct scratch *scratch = *state;

		scratch_create(scratch, 0);
		import_some(scratch);
		assert_int_equal(try_to_make(scratch), 0);
		scratch_close(scratch);
		lmdb_key_set(scratch->path, "origin", damages[i].key,
		    damages[i].key_len, damages[i].value, damages[i].value_len);
		scratch_open(scratch);
		assert_int_equal(try_to_make(scratch), POL_ECORRUPT);
		scratch_close(scratch);
		assert_int_equal(remove(scratch->path), 0);
		assert_int_equal(remove(scratch->lock_path), 0);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    store_test(new_database_has_an_empty_table),
	    store_test(edges_are_those_of_the_ranges),
	    store_test(range_up_to_the_last_address),
	    store_test(table_agrees_with_model_and_database),
	    store_test(table_is_of_data_until_they_change),
	    store_test(holders_do_not_concern_a_table),
	    store_test(without_a_stamp_a_table_is_of_nothing),
	    store_test(damage_is_met_without_harm),
	    folder_test(damaged_ranges_are_corrupt),
	};

	return cmocka_run_group_tests_name("origin_table", tests, NULL, NULL);
}
