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

#include "policy_model.h"

#define SEEDS 60
#define STEPS 50
#define QUERIES 40

struct trial {
	struct rng rng;
	unsigned seed;
	unsigned step;
	int64_t now;
	struct scratch *scratch;
	struct pol_snapshot *snapshot;
	struct model model;
};

static void
model_print(const struct trial *trial)
{
	const struct model *model = &trial->model;

	print_error("seed %u, step %u, policy:\n", trial->seed, trial->step);
	for (unsigned i = 0; i < FEEDS; i++)
		if (model->feeds[i].exists)
			print_error("feed %u: id %u order %u %s %s\n", i,
			    model->feeds[i].id, model->feeds[i].order,
			    pol_action_text(model->feeds[i].action),
			    pol_mode_text(model->feeds[i].mode));
	for (size_t i = 0; i < model->count; i++) {
		const struct statement *one = &model->statements[i];

		print_error(
		    "%s feed %u %s %s%s since %+lld until %+lld \"%s\"\n",
		    one->name, one->feed, pol_scope_text(one->scope),
		    pol_action_text(one->action), one->shadow ? " shadow" : "",
		    (long long)(one->since - trial->now),
		    (long long)(one->until == 0 ? 0 : one->until - trial->now),
		    one->reference);
	}
}

#define check(trial, condition, ...) \
	do { \
		if (!(condition)) { \
			model_print(trial); \
			print_error(__VA_ARGS__); \
			fail_msg(" (not: %s)", #condition); \
		} \
	} while (0)

/* ---- random policies ---- */

/* A name beside, above or below one that is listed. */
static void
random_query(struct trial *trial, char *name)
{
	struct rng *rng = &trial->rng;
	const struct model *model = &trial->model;
	char rest[NAME_SIZE];
	char *dot;

	random_name(rng, name);
	if (model->count == 0 || rng_below(rng, 4) == 0)
		return;
	strcpy(rest,
	    model->statements[rng_below(rng, (uint32_t)model->count)].name);
	if (strcmp(rest, ".") == 0)
		return;
	dot = strchr(rest, '.');
	while (dot != NULL && !is_border(rest, dot))
		dot = strchr(dot + 1, '.');
	switch (rng_below(rng, 4)) {
	case 0:
		strcpy(name, rest);
		break;
	case 1:
		if (dot != NULL)
			strcpy(name, dot + 1);
		break;
	case 2:
		snprintf(name, NAME_SIZE, "%s.%.50s", random_label(rng), rest);
		break;
	default:
		if (dot != NULL)
			snprintf(name, NAME_SIZE, "%s.%.50s", random_label(rng),
			    dot + 1);
	}
}

static struct statement
random_statement(struct trial *trial, unsigned feed)
{
	struct rng *rng = &trial->rng;
	struct statement statement = {
	    .feed = feed,
	    .scope = (enum pol_scope)rng_below(rng, 3),
	    .since = trial->now,
	};

	random_name(rng, statement.name);
	if (rng_below(rng, 3) == 0)
		statement.action = (enum pol_action)(1 + rng_below(rng, 6));
	if (rng_below(rng, 6) == 0)
		statement.action = POL_ALLOW;
	statement.shadow = rng_below(rng, 6) == 0;
	if (rng_below(rng, 4) == 0)
		statement.until = trial->now - 20 + (int64_t)rng_below(rng, 60);
	if (rng_below(rng, 3) == 0)
		snprintf(statement.reference, sizeof(statement.reference),
		    "r%u", rng_below(rng, 3));
	return statement;
}

/* ---- random changes, to the model and the database ---- */

static void
shuffle_feeds(
    struct trial *trial, struct model *model, struct pol_change *change)
{
	struct rng *rng = &trial->rng;
	uint16_t shift = (uint16_t)rng_below(rng, FEEDS - 1);

	for (unsigned i = 1; i < FEEDS; i++) {
		struct model_feed *feed = &model->feeds[i];
		char name[16];

		feed->exists = true;
		feed->order = (uint16_t)(1 + (i * 2 + shift) % (FEEDS - 1));
		feed->action = (enum pol_action)(1 + rng_below(rng, 6));
		feed->mode = rng_below(rng, 4) == 0 ? POL_SHADOW : POL_ENFORCE;
		snprintf(name, sizeof(name), "feed%u", i);
		feed->id = set_feed_as(
		    change, name, feed->order, feed->action, feed->mode);
	}
}

static void
remove_feed(struct trial *trial, struct model *model, struct pol_change *change)
{
	unsigned place = 1 + rng_below(&trial->rng, FEEDS - 1);
	uint64_t removed = 0;
	size_t expected;

	if (!model->feeds[place].exists)
		return;
	expected = model_remove(model, place, NULL);
	pol_change_remove_feed(change, model->feeds[place].id, &removed);
	check(trial, removed == expected, "feed %u removed", place);
	model->feeds[place].exists = false;
}

/* The operator and, as the library allows it, feeds too. */
static void
set_one(struct trial *trial, struct model *model, struct pol_change *change)
{
	unsigned feed =
	    rng_below(&trial->rng, 3) > 0 ? 0 : rng_below(&trial->rng, FEEDS);
	struct statement statement = random_statement(trial, feed);
	struct pol_indicator indicator;
	struct pol_name name = name_of(statement.name);

	if (!model->feeds[feed].exists)
		return;
	statement.since += (int64_t)rng_below(&trial->rng, 30) - 20;
	indicator = to_indicator(model, &statement);
	set_name(change, &name, &indicator);
	model_set(model, &statement);
}

static void
remove_one(struct trial *trial, struct model *model, struct pol_change *change)
{
	struct statement statement;
	struct pol_name name;
	unsigned removed = 0;
	size_t expected;

	if (model->count == 0)
		return;
	statement =
	    model->statements[rng_below(&trial->rng, (uint32_t)model->count)];
	if (rng_below(&trial->rng, 4) == 0)
		random_name(&trial->rng, statement.name);
	name = name_of(statement.name);
	expected = model_remove(model, statement.feed, statement.name);
	remove_name(
	    change, &name, model->feeds[statement.feed].id, &removed);
	check(trial, removed == expected, "%s removed", statement.name);
}

static void
list_statement(struct pol_list *list, const struct model *model,
    const struct statement *statement, unsigned long line)
{
	struct pol_indicator indicator = to_indicator(model, statement);
	struct pol_name name = name_of(statement->name);

	assert_int_equal(add_name(list, &name, &indicator, line), 0);
}

/* What FEED says next: most of what it said, some of it changed, some new,
 * some of it twice. */
static void
next_list(struct trial *trial, const struct model *old, unsigned feed,
    struct model *next, struct pol_list *list)
{
	struct rng *rng = &trial->rng;
	bool keep = rng_below(rng, 16) > 0;
	unsigned fresh = rng_below(rng, 14);
	unsigned long line = 1;

	for (size_t i = 0; i < old->count + fresh; i++) {
		const struct statement *same;
		struct statement one = random_statement(trial, feed);
		unsigned fate = rng_below(rng, 8);

		if (i < old->count) {
			if (old->statements[i].feed != feed || !keep ||
			    fate == 0)
				continue;
			if (fate > 1)
				one = old->statements[i];
			strcpy(one.name, old->statements[i].name);
		}
		if (rng_below(rng, 3) > 0)
			one.since = 0; /* the source does not say */
		list_statement(list, old, &one, line++);
		/* Of duplicates an allow counts, else the first. */
		same = model_find(next, &one);
		if (same == NULL || (one.action == POL_ALLOW &&
					same->action != POL_ALLOW))
			model_set(next, &one);
	}
}

/* Take out what the operator said that has long been over. */
static void
model_forget(struct model *model, int64_t now)
{
	size_t kept = 0;

	for (size_t i = 0; i < model->count; i++) {
		const struct statement *old = &model->statements[i];

		if (old->feed != 0 || old->until == 0 ||
		    now - old->until < POL_FORGET_AFTER)
			model->statements[kept++] = *old;
	}
	model->count = kept;
}

/* Merge what the list says into the model as an import should. */
static struct pol_import_result
model_import(
    struct model *model, unsigned feed, struct model *next, int64_t now)
{
	struct pol_import_result result = {0};

	for (size_t i = 0; i < next->count; i++) {
		struct statement *new = &next->statements[i];
		const struct statement *old = model_find(model, new);

		if (old != NULL && same_saying(old, new) &&
		    (new->since == 0 || new->since == old->since)) {
			new->since = old->since;
			result.unchanged++;
		} else if (new->since == 0) {
			new->since = now;
		}
	}
	result.removed = model_remove(model, feed, NULL) - result.unchanged;
	model_forget(model, now);
	result.added = next->count - result.unchanged;
	for (size_t i = 0; i < next->count; i++)
		model_set(model, &next->statements[i]);
	return result;
}

static void
import_feed(struct trial *trial, struct model *model, struct pol_change *change,
    unsigned feed)
{
	static struct model next;
	struct pol_list *list = NULL;
	struct pol_import_result result, expected;

	next.count = 0;
	assert_int_equal(pol_list_new(&list), 0);
	next_list(trial, model, feed, &next, list);
	assert_int_equal(pol_list_seal(list, NULL, NULL), 0);
	check(trial, pol_list_count(list) == next.count, "list of %zu, not %zu",
	    pol_list_count(list), next.count);
	expected = model_import(model, feed, &next, trial->now);
	assert_int_equal(pol_import(change, model->feeds[feed].id, list,
			     trial->now, NULL, NULL, &result),
	    0);
	pol_list_free(list);
	check(trial,
	    result.added == expected.added &&
		result.removed == expected.removed &&
		result.unchanged == expected.unchanged,
	    "feed %u: +%d -%d =%d, not +%d -%d =%d", feed, (int)result.added,
	    (int)result.removed, (int)result.unchanged, (int)expected.added,
	    (int)expected.removed, (int)expected.unchanged);
}

/* One change, committed or (which the model must not notice) aborted. */
static void
change_policy(struct trial *trial)
{
	static struct model draft;
	struct rng *rng = &trial->rng;
	struct pol_change *change = begin_change(trial->scratch);

	draft = trial->model;
	if (trial->step == 0 || rng_below(rng, 5) == 0)
		shuffle_feeds(trial, &draft, change);
	if (rng_below(rng, 10) == 0)
		remove_feed(trial, &draft, change);
	for (unsigned feed = 1; feed < FEEDS; feed++)
		if (draft.feeds[feed].exists && rng_below(rng, 3) == 0)
			import_feed(trial, &draft, change, feed);
	for (unsigned i = rng_below(rng, 4); i > 0; i--)
		set_one(trial, &draft, change);
	for (unsigned i = rng_below(rng, 4); i > 0; i--)
		remove_one(trial, &draft, change);
	if (rng_below(rng, 8) == 0) {
		pol_change_abort(change);
		return;
	}
	commit(change);
	trial->model = draft;
}

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
