/*
 * learning.c - behaviour as the resolver's workers see it.
 */
#include <stdlib.h>
#include <string.h>

#include "module/learning_p.h"
#include "policy/error.h"

/* ---- rules ---- */

struct held_rules *
learning_hold_rules(struct learning *learning)
{
	struct held_rules *held;

	pthread_mutex_lock(&learning->rules_lock);
	held = learning->rules;
	if (held != NULL)
		atomic_fetch_add(&held->holders, 1);
	pthread_mutex_unlock(&learning->rules_lock);
	return held;
}

void
learning_let_go(struct held_rules *held)
{
	if (held == NULL || atomic_fetch_sub(&held->holders, 1) > 1)
		return;
	beh_rules_free(held->rules);
	free(held);
}

static void
replace_rules(struct learning *learning, struct held_rules *held)
{
	struct held_rules *old;

	pthread_mutex_lock(&learning->rules_lock);
	old = learning->rules;
	learning->rules = held;
	pthread_mutex_unlock(&learning->rules_lock);
	learning_let_go(old);
	atomic_store(&learning->has_rules, held != NULL);
}

/* Rules that have just been decoded, and belong to the result; NULL for NULL,
 * and without memory. */
static struct held_rules *
hold_new(struct beh_rules *rules)
{
	struct held_rules *held = NULL;

	if (rules != NULL)
		held = malloc(sizeof(*held));
	if (held == NULL) {
		beh_rules_free(rules);
		return NULL;
	}
	atomic_init(&held->holders, 1);
	held->rules = rules;
	return held;
}

void
learning_follow(struct learning *learning, const struct pol_snapshot *snapshot)
{
	struct beh_rules *rules = NULL;
	const uint8_t *octets;
	size_t len;
	int found = pol_snapshot_rules(snapshot, &octets, &len);

	if (found == 1)
		found = beh_rules_decode(octets, len, &rules);
	if (found < 0)
		learning->events.complain(
		    "the rules cannot be read: they are not in force");
	replace_rules(learning, hold_new(rules));
	if (atomic_load(&learning->has_rules) &&
	    atomic_load(&learning->observer) == NULL)
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

/* Hold what was observed against the rules. */
static int
judge(struct learning *learning, const struct beh_rules *rules,
    const struct beh_observation *observation, struct pol_snapshot *snapshot,
    bool *is_new)
{
	struct beh_verdict found;
	int error = beh_rules_evaluate(
	    rules, &observation->signals, snapshot, &found);

	if (error == 0)
		error = take_finding(
		    learning, observation, &found.enforced, snapshot, is_new);
	if (error == 0)
		error = take_finding(
		    learning, observation, &found.shadow, snapshot, is_new);
	return error;
}

int
learning_note(struct learning *learning, const struct beh_response *response,
    struct pol_snapshot *snapshot, bool *is_new)
{
	struct beh_observer *observer = atomic_load(&learning->observer);
	struct beh_observation observation;
	struct held_rules *held;
	int error;

	*is_new = false;
	error = beh_observer_note(observer, response, snapshot, &observation);
	if (error != 0 || response->address_count == 0)
		return error;
	held = learning_hold_rules(learning);
	if (held != NULL)
		error = judge(
		    learning, held->rules, &observation, snapshot, is_new);
	learning_let_go(held);
	return error;
}

struct search {
	const struct beh_rules *rules;
	const uint8_t *name;
	size_t len;
	const struct learning_client *client;
	struct learning_verdict *verdict;
};

static int
take_block(const struct beh_block *block, void *arg)
{
	const struct search *search = arg;
	const struct beh_rule *rule =
	    beh_rules_find(search->rules, block->rule);
	struct learning_verdict *verdict = search->verdict;
	struct learning_match *match;

	if (rule == NULL)
		return 0;
	if (search->client != NULL &&
	    !beh_rule_is_for(rule, search->client->group)) {
		verdict->is_for_others = verdict->is_for_others ||
					 rule->mode != POL_SHADOW;
		return 0;
	}
	match = rule->mode == POL_SHADOW ? &verdict->shadow
					 : &verdict->enforced;
	if (match->found)
		return 0;
	memcpy(match->evidence, block->evidence, sizeof(block->evidence));
	make_match(match, rule, search->name + search->len - block->name.len,
	    block->subtree, block->since, block->until);
	return 0;
}

void
learning_find(struct learning *learning, const uint8_t *name, size_t len,
    const struct learning_client *client, int64_t now,
    struct learning_verdict *verdict)
{
	struct held_rules *held;
	struct search search = {
	    .name = name, .len = len, .client = client, .verdict = verdict};

	verdict->enforced.found = verdict->shadow.found = false;
	verdict->is_for_others = false;
	if (!learning_has_blocks(learning))
		return;
	held = learning_hold_rules(learning);
	if (held == NULL)
		return;
	search.rules = held->rules;
	beh_blocks_find(atomic_load(&learning->observer)->blocks, name, len,
	    now, take_block, &search);
	learning_let_go(held);
}
