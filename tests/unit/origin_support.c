/*
 * origin_support.c - what the tests of origin data share.
 */
#include "origin_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/ranges_p.h"

/* ---- addresses ---- */

struct pol_address
address_of(const char *text)
{
	struct pol_prefix prefix = {0};

	assert_int_equal(
	    pol_prefix_from_text(text, strlen(text), &prefix), POL_PREFIX_OK);
	return prefix.address;
}

struct pol_address
random_address(struct rng *rng, uint8_t family)
{
	struct pol_address address = {.family = family};

	for (unsigned i = 0; i < pol_address_octets(family); i++)
		address.octets[i] = (uint8_t)rng_below(rng, 256);
	return address;
}

struct pol_address
address_after(struct pol_address address)
{
	unsigned i = pol_address_octets(address.family);

	while (i > 0 && ++address.octets[i - 1] == 0)
		i--;
	return address;
}

struct pol_address
address_before(struct pol_address address)
{
	unsigned i = pol_address_octets(address.family);

	while (i > 0 && address.octets[i - 1]-- == 0)
		i--;
	return address;
}

/* ---- the model ---- */

void
range_model_add(struct range_model *model, const struct pol_address *first,
    const struct pol_address *last, uint32_t asn)
{
	if (model->count == model->size) {
		model->size = model->size > 0 ? 2 * model->size : 64;
		model->ranges = realloc(
		    model->ranges, model->size * sizeof(*model->ranges));
		assert_non_null(model->ranges);
	}
	model->ranges[model->count++] =
	    (struct model_range){*first, *last, asn};
}

void
range_model_free(struct range_model *model)
{
	free(model->ranges);
	memset(model, 0, sizeof(*model));
}

/* LAST - FIRST, octet by octet as on paper. */
static void
distance(const struct model_range *range, uint8_t *octets)
{
	int borrow = 0;

	memset(octets, 0, POL_ADDRESS_OCTETS_MAX);
	for (int i = (int)pol_address_octets(range->first.family) - 1; i >= 0;
	     i--) {
		int digit =
		    range->last.octets[i] - range->first.octets[i] - borrow;

		borrow = digit < 0;
		octets[i] = (uint8_t)digit;
	}
}

bool
range_is_smaller(const struct model_range *a, const struct model_range *b)
{
	uint8_t a_size[POL_ADDRESS_OCTETS_MAX], b_size[POL_ADDRESS_OCTETS_MAX];

	distance(a, a_size);
	distance(b, b_size);
	return memcmp(a_size, b_size, sizeof(a_size)) < 0;
}

uint32_t
range_model_find(
    const struct range_model *model, const struct pol_address *address)
{
	const struct model_range *best = NULL;

	for (size_t i = 0; i < model->count; i++) {
		const struct model_range *range = &model->ranges[i];

		if (range->first.family == address->family &&
		    pol_address_compare(&range->first, address) <= 0 &&
		    pol_address_compare(&range->last, address) >= 0 &&
		    (best == NULL || range_is_smaller(range, best)))
			best = range;
	}
	return best != NULL ? best->asn : 0;
}

uint64_t
range_model_overlaps(const struct range_model *model)
{
	uint64_t overlaps = 0;

	for (size_t i = 0; i < model->count; i++) {
		const struct model_range *a = &model->ranges[i];
		bool overlap = false;

		for (size_t j = 0; j < model->count && !overlap; j++) {
			const struct model_range *b = &model->ranges[j];

			overlap =
			    i != j && a->first.family == b->first.family &&
			    pol_address_compare(&a->first, &b->last) <= 0 &&
			    pol_address_compare(&b->first, &a->last) <= 0;
		}
		overlaps += overlap;
	}
	return overlaps;
}

/* ---- ranges and the database ---- */

struct pol_ranges *
new_ranges(void)
{
	struct pol_ranges *ranges = NULL;

	assert_int_equal(pol_ranges_new(&ranges), 0);
	assert_non_null(ranges);
	return ranges;
}

void
add_range(struct pol_ranges *ranges, const char *first, const char *last,
    uint32_t asn)
{
	struct pol_address from = address_of(first), to = address_of(last);

	assert_int_equal(pol_ranges_add(ranges, &from, &to, asn), 0);
}

void
add_holder(struct pol_ranges *ranges, uint32_t asn, const char *holder,
    const char *country)
{
	assert_int_equal(
	    pol_ranges_add_holder(ranges, asn, holder, strlen(holder), country),
	    0);
}

struct pol_ranges_count
seal(struct pol_ranges *ranges)
{
	struct pol_ranges_count count;

	assert_int_equal(pol_ranges_seal(ranges, &count), 0);
	assert_int_equal(count.stored, ranges_count(ranges));
	assert_sealed(ranges);
	return count;
}

void
assert_sealed(const struct pol_ranges *ranges)
{
	struct pol_origin before = {.asn = 0}, origin;

	for (size_t i = 0; i < ranges_count(ranges); i++) {
		struct pol_address after = address_after(before.last);

		ranges_get(ranges, i, &origin);
		assert_int_equal(origin.first.family, origin.last.family);
		assert_true(
		    pol_address_compare(&origin.first, &origin.last) <= 0);
		assert_int_not_equal(origin.asn, 0);
		if (i > 0) {
			assert_true(pol_address_compare(
					&before.last, &origin.first) < 0);
			assert_true(
			    before.asn != origin.asn ||
			    pol_address_compare(&after, &origin.first) != 0);
		}
		before = origin;
	}
}

const char *
show_ranges(const struct pol_ranges *ranges)
{
	static char shown[1 << 16];
	struct pol_origin origin;
	char *end = shown + sizeof(shown);
	char *at = shown;

	*at = '\0';
	for (size_t i = 0; i < ranges_count(ranges); i++) {
		struct pol_prefix prefix = {.length = 128};
		char first[POL_PREFIX_TEXT_MAX], last[POL_PREFIX_TEXT_MAX];

		ranges_get(ranges, i, &origin);
		prefix.address = origin.first;
		pol_prefix_to_text(&prefix, first);
		prefix.address = origin.last;
		pol_prefix_to_text(&prefix, last);
		at += snprintf(at, (size_t)(end - at), "%s-%s %u\n", first,
		    last, origin.asn);
		assert_true(at < end);
	}
	for (size_t i = 0; i < holders_count(ranges->holders); i++) {
		holders_get(ranges->holders, i, &origin);
		at += snprintf(at, (size_t)(end - at), "%u %s %s\n", origin.asn,
		    origin.country[0] != '\0' ? origin.country : "-",
		    origin.holder);
		assert_true(at < end);
	}
	return shown;
}

struct pol_origin_result
import_ranges(struct scratch *scratch, const struct pol_ranges *ranges)
{
	struct pol_change *change = begin_change(scratch);
	struct pol_origin_result result;

	assert_int_equal(pol_import_origin(change, ranges, &result), 0);
	assert_int_equal(pol_change_dirty(change),
	    result.ranges.added + result.ranges.removed + result.holders.added +
		    result.holders.removed >
		0);
	assert_true(result.ranges.added + result.ranges.unchanged ==
		    ranges_count(ranges));
	assert_true(result.holders.added + result.holders.unchanged ==
		    holders_count(ranges->holders));
	commit(change);
	return result;
}

uint32_t
find_asn(struct pol_snapshot *snapshot, const struct pol_address *address)
{
	struct pol_origin origin;
	int found = pol_origin_find(snapshot, address, &origin);

	assert_in_range(found, 0, 1);
	if (found == 0)
		return 0;
	assert_true(pol_address_compare(&origin.first, address) <= 0);
	assert_true(pol_address_compare(&origin.last, address) >= 0);
	assert_string_equal(origin.country, "");
	assert_string_equal(origin.holder, "");
	assert_int_not_equal(origin.asn, 0);
	return origin.asn;
}

uint32_t
asn_at(struct scratch *scratch, const char *text)
{
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	struct pol_address address = address_of(text);
	uint32_t asn = find_asn(snapshot, &address);

	pol_snapshot_end(snapshot);
	return asn;
}

struct pol_origin_table *
make_table(struct pol_snapshot *snapshot, size_t step)
{
	struct pol_origin_table *table = NULL;
	int more;

	assert_int_equal(pol_origin_table_begin(&table), 0);
	do
		more = pol_origin_table_fill(table, snapshot, step);
	while (more > 0);
	assert_int_equal(more, 0);
	return table;
}

struct pol_ranges *
some_ranges(void)
{
	struct pol_ranges *ranges = new_ranges();

	add_range(ranges, "192.0.2.0", "192.0.2.255", 64500);
	add_range(ranges, "198.51.100.16", "198.51.100.31", 64501);
	add_range(ranges, "2001:db8::", "2001:db8::ffff", 64500);
	add_range(ranges, "2001:db8:1::", "2001:db8:1::", 4200000000);
	add_holder(ranges, 64500, "Example Networks", "DE");
	add_holder(ranges, 4200000000, "Telef\xc3\xb3nica", "");
	add_holder(ranges, 64502, "", "FR");
	seal(ranges);
	return ranges;
}

void
import_some(struct scratch *scratch)
{
	struct pol_ranges *ranges = some_ranges();

	import_ranges(scratch, ranges);
	pol_ranges_free(ranges);
}

/* ---- files ---- */

void
write_origin(const char *path, const void *octets, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(octets, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

const char *
show_parse(struct origin_parse *parse)
{
	static char shown[1 << 17];
	struct pol_ranges_count count = seal(parse->ranges);
	size_t used;
	uint64_t rejected = 0;

	assert_true(parse->accepted == count.added);
	used = (size_t)snprintf(
	    shown, sizeof(shown), "%s", show_ranges(parse->ranges));
	for (int fault = 0; fault < ORIGIN_FAULTS; fault++) {
		const struct fault_count *faults = &parse->faults[fault];

		rejected += faults->count;
		for (size_t i = 0; i < FAULT_LINES && i < faults->count; i++)
			used +=
			    (size_t)snprintf(shown + used, sizeof(shown) - used,
				"%lu %s: %s\n", faults->lines[i],
				origin_fault_text((enum origin_fault)fault),
				faults->texts[i]);
	}
	assert_true(used < sizeof(shown));
	assert_true(origin_parse_rejected(parse) == rejected);
	assert_true(origin_parse_read(parse) == parse->accepted + rejected);
	return shown;
}

void
assert_origin(struct scratch *scratch, const struct origin_format *format,
    const char *text, size_t len, const char *expected)
{
	struct pol_ranges *ranges = new_ranges();
	struct origin_parse parse = {.progress = NULL};
	int error;

	write_origin(scratch->path, text, len);
	error = origin_read(scratch->path, format, ranges, &parse);
	assert_string_equal(parse.problem, "");
	assert_int_equal(error, 0);
	assert_string_equal(show_parse(&parse), expected);
	pol_ranges_free(ranges);
}
