/*
 * observed_seen.c - first-seen times on disk: putting and finding them.
 */
#include "behaviour/observed_p.h"

#include "policy/error.h"

/* ---- putting ---- */

/* The key behind the last one of the recent. */
static int
next_key(struct beh_observed *observed, uint8_t octets[8])
{
	MDB_cursor *cursor;
	MDB_val key, value;
	uint64_t last = 0;
	int code = mdb_cursor_open(observed->txn, observed->recent, &cursor);

	if (code != 0)
		return pol_error_from_lmdb(code);
	code = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
	if (code == 0 && key.mv_size == 8)
		last = get_big_endian(key.mv_data, 8);
	mdb_cursor_close(cursor);
	put_big_endian(octets, last + 1, 8);
	return code == MDB_NOTFOUND ? 0 : pol_error_from_lmdb(code);
}

static int
put_pending(struct beh_observed *observed)
{
	uint8_t octets[8];
	MDB_val key = val(octets, sizeof(octets));
	MDB_val value = {.mv_size = observed->pending_count * SIGHTING_OCTETS};
	uint8_t *out;
	int error = next_key(observed, octets);

	if (error == 0)
		error = pol_error_from_lmdb(mdb_put(observed->txn,
		    observed->recent, &key, &value, MDB_RESERVE | MDB_APPEND));
	if (error != 0)
		return error;
	observed_sort(
	    observed->pending, observed->pending_count, observed->merged);
	out = value.mv_data;
	for (size_t i = 0; i < observed->pending_count; i++)
		put_sighting(out + i * SIGHTING_OCTETS, &observed->pending[i]);
	return 0;
}

void
observed_flush(struct beh_observed *observed)
{
	if (observed->pending_count == 0)
		return;
	if (observed_begin(observed) && observed->error == 0 &&
	    observed_check(observed, put_pending(observed)))
		observed_changed(observed, RUN_PAGES);
	observed->pending_count = 0;
}

int
beh_observed_limit_seen(struct beh_observed *observed, uint64_t max)
{
	int error;

	if (!observed_begin(observed))
		return observed->error;
	error = observed_count_seen(observed, &observed->seen_count);
	if (error == 0)
		observed->seen_max = max;
	return error;
}

bool
beh_observed_is_full(const struct beh_observed *observed)
{
	return observed->seen_count >= observed->seen_max;
}

void
beh_observed_put_seen(
    struct beh_observed *observed, const struct beh_sighting *sighting)
{
	if (beh_observed_is_full(observed))
		return;
	observed->seen_count++;
	observed->pending[observed->pending_count++] = *sighting;
	if (observed->pending_count < RUN_MAX)
		return;
	observed_flush(observed);
	observed_settle(observed);
}

/* ---- finding ---- */

struct search {
	uint64_t hash;
	int64_t *first;
};

static int
look_for(const MDB_val *key, const MDB_val *value, void *arg)
{
	const struct search *search = arg;

	(void)key;
	return observed_find_in_run(value, search->hash, search->first);
}

/* Of the times that a thing may have, the earliest is where most sightings are:
 * in the last of the levels. */
int
beh_observed_seen(struct beh_observed *observed, uint64_t hash, int64_t *first)
{
	struct search search = {hash, first};
	int found = 0;

	if (!observed_begin(observed))
		return observed->error;
	for (unsigned level = LEVELS; level > 0 && found == 0; level--)
		found =
		    observed_find_in_level(observed, level - 1, hash, first);
	return found != 0 ? found
			  : observed_each(
				observed, observed->recent, look_for, &search);
}

/* ---- all of them ---- */

/* From the last level, which has the oldest, to what is recent. */
static int
each_value(struct beh_observed *observed, observed_take *take, void *arg)
{
	int stop = 0;

	for (unsigned level = LEVELS; level > 0 && stop == 0; level--)
		stop = observed_each(
		    observed, observed->levels[level - 1], take, arg);
	return stop != 0 ? stop
			 : observed_each(observed, observed->recent, take, arg);
}

struct visitor {
	beh_sighting_visit *visit;
	void *arg;
};

static int
visit_all(const MDB_val *key, const MDB_val *value, void *arg)
{
	const struct visitor *visitor = arg;
	struct beh_sighting sighting;
	int stop = sightings_are_whole(value) ? 0 : POL_ECORRUPT;

	(void)key;
	for (size_t i = 0; i < sightings_in(value) && stop == 0; i++) {
		stop = get_sighting(value, i, &sighting);
		if (stop == 0)
			stop = visitor->visit(&sighting, visitor->arg);
	}
	return stop;
}

int
beh_observed_each_seen(
    struct beh_observed *observed, beh_sighting_visit *visit, void *arg)
{
	struct visitor visitor = {visit, arg};

	return each_value(observed, visit_all, &visitor);
}

static int
count_value(const MDB_val *key, const MDB_val *value, void *arg)
{
	(void)key;
	*(uint64_t *)arg += sightings_in(value);
	return 0;
}

int
observed_count_seen(struct beh_observed *observed, uint64_t *count)
{
	*count = 0;
	return each_value(observed, count_value, count);
}
