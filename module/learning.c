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

static bool
has_shadow(const struct held_rules *held)
{
	for (size_t i = 0; held != NULL && i < held->rules->count; i++)
		if (held->rules->rules[i].mode == POL_SHADOW)
			return true;
	return false;
}

static void
replace_rules(struct learning *learning, struct held_rules *held)
{
	bool has_trials = has_shadow(held);
	uint32_t ttl_max = held != NULL ? beh_rules_ttl_max(held->rules) : 0;
	struct held_rules *old;

	pthread_mutex_lock(&learning->rules_lock);
	old = learning->rules;
	learning->rules = held;
	pthread_mutex_unlock(&learning->rules_lock);
	learning_let_go(old);
	atomic_store(&learning->has_rules, held != NULL);
	atomic_store(&learning->has_trials, has_trials);
	atomic_store(&learning->ttl_max, ttl_max);
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

bool
learning_has_trials(const struct learning *learning)
{
	return atomic_load_explicit(
		   &learning->has_trials, memory_order_relaxed) &&
	       learning_has_blocks(learning);
}

static int
stop_at_first(const struct beh_block *block, void *arg)
{
	(void)block;
	(void)arg;
	return 1;
}

bool
learning_knows(
    struct learning *learning, const uint8_t *name, size_t len, int64_t now)
{
	return learning_has_blocks(learning) &&
	       beh_blocks_find(atomic_load(&learning->observer)->blocks, name,
		   len, now, stop_at_first, NULL) == 1;
}

/* ---- verdicts ---- */

/* An observation that is held against the rules. */
struct judging {
	struct learning *learning;
	const struct beh_observation *observation;
	struct pol_snapshot *snapshot;
	bool *is_new;
};

/* Block what the finding is about; a beh_finding_visit. */
static int
take_finding(const struct beh_finding *finding, void *arg)
{
	const struct judging *judging = arg;
	struct beh_block block;
	int put = beh_observer_block(atomic_load(&judging->learning->observer),
	    judging->observation, finding, judging->snapshot, &block);

	if (put >= 0)
		learning_queue_block(judging->learning, &block);
	if (put == 1 && finding->rule->mode != POL_SHADOW)
		*judging->is_new = true;
	return put == POL_EFULL || put >= 0 ? 0 : put;
}

int
learning_begin(const struct learning *learning,
    const struct beh_response *response, struct beh_observation *observation)
{
	return beh_observer_begin(
	    atomic_load(&learning->observer), response, observation);
}

void
learning_note(struct learning *learning, struct beh_observation *observation)
{
	beh_observer_note(atomic_load(&learning->observer), observation);
}

int
learning_judge(struct learning *learning, struct beh_observation *observation,
    struct pol_snapshot *snapshot, bool *is_new)
{
	struct judging judging = {learning, observation, snapshot, is_new};
	struct held_rules *held;
	int error = 0;

	*is_new = false;
	/* As most answers: not even the rules need be held. */
	if (observation->response->ttl > atomic_load_explicit(&learning->ttl_max,
					memory_order_relaxed))
		return 0;
	held = learning_hold_rules(learning);
	if (held != NULL)
		error = beh_observation_judge(observation, held->rules,
		    snapshot, take_finding, &judging);
	learning_let_go(held);
	return error;
}

void
learning_find(struct learning *learning, const uint8_t *name, size_t len,
    const struct beh_client *client, int64_t now, struct beh_standing *standing)
{
	struct beh_question question = {
	    .name = name, .len = len, .client = client, .standing = standing};
	struct held_rules *held;

	beh_standing_clear(standing);
	/* Nearly all names: no rules need be held for them. */
	if (!learning_knows(learning, name, len, now))
		return;
	held = learning_hold_rules(learning);
	if (held == NULL)
		return;
	question.rules = held->rules;
	beh_blocks_find(atomic_load(&learning->observer)->blocks, name, len,
	    now, beh_standing_take, &question);
	learning_let_go(held);
}
