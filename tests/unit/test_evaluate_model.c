/*
 * test_evaluate_model.c - import, changes and evaluation against a model that
 * is too naive to be wrong: an array of statements that is scanned from end to
 * end, with names compared as text.
 *
 * Each seed makes a database and changes its policy step by step, as feeds and
 * operators do. After each step the database must hold what the model holds,
 * and say what the model says about names that share their ends with those
 * that are listed. A failure prints the seed, the step and the whole policy;
 * MODEL_SEED=n runs that seed alone.
 */
#include "policy_support.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model_trial.h"

#define SEEDS 60
#define STEPS 50
#define QUERIES 40

/* ---- comparing ---- */

static unsigned
feed_of_id(const struct trial *trial, uint16_t id)
{
	for (unsigned i = 0; i < FEEDS; i++)
		if (trial->model.feeds[i].exists &&
		    trial->model.feeds[i].id == id)
			return i;
	check(trial, false, "no feed has id %u", id);
	return 0;
}

/* The statement that the indicator at NAME must come from. */
static const struct statement *
statement_of(struct trial *trial, const char *name,
    const struct pol_indicator *indicator)
{
	struct statement like = {
	    .feed = feed_of_id(trial, indicator->feed),
	    .scope = indicator->scope,
	};
	const struct statement *found;

	snprintf(like.name, sizeof(like.name), "%s", name);
	found = model_find(&trial->model, &like);
	check(trial, found != NULL, "%s is not to be listed", name);
	if (found == NULL)
		return NULL;
	check(trial,
	    indicator->action == found->action &&
		indicator->shadow == found->shadow &&
		indicator->since == found->since &&
		indicator->until == found->until &&
		indicator->reference_len == strlen(found->reference) &&
		strncmp(
		    indicator->reference_len > 0 ? indicator->reference : "",
		    found->reference, indicator->reference_len) == 0,
	    "%s says something else", name);
	return found;
}

struct counter {
	struct trial *trial;
	size_t count;
	struct pol_name name; /* of the indicator before */
	unsigned place;	      /* of that one: its feed and scope */
};

static int
compare_indicator(const struct pol_subject *subject,
    const struct pol_indicator *indicator, void *arg)
{
	struct counter *counter = arg;
	const struct pol_name *name = &subject->name;
	unsigned place = 4u * indicator->feed + indicator->scope;
	char text[POL_NAME_TEXT_MAX];

	check(counter->trial,
	    counter->count == 0 || counter->name.len != name->len ||
		memcmp(counter->name.wire, name->wire, name->len) != 0 ||
		counter->place < place,
	    "%s: not in order of feed and scope",
	    pol_name_to_text(name->wire, text));
	counter->name = *name;
	counter->place = place;
	statement_of(
	    counter->trial, pol_name_to_text(name->wire, text), indicator);
	counter->count++;
	return 0;
}

static void
compare_contents(struct trial *trial)
{
	struct counter counter = {.trial = trial};
	bool has_shadow = false;
	size_t feeds = 0;

	assert_int_equal(
	    pol_snapshot_each(trial->snapshot, compare_indicator, &counter), 0);
	check(trial, counter.count == trial->model.count, "%zu, not %zu",
	    counter.count, trial->model.count);
	for (unsigned i = 0; i < FEEDS; i++) {
		const struct model_feed *feed = &trial->model.feeds[i];
		size_t count = 0;

		if (!feed->exists)
			continue;
		feeds++;
		for (size_t j = 0; j < trial->model.count; j++)
			count += trial->model.statements[j].feed == i;
		check(trial,
		    pol_snapshot_feed(trial->snapshot, feed->id)->count ==
			count,
		    "count of feed %u", i);
	}
	check(trial, trial->snapshot->feed_count == feeds, "%zu feeds",
	    trial->snapshot->feed_count);
	for (size_t i = 0; i < trial->model.count; i++)
		has_shadow = has_shadow || is_shadow(&trial->model,
					       &trial->model.statements[i]);
	check(trial, trial->snapshot->has_shadow == has_shadow, "shadow");
}

static void
compare_match(struct trial *trial, const char *query,
    const struct pol_match *match, const struct statement *expected)
{
	const struct model_feed *feed = &trial->model.feeds[expected->feed];
	char text[POL_NAME_TEXT_MAX];

	pol_name_to_text(match->name, text);
	for (char *p = text; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	check(trial, strcmp(text, expected->name) == 0,
	    "query %s: matched %s, not %s", query, text, expected->name);
	check(trial, statement_of(trial, text, &match->indicator) == expected,
	    "query %s: another statement at %s", query, text);
	check(trial, match->specificity == count_labels(expected->name),
	    "query %s: %u labels", query, match->specificity);
	check(trial,
	    match->action ==
		    (expected->action != 0 ? expected->action : feed->action) &&
		(match->mode == POL_SHADOW) ==
		    is_shadow(&trial->model, expected) &&
		match->feed->id == feed->id,
	    "query %s: another action, mode or feed", query);
}

struct gathered {
	struct trial *trial;
	const char *query;
	struct pol_match match[64];
	const struct statement *statement[64];
	size_t count;
};

static int
gather(const struct pol_match *match, void *arg)
{
	struct gathered *gathered = arg;
	char text[POL_NAME_TEXT_MAX];

	assert_in_range(gathered->count, 0, 63);
	pol_name_to_text(match->name, text);
	for (char *p = text; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	gathered->match[gathered->count] = *match;
	gathered->statement[gathered->count] =
	    statement_of(gathered->trial, text, &match->indicator);
	check(gathered->trial,
	    covers(gathered->statement[gathered->count], gathered->query),
	    "query %s is not covered by %s", gathered->query, text);
	gathered->count++;
	return 0;
}

static void
compare_matches(
    struct trial *trial, const char *name, const struct pol_query *query)
{
	static struct gathered all;
	size_t expected = 0;

	all.trial = trial;
	all.query = name;
	all.count = 0;
	for (size_t i = 0; i < trial->model.count; i++)
		expected += covers(&trial->model.statements[i], name);
	assert_int_equal(pol_matches(trial->snapshot, query, gather, &all), 0);
	check(trial, all.count == expected, "query %s: %zu matches, not %zu",
	    name, all.count, expected);
	for (size_t i = 0; i < all.count; i++)
		for (size_t j = 0; j < all.count; j++)
			check(trial,
			    pol_match_before(&all.match[i], &all.match[j]) ==
				model_before(&trial->model, all.statement[i],
				    all.statement[j]),
			    "query %s: order of %zu, %zu", name, i, j);
}

static void
compare_verdict(struct trial *trial, const char *name)
{
	struct model *model = &trial->model;
	int64_t now = trial->now - 30 + (int64_t)rng_below(&trial->rng, 60);
	const struct statement *match = model_best(model, name, now, false);
	const struct statement *shadow = model_best(model, name, now, true);
	struct pol_name qname = name_of(name);
	struct pol_query query = {.qname = qname.wire, .qname_len = qname.len};
	struct pol_verdict verdict;

	if (match != NULL && shadow != NULL &&
	    model_before(model, match, shadow))
		shadow = NULL;
	for (unsigned i = 0; i < qname.len; i++)
		if (islower(qname.wire[i]) && rng_below(&trial->rng, 3) == 0)
			qname.wire[i] = (uint8_t)toupper(qname.wire[i]);
	memset(&verdict, 0, sizeof(verdict));
	assert_int_equal(
	    pol_evaluate(trial->snapshot, &query, now, &verdict), 0);
	check(trial,
	    verdict.enforced == (match != NULL) &&
		verdict.shadowed == (shadow != NULL),
	    "query %s at %+d", name, (int)(now - trial->now));
	if (match != NULL)
		compare_match(trial, name, &verdict.match, match);
	if (shadow != NULL)
		compare_match(trial, name, &verdict.shadow, shadow);
	compare_matches(trial, name, &query);
}

static void
run_seed(struct scratch *scratch, unsigned seed)
{
	static struct trial trial;

	memset(&trial, 0, sizeof(trial));
	rng_seed(&trial.rng, seed);
	trial.seed = seed;
	trial.scratch = scratch;
	trial.model.feeds[0] =
	    (struct model_feed){.exists = true, .action = POL_SINKHOLE};
	scratch_create(scratch, 0);
	trial.snapshot = begin_snapshot(scratch);
	for (trial.step = 0; trial.step < STEPS; trial.step++) {
		char name[NAME_SIZE];

		trial.now = NOW + 10 * (int64_t)trial.step;
		pol_snapshot_release(trial.snapshot);
		change_policy(&trial);
		assert_int_equal(pol_snapshot_renew(trial.snapshot), 0);
		compare_contents(&trial);
		for (unsigned i = 0; i < QUERIES; i++) {
			random_query(&trial, name);
			compare_verdict(&trial, name);
		}
	}
	pol_snapshot_end(trial.snapshot);
	scratch_close(scratch);
	assert_int_equal(remove(scratch->path), 0);
	assert_int_equal(remove(scratch->lock_path), 0);
}

static void
library_agrees_with_the_model(void **state)
{
	const char *only = getenv("MODEL_SEED");

	if (only != NULL) {
		run_seed(*state, (unsigned)strtoul(only, NULL, 10));
		return;
	}
	for (unsigned seed = 1; seed <= SEEDS; seed++)
		run_seed(*state, seed);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    folder_test(library_agrees_with_the_model),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
