/*
 * change_rules.c - changing the rules' octets.
 */
#include <string.h>

#include "policy/change_p.h"
#include "policy/error.h"

static int
replace(struct pol_change *change, MDB_val *key, MDB_val *value)
{
	MDB_txn *txn = change->txn;
	MDB_dbi table = change->store->meta;

	return value->mv_size > 0 ? mdb_put(txn, table, key, value, 0)
				  : mdb_del(txn, table, key, NULL);
}

void
pol_change_set_rules(
    struct pol_change *change, const uint8_t *octets, size_t len)
{
	MDB_val key = store_val(META_RULES, strlen(META_RULES));
	MDB_val new = store_val(octets, len);
	MDB_val old = {0};
	int code;

	if (change->error != 0)
		return;
	code = mdb_get(change->txn, change->store->meta, &key, &old);
	if (code != 0 && code != MDB_NOTFOUND) {
		change_check(change, pol_error_from_lmdb(code));
		return;
	}
	if (old.mv_size == len &&
	    (len == 0 || memcmp(old.mv_data, octets, len) == 0))
		return;
	code = replace(change, &key, &new);
	if (change_check(change, pol_error_from_lmdb(code)))
		change->dirty = true;
}
