/*
 * test_learning.c - behaviour as the resolver's threads see it, without one.
 */
#include "policy_support.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "behaviour/observed.h"
#include "module/guard.h"
#include "module/learning.h"

#define PATIENCE 10000 /* milliseconds */
#define QTYPE_A 1
#define QTYPE_AAAA 28

static atomic_uint complaints;

static void
complain(const char *message)
{
	assert_non_null(strstr(message, "kept in memory only"));
	atomic_fetch_add(&complaints, 1);
}

static void
set_some(struct scratch *scratch, struct beh_rule *list, size_t count)
{
	struct beh_rules rules = {.rules = list, .count = count};
	struct pol_change *change = begin_change(scratch);
	uint8_t *octets;
	size_t len;

	beh_options_default(&rules.options);
	rules.options.tracker_memory = BEH_MEMORY_MIN;
	rules.options.seen_memory = BEH_SEEN_MEMORY_MIN;
	rules.options.learning = 0;
	assert_int_equal(beh_rules_encode(&rules, &octets, &len), 0);
	pol_change_set_rules(change, octets, len);
	commit(change);
	free(octets);
}

/* Under a rule for names below example, which asks a feed where FEED is set. */
static void
set_rules(struct scratch *scratch, enum pol_mode mode, bool asks_feed)
{
	static const uint8_t above[] = "\7example";
	struct beh_item item = {BEH_ITEM_NAME, sizeof(above), above};
	struct beh_item feed = {BEH_ITEM_FEED, 5, (const uint8_t *)"names"};
	struct beh_rule rule = {.name = "test",
	    .action = POL_SINKHOLE,
	    .mode = mode,
	    .hold = 3600,
	    .conditions = {{.kind = BEH_NAME_UNDER,
		.items = asks_feed ? &feed : &item,
		.item_count = 1}},
	    .condition_count = 1};

	set_some(scratch, &rule, 1);
}

static void
follow(struct scratch *scratch, struct learning *learning)
{
	struct pol_snapshot *snapshot = begin_snapshot(scratch);

	learning_follow(learning, snapshot);
	pol_snapshot_end(snapshot);
}

/* Learn under the rules that are in the database. */
static struct learning *
start(struct scratch *scratch)
{
	const struct learning_events events = {.complain = complain};
	const struct timespec pause = {.tv_nsec = 1000000};
	struct learning *learning = NULL;

	atomic_store(&complaints, 0);
	assert_int_equal(learning_start(scratch->path, &events, &learning), 0);
	assert_false(learning_is_on(learning));
	follow(scratch, learning);
	for (unsigned i = 0; i < PATIENCE && !learning_is_on(learning); i++)
		nanosleep(&pause, NULL);
	assert_true(learning_is_on(learning));
	return learning;
}

/* An answer of TIME, with the address 192.0.2.NUMBER. */
static bool
note_at(struct learning *learning, struct pol_snapshot *snapshot,
    const char *text, int64_t time, uint16_t qtype, uint8_t number)
{
	struct pol_name name = name_of(text);
	struct beh_address address = {.asn = 0};
	const struct beh_response response = {.time = time,
	    .name = name.wire,
	    .name_len = name.len,
	    .qtype = qtype,
	    .ttl = 60,
	    .authoritative = true,
	    .addresses = &address,
	    .address_count = 1};
	struct beh_observation observation;
	bool is_new = false;

	pol_address_set(
	    &address.address, 4, (const uint8_t[]){192, 0, 2, number});
	assert_int_equal(learning_begin(learning, &response, &observation), 0);
	learning_note(learning, &observation);
	assert_int_equal(
	    learning_judge(learning, &observation, snapshot, &is_new), 0);
	return is_new;
}

static bool
note(struct learning *learning, struct pol_snapshot *snapshot, const char *text)
{
	return note_at(
	    learning, snapshot, text, (int64_t)time(NULL), QTYPE_A, 1);
}

static bool
note_once(struct scratch *scratch, struct learning *learning, const char *text)
{
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	bool is_new = note(learning, snapshot, text);

	pol_snapshot_end(snapshot);
	return is_new;
}

static struct beh_standing
standing_of(struct learning *learning, const char *text)
{
	struct pol_name name = name_of(text);
	struct beh_standing standing;

	learning_find(learning, name.wire, name.len, NULL, (int64_t)time(NULL),
	    &standing);
	return standing;
}

static bool
is_enforced(struct learning *learning, const char *text)
{
	return standing_of(learning, text).enforced.rule != NULL;
}

static void
nothing_is_kept_without_rules(void **state)
{
	struct scratch *scratch = *state;
	const struct learning_events events = {.complain = complain};
	struct learning *learning = NULL;
	char path[128];

	snprintf(path, sizeof(path), "%s/observed.mdb", scratch->folder);
	assert_int_equal(learning_start(scratch->path, &events, &learning), 0);
	follow(scratch, learning);
	assert_false(learning_is_on(learning));
	assert_false(is_enforced(learning, "www.example"));
	learning_stop(learning);
	assert_int_not_equal(access(path, F_OK), 0);
}

/* What was learned before is loaded beside what is asked. */
static void
wait_until_enforced(struct learning *learning, const char *text)
{
	const struct timespec pause = {.tv_nsec = 1000000};

	for (unsigned i = 0; i < PATIENCE && !is_enforced(learning, text); i++)
		nanosleep(&pause, NULL);
	assert_true(is_enforced(learning, text));
}

static void
block_outlives_a_restart(void **state)
{
	struct scratch *scratch = *state;
	struct learning *learning;

	set_rules(scratch, POL_ENFORCE, false);
	learning = start(scratch);
	assert_true(note_once(scratch, learning, "www.example"));
	assert_false(note_once(scratch, learning, "WWW.example"));
	assert_false(note_once(scratch, learning, "www.other"));
	assert_true(is_enforced(learning, "www.Example"));
	assert_false(is_enforced(learning, "www.other"));
	learning_stop(learning);

	learning = start(scratch);
	wait_until_enforced(learning, "www.example");
	assert_false(note_once(scratch, learning, "www.example"));
	learning_stop(learning);
	assert_int_equal(complaints, 0);
}

/* The mode is the rule's as it is now. */
static void
rules_are_those_in_force(void **state)
{
	struct scratch *scratch = *state;
	struct learning *learning;
	struct pol_change *change;

	set_rules(scratch, POL_SHADOW, false);
	learning = start(scratch);
	assert_false(note_once(scratch, learning, "www.example"));
	assert_false(is_enforced(learning, "www.example"));
	assert_non_null(standing_of(learning, "www.example").shadow.rule);
	set_rules(scratch, POL_ENFORCE, false);
	follow(scratch, learning);
	assert_true(is_enforced(learning, "www.example"));
	change = begin_change(scratch);
	pol_change_set_rules(change, NULL, 0);
	commit(change);
	follow(scratch, learning);
	assert_false(learning_is_on(learning));
	assert_false(is_enforced(learning, "www.example"));
	learning_stop(learning);
}

static void
file_that_cannot_be_used_is_said_once(void **state)
{
	struct scratch *scratch = *state;
	struct learning *learning;
	char path[128];

	snprintf(path, sizeof(path), "%s/observed.mdb", scratch->folder);
	assert_int_equal(mkdir(path, 0700), 0);
	set_rules(scratch, POL_ENFORCE, false);
	learning = start(scratch);
	assert_true(note_once(scratch, learning, "www.example"));
	assert_true(is_enforced(learning, "www.example"));
	learning_stop(learning);
	assert_int_equal(complaints, 1);
	assert_int_equal(rmdir(path), 0);
}

/* Wait until all that was learned is there: before, nothing is new. TIME is
 * long enough ago for what is past to be purged by the present. */
static void
wait_until_loaded(
    struct learning *learning, struct pol_snapshot *snapshot, int64_t time)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	char text[64];

	for (unsigned i = 0; i < PATIENCE; i++) {
		snprintf(text, sizeof(text), "n%u.at%lld.example", i,
		    (long long)time);
		if (note_at(learning, snapshot, text, time, QTYPE_AAAA, 1))
			return;
		nanosleep(&pause, NULL);
	}
	fail_msg("nothing is new");
}

#define HALF \
	20 /* addresses: so many that an estimate cannot tell otherwise \
	    */

static void
what_was_learned_outlives_a_restart(void **state)
{
	struct scratch *scratch = *state;
	const int64_t before = (int64_t)time(NULL) - 500;
	struct beh_item type = {
	    BEH_ITEM_QTYPE, 2, (const uint8_t[]){0, QTYPE_AAAA}};
	struct beh_rule rules[] = {
	    {.name = "many",
		.hold = 3600,
		.action = POL_SINKHOLE,
		.conditions = {{.kind = BEH_ADDRESSES_MIN,
		    .number = 3 * HALF / 2}},
		.condition_count = 1},
	    {.name = "new",
		.hold = 3600,
		.action = POL_SINKHOLE,
		.conditions = {{.kind = BEH_FIRST_SEEN_WITHIN, .number = 50},
		    {.kind = BEH_QTYPE, .items = &type, .item_count = 1}},
		.condition_count = 2}};
	struct pol_snapshot *snapshot;
	struct beh_observed *observed;
	struct learning *learning;
	bool holds = false;
	char path[128];

	/* Learning began long ago. */
	snprintf(path, sizeof(path), "%s/observed.mdb", scratch->folder);
	assert_int_equal(beh_observed_create(path, before, &observed), 0);
	beh_observed_close(observed);
	set_some(scratch, rules, 2);
	snapshot = begin_snapshot(scratch);
	learning = start(scratch);
	wait_until_loaded(learning, snapshot, before);
	for (uint8_t i = 0; i < HALF; i++)
		assert_false(note_at(
		    learning, snapshot, "www.many", before, QTYPE_A, i));
	learning_stop(learning);
	learning = start(scratch);
	wait_until_loaded(learning, snapshot, before + 100);
	/* Not new any more; and what it showed before counts. */
	assert_false(note_at(
	    learning, snapshot, "www.many", before + 100, QTYPE_AAAA, 1));
	for (uint8_t i = HALF; i < 2 * HALF; i++)
		holds |= note_at(
		    learning, snapshot, "www.many", before + 100, QTYPE_A, i);
	assert_true(holds);
	learning_stop(learning);
	pol_snapshot_end(snapshot);
}

/* As many first-seen times as the filter has room for: said once. */
static void
full_file_is_said(void **state)
{
	struct scratch *scratch = *state;
	const struct timespec pause = {.tv_nsec = 1000000};
	uint64_t max = beh_seen_max(BEH_SEEN_MEMORY_MIN);
	struct beh_observed *observed;
	struct learning *learning;
	char path[128];

	snprintf(path, sizeof(path), "%s/observed.mdb", scratch->folder);
	assert_int_equal(beh_observed_create(path, NOW, &observed), 0);
	for (uint64_t i = 0; i < max; i++) {
		struct beh_sighting sighting = {
		    .hash = i << 40 | i, .first = (uint32_t)NOW};

		beh_observed_put_seen(observed, &sighting);
	}
	assert_int_equal(beh_observed_commit(observed), 0);
	beh_observed_close(observed);
	set_rules(scratch, POL_ENFORCE, false);
	learning = start(scratch);
	for (unsigned i = 0; i < PATIENCE && atomic_load(&complaints) == 0; i++)
		nanosleep(&pause, NULL);
	assert_int_equal(atomic_load(&complaints), 1);
	learning_stop(learning);
	assert_int_equal(atomic_load(&complaints), 1);
}

static void
block_is_forgotten_once_it_ends(void **state)
{
	struct scratch *scratch = *state;
	const struct timespec pause = {.tv_nsec = 1000000};
	struct beh_rule rule = {.name = "short",
	    .hold = 1,
	    .action = POL_SINKHOLE,
	    .conditions = {{.kind = BEH_TTL_MAX, .number = 60}},
	    .condition_count = 1};
	struct learning *learning;

	set_some(scratch, &rule, 1);
	learning = start(scratch);
	assert_true(note_once(scratch, learning, "www.example"));
	assert_true(learning_has_blocks(learning));
	for (unsigned i = 0; i < PATIENCE && learning_has_blocks(learning); i++)
		nanosleep(&pause, NULL);
	assert_false(learning_has_blocks(learning));
	learning_stop(learning);
}

struct interrupted {
	struct learning *learning;
	struct pol_snapshot *snapshot;
};

static void
note_interrupted(void *arg)
{
	const struct interrupted *interrupted = arg;

	note(interrupted->learning, interrupted->snapshot, "www.example");
}

/* LeakSanitizer's, where it is there. */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

/* A worker that asks a feed while the database is cut short does not come back
 * from there; whoever changes the rules must not wait for it. The rules that it
 * held are lost. */
static void
worker_that_is_ended_holds_no_lock(void **state)
{
	struct scratch *scratch = *state;
	struct interrupted interrupted;
	void *other;
	struct pol_change *change = begin_change(scratch);
	uint16_t feed = set_feed(change, "names", 1);
	struct stat st;

	set_plain(change, "example", feed, POL_SUBTREE);
	commit(change);
	set_rules(scratch, POL_ENFORCE, true);
	if (__lsan_disable != NULL)
		__lsan_disable();
	interrupted.learning = start(scratch);
	if (__lsan_enable != NULL)
		__lsan_enable();
	interrupted.snapshot = begin_snapshot(scratch);
	assert_int_equal(stat(scratch->path, &st), 0);
	assert_true(guard_install());
	guard_thread();
	assert_int_equal(truncate(scratch->path, 0), 0);
	assert_false(guarded(note_interrupted, &interrupted));
	guard_remove();
	assert_int_equal(truncate(scratch->path, st.st_size), 0);
	assert_int_equal(scratch_make_store(&other), 0);
	follow(other, interrupted.learning);
	assert_false(learning_is_on(interrupted.learning));
	learning_stop(interrupted.learning);
	pol_snapshot_end(interrupted.snapshot);
	scratch_remove(&other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    store_test(nothing_is_kept_without_rules),
	    store_test(block_outlives_a_restart),
	    store_test(what_was_learned_outlives_a_restart),
	    store_test(full_file_is_said),
	    store_test(block_is_forgotten_once_it_ends),
	    store_test(rules_are_those_in_force),
	    store_test(file_that_cannot_be_used_is_said_once),
	    store_test(worker_that_is_ended_holds_no_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
