/*
 * origin.c - looking up the origin ASN of an address, and its holder.
 */
#include "policy/origin.h"

#include <string.h>

#include "policy/error.h"
#include "policy/origin_record_p.h"
#include "policy/store_p.h"

/*
 * Ranges do not overlap and are ordered by where they end, so the first that
 * does not end before ADDRESS is the only one that may hold it.
 */
int
pol_origin_find(struct pol_snapshot *snapshot,
    const struct pol_address *address, struct pol_origin *origin)
{
	uint8_t octets[ORIGIN_KEY_MAX];
	MDB_val key = store_val(octets, origin_write_key(address, octets));
	MDB_val value;
	MDB_cursor *cursor;
	struct pol_origin *found = snapshot_last_origin(snapshot);
	int code, error;

	/* The same address is looked up for each thing that is asked of it. */
	if (found->asn != 0 &&
	    pol_address_compare(&found->first, address) <= 0 &&
	    pol_address_compare(address, &found->last) <= 0) {
		*origin = *found;
		return 1;
	}
	error = snapshot_cursor(snapshot, SNAPSHOT_ORIGINS, &cursor);
	if (error != 0)
		return error;
	code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
	if (code != 0)
		return code == MDB_NOTFOUND ? 0 : pol_error_from_lmdb(code);
	error = origin_read_entry(&key, &value, found);
	if (error != 0) {
		found->asn = 0;
		return error;
	}
	/* Behind the last IPv4 range comes IPv6. */
	if (pol_address_compare(&found->first, address) > 0)
		return 0;
	*origin = *found;
	return 1;
}

int
origin_read_stamp(const struct pol_snapshot *snapshot, uint8_t *stamp)
{
	MDB_val value;
	int found = snapshot_meta(snapshot, META_ORIGIN, &value);

	if (found <= 0)
		return found;
	if (value.mv_size != ORIGIN_STAMP_LEN)
		return POL_ECORRUPT;
	memcpy(stamp, value.mv_data, ORIGIN_STAMP_LEN);
	return 1;
}

int
pol_origin_holder(struct pol_snapshot *snapshot, struct pol_origin *origin)
{
	uint8_t octets[HOLDER_KEY_LEN];
	MDB_val key = store_val(octets, holder_write_key(origin->asn, octets));
	MDB_val value;
	MDB_cursor *cursor;
	int code;
	int error = snapshot_cursor(snapshot, SNAPSHOT_HOLDERS, &cursor);

	if (error != 0)
		return error;
	code = mdb_cursor_get(cursor, &key, &value, MDB_SET_KEY);
	if (code != 0)
		return code == MDB_NOTFOUND ? 0 : pol_error_from_lmdb(code);
	error = holder_read_value(value.mv_data, value.mv_size, origin);
	return error != 0 ? error : 1;
}
