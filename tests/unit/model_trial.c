/*
 * model_trial.c - a policy that is changed at random, in the library and in the
 * model alike.
 */
#include "model_trial.h"

#include <stdio.h>
#include <string.h>

void
trial_print(const struct trial *trial)
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

void
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
	remove_name(change, &name, model->feeds[statement.feed].id, &removed);
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
		if (same == NULL ||
		    (one.action == POL_ALLOW && same->action != POL_ALLOW))
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

void
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
