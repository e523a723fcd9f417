/*
 * policy_model.c - a policy as an array of statements.
 */
#include "policy_model.h"

#include <stdio.h>
#include <string.h>

bool
same_identity(const struct statement *a, const struct statement *b)
{
	return a->feed == b->feed && a->scope == b->scope &&
	       strcmp(a->name, b->name) == 0;
}

bool
same_saying(const struct statement *a, const struct statement *b)
{
	return a->action == b->action && a->shadow == b->shadow &&
	       a->until == b->until && strcmp(a->reference, b->reference) == 0;
}

struct statement *
model_find(struct model *model, const struct statement *like)
{
	for (size_t i = 0; i < model->count; i++)
		if (same_identity(&model->statements[i], like))
			return &model->statements[i];
	return NULL;
}

void
model_set(struct model *model, const struct statement *statement)
{
	struct statement *old = model_find(model, statement);

	if (old == NULL) {
		assert_in_range(model->count, 0, STATEMENTS - 1);
		old = &model->statements[model->count++];
	}
	*old = *statement;
}

size_t
model_remove(struct model *model, unsigned feed, const char *name)
{
	size_t kept = 0;
	size_t before = model->count;

	for (size_t i = 0; i < before; i++) {
		const struct statement *old = &model->statements[i];

		if (old->feed != feed ||
		    (name != NULL && strcmp(old->name, name) != 0))
			model->statements[kept++] = *old;
	}
	model->count = kept;
	return before - kept;
}

/* A dot that is not escaped; "\\\\" is in no name here. */
bool
is_border(const char *name, const char *place)
{
	return *place == '.' && place > name && place[-1] != '\\';
}

static bool
is_same_or_below(const char *name, const char *ancestor)
{
	size_t len = strlen(name);
	size_t ancestor_len = strlen(ancestor);

	if (strcmp(ancestor, ".") == 0 || strcmp(name, ancestor) == 0)
		return true;
	return len > ancestor_len + 1 &&
	       strcmp(name + len - ancestor_len, ancestor) == 0 &&
	       is_border(name, name + len - ancestor_len - 1);
}

bool
covers(const struct statement *statement, const char *name)
{
	bool same = strcmp(statement->name, name) == 0;

	if (!is_same_or_below(name, statement->name))
		return false;
	return statement->scope == POL_SUBTREE ||
	       same == (statement->scope == POL_EXACT);
}

unsigned
count_labels(const char *name)
{
	unsigned labels = 1;

	if (strcmp(name, ".") == 0)
		return 0;
	for (const char *p = name; *p != '\0'; p++)
		labels += is_border(name, p);
	return labels;
}

bool
is_shadow(const struct model *model, const struct statement *statement)
{
	return statement->shadow ||
	       model->feeds[statement->feed].mode == POL_SHADOW;
}

bool
model_before(const struct model *model, const struct statement *a,
    const struct statement *b)
{
	static const int rank[] = {
	    [POL_EXACT] = 1, [POL_BELOW] = 2, [POL_SUBTREE] = 3};
	int order =
	    (int)model->feeds[a->feed].order - (int)model->feeds[b->feed].order;
	int labels = (int)count_labels(b->name) - (int)count_labels(a->name);

	if (order != 0)
		return order < 0;
	if (model->feeds[a->feed].id != model->feeds[b->feed].id)
		return model->feeds[a->feed].id < model->feeds[b->feed].id;
	if (labels != 0)
		return labels < 0;
	return rank[a->scope] < rank[b->scope];
}

const struct statement *
model_best(
    const struct model *model, const char *name, int64_t now, bool shadow)
{
	const struct statement *best = NULL;

	for (size_t i = 0; i < model->count; i++) {
		const struct statement *one = &model->statements[i];

		if (covers(one, name) && is_shadow(model, one) == shadow &&
		    one->since <= now &&
		    (one->until == 0 || now < one->until) &&
		    (best == NULL || model_before(model, one, best)))
			best = one;
	}
	return best;
}

struct pol_indicator
to_indicator(const struct model *model, const struct statement *statement)
{
	struct pol_indicator indicator = {
	    .feed = model->feeds[statement->feed].id,
	    .scope = statement->scope,
	    .action = statement->action,
	    .shadow = statement->shadow,
	    .since = statement->since,
	    .until = statement->until,
	    .reference = statement->reference,
	    .reference_len = strlen(statement->reference),
	};

	return indicator;
}

/* Some of these sort where the end of a label does. */
static const char *const vocabulary[] = {"a", "b", "c", "a-b", "ab", "\\000",
    "\\001", "a\\000", "a\\.b", "\\255", "b\\001"};

const char *
random_label(struct rng *rng)
{
	enum { WORDS = sizeof(vocabulary) / sizeof(vocabulary[0]) };

	/* Twice below, so that the first words are the most usual. */
	return vocabulary[rng_below(rng, 1 + rng_below(rng, WORDS))];
}

void
random_name(struct rng *rng, char *name)
{
	unsigned labels = rng_below(rng, 6);

	strcpy(name, labels == 0 && rng_below(rng, 4) == 0 ? "." : "a");
	for (unsigned i = 1; i < labels; i++) {
		char rest[NAME_SIZE];

		strcpy(rest, name);
		snprintf(name, NAME_SIZE, "%s.%.50s", random_label(rng), rest);
	}
}
