/*
 * change_meta.c - changing what is one value in meta: the rules' octets, the
 * groups of clients.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/change_p.h"
#include "policy/clients_p.h"
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
change_set_meta(struct pol_change *change, const char *name,
    const uint8_t *octets, size_t len)
{
	MDB_val key = store_val(name, strlen(name));
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

void
pol_change_set_rules(
    struct pol_change *change, const uint8_t *octets, size_t len)
{
	change_set_meta(change, META_RULES, octets, len);
}

void
pol_change_set_clients(
    struct pol_change *change, const struct pol_clients *clients)
{
	uint8_t *octets;

	if (pol_clients_count(clients) == 0) {
		change_set_meta(change, META_CLIENTS, NULL, 0);
		return;
	}
	octets = malloc(CLIENTS_OCTETS_MAX);
	if (octets == NULL) {
		change_check(change, POL_ENOMEM);
		return;
	}
	change_set_meta(
	    change, META_CLIENTS, octets, clients_write(clients, octets));
	free(octets);
}
