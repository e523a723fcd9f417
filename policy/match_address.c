/*
 * match_address.c - finding the indicators that cover an address.
 */
#include "policy/error.h"
#include "policy/match_p.h"
#include "policy/origin.h"

/*
 * Visit the listed prefixes of an address from the longest to the shortest.
 * Prefixes nest or are apart, as names do, so the search is that of walk_up()
 * in match_name.c with bits for labels; lengths that no listed prefix has are
 * left out.
 */
static int
match_prefixes(struct pol_snapshot *snapshot, const struct pol_item *item,
    pol_match_visit *visit, void *arg)
{
	MDB_cursor *cursor;
	uint8_t family = item->address.family;
	int length = snapshot_prefix_length(
	    snapshot, family, (int)(8 * pol_address_octets(family)));
	int error;

	if (length < 0)
		return 0;
	error = snapshot_cursor(snapshot, SNAPSHOT_PREFIXES, &cursor);

	if (error != 0)
		return error;
	while (length >= 0) {
		struct pol_match match = {.trigger = item->trigger,
		    .kind = POL_PREFIX,
		    .item = item};
		uint8_t key[POL_PREFIX_KEY_MAX];
		MDB_val found, value;
		int stop, common, code;

		pol_prefix_of(&item->address, (unsigned)length, &match.prefix);
		code = match_seek(cursor, key,
		    pol_prefix_key(&match.prefix, key), &found, &value);
		if (code == MDB_NOTFOUND)
			return 0;
		if (code != 0)
			return pol_error_from_lmdb(code);
		if (pol_prefix_from_key(
			found.mv_data, found.mv_size, &match.prefix) != 0)
			return POL_ECORRUPT;
		common = pol_address_common(
		    &match.prefix.address, &item->address);
		if (common < (int)match.prefix.length) {
			length = snapshot_prefix_length(snapshot, family,
			    common < length ? common : length - 1);
			continue;
		}
		match.specificity = match.prefix.length;
		stop = match_value(snapshot, &match, true, &value, visit, arg);
		if (stop != 0)
			return stop;
		length = snapshot_prefix_length(
		    snapshot, family, (int)match.prefix.length - 1);
	}
	return 0;
}

static int
match_asn(struct pol_snapshot *snapshot, const struct pol_item *item,
    pol_match_visit *visit, void *arg)
{
	struct pol_match match = {
	    .trigger = item->trigger == POL_ON_IP ? POL_ON_ASN : item->trigger,
	    .kind = POL_ASN,
	    .item = item};
	struct pol_origin origin;
	uint8_t octets[POL_ASN_KEY_LEN];
	MDB_val key = store_val(octets, sizeof(octets));
	MDB_val value;
	MDB_cursor *cursor;
	int found, code;

	if (snapshot->asn_count == 0)
		return 0;
	found = pol_origin_find(snapshot, &item->address, &origin);
	if (found <= 0 || !snapshot_may_list_asn(snapshot, origin.asn))
		return found < 0 ? found : 0;
	code = snapshot_cursor(snapshot, SNAPSHOT_ASNS, &cursor);
	if (code != 0)
		return code;
	match.asn = origin.asn;
	pol_asn_key(origin.asn, octets);
	code = mdb_cursor_get(cursor, &key, &value, MDB_SET_KEY);
	if (code != 0)
		return code == MDB_NOTFOUND ? 0 : pol_error_from_lmdb(code);
	return match_value(snapshot, &match, true, &value, visit, arg);
}

int
match_address(struct pol_snapshot *snapshot, const struct pol_item *item,
    pol_match_visit *visit, void *arg)
{
	int stop = match_prefixes(snapshot, item, visit, arg);

	return stop != 0 ? stop : match_asn(snapshot, item, visit, arg);
}
