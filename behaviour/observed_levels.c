/*
 * observed_levels.c - first-seen times on disk, in levels of sorted runs.
 *
 * Hashes come in any order: in a B-tree each would have a page of 4,096 octets
 * written. So they are in a log-structured merge-tree (P. O'Neil, E. Cheng,
 * D. Gawlick, E. O'Neil: "The Log-Structured Merge-Tree", Acta Informatica 33,
 * 1996):
 *
 *	recent    as they came; those of one value are in order
 *	level 0   runs of up to 1,259 in order, which do not overlap
 *	level 1   the same, and so on; each may have eight times as many as the
 *	          one before, the last one any number
 *
 * Of what is recent, once it is enough, all is taken into level 0. A level that
 * has too many runs gives one to the next, and the next time the one behind it.
 * To take a run means to write anew those that it falls into, about eight: so a
 * time is written some eight times on each level that it passes, 100 octets.
 */
#include "behaviour/observed_p.h"

#include <stdlib.h>

#include "policy/error.h"

#define RECENT_PAGES 64
#define FIRST_LEVEL_RUNS 64
#define GROWTH 8

#define KEY_OCTETS 8

/* ---- order ---- */

/* An octet of the hash at a time, from the last one on: qsort() takes five
 * times as long. */
void
observed_sort(
    struct beh_sighting *sightings, size_t count, struct beh_sighting *spare)
{
	for (unsigned shift = 0; shift < 64; shift += 8) {
		size_t begins[257] = {0};
		struct beh_sighting *sorted = spare;

		for (size_t i = 0; i < count; i++)
			begins[(sightings[i].hash >> shift & 0xff) + 1]++;
		for (unsigned octet = 0; octet < 256; octet++)
			begins[octet + 1] += begins[octet];
		for (size_t i = 0; i < count; i++)
			sorted[begins[sightings[i].hash >> shift & 0xff]++] =
			    sightings[i];
		spare = sightings;
		sightings = sorted;
	}
}

/* ---- one run ---- */

/* Read a run, which has one sighting at least. 0 or POL_ECORRUPT. */
static int
read_run(const MDB_val *key, const MDB_val *value, struct beh_sighting *run,
    size_t *count)
{
	int error = 0;

	*count = sightings_in(value);
	if (key->mv_size != KEY_OCTETS || *count == 0 || *count > RUN_MAX ||
	    !sightings_are_whole(value))
		return POL_ECORRUPT;
	for (size_t i = 0; i < *count && error == 0; i++)
		error = get_sighting(value, i, &run[i]);
	return error;
}

static int
write_run(MDB_cursor *cursor, const struct beh_sighting *run, size_t count)
{
	uint8_t octets[KEY_OCTETS], *out;
	MDB_val key = val(octets, sizeof(octets));
	MDB_val value = {.mv_size = count * SIGHTING_OCTETS};
	int code;

	put_big_endian(octets, run[count - 1].hash, sizeof(octets));
	code = mdb_cursor_put(cursor, &key, &value, MDB_RESERVE);
	if (code != 0)
		return pol_error_from_lmdb(code);
	out = value.mv_data;
	for (size_t i = 0; i < count; i++)
		put_sighting(out + i * SIGHTING_OCTETS, &run[i]);
	return 0;
}

/* As few as can be, of one length. */
static int
write_runs(MDB_cursor *cursor, const struct beh_sighting *sightings,
    size_t count, unsigned *written)
{
	size_t runs = (count + RUN_MAX - 1) / RUN_MAX;
	int error = 0;

	for (size_t i = 0; i < runs && error == 0; i++) {
		size_t begin = count * i / runs, end = count * (i + 1) / runs;

		error = write_run(cursor, sightings + begin, end - begin);
	}
	*written += (unsigned)runs;
	return error;
}

/* ---- merging ---- */

/* Append a sighting that does not come before the last one; of one thing's
 * times the earlier one stays. */
static size_t
append(struct beh_sighting *sightings, size_t count,
    const struct beh_sighting *next)
{
	if (count == 0 || sightings[count - 1].hash != next->hash)
		sightings[count++] = *next;
	else if (next->first < sightings[count - 1].first)
		sightings[count - 1].first = next->first;
	return count;
}

/* Returns how many there are. */
static size_t
merge(const struct beh_sighting *a, size_t a_count,
    const struct beh_sighting *b, size_t b_count, struct beh_sighting *merged)
{
	const struct beh_sighting *a_end = a + a_count, *b_end = b + b_count;
	size_t count = 0;

	while (a < a_end && b < b_end)
		count = append(merged, count, a->hash <= b->hash ? a++ : b++);
	while (a < a_end)
		count = append(merged, count, a++);
	while (b < b_end)
		count = append(merged, count, b++);
	return count;
}

/* The run that HASH falls into: the first that does not end before it, or the
 * last. MDB_NOTFOUND in a level that has none. */
static int
find_run(MDB_cursor *cursor, uint64_t hash, MDB_val *key, MDB_val *run)
{
	uint8_t octets[KEY_OCTETS];
	int code;

	put_big_endian(octets, hash, sizeof(octets));
	*key = val(octets, sizeof(octets));
	code = mdb_cursor_get(cursor, key, run, MDB_SET_RANGE);
	return code == MDB_NOTFOUND ? mdb_cursor_get(cursor, key, run, MDB_LAST)
				    : code;
}

/* How many of the sightings, COUNT in order, come before or with the run that
 * ends with LAST; at most a run. */
static size_t
count_until(const struct beh_sighting *sightings, size_t count, uint64_t last)
{
	size_t part = 0;

	while (part < count && part < RUN_MAX && sightings[part].hash <= last)
		part++;
	return part;
}

/* Take the run that HASH falls into out of its level; it may have none. LAST is
 * up to where it is to take what is new. */
static int
take_out_run(MDB_cursor *cursor, uint64_t hash, struct beh_sighting *run,
    size_t *count, uint64_t *last)
{
	MDB_val key, value;
	int code = find_run(cursor, hash, &key, &value), error;

	*count = 0;
	*last = UINT64_MAX;
	if (code != 0)
		return code == MDB_NOTFOUND ? 0 : pol_error_from_lmdb(code);
	error = read_run(&key, &value, run, count);
	if (error != 0)
		return error;
	if (run[*count - 1].hash >= hash)
		*last = run[*count - 1].hash;
	return pol_error_from_lmdb(mdb_cursor_del(cursor, 0));
}

/* Merge the first of the sightings, COUNT in order, with the run that they fall
 * into: TAKEN of them. */
static int
take_some(struct beh_observed *observed, MDB_cursor *cursor,
    const struct beh_sighting *sightings, size_t count, size_t *taken,
    unsigned *written)
{
	struct beh_sighting run[RUN_MAX];
	size_t run_count, merged;
	uint64_t last;
	int error =
	    take_out_run(cursor, sightings[0].hash, run, &run_count, &last);

	if (error != 0)
		return error;
	*taken = count_until(sightings, count, last);
	merged = merge(run, run_count, sightings, *taken, observed->merged);
	return write_runs(cursor, observed->merged, merged, written);
}

/* Take the sightings, COUNT in order, into a level. */
static int
take(struct beh_observed *observed, unsigned level,
    const struct beh_sighting *sightings, size_t count, unsigned *written)
{
	MDB_cursor *cursor;
	int error = pol_error_from_lmdb(
	    mdb_cursor_open(observed->txn, observed->levels[level], &cursor));

	if (error != 0)
		return error;
	while (count > 0 && error == 0) {
		size_t taken = 0;

		error = take_some(
		    observed, cursor, sightings, count, &taken, written);
		sightings += taken;
		count -= taken;
	}
	mdb_cursor_close(cursor);
	return error;
}

/* ---- from what is recent to level 0 ---- */

struct gathered {
	struct beh_sighting *sightings;
	size_t count;
};

static int
gather(const MDB_val *key, const MDB_val *value, void *arg)
{
	struct gathered *gathered = arg;
	int error = sightings_are_whole(value) ? 0 : POL_ECORRUPT;

	(void)key;
	for (size_t i = 0; i < sightings_in(value) && error == 0; i++)
		error = get_sighting(
		    value, i, &gathered->sightings[gathered->count++]);
	return error;
}

static int
count_in(const MDB_val *key, const MDB_val *value, void *arg)
{
	(void)key;
	*(size_t *)arg += sightings_in(value);
	return 0;
}

static int
take_recent(struct beh_observed *observed, unsigned *written)
{
	struct gathered gathered = {0};
	size_t count = 0;
	int error = observed_each(observed, observed->recent, count_in, &count);

	if (error != 0 || count == 0)
		return error;
	gathered.sightings = malloc(2 * count * sizeof(*gathered.sightings));
	if (gathered.sightings == NULL)
		return POL_ENOMEM;
	error = observed_each(observed, observed->recent, gather, &gathered);
	if (error == 0) {
		observed_sort(
		    gathered.sightings, count, gathered.sightings + count);
		error = take(
		    observed, 0, gathered.sightings, gathered.count, written);
	}
	if (error == 0)
		error = pol_error_from_lmdb(
		    mdb_drop(observed->txn, observed->recent, 0));
	free(gathered.sightings);
	return error;
}

/* ---- from a level to the next ---- */

/* Take the next run of a level out of it. */
static int
take_out(struct beh_observed *observed, unsigned level,
    struct beh_sighting *run, size_t *count)
{
	uint8_t octets[KEY_OCTETS];
	MDB_val key = val(octets, sizeof(octets)), value;
	MDB_cursor *cursor;
	int error = pol_error_from_lmdb(
	    mdb_cursor_open(observed->txn, observed->levels[level], &cursor));
	int code;

	if (error != 0)
		return error;
	put_big_endian(octets, observed->next[level], sizeof(octets));
	code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
	if (code == MDB_NOTFOUND)
		code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
	error = code != 0 ? pol_error_from_lmdb(code)
			  : read_run(&key, &value, run, count);
	if (error == 0)
		error = pol_error_from_lmdb(mdb_cursor_del(cursor, 0));
	if (error == 0)
		observed->next[level] = run[*count - 1].hash + 1;
	mdb_cursor_close(cursor);
	return error;
}

static int
pass_on(struct beh_observed *observed, unsigned level, unsigned *written)
{
	struct beh_sighting run[RUN_MAX];
	size_t count = 0;
	int error = take_out(observed, level, run, &count);

	return error != 0 ? error
			  : take(observed, level + 1, run, count, written);
}

/* ---- all levels ---- */

static bool
has_enough(struct beh_observed *observed)
{
	MDB_stat stat;

	return observed_check(observed,
		   pol_error_from_lmdb(
		       mdb_stat(observed->txn, observed->recent, &stat))) &&
	       stat.ms_leaf_pages + stat.ms_overflow_pages >= RECENT_PAGES;
}

static bool
has_too_many(struct beh_observed *observed, unsigned level, size_t max)
{
	MDB_stat stat;

	return observed_check(
		   observed, pol_error_from_lmdb(mdb_stat(observed->txn,
				 observed->levels[level], &stat))) &&
	       stat.ms_entries > max;
}

/* What one step has changed is whole, and may be committed. */
static void
end_step(struct beh_observed *observed, int error, unsigned written)
{
	if (observed_check(observed, error))
		observed_changed(observed, written * RUN_PAGES);
}

static bool
goes_on(struct beh_observed *observed)
{
	return observed->error == 0 && observed_begin(observed);
}

void
observed_settle(struct beh_observed *observed)
{
	size_t max = FIRST_LEVEL_RUNS;
	unsigned written = 0;
	int error;

	/* Nothing was put where no batch is under way. */
	if (observed->txn == NULL || !goes_on(observed) ||
	    !has_enough(observed))
		return;
	error = take_recent(observed, &written);
	end_step(observed, error, written);
	for (unsigned level = 0; level + 1 < LEVELS; level++, max *= GROWTH)
		while (
		    goes_on(observed) && has_too_many(observed, level, max)) {
			written = 0;
			error = pass_on(observed, level, &written);
			end_step(observed, error, written);
		}
}

/* ---- finding ---- */

/* The place of the first that is not before HASH. */
static size_t
find_place(const MDB_val *run, uint64_t hash)
{
	size_t low = 0, high = sightings_in(run);
	struct beh_sighting sighting;

	while (low < high) {
		size_t middle = (low + high) / 2;

		(void)get_sighting(run, middle, &sighting);
		if (sighting.hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int
observed_find_in_run(const MDB_val *run, uint64_t hash, int64_t *first)
{
	size_t place = find_place(run, hash);
	struct beh_sighting sighting;
	int error;

	if (place == sightings_in(run))
		return sightings_are_whole(run) ? 0 : POL_ECORRUPT;
	error = get_sighting(run, place, &sighting);
	if (error != 0 || sighting.hash != hash)
		return error;
	*first = sighting.first;
	return 1;
}

int
observed_find_in_level(struct beh_observed *observed, unsigned level,
    uint64_t hash, int64_t *first)
{
	MDB_cursor *cursor;
	MDB_val key, run;
	int code =
	    mdb_cursor_open(observed->txn, observed->levels[level], &cursor);

	if (code != 0)
		return pol_error_from_lmdb(code);
	code = find_run(cursor, hash, &key, &run);
	mdb_cursor_close(cursor);
	if (code != 0)
		return code == MDB_NOTFOUND ? 0 : pol_error_from_lmdb(code);
	return observed_find_in_run(&run, hash, first);
}
