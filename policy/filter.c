/*
 * filter.c - what is certainly listed nowhere: filling, and asking.
 */
#include "policy/filter_p.h"

#include <stdlib.h>

#include "policy/error.h"
#include "policy/origin_record_p.h"

/* What is done to fill a filter, one after the other: what is known already is
 * taken over, and the rest is read. */
enum stage {
	STAGE_BEFORE,
	STAGE_NAMES,
	STAGE_PREFIXES,
	STAGE_ORIGINS,
	STAGE_DONE
};

struct pol_filter {
	uint64_t generation;
	bool serves_nameservers;
	bool has_short_names;
	struct filter_names names;
	struct filter_addresses addresses;
	const struct pol_filter *before; /* NULL: none to be taken over */
	enum stage stage;
	bool has_begun; /* the stage */
	bool needs_names, needs_addresses;
};

/* ---- beginning ---- */

int
pol_filter_begin(const struct pol_snapshot *snapshot,
    const struct pol_filter *before, struct pol_filter **filter)
{
	struct pol_filter *begun = calloc(1, sizeof(*begun));

	if (begun == NULL)
		return POL_ENOMEM;
	begun->generation = snapshot->generation;
	begun->serves_nameservers = snapshot->serves_nameservers;
	begun->has_short_names = snapshot->has_short_names;
	begun->before = before;
	begun->needs_names = begun->needs_addresses = true;
	*filter = begun;
	return 0;
}

void
pol_filter_free(struct pol_filter *filter)
{
	if (filter == NULL)
		return;
	filter_names_free(&filter->names);
	filter_addresses_free(&filter->addresses);
	free(filter);
}

/* ---- filling ---- */

/* Take over what is known of an earlier generation. */
static int
take_over(struct pol_filter *filter, const struct pol_snapshot *snapshot)
{
	const struct pol_filter *before = filter->before;
	bool addresses = true;
	int error = filter_names_copy(&filter->names, &before->names);

	if (error != 0)
		return error;
	filter->needs_names = !fresh_add(snapshot, before->generation,
				  &filter->names, &addresses) ||
			      filter->names.room == 0;
	if (addresses)
		return 0;
	filter->needs_addresses = false;
	return filter_addresses_copy(&filter->addresses, &before->addresses);
}

/* An empty set of names, in place of one that misses some. */
static int
begin_names(struct pol_filter *filter, struct pol_snapshot *snapshot)
{
	uint64_t count;
	int error = snapshot_count(snapshot, SNAPSHOT_NAMES, &count);

	if (error != 0)
		return error;
	filter_names_free(&filter->names);
	return filter_names_new(&filter->names, count);
}

static int
fill_from_before(struct pol_filter *filter, struct pol_snapshot *snapshot)
{
	int error = filter->before != NULL ? take_over(filter, snapshot) : 0;

	if (error == 0 && filter->needs_names)
		error = begin_names(filter, snapshot);
	if (error == 0)
		filter->stage++;
	return error;
}

static int
take_prefix(struct pol_filter *filter, const MDB_val *key)
{
	struct pol_address last;
	struct pol_prefix prefix;
	int error = pol_prefix_from_key(key->mv_data, key->mv_size, &prefix);

	if (error != 0)
		return error;
	last = prefix.address;
	for (unsigned bit = prefix.length;
	     bit < 8 * pol_address_octets(last.family); bit++)
		last.octets[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
	return filter_addresses_add(&filter->addresses, &prefix.address, &last);
}

static int
take_origin(struct pol_filter *filter, const struct pol_snapshot *snapshot,
    const MDB_val *key, const MDB_val *value)
{
	struct pol_origin origin;
	int error = origin_read_entry(key, value, &origin);

	if (error != 0 || !snapshot_may_list_asn(snapshot, origin.asn))
		return error;
	return filter_addresses_add(
	    &filter->addresses, &origin.first, &origin.last);
}

static int
take(struct pol_filter *filter, const struct pol_snapshot *snapshot,
    const MDB_val *key, const MDB_val *value)
{
	switch (filter->stage) {
	case STAGE_NAMES:
		filter_names_add(&filter->names,
		    filter_hash_key(key->mv_data, key->mv_size));
		return 0;
	case STAGE_PREFIXES:
		return take_prefix(filter, key);
	case STAGE_ORIGINS:
		return take_origin(filter, snapshot, key, value);
	case STAGE_BEFORE:
	case STAGE_DONE:
		break;
	}
	return 0;
}

/* Is there anything to be read in this stage? */
static bool
is_needed(const struct pol_filter *filter, const struct pol_snapshot *snapshot)
{
	switch (filter->stage) {
	case STAGE_NAMES:
		return filter->needs_names;
	case STAGE_PREFIXES:
		return filter->needs_addresses;
	case STAGE_ORIGINS:
		return filter->needs_addresses && snapshot->asn_count > 0;
	case STAGE_BEFORE:
	case STAGE_DONE:
		break;
	}
	return true;
}

static int
fill_stage(
    struct pol_filter *filter, struct pol_snapshot *snapshot, size_t *step)
{
	static const enum snapshot_table tables[] = {
	    [STAGE_NAMES] = SNAPSHOT_NAMES,
	    [STAGE_PREFIXES] = SNAPSHOT_PREFIXES,
	    [STAGE_ORIGINS] = SNAPSHOT_ORIGINS};
	MDB_cursor *cursor;
	MDB_val key, value;
	int error = snapshot_cursor(snapshot, tables[filter->stage], &cursor);

	for (; error == 0 && *step > 0; (*step)--) {
		int code = mdb_cursor_get(cursor, &key, &value,
		    filter->has_begun ? MDB_NEXT : MDB_FIRST);

		filter->has_begun = code == 0;
		if (code == MDB_NOTFOUND) {
			filter->stage++;
			return 0;
		}
		error = code != 0 ? pol_error_from_lmdb(code)
				  : take(filter, snapshot, &key, &value);
	}
	return error;
}

int
pol_filter_fill(
    struct pol_filter *filter, struct pol_snapshot *snapshot, size_t step)
{
	int error = filter->stage == STAGE_BEFORE
			? fill_from_before(filter, snapshot)
			: 0;

	if (error != 0)
		return error;
	while (step > 0 && filter->stage != STAGE_DONE) {
		if (!is_needed(filter, snapshot)) {
			filter->stage++;
			continue;
		}
		error = fill_stage(filter, snapshot, &step);
		if (error != 0)
			return error;
	}
	if (filter->stage != STAGE_DONE)
		return 1;
	if (filter->needs_addresses)
		filter_addresses_seal(&filter->addresses);
	return 0;
}

/* ---- asking ---- */

uint64_t
pol_filter_generation(const struct pol_filter *filter)
{
	return filter->generation;
}

size_t
pol_filter_memory(const struct pol_filter *filter)
{
	return sizeof(*filter) +
	       filter->names.block_count * sizeof(*filter->names.blocks) +
	       filter_addresses_memory(&filter->addresses);
}

/* May the name, or one above it, be listed? The memory for all of them is asked
 * for before the first is needed. */
static bool
may_cover_name(const struct pol_filter *filter, const uint8_t *wire, size_t len)
{
	/* Of so many labels names are listed at least. */
	unsigned least = filter->has_short_names ? 0 : 2;
	const uint8_t *labels[POL_LABELS_MAX];
	uint64_t hashes[POL_LABELS_MAX + 1];
	struct pol_name name;
	unsigned count;

	if (pol_name_from_wire(wire, len, &name) != 0)
		return true;
	count = pol_name_split(name.wire, labels);
	hashes[0] = FILTER_HASH_ROOT;
	for (unsigned i = 1; i <= count; i++) {
		const uint8_t *label = labels[count - i];

		hashes[i] =
		    filter_hash_label(hashes[i - 1], label + 1, label[0]);
		if (i >= least)
			filter_names_expect(&filter->names, hashes[i]);
	}
	for (unsigned i = least; i <= count; i++)
		if (filter_names_may_have(&filter->names, hashes[i]))
			return true;
	return false;
}

bool
pol_filter_may_cover(
    const struct pol_filter *filter, const struct pol_query *query)
{
	if (filter->serves_nameservers)
		return true;
	for (size_t i = 0; i < query->item_count; i++)
		if (query->items[i].name == NULL)
			filter_addresses_expect(
			    &filter->addresses, &query->items[i].address);
	if (query->qname != NULL &&
	    may_cover_name(filter, query->qname, query->qname_len))
		return true;
	for (size_t i = 0; i < query->item_count; i++) {
		const struct pol_item *item = &query->items[i];

		if (item->name != NULL
			? may_cover_name(filter, item->name, item->name_len)
			: filter_addresses_may_have(
			      &filter->addresses, &item->address))
			return true;
	}
	return false;
}
