/*
 * fresh.c - what the latest commits listed anew.
 *
 * Each commit leaves the hashes of the names that it wrote, so that a filter in
 * memory follows a small commit without reading a million names again. Kept is
 * what fits a page; a reader that missed more, or a commit of many names, reads
 * all of them.
 *
 *	value in meta = version u8, commit...        the latest first
 *	commit        = generation u64, flags u8, count u16, hash u64...
 *	flags         = 1: prefixes, ASNs or origin ranges changed
 *	                2: more names than are kept
 */
#include <string.h>

#include "policy/change_p.h"
#include "policy/error.h"
#include "policy/filter_p.h"
#include "policy/octets_p.h"

#define FRESH_VERSION 1
#define OCTETS_MAX 4000 /* of the value: one page, with what LMDB adds */
#define FLAG_ADDRESSES 1u
#define FLAG_MANY 2u

/* One commit as it is read. */
struct commit {
	uint64_t generation;
	unsigned flags;
	size_t count;
	struct input hashes;
};

/* Read the next commit. False at the end, and where it is cut short. */
static bool
read_commit(struct input *input, struct commit *commit)
{
	const uint8_t *hashes;
	size_t len;

	commit->generation = get_number(input, 8);
	commit->flags = (unsigned)get_number(input, 1);
	commit->count = get_number(input, 2);
	len = commit->count * sizeof(uint64_t);
	hashes = get_octets(input, len);
	if (input->failed)
		return false;
	commit->hashes = input_of(hashes, len);
	return true;
}

/* ---- readers ---- */

static void
add_hashes(struct commit *commit, struct filter_names *names)
{
	for (size_t i = 0; i < commit->count; i++)
		filter_names_add(
		    names, get_number(&commit->hashes, sizeof(uint64_t)));
}

bool
fresh_add(const struct pol_snapshot *snapshot, uint64_t generation,
    struct filter_names *names, bool *addresses)
{
	uint64_t expected = snapshot->generation;
	bool changed = false;
	struct input input;
	MDB_val value;

	/* An older state may have been copied over the file. */
	if (expected < generation ||
	    snapshot_meta(snapshot, META_FRESH, &value) <= 0)
		return false;
	input = input_of(value.mv_data, value.mv_size);
	if (get_number(&input, 1) != FRESH_VERSION)
		return false;
	for (; expected > generation; expected--) {
		struct commit commit;

		if (!read_commit(&input, &commit) ||
		    commit.generation != expected ||
		    (commit.flags & FLAG_MANY) != 0)
			return false;
		add_hashes(&commit, names);
		changed = changed || (commit.flags & FLAG_ADDRESSES) != 0;
	}
	*addresses = changed;
	return true;
}

/* ---- changes ---- */

void
change_note_fresh(
    struct pol_change *change, enum pol_kind kind, const struct pol_key *key)
{
	struct change_fresh *fresh = &change->fresh;

	if (kind != POL_NAME)
		fresh->addresses = true;
	else if (fresh->count < CHANGE_FRESH_MAX)
		fresh->hashes[fresh->count++] =
		    filter_hash_key(key->data, key->len);
	else
		fresh->many = true;
}

/* Write the commits before this one behind it, as far as there is room for
 * whole ones. */
static void
put_former(struct pol_change *change, struct output *output)
{
	MDB_val key = store_val(META_FRESH, strlen(META_FRESH));
	MDB_val value;
	int code = mdb_get(change->txn, change->store->meta, &key, &value);
	const uint8_t *former;
	struct commit commit;
	struct input input;
	size_t len = 0;

	if (code != 0) {
		if (code != MDB_NOTFOUND)
			change_check(change, pol_error_from_lmdb(code));
		return;
	}
	input = input_of(value.mv_data, value.mv_size);
	if (get_number(&input, 1) != FRESH_VERSION)
		return;
	former = input.next;
	while (read_commit(&input, &commit) &&
	    output->len + (size_t)(input.next - former) <= OCTETS_MAX)
		len = (size_t)(input.next - former);
	put_octets(output, former, len);
}

void
change_write_fresh(struct pol_change *change)
{
	const struct change_fresh *fresh = &change->fresh;
	size_t count = fresh->many ? 0 : fresh->count;
	uint8_t octets[OCTETS_MAX];
	struct output output = {.out = octets};

	if (!change->dirty || change->error != 0)
		return;
	put_number(&output, FRESH_VERSION, 1);
	put_number(&output, mdb_txn_id(change->txn), 8);
	put_number(&output,
	    (fresh->addresses ? FLAG_ADDRESSES : 0) |
		(fresh->many ? FLAG_MANY : 0),
	    1);
	put_number(&output, count, 2);
	for (size_t i = 0; i < count; i++)
		put_number(&output, fresh->hashes[i], sizeof(uint64_t));
	put_former(change, &output);
	change_set_meta(change, META_FRESH, octets, output.len);
}
