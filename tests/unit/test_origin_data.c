/*
 * test_origin_data.c - real origin data, where it is there: 10,000 addresses
 * looked up in the database and, naively, in the source itself.
 *
 * The folder is that of the environment variable SB_ORIGIN_DATA, or
 * ../shared/data/origin; without one there is nothing to test. In it,
 * *.csv are read as ip-location-db (but for *-num.csv, which have numbers for
 * addresses), *.tsv as ip2asn, *.dat as pyasn, each also with .gz behind, and
 * *.mmdb; NAME.json beside NAME.mmdb says what the latter was made of.
 */
#include "origin_support.h"

#include <dirent.h>
#include <jansson.h>
#include <maxminddb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "policy/ranges_p.h"
#include "tools/origin/origin.h"

#define SAMPLES 10000
#define FILES_MAX 64
#define LINE_SIZE 1024

/* An address, and the smallest range of the source that holds it. */
struct sample {
	struct pol_address address;
	struct model_range best; /* its asn is 0 where there is none */
};

static struct sample samples[SAMPLES];

/* ---- files ---- */

static const char *
data_folder(void)
{
	const char *folder = getenv("SB_ORIGIN_DATA");

	return folder != NULL ? folder : "../shared/data/origin";
}

static bool
ends_with(const char *name, const char *end)
{
	size_t len = strlen(name), end_len = strlen(end);

	return len >= end_len && strcmp(name + len - end_len, end) == 0;
}

static bool
is_of_format(const char *name, const struct origin_format *format)
{
	char compressed[16];
	const char *end = format == &origin_mmdb     ? ".mmdb"
			  : format == &origin_pyasn  ? ".dat"
			  : format == &origin_ip2asn ? ".tsv"
						     : ".csv";

	snprintf(compressed, sizeof(compressed), "%s.gz", end);
	return (ends_with(name, end) || ends_with(name, compressed)) &&
	       strstr(name, "-num.") == NULL;
}

/* The paths of the folder's files of a format, in order. Their number. */
static size_t
find_files(const struct origin_format *format, char paths[][512])
{
	struct dirent **entries;
	int found = scandir(data_folder(), &entries, NULL, alphasort);
	size_t count = 0;

	for (int i = 0; i < found; i++) {
		const char *name = entries[i]->d_name;

		if (count < FILES_MAX && is_of_format(name, format))
			snprintf(paths[count++], sizeof(paths[0]), "%s/%s",
			    data_folder(), name);
		free(entries[i]);
	}
	if (found >= 0)
		free(entries);
	return count;
}

/* ---- the naive reading ---- */

static void
set_prefix(
    const char *text, struct pol_address *first, struct pol_address *last)
{
	struct pol_prefix prefix;
	char first_text[64];
	unsigned length;
	char *slash;

	snprintf(first_text, sizeof(first_text), "%s", text);
	slash = strchr(first_text, '/');
	assert_non_null(slash);
	*slash = '\0';
	length = (unsigned)atoi(slash + 1);
	*first = *last = address_of(first_text);
	pol_prefix_of(first, length, &prefix);
	assert_int_equal(pol_address_compare(&prefix.address, first), 0);
	for (unsigned i = length; i < 8 * pol_address_octets(first->family);
	     i++)
		last->octets[i / 8] |= (uint8_t)(0x80 >> i % 8);
}

static void
naive_line(struct range_model *model, const struct origin_format *format,
    const char *line)
{
	struct pol_address first, last;
	char one[64], two[64];
	unsigned asn;

	if (line[0] == '#' || line[0] == ';')
		return;
	if (format == &origin_pyasn) {
		assert_int_equal(sscanf(line, "%63s\t%u", one, &asn), 2);
		set_prefix(one, &first, &last);
	} else {
		assert_int_equal(
		    sscanf(line, "%63[^,\t]%*[,\t]%63[^,\t]%*[,\t]%u", one, two,
			&asn),
		    3);
		first = address_of(one);
		last = address_of(two);
	}
	if (asn != 0)
		range_model_add(model, &first, &last, asn);
}

static void
naive_read(struct range_model *model, const struct origin_format *format,
    const char *path)
{
	gzFile file = gzopen(path, "r");
	char line[LINE_SIZE];

	assert_non_null(file);
	gzbuffer(file, 1 << 17);
	while (gzgets(file, line, sizeof(line)) != NULL)
		naive_line(model, format, line);
	gzclose(file);
}

/* ---- samples ---- */

static struct pol_address
address_within(struct rng *rng, const struct model_range *range)
{
	struct pol_address address = range->first;
	unsigned last = pol_address_octets(address.family) - 1;
	uint32_t kind = rng_below(rng, 5);

	if (kind == 0)
		return range->first;
	if (kind == 1)
		return range->last;
	if (kind == 2)
		return address_before(range->first);
	if (kind == 3)
		return address_after(range->last);
	for (unsigned i = rng_below(rng, 4); i > 0; i--)
		address.octets[last + 1 - i] = (uint8_t)rng_below(rng, 256);
	return address;
}

static int
compare_samples(const void *a, const void *b)
{
	return pol_address_compare(&((const struct sample *)a)->address,
	    &((const struct sample *)b)->address);
}

/* Anywhere, and in and around the ranges of MODEL. */
static void
draw_samples(const struct range_model *model)
{
	struct rng rng;

	rng_seed(&rng, 20130113);
	memset(samples, 0, sizeof(samples));
	for (size_t i = 0; i < SAMPLES; i++) {
		struct pol_address *address = &samples[i].address;

		if (i % 3 == 0) {
			*address = random_address(&rng, 4);
		} else if (i % 3 == 1) {
			*address = random_address(&rng, 6);
			address->octets[0] &= 0x0f; /* in 2000::/4 */
			address->octets[0] |= 0x20;
			address->octets[1] &= 0x0f;
		} else if (model->count > 0) {
			*address =
			    address_within(&rng, &model->ranges[rng_below(&rng,
						     (uint32_t)model->count)]);
		}
	}
	qsort(samples, SAMPLES, sizeof(samples[0]), compare_samples);
}

static size_t
first_sample_from(const struct pol_address *address)
{
	size_t low = 0, high = SAMPLES;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (pol_address_compare(&samples[middle].address, address) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Show each range to the samples that it holds. */
static void
answer_samples(const struct range_model *model)
{
	for (size_t n = 0; n < model->count; n++) {
		const struct model_range *range = &model->ranges[n];

		for (size_t i = first_sample_from(&range->first);
		     i < SAMPLES && pol_address_compare(
					&samples[i].address, &range->last) <= 0;
		     i++)
			if (samples[i].best.asn == 0 ||
			    range_is_smaller(range, &samples[i].best))
				samples[i].best = *range;
	}
}

static void
compare_with_samples(struct scratch *scratch)
{
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	struct pol_origin_table *table = make_table(snapshot, SIZE_MAX);
	struct pol_prefix prefix = {.length = 128};
	char text[POL_PREFIX_TEXT_MAX];

	for (size_t i = 0; i < SAMPLES; i++) {
		uint32_t asn = find_asn(snapshot, &samples[i].address);

		prefix.address = samples[i].address;
		if (asn != samples[i].best.asn)
			fail_msg("%s: %u, not %u",
			    pol_prefix_to_text(&prefix, text), asn,
			    samples[i].best.asn);
		assert_int_equal(
		    pol_origin_table_find(table, &samples[i].address), asn);
	}
	pol_origin_table_free(table);
	pol_snapshot_end(snapshot);
}

/* ---- text ---- */

static void
read_real(struct pol_ranges *ranges, const struct origin_format *format,
    const char *path)
{
	struct origin_parse parse = {.progress = NULL};

	assert_int_equal(origin_read(path, format, ranges, &parse), 0);
	assert_int_equal(origin_parse_rejected(&parse), 0);
}

/* The second import of the same must write nothing. */
static void
import_real(struct scratch *scratch, struct pol_ranges *ranges)
{
	struct pol_origin_result result;
	uint64_t generation;

	seal(ranges);
	import_ranges(scratch, ranges);
	generation = pol_store_generation(scratch->store);
	result = import_ranges(scratch, ranges);
	assert_int_equal(result.ranges.added + result.ranges.removed, 0);
	assert_int_equal(result.holders.added + result.holders.removed, 0);
	assert_true(pol_store_generation(scratch->store) == generation);
}

/* All files of the format as one. */
static void
check_text(struct scratch *scratch, const struct origin_format *format)
{
	static char paths[FILES_MAX][512];
	size_t count = find_files(format, paths);
	struct range_model model = {NULL, 0, 0};
	struct pol_ranges *ranges;

	if (count == 0)
		skip();
	ranges = new_ranges();
	for (size_t i = 0; i < count; i++) {
		read_real(ranges, format, paths[i]);
		naive_read(&model, format, paths[i]);
	}
	import_real(scratch, ranges);
	draw_samples(&model);
	answer_samples(&model);
	compare_with_samples(scratch);
	range_model_free(&model);
	pol_ranges_free(ranges);
}

static void
csv_agrees_with_a_naive_lookup(void **state)
{
	check_text(*state, &origin_ip_location_db);
}

static void
tsv_agrees_with_a_naive_lookup(void **state)
{
	check_text(*state, &origin_ip2asn);
}

static void
pyasn_agrees_with_a_naive_lookup(void **state)
{
	check_text(*state, &origin_pyasn);
}

/* ---- MaxMind ---- */

static uint32_t
mmdb_asn(const MMDB_s *mmdb, const struct pol_address *address)
{
	struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
	struct sockaddr_in ipv4 = {.sin_family = AF_INET};
	MMDB_lookup_result_s result;
	MMDB_entry_data_s data;
	int error;

	memcpy(&ipv4.sin_addr, address->octets, 4);
	memcpy(&ipv6.sin6_addr, address->octets, 16);
	result = MMDB_lookup_sockaddr(mmdb,
	    address->family == 4 ? (const struct sockaddr *)&ipv4
				 : (const struct sockaddr *)&ipv6,
	    &error);
	assert_int_equal(error, MMDB_SUCCESS);
	if (!result.found_entry ||
	    MMDB_get_value(&result.entry, &data, "autonomous_system_number",
		NULL) != MMDB_SUCCESS)
		return 0;
	return data.uint32;
}

/* Where a tree of IPv6 leads to IPv4 a second time. */
static bool
is_alias(const struct pol_address *address)
{
	static const char *const aliases[] = {
	    "2001::/32", "2002::/16", "::ffff:0:0/96"};
	bool found = false;

	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		struct pol_prefix prefix;

		assert_int_equal(pol_prefix_from_text(
				     aliases[i], strlen(aliases[i]), &prefix),
		    POL_PREFIX_OK);
		found = found || pol_prefix_covers(&prefix, address);
	}
	return found;
}

/* What libmaxminddb answers for each sample. */
static void
answer_by_library(const char *path)
{
	MMDB_s mmdb;

	assert_int_equal(MMDB_open(path, MMDB_MODE_MMAP, &mmdb), MMDB_SUCCESS);
	for (size_t i = 0; i < SAMPLES; i++)
		samples[i].best.asn =
		    is_alias(&samples[i].address)
			? 0
			: mmdb_asn(&mmdb, &samples[i].address);
	MMDB_close(&mmdb);
}

static void
model_of_ranges(struct range_model *model, const struct pol_ranges *ranges)
{
	struct pol_origin origin;

	for (size_t i = 0; i < ranges_count(ranges); i++) {
		ranges_get(ranges, i, &origin);
		range_model_add(model, &origin.first, &origin.last, origin.asn);
	}
}

/* The networks that the database was made of. */
static void
model_of_json(struct range_model *model, const char *path)
{
	json_t *list = json_load_file(path, 0, NULL);
	json_t *entry, *data;
	struct pol_address first, last;
	const char *network;
	size_t i;

	assert_true(json_is_array(list));
	json_array_foreach(list, i, entry)
	{
		json_object_foreach(entry, network, data)
		{
			set_prefix(network, &first, &last);
			range_model_add(model, &first, &last,
			    (uint32_t)json_integer_value(json_object_get(
				data, "autonomous_system_number")));
		}
	}
	json_decref(list);
}

static void
check_mmdb(struct scratch *scratch, const char *path)
{
	struct pol_ranges *ranges = new_ranges();
	struct range_model model = {NULL, 0, 0};
	char json_path[512];

	read_real(ranges, &origin_mmdb, path);
	import_real(scratch, ranges);
	model_of_ranges(&model, ranges);
	draw_samples(&model);
	answer_by_library(path);
	compare_with_samples(scratch);
	range_model_free(&model);
	pol_ranges_free(ranges);

	snprintf(json_path, sizeof(json_path), "%.*s.json",
	    (int)(strlen(path) - strlen(".mmdb")), path);
	if (access(json_path, R_OK) != 0)
		return;
	model_of_json(&model, json_path);
	draw_samples(&model);
	answer_samples(&model);
	compare_with_samples(scratch);
	range_model_free(&model);
}

static void
mmdb_agrees_with_libmaxminddb_and_its_source(void **state)
{
	static char paths[FILES_MAX][512];
	size_t count = find_files(&origin_mmdb, paths);

	if (count == 0)
		skip();
	for (size_t i = 0; i < count; i++)
		check_mmdb(*state, paths[i]);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    store_test(csv_agrees_with_a_naive_lookup),
	    store_test(tsv_agrees_with_a_naive_lookup),
	    store_test(pyasn_agrees_with_a_naive_lookup),
	    store_test(mmdb_agrees_with_libmaxminddb_and_its_source),
	};

	return cmocka_run_group_tests_name("origin data", tests, NULL, NULL);
}
