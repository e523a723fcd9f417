/*
 * test_observed.c - what was learned, on disk, and the names that are blocked
 * by their behaviour.
 */
#include "policy_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "behaviour/block.h"
#include "behaviour/observed.h"
#include "behaviour/seen.h"
#include "behaviour/tracker.h"

static struct beh_observed *
create(const struct scratch *scratch, int64_t now)
{
	struct beh_observed *observed = NULL;

	assert_int_equal(beh_observed_create(scratch->path, now, &observed), 0);
	return observed;
}

static struct beh_block
block_of(const char *name, bool subtree, int64_t until)
{
	struct beh_block block = {.name = name_of(name),
	    .subtree = subtree,
	    .rule = "flux",
	    .since = NOW,
	    .until = until,
	    .evidence = "ttl-max: 60 s"};

	return block;
}

static int
count(const struct beh_block *block, void *arg)
{
	(void)block;
	++*(unsigned *)arg;
	return 0;
}

static unsigned
count_for(struct beh_blocks *blocks, const char *text, int64_t now)
{
	struct pol_name name = name_of(text);
	unsigned found = 0;

	assert_int_equal(
	    beh_blocks_find(blocks, name.wire, name.len, now, count, &found),
	    0);
	return found;
}

static void
block_covers_its_name_until_it_ends(void **state)
{
	struct beh_blocks *blocks;
	struct beh_block exact = block_of("a.example", false, NOW + 10);
	struct beh_block subtree = block_of("b.example", true, NOW + 20);

	(void)state;
	assert_int_equal(beh_blocks_new(&blocks), 0);
	assert_int_equal(count_for(blocks, "a.example", NOW), 0);
	assert_int_equal(beh_blocks_put(blocks, &exact), 1);
	assert_int_equal(beh_blocks_put(blocks, &subtree), 1);
	assert_int_equal(count_for(blocks, "A.example", NOW), 1);
	assert_int_equal(count_for(blocks, "x.a.example", NOW), 0);
	assert_int_equal(count_for(blocks, "b.example", NOW), 1);
	assert_int_equal(count_for(blocks, "x.y.b.example", NOW), 1);
	assert_int_equal(count_for(blocks, "example", NOW), 0);
	assert_int_equal(count_for(blocks, "a.example", NOW + 10), 0);
	assert_int_equal(beh_blocks_expire(blocks, NOW + 10), 1);
	assert_int_equal(beh_blocks_count(blocks), 1);
	beh_blocks_free(blocks);
	beh_blocks_free(NULL);
}

static int
keep(const struct beh_block *block, void *arg)
{
	*(struct beh_block *)arg = *block;
	return 1;
}

static void
block_that_goes_on_keeps_its_beginning(void **state)
{
	struct beh_blocks *blocks;
	struct beh_block block = block_of("a.example", false, NOW + 10), found;

	(void)state;
	assert_int_equal(beh_blocks_new(&blocks), 0);
	assert_int_equal(beh_blocks_put(blocks, &block), 1);
	block.since = NOW + 5;
	block.until = NOW + 15;
	assert_int_equal(beh_blocks_put(blocks, &block), 0);
	assert_int_equal(beh_blocks_find(blocks, block.name.wire,
			     block.name.len, NOW, keep, &found),
	    1);
	assert_int_equal(found.since, NOW);
	assert_int_equal(found.until, NOW + 15);
	assert_int_equal(beh_blocks_count(blocks), 1);
	beh_blocks_free(blocks);
}

/* Whatever is flagged, it takes no more memory than that. */
static void
blocks_have_a_limit(void **state)
{
	struct beh_block block = block_of("0.example", true, NOW + 10);
	struct beh_blocks *blocks;
	char text[32];

	(void)state;
	assert_int_equal(beh_blocks_new(&blocks), 0);
	for (unsigned i = 0; i < BEH_BLOCKS_MAX; i++) {
		snprintf(text, sizeof(text), "%u.example", i);
		block.name = name_of(text);
		assert_int_equal(beh_blocks_put(blocks, &block), 1);
	}
	block.name = name_of("more.example");
	assert_int_equal(beh_blocks_put(blocks, &block), POL_EFULL);
	assert_int_equal(beh_blocks_count(blocks), BEH_BLOCKS_MAX);
	/* One that is there goes on. */
	block.name = name_of("7.example");
	block.until = NOW + 20;
	assert_int_equal(beh_blocks_put(blocks, &block), 0);
	assert_int_equal(
	    beh_blocks_expire(blocks, NOW + 10), BEH_BLOCKS_MAX - 1);
	assert_int_equal(beh_blocks_count(blocks), 1);
	beh_blocks_free(blocks);
}

static void
evidence_is_cut_at_a_condition(void **state)
{
	struct beh_finding finding = {.evidence_count = 8};
	char text[BEH_BLOCK_EVIDENCE_MAX + 1];

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		finding.evidence[i].kind = BEH_TTL_MAX;
		memset(finding.evidence[i].met, 'x', 80);
	}
	beh_evidence_text(&finding, text);
	assert_int_equal(strlen(text), 2 * (9 + 80) + 2);
	finding.evidence_count = 0;
	beh_evidence_text(&finding, text);
	assert_string_equal(text, "");
}

static void
all_is_there_after_a_restart(void **state)
{
	const struct scratch *scratch = *state;
	struct beh_observed *observed = create(scratch, NOW);
	uint64_t seed = beh_observed_seed(observed);
	struct beh_sighting sighting = {
	    .hash = 42, .first = NOW + 1, .type = BEH_SEEN_ASN};
	struct beh_state flux = {.hash = 43, .marked_until = NOW + 9}, found;
	struct beh_block block = block_of("a.example", true, NOW + 10), back;
	struct beh_observed_stat stat;
	int64_t first = 0;

	memset(&flux.flux, 0x5a, sizeof(flux.flux));
	beh_observed_put_seen(observed, &sighting);
	beh_observed_put_state(observed, &flux);
	beh_observed_put_block(observed, &block);
	assert_int_equal(beh_observed_commit(observed), 0);
	beh_observed_close(observed);

	observed = create(scratch, NOW + 100);
	assert_true(beh_observed_seed(observed) == seed);
	assert_int_equal(beh_observed_began(observed), NOW);
	beh_observed_close(observed);

	assert_int_equal(beh_observed_open(scratch->path, &observed), 0);
	assert_int_equal(beh_observed_seen(observed, 42, &first), 1);
	assert_int_equal(first, NOW + 1);
	assert_int_equal(beh_observed_seen(observed, 41, &first), 0);
	assert_int_equal(beh_observed_state(observed, 43, &found), 1);
	assert_int_equal(found.marked_until, NOW + 9);
	assert_int_equal(found.flux.turned, flux.flux.turned);
	assert_memory_equal(
	    &found.flux.older, &flux.flux.older, sizeof(struct beh_half));
	assert_int_equal(beh_observed_each_block(observed, keep, &back), 1);
	assert_memory_equal(back.name.wire, block.name.wire, block.name.len);
	assert_true(back.subtree);
	assert_string_equal(back.rule, "flux");
	assert_int_equal(back.until, NOW + 10);
	assert_string_equal(back.evidence, "ttl-max: 60 s");
	assert_int_equal(beh_observed_stat(observed, &stat), 0);
	assert_int_equal(stat.seen, 1);
	assert_int_equal(stat.states, 1);
	assert_int_equal(stat.blocks, 1);
	beh_observed_close(observed);
}

static void
earlier_time_is_kept(void **state)
{
	struct beh_observed *observed = create(*state, NOW);
	struct beh_sighting sighting = {.hash = 42, .first = NOW};
	int64_t first = 0;

	beh_observed_put_seen(observed, &sighting);
	sighting.first = NOW + 100;
	beh_observed_put_seen(observed, &sighting);
	assert_int_equal(beh_observed_commit(observed), 0);
	assert_int_equal(beh_observed_seen(observed, 42, &first), 1);
	assert_int_equal(first, NOW);
	beh_observed_close(observed);
}

static void
purge_takes_what_is_past(void **state)
{
	struct beh_observed *observed = create(*state, NOW);
	struct beh_state old = {.hash = 1, .flux = {.last = NOW}};
	struct beh_state marked = {
	    .hash = 2, .marked_until = NOW + 500, .flux = {.last = NOW}};
	struct beh_state new = {.hash = 3, .flux = {.last = NOW + 200}};
	struct beh_block past = block_of("a.example", true, NOW + 10);
	struct beh_block lasting = block_of("b.example", true, NOW + 1000);
	struct beh_observed_stat stat;

	beh_observed_put_state(observed, &old);
	beh_observed_put_state(observed, &marked);
	beh_observed_put_state(observed, &new);
	beh_observed_put_block(observed, &past);
	beh_observed_put_block(observed, &lasting);
	beh_observed_purge(observed, NOW + 100);
	assert_int_equal(beh_observed_commit(observed), 0);
	assert_int_equal(beh_observed_stat(observed, &stat), 0);
	assert_int_equal(stat.states, 2);
	assert_int_equal(stat.blocks, 1);
	assert_int_equal(beh_observed_state(observed, 1, &old), 0);
	beh_observed_close(observed);
}

/* More than a transaction holds: in any order, and with what is past between
 * what is not. */
static void
batch_of_any_length(void **state)
{
	struct beh_observed *observed = create(*state, NOW);
	struct beh_observed_stat stat;
	int64_t first;

	for (uint64_t i = 0; i < 3000; i++) {
		struct beh_sighting sighting = {
		    .hash = i * UINT64_C(0x9e3779b97f4a7c15), .first = NOW};
		struct beh_state flux = {.hash = i + 1,
		    .flux = {.last = i % 3 == 0 ? NOW + 9 : NOW}};

		beh_observed_put_seen(observed, &sighting);
		beh_observed_put_state(observed, &flux);
	}
	assert_int_equal(beh_observed_commit(observed), 0);
	for (uint64_t i = 0; i < 3000; i++)
		assert_int_equal(
		    beh_observed_seen(observed,
			i * UINT64_C(0x9e3779b97f4a7c15), &first),
		    1);
	beh_observed_purge(observed, NOW + 1);
	assert_int_equal(beh_observed_commit(observed), 0);
	assert_int_equal(beh_observed_stat(observed, &stat), 0);
	assert_int_equal(stat.seen, 3000);
	assert_int_equal(stat.states, 1000);
	beh_observed_close(observed);
}

/* What was written while a batch is under way is there after a crash, but for
 * its last part. */
static void
long_batch_is_kept_as_it_goes(void **state)
{
	const struct scratch *scratch = *state;
	struct beh_observed *observed = create(scratch, NOW);
	struct beh_observed_stat stat;

	for (uint64_t i = 0; i < 3000; i++) {
		struct beh_state flux = {.hash = i, .flux = {.last = NOW}};

		beh_observed_put_state(observed, &flux);
	}
	beh_observed_close(observed);
	observed = create(scratch, NOW + 5);
	assert_int_equal(beh_observed_began(observed), NOW);
	assert_int_equal(beh_observed_stat(observed, &stat), 0);
	assert_in_range(stat.states, 2000, 2999);
	beh_observed_close(observed);
}

static void
file_that_is_none_is_an_error(void **state)
{
	const struct scratch *scratch = *state;
	struct beh_observed *observed = NULL;
	FILE *file = fopen(scratch->path, "w");

	assert_non_null(file);
	for (unsigned i = 0; i < 2000; i++)
		fputs("not a database\n", file);
	fclose(file);
	assert_int_not_equal(
	    beh_observed_create(scratch->path, NOW, &observed), 0);
	assert_int_not_equal(beh_observed_open(scratch->path, &observed), 0);
	assert_null(observed);
	unlink(scratch->path);
	assert_int_equal(
	    beh_observed_open(scratch->path, &observed), POL_ENOENT);
}

static int
put_state(const struct beh_state *state, void *arg)
{
	beh_observed_put_state(arg, state);
	return 0;
}

static int
restore(const struct beh_state *state, void *arg)
{
	beh_tracker_restore(arg, state);
	return 0;
}

static int
keep_state(const struct beh_state *state, void *arg)
{
	*(struct beh_state *)arg = *state;
	return 0;
}

/* The tracker's states go to disk and come back, with what marks them. */
static void
tracker_survives_a_restart(void **state)
{
	struct beh_observed *observed = create(*state, NOW);
	struct beh_tracker *tracker;
	struct pol_name name = name_of("flux.example");
	struct beh_address address = {.address = {.family = 4}};
	struct beh_answer answer = {
	    .time = NOW, .addresses = &address, .address_count = 1};
	struct beh_summary summary;
	struct beh_state found = {0};

	assert_int_equal(beh_tracker_new(BEH_MEMORY_MIN,
			     beh_observed_seed(observed), &tracker),
	    0);
	for (uint8_t i = 0; i < 9; i++) {
		address.address.octets[0] = i;
		beh_tracker_add(
		    tracker, BEH_OWNER, name.wire, name.len, &answer, &summary);
	}
	beh_tracker_mark(tracker, BEH_OWNER, name.wire, name.len, NOW + 60);
	assert_int_equal(beh_tracker_changed(tracker, put_state, observed), 0);
	assert_int_equal(beh_observed_commit(observed), 0);
	beh_tracker_free(tracker);

	assert_int_equal(beh_tracker_new(BEH_MEMORY_MIN,
			     beh_observed_seed(observed), &tracker),
	    0);
	assert_false(beh_tracker_find(
	    tracker, BEH_OWNER, name.wire, name.len, NOW, &summary));
	assert_int_equal(
	    beh_observed_each_state(observed, restore, tracker), 0);
	assert_true(beh_tracker_find(
	    tracker, BEH_OWNER, name.wire, name.len, NOW, &summary));
	assert_int_equal(summary.answers, 9);
	beh_tracker_add(
	    tracker, BEH_OWNER, name.wire, name.len, &answer, &summary);
	assert_int_equal(beh_tracker_changed(tracker, keep_state, &found), 0);
	assert_int_equal(found.marked_until, NOW + 60);
	beh_tracker_free(tracker);
	beh_observed_close(observed);
}

#define OTHERS 60000 /* more than the times that are in memory */

/* What memory has not got any more, the disk has. */
static void
lost_time_comes_back_from_disk(void **state)
{
	struct beh_observed *observed = create(*state, NOW);
	struct beh_seen *seen = NULL;
	struct pol_name name = name_of("first.example");

	assert_int_equal(beh_seen_new(BEH_SEEN_MEMORY_MIN,
			     beh_observed_seed(observed), &seen),
	    0);
	beh_seen_ready(seen);
	beh_seen_note(seen, BEH_SEEN_DOMAIN, name.wire, name.len, NOW);
	for (uint32_t i = 0; i < OTHERS; i++) {
		beh_seen_note(seen, BEH_SEEN_ASN, (const uint8_t *)&i,
		    sizeof(i), NOW + 1);
		if (i % 10000 == 0)
			beh_seen_keep(seen, observed, NOW + 1);
	}
	assert_int_equal(beh_seen_note(seen, BEH_SEEN_DOMAIN, name.wire,
			     name.len, NOW + 100),
	    0);
	beh_seen_keep(seen, observed, NOW + 100);
	assert_int_equal(beh_seen_note(seen, BEH_SEEN_DOMAIN, name.wire,
			     name.len, NOW + 200),
	    NOW);
	beh_seen_free(seen);
	beh_observed_close(observed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(block_covers_its_name_until_it_ends),
	    cmocka_unit_test(block_that_goes_on_keeps_its_beginning),
	    cmocka_unit_test(blocks_have_a_limit),
	    cmocka_unit_test(evidence_is_cut_at_a_condition),
	    folder_test(all_is_there_after_a_restart),
	    folder_test(earlier_time_is_kept),
	    folder_test(purge_takes_what_is_past),
	    folder_test(batch_of_any_length),
	    folder_test(long_batch_is_kept_as_it_goes),
	    folder_test(file_that_is_none_is_an_error),
	    folder_test(tracker_survives_a_restart),
	    folder_test(lost_time_comes_back_from_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
