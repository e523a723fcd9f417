/*
 * test_origin_mmdb.c - MaxMind databases as origin data: the networks of trees
 * of both families and all record sizes, and what is made of damaged ones.
 */
#include "origin_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mmdb_writer.h"

static struct mmdb mmdb;

static void
write_mmdb(const char *path)
{
	size_t len;
	uint8_t *octets = mmdb_octets(&mmdb, &len);

	write_origin(path, octets, len);
	free(octets);
}

static void
assert_mmdb(struct scratch *scratch, const char *expected)
{
	struct pol_ranges *ranges = new_ranges();
	struct origin_parse parse = {.progress = NULL};
	int error;

	write_mmdb(scratch->path);
	error = origin_read(scratch->path, &origin_mmdb, ranges, &parse);
	assert_string_equal(parse.problem, "");
	assert_int_equal(error, 0);
	assert_true(seal(ranges).added == parse.accepted);
	assert_true(origin_parse_read(&parse) == parse.accepted);
	assert_string_equal(show_ranges(ranges), expected);
	pol_ranges_free(ranges);
}

static void
assert_refused(struct scratch *scratch, int error, const char *problem)
{
	struct pol_ranges *ranges = new_ranges();
	struct origin_parse parse = {.progress = NULL};

	assert_int_equal(
	    origin_read(scratch->path, &origin_mmdb, ranges, &parse), error);
	assert_string_equal(parse.problem, problem);
	pol_ranges_free(ranges);
}

/* ---- whole ---- */

static void
networks_of_an_ipv4_tree_are_taken(void **state)
{
	static const unsigned sizes[] = {24, 28, 32};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		mmdb_begin(&mmdb, 32, sizes[i]);
		mmdb_add(&mmdb, "192.0.2.0/24", MMDB_ASN_UINT32, 64500, "One");
		mmdb_add(&mmdb, "192.0.4.0/23", MMDB_ASN_UINT16, 600, "Two");
		mmdb_add(&mmdb, "10.0.0.0/8", MMDB_ASN_UINT64, UINT32_MAX,
		    "Telef\xc3\xb3nica");
		mmdb_add(&mmdb, "128.0.0.0/3", MMDB_ASN_UINT32, 7, NULL);
		mmdb_add(&mmdb, "0.0.0.0/32", MMDB_ASN_UINT32, 8, "");
		mmdb_add(
		    &mmdb, "255.255.255.255/32", MMDB_ASN_UINT32, 8, "Eight");
		assert_mmdb(*state, "0.0.0.0-0.0.0.0 8\n"
				    "10.0.0.0-10.255.255.255 4294967295\n"
				    "128.0.0.0-159.255.255.255 7\n"
				    "192.0.2.0-192.0.2.255 64500\n"
				    "192.0.4.0-192.0.5.255 600\n"
				    "255.255.255.255-255.255.255.255 8\n"
				    "8 - Eight\n"
				    "600 - Two\n"
				    "64500 - One\n"
				    "4294967295 - Telef\xc3\xb3nica\n");
	}
}

/* Other branches that lead to IPv4 are no networks of their own. */
static void
ipv4_in_an_ipv6_tree_is_taken_once(void **state)
{
	static const unsigned sizes[] = {24, 28, 32};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		mmdb_begin(&mmdb, 128, sizes[i]);
		mmdb_add(&mmdb, "10.0.0.0/8", MMDB_ASN_UINT32, 1, "One");
		mmdb_add(&mmdb, "192.0.2.1/32", MMDB_ASN_UINT32, 2, "Two");
		mmdb_add(&mmdb, "2001:db8::/32", MMDB_ASN_UINT32, 3, "Three");
		mmdb_add(&mmdb, "2001:dba::/128", MMDB_ASN_UINT32, 4, "Four");
		mmdb_add(&mmdb, "::1:0:0:0/80", MMDB_ASN_UINT32, 5, NULL);
		mmdb_alias(&mmdb, "::ffff:0:0/96");
		mmdb_alias(&mmdb, "2001::/32");
		mmdb_alias(&mmdb, "2002::/16");
		assert_mmdb(*state,
		    "10.0.0.0-10.255.255.255 1\n"
		    "192.0.2.1-192.0.2.1 2\n"
		    "::1:0:0:0-::1:ffff:ffff:ffff 5\n"
		    "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff 3\n"
		    "2001:dba::-2001:dba:: 4\n"
		    "1 - One\n"
		    "2 - Two\n"
		    "3 - Three\n"
		    "4 - Four\n");
	}
}

static void
all_of_ipv4_may_be_one_network(void **state)
{
	mmdb_begin(&mmdb, 128, 24);
	mmdb_add(&mmdb, "::/96", MMDB_ASN_UINT32, 1, NULL);
	mmdb_add(&mmdb, "8000::/1", MMDB_ASN_UINT32, 2, NULL);
	assert_mmdb(*state,
	    "0.0.0.0-255.255.255.255 1\n"
	    "8000::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 2\n");
}

static void
networks_without_an_asn_are_counted(void **state)
{
	struct scratch *scratch = *state;
	struct pol_ranges *ranges = new_ranges();
	struct origin_parse parse = {.progress = NULL};
	const struct fault_count *faults = &parse.faults[ORIGIN_BAD_ASN];

	mmdb_begin(&mmdb, 128, 28);
	mmdb_add(&mmdb, "10.0.0.0/8", MMDB_ASN_NONE, 0, "Nobody");
	mmdb_add(&mmdb, "11.0.0.0/8", MMDB_ASN_UINT32, 1, "One");
	mmdb_add(&mmdb, "12.0.0.0/8", MMDB_ASN_STRING, 0, "Text");
	mmdb_add(&mmdb, "13.0.0.0/8", MMDB_ASN_UINT64, (uint64_t)UINT32_MAX + 2,
	    "Large");
	mmdb_add(&mmdb, "14.0.0.0/8", MMDB_ASN_UINT32, 0, "Not routed");
	mmdb_set(&mmdb, "2001:db8::/32",
	    (struct mmdb_record){MMDB_NETWORK, 1u << 20});
	write_mmdb(scratch->path);
	assert_int_equal(
	    origin_read(scratch->path, &origin_mmdb, ranges, &parse), 0);
	assert_int_equal(parse.accepted, 2);
	assert_int_equal(origin_parse_rejected(&parse), 4);
	assert_int_equal(faults->count, 4);
	assert_int_equal(faults->lines[0], 1);
	assert_string_equal(faults->texts[0], "10.0.0.0/8");
	assert_int_equal(faults->lines[1], 3);
	assert_string_equal(faults->texts[1], "12.0.0.0/8");
	assert_int_equal(faults->lines[2], 4);
	assert_string_equal(faults->texts[2], "13.0.0.0/8");
	assert_int_equal(seal(ranges).unrouted, 1);
	assert_string_equal(
	    show_ranges(ranges), "11.0.0.0-11.255.255.255 1\n1 - One\n");
	pol_ranges_free(ranges);
}

static void
organization_that_is_no_text_is_none(void **state)
{
	mmdb_begin(&mmdb, 32, 24);
	mmdb_add(&mmdb, "10.0.0.0/8", MMDB_ASN_UINT32, 1, "x");
	mmdb.data[mmdb.data_len - 2] = 0xa1; /* a number of one octet */
	assert_mmdb(*state, "10.0.0.0-10.255.255.255 1\n");
}

/* 24 networks of 5 bits in front, which do not overlap. */
static void
add_random_networks(struct rng *rng, struct range_model *model)
{
	for (unsigned i = 0; i < 24; i++) {
		unsigned length = 5 + rng_below(rng, 28);
		struct pol_address address = random_address(rng, 4);
		char text[POL_PREFIX_TEXT_MAX];
		struct pol_prefix prefix;

		address.octets[0] = (uint8_t)(i << 3 | (address.octets[0] & 7));
		pol_prefix_of(&address, length, &prefix);
		pol_prefix_to_text(&prefix, text);
		mmdb_add(&mmdb, text, MMDB_ASN_UINT32, i + 1, NULL);
		for (unsigned bit = length; bit < 32; bit++)
			address.octets[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
		range_model_add(model, &prefix.address, &address, i + 1);
	}
}

/* Each address of random networks, against what was put in. */
static void
random_networks_are_found_again(void **state)
{
	struct scratch *scratch = *state;

	for (unsigned seed = 1; seed <= 20; seed++) {
		struct pol_ranges *ranges = new_ranges();
		struct origin_parse parse = {.progress = NULL};
		struct range_model model = {NULL, 0, 0};
		struct pol_snapshot *snapshot;
		struct rng rng;

		rng_seed(&rng, seed);
		mmdb_begin(&mmdb, seed % 2 ? 128 : 32, 24 + 4 * (seed % 3));
		add_random_networks(&rng, &model);
		write_mmdb(scratch->path);
		assert_int_equal(
		    origin_read(scratch->path, &origin_mmdb, ranges, &parse),
		    0);
		assert_int_equal(parse.accepted, 24);
		seal(ranges);
		remove(scratch->path);
		scratch_create(scratch, 0);
		import_ranges(scratch, ranges);
		snapshot = begin_snapshot(scratch);
		for (unsigned i = 0; i < 500; i++) {
			const struct model_range *range =
			    &model.ranges[i % model.count];
			struct pol_address picks[] = {range->first, range->last,
			    address_before(range->first),
			    address_after(range->last),
			    random_address(&rng, 4)};
			struct pol_address *pick = &picks[i / 24 % 5];

			assert_int_equal(find_asn(snapshot, pick),
			    range_model_find(&model, pick));
		}
		pol_snapshot_end(snapshot);
		scratch_close(scratch);
		remove(scratch->path);
		remove(scratch->lock_path);
		pol_ranges_free(ranges);
		range_model_free(&model);
	}
}

/* ---- damaged ---- */

static void
what_is_no_mmdb_is_refused(void **state)
{
	static const char text[] = "1.0.0.0,1.0.0.255,13335,x\n";
	struct scratch *scratch = *state;

	write_origin(scratch->path, TEXT(text));
	assert_refused(scratch, POL_EINVAL,
	    "not a MaxMind database: The MaxMind DB file contains invalid "
	    "metadata");
}

static void
tree_without_networks_is_refused(void **state)
{
	struct scratch *scratch = *state;

	mmdb_begin(&mmdb, 128, 24);
	write_mmdb(scratch->path);
	assert_refused(scratch, POL_EINVAL, "no entry in it");
	mmdb_add(&mmdb, "10.0.0.0/8", MMDB_ASN_NONE, 0, "A city");
	write_mmdb(scratch->path);
	assert_refused(scratch, POL_EINVAL,
	    "no usable entry in it (line 1: without a valid AS number)");
}

/* A branch that leads back up would be walked for ever. (Of one that leads to
 * the root libmaxminddb says that it leads nowhere.) */
static void
tree_with_a_loop_is_refused(void **state)
{
	static const char *const places[] = {
	    "128.0.0.0/1", "10.0.0.0/9", "2001:db8::/64"};
	struct scratch *scratch = *state;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		mmdb_begin(&mmdb, 128, 24);
		mmdb_add(&mmdb, "10.128.0.0/9", MMDB_ASN_UINT32, 1, "One");
		mmdb_set(&mmdb, places[i], (struct mmdb_record){MMDB_NODE, 1});
		write_mmdb(scratch->path);
		assert_refused(
		    scratch, POL_EINVAL, "its search tree is damaged");
	}
}

/* Both sides of each node lead to the next: 2^32 ways through 32 nodes. */
static void
tree_that_is_no_tree_is_refused(void **state)
{
	struct scratch *scratch = *state;

	mmdb_begin(&mmdb, 32, 24);
	mmdb_add(&mmdb, "255.255.255.255/32", MMDB_ASN_UINT32, 1, "One");
	for (uint32_t i = 0; i + 1 < mmdb.node_count; i++)
		mmdb.nodes[i][0] = mmdb.nodes[i][1];
	write_mmdb(scratch->path);
	assert_refused(scratch, POL_EINVAL, "its search tree is damaged");
}

/* Behind the last bit of an address no node can be. */
static void
tree_that_is_too_deep_is_refused(void **state)
{
	struct scratch *scratch = *state;

	mmdb_begin(&mmdb, 32, 24);
	mmdb_add(&mmdb, "10.0.0.0/32", MMDB_ASN_UINT32, 1, "One");
	mmdb_set(&mmdb, "10.0.0.1/32",
	    (struct mmdb_record){MMDB_NODE, mmdb.node_count++});
	write_mmdb(scratch->path);
	assert_refused(scratch, POL_EINVAL, "its search tree is damaged");
}

/*
 * Each octet of tree and data changed, and each length: an error, or ranges
 * that hold. The metadata behind them is libmaxminddb's to check, and 1.7.1
 * loses memory where it refuses them.
 */
static void
read_damaged(struct scratch *scratch, const uint8_t *octets, size_t len)
{
	struct pol_ranges *ranges = new_ranges();
	struct origin_parse parse = {.progress = NULL};
	int error;

	write_origin(scratch->path, octets, len);
	error = origin_read(scratch->path, &origin_mmdb, ranges, &parse);
	assert_int_equal(error == 0, parse.problem[0] == '\0');
	if (error == 0)
		assert_true(seal(ranges).added == parse.accepted);
	pol_ranges_free(ranges);
}

static void
damage_is_survived(void **state)
{
	static const uint8_t flips[] = {0x01, 0x80, 0xff};
	struct scratch *scratch = *state;
	uint8_t *octets, *metadata;
	size_t len;

	mmdb_begin(&mmdb, 128, 24);
	mmdb_add(&mmdb, "10.0.0.0/8", MMDB_ASN_UINT32, 64500, "Example");
	mmdb_add(&mmdb, "2000::/4", MMDB_ASN_UINT32, 64501, "Other");
	mmdb_alias(&mmdb, "4000::/4");
	octets = mmdb_octets(&mmdb, &len);
	metadata = memmem(octets, len, "\xab\xcd\xef", 3);
	assert_non_null(metadata);
	for (size_t i = 0; octets + i < metadata; i++) {
		for (size_t j = 0; j < sizeof(flips); j++) {
			octets[i] ^= flips[j];
			read_damaged(scratch, octets, len);
			octets[i] ^= flips[j];
		}
		read_damaged(scratch, octets, i);
	}
	free(octets);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    folder_test(networks_of_an_ipv4_tree_are_taken),
	    folder_test(ipv4_in_an_ipv6_tree_is_taken_once),
	    folder_test(all_of_ipv4_may_be_one_network),
	    folder_test(networks_without_an_asn_are_counted),
	    folder_test(organization_that_is_no_text_is_none),
	    folder_test(random_networks_are_found_again),
	    folder_test(what_is_no_mmdb_is_refused),
	    folder_test(tree_without_networks_is_refused),
	    folder_test(tree_with_a_loop_is_refused),
	    folder_test(tree_that_is_no_tree_is_refused),
	    folder_test(tree_that_is_too_deep_is_refused),
	    folder_test(damage_is_survived),
	};

	return cmocka_run_group_tests_name("mmdb", tests, NULL, NULL);
}
