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

#define FRESH_VERSION 1
#define OCTETS_MAX 4000 /* of the value: one page, with what LMDB adds */
#define HEAD 11		/* octets of a commit before its hashes */
#define FLAG_ADDRESSES 1u
#define FLAG_MANY 2u

static void
put_number(uint8_t *out, uint64_t number, unsigned octets)
{
	for (unsigned i = 0; i < octets; i++)
		out[i] = (uint8_t)(number >> 8 * i);
}

static uint64_t
get_number(const uint8_t *in, unsigned octets)
{
	uint64_t number = 0;

	for (unsigned i = octets; i-- > 0;)
		number = number << 8 | in[i];
	return number;
}

/* One commit as it is read. */
struct commit {
	uint64_t generation;
	unsigned flags;
	size_t count;
	const uint8_t *hashes;
	size_t len; /* octets of all of it */
};

/* Read the commit at AT. False where the octets END before it does. */
static bool
read_commit(const uint8_t *at, const uint8_t *end, struct commit *commit)
{
	if (end - at < HEAD)
		return false;
	commit->generation = get_number(at, 8);
	commit->flags = at[8];
	commit->count = (size_t)get_number(at + 9, 2);
	commit->hashes = at + HEAD;
	commit->len = HEAD + commit->count * sizeof(uint64_t);
	return commit->len <= (size_t)(end - at);
}

/* ---- readers ---- */

static void
add_hashes(const struct commit *commit, struct filter_names *names)
{
	for (size_t i = 0; i < commit->count; i++)
		filter_names_add(names,
		    get_number(commit->hashes + i * sizeof(uint64_t),
			sizeof(uint64_t)));
}

int
fresh_add(const struct pol_snapshot *snapshot, uint64_t generation,
    struct filter_names *names, bool *addresses)
{
	uint64_t expected = snapshot->generation;
	const uint8_t *at, *end;
	struct commit commit;
	bool changed = false;
	MDB_val value;
	int found = snapshot_meta(snapshot, META_FRESH, &value);

	if (found <= 0)
		return found;
	at = value.mv_data;
	end = at + value.mv_size;
	if (value.mv_size == 0 || *at++ != FRESH_VERSION)
		return POL_ECORRUPT;
	for (; expected > generation; expected--, at += commit.len) {
		if (at == end)
			return 0;
		if (!read_commit(at, end, &commit))
			return POL_ECORRUPT;
		if (commit.generation != expected ||
		    (commit.flags & FLAG_MANY) != 0)
			return 0;
		add_hashes(&commit, names);
		changed = changed || (commit.flags & FLAG_ADDRESSES) != 0;
	}
	*addresses = changed;
	return 1;
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

/* The commits before this one, as far as there is room for whole ones. */
static size_t
copy_former(struct pol_change *change, uint8_t *out, size_t room)
{
	MDB_val key = store_val(META_FRESH, strlen(META_FRESH));
	MDB_val value;
	int code = mdb_get(change->txn, change->store->meta, &key, &value);
	struct commit commit;
	const uint8_t *begin, *at, *end;

	if (code != 0 || value.mv_size == 0) {
		if (code != MDB_NOTFOUND)
			change_check(change, pol_error_from_lmdb(code));
		return 0;
	}
	begin = at = (const uint8_t *)value.mv_data + 1;
	end = begin + value.mv_size - 1;
	while (read_commit(at, end, &commit) &&
	    (size_t)(at - begin) + commit.len <= room)
		at += commit.len;
	memcpy(out, begin, (size_t)(at - begin));
	return (size_t)(at - begin);
}

void
change_write_fresh(struct pol_change *change)
{
	const struct change_fresh *fresh = &change->fresh;
	size_t count = fresh->many ? 0 : fresh->count;
	uint8_t octets[OCTETS_MAX];
	uint8_t *out = octets;

	if (!change->dirty || change->error != 0)
		return;
	*out++ = FRESH_VERSION;
	put_number(out, mdb_txn_id(change->txn), 8);
	out[8] = (uint8_t)((fresh->addresses ? FLAG_ADDRESSES : 0) |
			   (fresh->many ? FLAG_MANY : 0));
	put_number(out + 9, count, 2);
	out += HEAD;
	for (size_t i = 0; i < count; i++, out += sizeof(uint64_t))
		put_number(out, fresh->hashes[i], sizeof(uint64_t));
	out += copy_former(
	    change, out, OCTETS_MAX - (size_t)(out - octets));
	change_set_meta(change, META_FRESH, octets, (size_t)(out - octets));
}
