/*
 * test_observed_seen.c - first-seen times on disk: many of them, in levels.
 */
#include "policy_support.h"

#include <lmdb.h>
#include <string.h>

#include "behaviour/observed.h"

#define MANY 900000 /* more than the first two levels have */
#define BATCH 8192

static struct beh_observed *
create(const struct scratch *scratch)
{
	struct beh_observed *observed = NULL;

	assert_int_equal(beh_observed_create(scratch->path, NOW, &observed), 0);
	return observed;
}

/* Numbers that look random, each once: the hash of the thing of a NUMBER. */
static uint64_t
hash_of(uint64_t number)
{
	number *= UINT64_C(0x9e3779b97f4a7c15);
	number = (number ^ number >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	return number ^ number >> 27;
}

static struct beh_sighting
sighting_of(uint64_t number)
{
	return (struct beh_sighting){.hash = hash_of(number),
	    .first = (uint32_t)(NOW + (int64_t)number),
	    .type = (enum beh_seen_type)(number % 3)};
}

/* The things FIRST to END - 1, LATER than sighting_of() says. */
static void
put(struct beh_observed *observed, uint64_t first, uint64_t end, uint32_t later)
{
	for (uint64_t i = first; i < end; i++) {
		struct beh_sighting sighting = sighting_of(i);

		sighting.first += later;
		beh_observed_put_seen(observed, &sighting);
		if (i % BATCH == 0)
			assert_int_equal(beh_observed_commit(observed), 0);
	}
	assert_int_equal(beh_observed_commit(observed), 0);
}

static void
assert_found(struct beh_observed *observed, uint64_t first, uint64_t end)
{
	for (uint64_t i = first; i < end; i++) {
		int64_t time = 0;

		assert_int_equal(
		    beh_observed_seen(observed, hash_of(i), &time), 1);
		assert_int_equal(time, NOW + (int64_t)i);
	}
}

static void
assert_not_found(struct beh_observed *observed, uint64_t first, uint64_t end)
{
	int64_t time;

	for (uint64_t i = first; i < end; i++)
		assert_int_equal(
		    beh_observed_seen(observed, hash_of(i), &time), 0);
}

/* What beh_observed_each_seen() has shown. */
struct tally {
	uint64_t count;
	uint64_t sum; /* of the hashes */
	uint64_t types[3];
};

static int
tally(const struct beh_sighting *sighting, void *arg)
{
	struct tally *tally = arg;

	tally->count++;
	tally->sum += sighting->hash;
	tally->types[sighting->type]++;
	return 0;
}

static void
millions_are_found(void **state)
{
	const struct scratch *scratch = *state;
	struct beh_observed *observed = create(scratch);
	struct beh_observed_stat stat;
	struct tally found = {0};
	uint64_t sum = 0;

	put(observed, 0, MANY, 0);
	for (uint64_t i = 0; i < MANY; i++)
		sum += hash_of(i);
	assert_found(observed, 0, MANY);
	assert_not_found(observed, MANY, MANY + 1000);
	beh_observed_close(observed);

	assert_int_equal(beh_observed_open(scratch->path, &observed), 0);
	assert_found(observed, 0, 1000);
	assert_int_equal(beh_observed_each_seen(observed, tally, &found), 0);
	assert_true(found.count == MANY && found.sum == sum);
	for (unsigned type = 0; type < 3; type++)
		assert_int_equal(found.types[type], MANY / 3);
	assert_int_equal(beh_observed_stat(observed, &stat), 0);
	assert_int_equal(stat.seen, MANY);
	assert_true(stat.size < (uint64_t)MANY * 24);
	beh_observed_close(observed);
}

/* A thing may be put again: the module found it new twice, or two resolvers
 * learn. Which one was put first does not matter. */
static void
earliest_time_counts(void **state)
{
	struct beh_observed *observed = create(*state);
	struct beh_observed_stat stat;

	put(observed, 0, 20000, 0);
	put(observed, 0, 20000, 7);
	put(observed, 20000, 40000, 0);
	put(observed, 0, 40000, 5);
	assert_found(observed, 0, 40000);
	/* Most are there once: what is merged is joined. */
	assert_int_equal(beh_observed_stat(observed, &stat), 0);
	assert_in_range(stat.seen, 40000, 60000);
	beh_observed_close(observed);
}

static void
no_more_than_the_limit_is_kept(void **state)
{
	const struct scratch *scratch = *state;
	struct beh_observed *observed = create(scratch);
	struct beh_observed_stat stat;

	assert_false(beh_observed_is_full(observed));
	put(observed, 0, 1000, 0);
	assert_int_equal(beh_observed_limit_seen(observed, 3000), 0);
	assert_false(beh_observed_is_full(observed));
	put(observed, 1000, 5000, 0);
	assert_true(beh_observed_is_full(observed));
	assert_found(observed, 0, 3000);
	assert_not_found(observed, 3000, 5000);
	beh_observed_close(observed);

	observed = create(scratch);
	assert_int_equal(beh_observed_limit_seen(observed, 3100), 0);
	put(observed, 3000, 4000, 0);
	assert_int_equal(beh_observed_stat(observed, &stat), 0);
	assert_int_equal(stat.seen, 3100);
	beh_observed_close(observed);
}

/* The edges of the hashes, and those that come in order, behind the last run or
 * before the first. */
static void
any_order_will_do(void **state)
{
	struct beh_observed *observed = create(*state);
	int64_t first;

	for (unsigned round = 0; round < 3; round++)
		for (uint64_t i = 0; i < 15000; i++) {
			const uint64_t hashes[] = {
			    i, UINT64_MAX - i, (UINT64_C(1) << 40) + i};
			struct beh_sighting sighting = {
			    .hash = hashes[round], .first = (uint32_t)i};

			beh_observed_put_seen(observed, &sighting);
		}
	assert_int_equal(beh_observed_commit(observed), 0);
	for (uint64_t i = 0; i < 15000; i++) {
		assert_int_equal(beh_observed_seen(observed, i, &first), 1);
		assert_int_equal(first, i);
		assert_int_equal(
		    beh_observed_seen(observed, UINT64_MAX - i, &first), 1);
		assert_int_equal(first, i);
	}
	assert_int_equal(
	    beh_observed_seen(observed, UINT64_C(1) << 41, &first), 0);
	beh_observed_close(observed);
}

/* What was committed is there, wherever it goes on from. */
static void
what_was_committed_outlives_the_rest(void **state)
{
	const struct scratch *scratch = *state;
	struct beh_observed *observed;
	uint64_t committed = 0;

	for (unsigned round = 0; round < 30; round++) {
		uint64_t next = committed + 1000 + 401 * round;

		observed = create(scratch);
		put(observed, committed, next, 0);
		committed = next;
		for (uint64_t i = next; i < next + 777; i++) {
			struct beh_sighting sighting = sighting_of(i);

			beh_observed_put_seen(observed, &sighting);
		}
		beh_observed_close(observed);
	}
	observed = create(scratch);
	assert_found(observed, 0, committed);
	beh_observed_close(observed);
}

/* ---- a damaged file ---- */

/* Change the first entry of a table as DAMAGE says. */
static void
damage(const struct scratch *scratch, const char *table,
    void (*change)(MDB_cursor *cursor, MDB_val *key, MDB_val *value))
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	MDB_cursor *cursor;
	MDB_val key, value;

	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_maxdbs(env, 8), 0);
	assert_int_equal(mdb_env_set_mapsize(env, (size_t)1 << 30), 0);
	assert_int_equal(
	    mdb_env_open(env, scratch->path, MDB_NOSUBDIR, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, table, 0, &dbi), 0);
	assert_int_equal(mdb_cursor_open(txn, dbi, &cursor), 0);
	assert_int_equal(mdb_cursor_get(cursor, &key, &value, MDB_FIRST), 0);
	change(cursor, &key, &value);
	mdb_cursor_close(cursor);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

static void
put_value(MDB_cursor *cursor, MDB_val *key, const void *octets, size_t len)
{
	uint8_t copy[8];
	MDB_val same = {.mv_size = key->mv_size, .mv_data = copy};
	MDB_val value = {.mv_size = len};

	assert_true(key->mv_size <= sizeof(copy));
	memcpy(copy, key->mv_data, key->mv_size);
	assert_int_equal(
	    mdb_cursor_put(cursor, &same, &value, MDB_CURRENT | MDB_RESERVE),
	    0);
	memcpy(value.mv_data, octets, len);
}

static void
cut_short(MDB_cursor *cursor, MDB_val *key, MDB_val *value)
{
	uint8_t octets[32768];
	size_t len = value->mv_size - 1;

	assert_true(len <= sizeof(octets));
	memcpy(octets, value->mv_data, len);
	put_value(cursor, key, octets, len);
}

static void
make_long(MDB_cursor *cursor, MDB_val *key, MDB_val *value)
{
	static const uint8_t zeros[13 * 4000];

	(void)value;
	put_value(cursor, key, zeros, sizeof(zeros));
}

static void
make_empty(MDB_cursor *cursor, MDB_val *key, MDB_val *value)
{
	(void)value;
	put_value(cursor, key, "", 0);
}

/* Each is an error that says so, and what is there stays. */
static void
damaged_run_is_an_error(void **state)
{
	void (*const changes[])(MDB_cursor *, MDB_val *, MDB_val *) = {
	    cut_short, make_long, make_empty};
	const struct scratch *scratch = *state;
	struct beh_observed *observed = create(scratch);
	unsigned failed = 0;

	put(observed, 0, 30000, 0);
	beh_observed_close(observed);
	for (unsigned i = 0; i < 3; i++) {
		damage(scratch, "level0", changes[i]);
		observed = create(scratch);
		for (uint64_t n = 40000; n < 80000; n++) {
			struct beh_sighting sighting = sighting_of(n);

			beh_observed_put_seen(observed, &sighting);
		}
		failed += beh_observed_commit(observed) == POL_ECORRUPT;
		beh_observed_close(observed);
	}
	assert_int_equal(failed, 3);
}

static void
damaged_sighting_is_an_error(void **state)
{
	const struct scratch *scratch = *state;
	struct beh_observed *observed = create(scratch);
	struct tally found = {0};
	int64_t first;

	put(observed, 0, 10, 0);
	beh_observed_close(observed);
	damage(scratch, "recent", cut_short);
	assert_int_equal(beh_observed_open(scratch->path, &observed), 0);
	assert_int_equal(
	    beh_observed_each_seen(observed, tally, &found), POL_ECORRUPT);
	assert_int_equal(
	    beh_observed_seen(observed, hash_of(100), &first), POL_ECORRUPT);
	beh_observed_close(observed);
}

/* "began", "format", "seed": the second is the format's. */
static void
set_format_1(MDB_cursor *cursor, MDB_val *key, MDB_val *value)
{
	assert_int_equal(mdb_cursor_get(cursor, key, value, MDB_NEXT), 0);
	assert_memory_equal(key->mv_data, "format", 6);
	put_value(cursor, key, "\1", 1);
}

static void
other_format_is_said(void **state)
{
	const struct scratch *scratch = *state;
	struct beh_observed *observed = create(scratch);

	beh_observed_close(observed);
	damage(scratch, "meta", set_format_1);
	assert_int_equal(
	    beh_observed_open(scratch->path, &observed), POL_EVERSION);
	assert_int_equal(
	    beh_observed_create(scratch->path, NOW, &observed), POL_EVERSION);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    folder_test(millions_are_found),
	    folder_test(earliest_time_counts),
	    folder_test(no_more_than_the_limit_is_kept),
	    folder_test(any_order_will_do),
	    folder_test(what_was_committed_outlives_the_rest),
	    folder_test(damaged_run_is_an_error),
	    folder_test(damaged_sighting_is_an_error),
	    folder_test(other_format_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
