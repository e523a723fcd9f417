/*
 * learning.c - behaviour as the resolver's workers see it.
 */
#include <stdlib.h>
#include <string.h>

#include "module/learning_p.h"
#include "policy/error.h"

/* ---- rules ---- */

void
learning_follow(struct learning *learning, const struct pol_snapshot *snapshot)
{
	struct beh_rules *rules = NULL, *old;
	const uint8_t *octets;
	size_t len;
	int found = pol_snapshot_rules(snapshot, &octets, &len);

	if (found == 1)
		found = beh_rules_decode(octets, len, &rules);
	if (found < 0)
		learning->events.complain(
		    "the rules cannot be read: they are not in force");
	pthread_rwlock_wrlock(&learning->rules_lock);
	old = learning->rules;
	learning->rules = rules;
	pthread_rwlock_unlock(&learning->rules_lock);
	beh_rules_free(old);
	atomic_store(&learning->has_rules, rules != NULL);
	if (rules != NULL && atomic_load(&learning->observer) == NULL)
		learning_wake(learning);
}

bool
learning_is_on(const struct learning *learning)
{
	return atomic_load_explicit(
		   &learning->has_rules, memory_order_relaxed) &&
	       atomic_load_explicit(
		   &learning->observer, memory_order_acquire) != NULL;
}

bool
learning_has_blocks(const struct learning *learning)
{
	return learning_is_on(learning) &&
	       beh_blocks_count(atomic_load(&learning->observer)->blocks) > 0;
}

/* With the lock held. */
static const struct beh_rule *
find_rule(const struct learning *learning, const char *name)
{
	const struct beh_rules *rules = learning->rules;

	for (size_t i = 0; rules != NULL && i < rules->count; i++)
		if (strcmp(rules->rules[i].name, name) == 0)
			return &rules->rules[i];
	return NULL;
}

/* ---- verdicts ---- */

/* The match of RULE for the last octets of a name, COVERED of them. */
static void
make_match(struct learning_match *made, const struct beh_rule *rule,
    const uint8_t *covered, bool subtree, int64_t since, int64_t until)
{
	struct pol_match *match = &made->match;

	made->found = true;
	made->feed = (struct pol_feed){
	    .action = rule->action, .mode = rule->mode, .ede = POL_EDE_BLOCKED};
	memcpy(made->feed.name, rule->name, sizeof(rule->name));
	*match = (struct pol_match){.trigger = POL_ON_RULE,
	    .feed = &made->feed,
	    .action = rule->action,
	    .mode = rule->mode,
	    .kind = POL_NAME,
	    .name = covered,
	    .specificity = pol_name_labels(covered)};
	match->indicator.scope = subtree ? POL_SUBTREE : POL_EXACT;
	match->indicator.since = since;
	match->indicator.until = until;
	match->indicator.reference = made->evidence;
	match->indicator.reference_len = strlen(made->evidence);
}

/* Block what the finding is about. */
static int
take_finding(struct learning *learning,
    const struct beh_observation *observation,
    const struct beh_finding *finding, struct pol_snapshot *snapshot,
    bool *is_new)
{
	struct beh_block block;
	int put;

	if (finding->rule == NULL)
		return 0;
	put = beh_observer_block(atomic_load(&learning->observer), observation,
	    finding, snapshot, &block);
	if (put >= 0)
		learning_queue_block(learning, &block);
	if (put == 1 && finding->rule->mode != POL_SHADOW)
		*is_new = true;
	return put == POL_EFULL || put >= 0 ? 0 : put;
}

int
learning_note(struct learning *learning, const struct beh_response *response,
    struct pol_snapshot *snapshot, bool *is_new)
{
	struct beh_observer *observer = atomic_load(&learning->observer);
	struct beh_observation observation;
	struct beh_verdict found;
	int error;

	*is_new = false;
	error = beh_observer_note(observer, response, snapshot, &observation);
	if (error != 0 || response->address_count == 0)
		return error;
	pthread_rwlock_rdlock(&learning->rules_lock);
	found.enforced.rule = found.shadow.rule = NULL;
	if (learning->rules != NULL)
		error = beh_rules_evaluate(
		    learning->rules, &observation.signals, snapshot, &found);
	if (error == 0)
		error = take_finding(
		    learning, &observation, &found.enforced, snapshot, is_new);
	if (error == 0)
		error = take_finding(
		    learning, &observation, &found.shadow, snapshot, is_new);
	pthread_rwlock_unlock(&learning->rules_lock);
	return error;
}

/* Does the rule ask for a group of clients that this one is not in? */
static bool
is_for_others(const struct beh_rule *rule, const char *group)
{
	for (size_t i = 0; i < rule->condition_count; i++) {
		const struct beh_condition *condition = &rule->conditions[i];
		bool is_in = false;

		if (condition->kind != BEH_CLIENT_GROUP)
			continue;
		for (size_t j = 0; group != NULL && j < condition->item_count;
		     j++)
			is_in = is_in ||
				(condition->items[j].len == strlen(group) &&
				    memcmp(condition->items[j].octets, group,
					condition->items[j].len) == 0);
		return !is_in;
	}
	return false;
}

struct search {
	const struct learning *learning;
	const uint8_t *name;
	size_t len;
	const char *group;
	struct learning_verdict *verdict;
};

static int
take_block(const struct beh_block *block, void *arg)
{
	const struct search *search = arg;
	const struct beh_rule *rule = find_rule(search->learning, block->rule);
	struct learning_match *match;

	if (rule == NULL || is_for_others(rule, search->group))
		return 0;
	match = rule->mode == POL_SHADOW ? &search->verdict->shadow
					 : &search->verdict->enforced;
	if (match->found)
		return 0;
	memcpy(match->evidence, block->evidence, sizeof(block->evidence));
	make_match(match, rule, search->name + search->len - block->name.len,
	    block->subtree, block->since, block->until);
	return 0;
}

void
learning_find(struct learning *learning, const uint8_t *name, size_t len,
    const char *group, int64_t now, struct learning_verdict *verdict)
{
	struct beh_observer *observer = atomic_load(&learning->observer);
	struct search search = {.learning = learning,
	    .name = name,
	    .len = len,
	    .group = group,
	    .verdict = verdict};

	verdict->enforced.found = verdict->shadow.found = false;
	if (!learning_has_blocks(learning))
		return;
	pthread_rwlock_rdlock(&learning->rules_lock);
	beh_blocks_find(observer->blocks, name, len, now, take_block, &search);
	pthread_rwlock_unlock(&learning->rules_lock);
}
