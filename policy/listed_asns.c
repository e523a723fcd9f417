/*
 * listed_asns.c - the ASNs that are listed, in memory.
 *
 * Nearly every address of every answer has an origin ASN, and nearly none of
 * these is listed. Few ASNs are: while they are few a snapshot has them at
 * hand, so that the table is searched only for those that are there.
 */
#include <stdlib.h>

#include "policy/error.h"
#include "policy/octets_p.h"
#include "policy/store_p.h"

/* Reading more than these would make the first query after a commit wait. */
#define ASNS_MAX 8192

/* Keys are in order of the numbers. */
static int
read_asns(struct pol_snapshot *snapshot, uint32_t *asns, size_t count)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	int error = snapshot_cursor(snapshot, SNAPSHOT_ASNS, &cursor);

	for (size_t i = 0; error == 0 && i < count; i++) {
		error = pol_error_from_lmdb(mdb_cursor_get(
		    cursor, &key, &value, i == 0 ? MDB_FIRST : MDB_NEXT));
		if (error == 0 && key.mv_size != POL_ASN_KEY_LEN)
			error = POL_ECORRUPT;
		if (error == 0)
			asns[i] = (uint32_t)get_big_endian(
			    key.mv_data, POL_ASN_KEY_LEN);
	}
	return error == POL_ENOENT ? POL_ECORRUPT : error;
}

int
snapshot_load_asns(
    struct pol_snapshot *snapshot, const struct pol_store *store, MDB_txn *txn)
{
	uint32_t *asns = NULL;
	MDB_stat stat;
	int error =
	    pol_error_from_lmdb(mdb_stat(txn, store->subject[POL_ASN], &stat));

	if (error == 0 && stat.ms_entries <= ASNS_MAX) {
		asns = malloc((stat.ms_entries + 1) * sizeof(*asns));
		error = asns == NULL
			    ? POL_ENOMEM
			    : read_asns(snapshot, asns, stat.ms_entries);
	}
	if (error != 0) {
		free(asns);
		return error;
	}
	free(snapshot->asns);
	snapshot->asns = asns;
	snapshot->asn_count = stat.ms_entries;
	return 0;
}

static int
compare_asns(const void *a, const void *b)
{
	const uint32_t *first = a, *second = b;

	return *first < *second ? -1 : *first > *second;
}

bool
snapshot_may_list_asn(const struct pol_snapshot *snapshot, uint32_t asn)
{
	return snapshot->asns == NULL ||
	       bsearch(&asn, snapshot->asns, snapshot->asn_count, sizeof(asn),
		   compare_asns) != NULL;
}
