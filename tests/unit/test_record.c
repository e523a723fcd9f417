/*
 * test_record.c - the octets of database values, whole and damaged.
 */
#include "policy_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/record_p.h"

static const uint8_t garden[] = "\6garden\7example";
static const uint8_t ipv4[4 * POL_ADDRESSES_MAX] = {192, 0, 2, 1, 192, 0, 2, 2};
static const uint8_t ipv6[16 * POL_ADDRESSES_MAX] = {0x20, 1, 0xd, 0xb8};

/* What is done to one octet after the other. */
static const uint8_t flips[] = {1, 2, 4, 8, 16, 32, 64, 128, 0xff};

struct value {
	uint8_t octets[1 + 2 * RECORD_INDICATOR_MAX];
	size_t len;
};

static void
value_begin(struct value *value)
{
	value->octets[0] = RECORD_VERSION;
	value->len = 1;
}

static void
value_add(struct value *value, const struct pol_indicator *indicator)
{
	int len = record_write_indicator(indicator, value->octets + value->len);

	assert_in_range(len, 1, RECORD_INDICATOR_MAX);
	value->len += (size_t)len;
}

/* Everything that an indicator can say, each at its longest. */
static struct pol_indicator
fullest(char *reference)
{
	struct pol_indicator indicator = indicator_of(1023, POL_BELOW);

	memset(reference, 'r', POL_REFERENCE_MAX);
	indicator.action = POL_CNAME;
	indicator.shadow = true;
	indicator.since = UINT32_MAX - 1;
	indicator.until = UINT32_MAX;
	indicator.reference = reference;
	indicator.reference_len = POL_REFERENCE_MAX;
	indicator.target = garden;
	indicator.target_len = sizeof(garden);
	indicator.ipv4 = ipv4;
	indicator.ipv4_count = POL_ADDRESSES_MAX;
	indicator.ipv6 = ipv6;
	indicator.ipv6_count = POL_ADDRESSES_MAX;
	return indicator;
}

static void
assert_survives(const struct pol_indicator *indicator)
{
	struct record_reader reader;
	struct pol_indicator read;
	struct value value;

	value_begin(&value);
	value_add(&value, indicator);
	assert_int_equal(record_begin(&reader, value.octets, value.len), 0);
	assert_int_equal(record_next(&reader, &read), 1);
	assert_same_indicator(&read, indicator);
	assert_int_equal(record_next(&reader, &read), 0);
}

static void
indicator_survives(void **state)
{
	struct pol_indicator indicator = indicator_of(0, POL_EXACT);
	char reference[POL_REFERENCE_MAX];

	(void)state;
	assert_survives(&indicator);
	indicator.since = 0;
	assert_survives(&indicator);
	for (int action = POL_SINKHOLE; action <= POL_TRUNCATE; action++) {
		indicator.action = (enum pol_action)action;
		assert_survives(&indicator);
	}
	indicator.action = POL_SINKHOLE;
	indicator.ipv6 = ipv6;
	indicator.ipv6_count = 1;
	assert_survives(&indicator);
	indicator = fullest(reference);
	assert_survives(&indicator);
}

/* The size that the format gives away: 80 octets a name is the aim. */
static void
plain_indicator_takes_eight_octets(void **state)
{
	struct pol_indicator indicator = indicator_of(7, POL_SUBTREE);
	uint8_t octets[RECORD_INDICATOR_MAX];

	(void)state;
	assert_int_equal(record_write_indicator(&indicator, octets), 8);
}

static void
several_indicators_of_a_name_come_in_order(void **state)
{
	struct pol_indicator a = indicator_of(1, POL_SUBTREE);
	char reference[POL_REFERENCE_MAX];
	struct pol_indicator b = fullest(reference);
	struct record_reader reader;
	struct pol_indicator read;
	struct value value;

	(void)state;
	value_begin(&value);
	value_add(&value, &a);
	value_add(&value, &b);
	assert_int_equal(record_begin(&reader, value.octets, value.len), 0);
	assert_int_equal(record_next(&reader, &read), 1);
	assert_same_indicator(&read, &a);
	assert_int_equal(record_next(&reader, &read), 1);
	assert_same_indicator(&read, &b);
	assert_int_equal(record_next(&reader, &read), 0);
}

typedef void spoil(struct pol_indicator *indicator);

static void
spoil_scope(struct pol_indicator *indicator)
{
	indicator->scope = (enum pol_scope)3;
}

static void
spoil_action(struct pol_indicator *indicator)
{
	indicator->action = (enum pol_action)9;
}

static void
spoil_since(struct pol_indicator *indicator)
{
	indicator->since = (int64_t)1 << 32;
}

static void
spoil_since_below(struct pol_indicator *indicator)
{
	indicator->since = -1;
}

static void
spoil_until(struct pol_indicator *indicator)
{
	indicator->until = (int64_t)1 << 32;
}

static void
spoil_until_below(struct pol_indicator *indicator)
{
	indicator->until = -1;
}

static void
spoil_reference(struct pol_indicator *indicator)
{
	indicator->reference_len = POL_REFERENCE_MAX + 1;
}

static void
spoil_target(struct pol_indicator *indicator)
{
	indicator->target_len--;
}

static void
spoil_pairing(struct pol_indicator *indicator)
{
	indicator->target = NULL;
	indicator->target_len = 0;
}

static void
spoil_ipv4(struct pol_indicator *indicator)
{
	indicator->ipv4_count = POL_ADDRESSES_MAX + 1;
}

static void
spoil_ipv6(struct pol_indicator *indicator)
{
	indicator->ipv6_count = POL_ADDRESSES_MAX + 1;
}

static void
indicator_out_of_range_is_not_written(void **state)
{
	static spoil *const spoils[] = {spoil_scope, spoil_action, spoil_since,
	    spoil_since_below, spoil_until, spoil_until_below, spoil_reference,
	    spoil_target, spoil_pairing, spoil_ipv4, spoil_ipv6};
	uint8_t octets[RECORD_INDICATOR_MAX];
	char reference[POL_REFERENCE_MAX + 1] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++) {
		struct pol_indicator indicator = fullest(reference);

		spoils[i](&indicator);
		if (record_write_indicator(&indicator, octets) != POL_EINVAL)
			fail_msg("spoil %zu was written", i);
	}
}

/*
 * Read a value of exactly LEN octets on the heap, so that a read past its end
 * is seen. Returns the indicators read, or the error.
 */
static int
read_value(const uint8_t *octets, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	struct pol_indicator indicator;
	struct record_reader reader;
	struct pol_name name;
	int count = 0;
	int status;

	assert_non_null(copy);
	memcpy(copy, octets, len);
	status = record_begin(&reader, copy, len);
	while (
	    status == 0 && (status = record_next(&reader, &indicator)) == 1) {
		assert_in_range(indicator.scope, POL_EXACT, POL_BELOW);
		assert_in_range(
		    indicator.action, POL_ACTION_OF_FEED, POL_ALLOW);
		/* Whoever answers with the target must not look twice. */
		if (indicator.action == POL_CNAME)
			assert_int_equal(pol_name_from_wire(indicator.target,
					     indicator.target_len, &name),
			    0);
		assert_in_range(indicator.ipv4_count, 0, POL_ADDRESSES_MAX);
		assert_in_range(indicator.ipv6_count, 0, POL_ADDRESSES_MAX);
		count++;
		status = 0;
	}
	free(copy);
	return status < 0 ? status : count;
}

static void
value_cut_short_is_corrupt(void **state)
{
	char reference[POL_REFERENCE_MAX];
	struct pol_indicator indicator = fullest(reference);
	struct value value;

	(void)state;
	value_begin(&value);
	assert_int_equal(read_value(value.octets, 0), POL_ECORRUPT);
	value_add(&value, &indicator);
	for (size_t len = 2; len < value.len; len++)
		assert_int_equal(read_value(value.octets, len), POL_ECORRUPT);
	assert_int_equal(read_value(value.octets, value.len), 1);
}

static void
value_of_another_version_is_corrupt(void **state)
{
	struct pol_indicator indicator = indicator_of(1, POL_EXACT);
	struct value value;

	(void)state;
	value_begin(&value);
	value_add(&value, &indicator);
	for (unsigned version = 0; version < 256; version++) {
		value.octets[0] = (uint8_t)version;
		assert_int_equal(read_value(value.octets, value.len),
		    version == RECORD_VERSION ? 1 : POL_ECORRUPT);
	}
}

/* Most such values still say something; none may say what cannot be. */
static void
every_flipped_octet_is_survived(void **state)
{
	char reference[POL_REFERENCE_MAX];
	struct pol_indicator indicator = fullest(reference);
	struct value value;

	(void)state;
	value_begin(&value);
	value_add(&value, &indicator);
	for (size_t i = 0; i < value.len; i++) {
		for (size_t j = 0; j < sizeof(flips); j++) {
			int status;

			value.octets[i] ^= flips[j];
			status = read_value(value.octets, value.len);
			assert_true(status == POL_ECORRUPT || status >= 1);
			value.octets[i] ^= flips[j];
		}
	}
}

/* The count before which addresses would be read past their limit. */
/* They could be read, but not be written again with their name. */
static void
long_category_and_operator_are_corrupt(void **state)
{
	const uint8_t flags[][2] = {{0x00, 0x01}, {0x00, 0x10}};
	uint8_t octets[10 + UINT8_MAX] = {RECORD_VERSION};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		memcpy(octets + 3, flags[i], 2);
		octets[9] = POL_BY_MAX;
		assert_int_equal(read_value(octets, 10 + POL_BY_MAX), 1);
		octets[9]++;
		assert_int_equal(
		    read_value(octets, 11 + POL_BY_MAX), POL_ECORRUPT);
	}
}

static void
too_many_addresses_are_corrupt(void **state)
{
	struct pol_indicator indicator = indicator_of(1, POL_EXACT);
	uint8_t octets[600] = {RECORD_VERSION};
	size_t len = 1;

	(void)state;
	indicator.ipv4 = indicator.ipv6 = ipv6;
	indicator.ipv4_count = POL_ADDRESSES_MAX;
	indicator.ipv6_count = POL_ADDRESSES_MAX;
	len += (size_t)record_write_indicator(&indicator, octets + 1);
	assert_int_equal(read_value(octets, len), 1);
	octets[8]++; /* behind feed, flags and since: IPv4 addresses */
	assert_int_equal(read_value(octets, len + 4), POL_ECORRUPT);
	octets[8]--;
	octets[9]++;
	assert_int_equal(read_value(octets, len + 16), POL_ECORRUPT);
}

static struct pol_feed
fullest_feed(void)
{
	struct pol_feed feed = {
	    .order = UINT16_MAX,
	    .action = POL_ALLOW,
	    .mode = POL_SHADOW,
	    .ede = POL_EDE_FILTERED,
	    .changed = INT64_MAX,
	    .count = UINT64_MAX,
	    .shadowed = UINT64_MAX,
	    .short_names = UINT64_MAX - 1,
	    .nameservers = UINT64_MAX - 2,
	    .allowing = UINT64_MAX - 3,
	    .addresses = UINT64_MAX - 4,
	};

	memset(feed.name, 'n', sizeof(feed.name) - 1);
	memset(feed.format, 'f', sizeof(feed.format) - 1);
	memset(feed.source, 's', sizeof(feed.source) - 1);
	return feed;
}

static void
assert_same_feed(const struct pol_feed *a, const struct pol_feed *b)
{
	assert_int_equal(a->order, b->order);
	assert_int_equal(a->action, b->action);
	assert_int_equal(a->mode, b->mode);
	assert_int_equal(a->ede, b->ede);
	assert_true(a->shadowed == b->shadowed);
	assert_true(a->short_names == b->short_names);
	assert_true(a->nameservers == b->nameservers);
	assert_true(a->allowing == b->allowing);
	assert_true(a->addresses == b->addresses);
	assert_true(a->changed == b->changed);
	assert_true(a->count == b->count);
	assert_string_equal(a->name, b->name);
	assert_string_equal(a->format, b->format);
	assert_string_equal(a->source, b->source);
}

static void
feed_survives(void **state)
{
	struct pol_feed feed = fullest_feed();
	struct pol_feed read = {0};
	uint8_t octets[RECORD_FEED_MAX];
	size_t len = record_write_feed(&feed, octets);

	(void)state;
	assert_in_range(len, 1, RECORD_FEED_MAX);
	assert_int_equal(record_read_feed(octets, len, &read), 0);
	assert_same_feed(&read, &feed);
	memset(&feed, 0, sizeof(feed));
	feed.action = POL_SINKHOLE;
	strcpy(feed.name, "x");
	len = record_write_feed(&feed, octets);
	memset(&read, 0x55, sizeof(read));
	assert_int_equal(record_read_feed(octets, len, &read), 0);
	assert_same_feed(&read, &feed);
}

/* A text that ends before its length says is none that we wrote. */
static void
feed_with_a_nul_in_its_name_is_corrupt(void **state)
{
	struct pol_feed feed = fullest_feed();
	uint8_t octets[RECORD_FEED_MAX];
	size_t len = record_write_feed(&feed, octets);
	uint8_t *name = memchr(octets, 'n', len);

	(void)state;
	assert_non_null(name);
	assert_int_equal(name[1], 'n');
	name[1] = 0;
	assert_int_equal(record_read_feed(octets, len, &feed), POL_ECORRUPT);
}

/* A copy of exactly LEN octets, so that a read past the end is seen. */
static uint8_t *
exact_copy(const uint8_t *octets, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	memcpy(copy, octets, len);
	return copy;
}

static void
damaged_feed_is_survived(void **state)
{
	struct pol_feed feed = fullest_feed();
	uint8_t octets[RECORD_FEED_MAX];
	size_t len = record_write_feed(&feed, octets);

	(void)state;
	for (size_t cut = 0; cut < len; cut++) {
		uint8_t *copy = exact_copy(octets, cut);

		assert_int_equal(
		    record_read_feed(copy, cut, &feed), POL_ECORRUPT);
		free(copy);
	}
	for (size_t i = 0; i < len; i++) {
		for (size_t j = 0; j < sizeof(flips); j++) {
			uint8_t *copy = exact_copy(octets, len);
			int status;

			copy[i] ^= flips[j];
			status = record_read_feed(copy, len, &feed);
			assert_true(status == 0 || status == POL_ECORRUPT);
			assert_non_null(
			    memchr(feed.name, 0, sizeof(feed.name)));
			assert_non_null(
			    memchr(feed.source, 0, sizeof(feed.source)));
			assert_in_range(feed.action, POL_SINKHOLE, POL_ALLOW);
			assert_in_range(feed.mode, POL_ENFORCE, POL_SHADOW);
			free(copy);
		}
	}
}

static void
settings_survive(void **state)
{
	static struct pol_settings settings;
	static struct pol_settings read;
	static uint8_t octets[RECORD_SETTINGS_MAX];
	size_t len;

	(void)state;
	pol_settings_default(&settings);
	len = record_write_settings(&settings, octets);
	assert_int_equal(record_read_settings(octets, len, &read), 0);
	assert_int_equal(read.ttl, POL_SINKHOLE_TTL_DEFAULT);
	assert_true(read.has_ipv4 && read.has_ipv6);
	assert_string_equal(read.log, "");

	settings.has_ipv4 = false;
	memset(settings.ipv6, 0xab, sizeof(settings.ipv6));
	settings.ttl = POL_SINKHOLE_TTL_MAX;
	settings.on_error = POL_ON_ERROR_SERVFAIL;
	memset(settings.log, 'l', sizeof(settings.log) - 1);
	len = record_write_settings(&settings, octets);
	assert_in_range(len, 1, RECORD_SETTINGS_MAX);
	assert_int_equal(record_read_settings(octets, len, &read), 0);
	assert_false(read.has_ipv4);
	assert_true(read.has_ipv6);
	assert_memory_equal(read.ipv6, settings.ipv6, 16);
	assert_int_equal(read.ttl, settings.ttl);
	assert_int_equal(read.on_error, settings.on_error);
	assert_string_equal(read.log, settings.log);
}

static void
damaged_settings_are_survived(void **state)
{
	static struct pol_settings settings;
	static uint8_t octets[RECORD_SETTINGS_MAX];
	size_t len;

	(void)state;
	pol_settings_default(&settings);
	strcpy(settings.log, "/var/log/sinkbound.json");
	len = record_write_settings(&settings, octets);
	for (size_t cut = 0; cut < len; cut++) {
		uint8_t *copy = exact_copy(octets, cut);

		assert_int_equal(
		    record_read_settings(copy, cut, &settings), POL_ECORRUPT);
		free(copy);
	}
	for (size_t i = 0; i < sizeof(flips) * len; i++) {
		uint8_t *copy = exact_copy(octets, len);
		int status;

		copy[i / sizeof(flips)] ^= flips[i % sizeof(flips)];
		status = record_read_settings(copy, len, &settings);
		assert_true(status == 0 || status == POL_ECORRUPT);
		assert_in_range(
		    settings.ttl, POL_SINKHOLE_TTL_MIN, POL_SINKHOLE_TTL_MAX);
		assert_in_range(settings.on_error, POL_ON_ERROR_PASS,
		    POL_ON_ERROR_SERVFAIL);
		free(copy);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(indicator_survives),
	    cmocka_unit_test(plain_indicator_takes_eight_octets),
	    cmocka_unit_test(several_indicators_of_a_name_come_in_order),
	    cmocka_unit_test(indicator_out_of_range_is_not_written),
	    cmocka_unit_test(value_cut_short_is_corrupt),
	    cmocka_unit_test(value_of_another_version_is_corrupt),
	    cmocka_unit_test(every_flipped_octet_is_survived),
	    cmocka_unit_test(long_category_and_operator_are_corrupt),
	    cmocka_unit_test(too_many_addresses_are_corrupt),
	    cmocka_unit_test(feed_survives),
	    cmocka_unit_test(feed_with_a_nul_in_its_name_is_corrupt),
	    cmocka_unit_test(damaged_feed_is_survived),
	    cmocka_unit_test(settings_survive),
	    cmocka_unit_test(damaged_settings_are_survived),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
