/*
 * lengths.c - which lengths of prefixes are listed.
 *
 * The longest prefix that covers an address is looked for from its full length
 * down, and each length that nothing has is a search saved. So changes count
 * the indicators of each length, and a snapshot knows which counts are not
 * zero.
 */
#include <string.h>

#include "policy/change_p.h"
#include "policy/error.h"
#include "policy/octets_p.h"

#define LENGTHS_VERSION 1
#define COUNT_OCTETS 4

static unsigned
family_index(uint8_t family)
{
	return family == 4 ? 0 : 1;
}

/* ---- the value in meta: version u8, then a count u32 little-endian for each
 * length, of IPv4 and then of IPv6 ---- */

static int
read_lengths(
    const struct pol_store *store, MDB_txn *txn, struct store_lengths *lengths)
{
	MDB_val key = store_val(META_LENGTHS, strlen(META_LENGTHS));
	MDB_val value;
	int code = mdb_get(txn, store->meta, &key, &value);
	struct input in;
	uint32_t *counts = &lengths->counts[0][0];

	memset(lengths, 0, sizeof(*lengths));
	if (code != 0)
		return code == MDB_NOTFOUND ? 0 : pol_error_from_lmdb(code);
	in = input_of(value.mv_data, value.mv_size);
	if (value.mv_size != STORE_LENGTHS_OCTETS ||
	    get_number(&in, 1) != LENGTHS_VERSION)
		return POL_ECORRUPT;
	for (size_t i = 0; i < STORE_LENGTHS; i++)
		counts[i] = (uint32_t)get_number(&in, COUNT_OCTETS);
	return 0;
}

static void
write_lengths(const struct store_lengths *lengths, uint8_t *octets)
{
	const uint32_t *counts = &lengths->counts[0][0];
	struct output out = {.out = octets};

	put_number(&out, LENGTHS_VERSION, 1);
	for (size_t i = 0; i < STORE_LENGTHS; i++)
		put_number(&out, counts[i], COUNT_OCTETS);
}

/* ---- snapshots ---- */

int
snapshot_load_lengths(
    struct pol_snapshot *snapshot, const struct pol_store *store, MDB_txn *txn)
{
	struct store_lengths lengths;
	int error = read_lengths(store, txn, &lengths);

	if (error != 0)
		return error;
	memset(snapshot->prefix_lengths, 0, sizeof(snapshot->prefix_lengths));
	for (unsigned i = 0; i < 2; i++)
		for (unsigned j = 0; j < STORE_LENGTHS_OF_FAMILY; j++)
			if (lengths.counts[i][j] > 0)
				snapshot->prefix_lengths[i][j / 64] |=
				    UINT64_C(1) << j % 64;
	return 0;
}

int
snapshot_prefix_length(
    const struct pol_snapshot *snapshot, uint8_t family, int at_most)
{
	const uint64_t *words = snapshot->prefix_lengths[family_index(family)];
	uint64_t mask;

	if (at_most < 0)
		return -1;
	mask = UINT64_MAX >> (63 - at_most % 64);
	for (int i = at_most / 64; i >= 0; i--, mask = UINT64_MAX)
		if ((words[i] & mask) != 0)
			return 64 * i + 63 - __builtin_clzll(words[i] & mask);
	return -1;
}

/* ---- changes ---- */

int
change_read_lengths(struct pol_change *change)
{
	return read_lengths(change->store, change->txn, &change->lengths);
}

void
change_count_length(
    struct pol_change *change, const struct pol_key *key, int sign)
{
	unsigned length = key->data[key->len - 1];
	uint32_t *count;

	/* The key may be of a damaged database. */
	if (length >= STORE_LENGTHS_OF_FAMILY) {
		change_check(change, POL_ECORRUPT);
		return;
	}
	count = &change->lengths.counts[family_index(key->data[0])][length];
	*count += sign > 0 ? 1 : UINT32_MAX; /* wraps to minus one */
	change->lengths_touched = true;
}

void
change_write_lengths(struct pol_change *change)
{
	uint8_t octets[STORE_LENGTHS_OCTETS];

	if (!change->lengths_touched)
		return;
	write_lengths(&change->lengths, octets);
	change_set_meta(change, META_LENGTHS, octets, sizeof(octets));
}
