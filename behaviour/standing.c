/*
 * standing.c - what blocks and rules make of a name, in the shape of a verdict.
 */
#include "behaviour/standing.h"

#include <string.h>

void
beh_standing_clear(struct beh_standing *standing)
{
	standing->enforced.rule = standing->shadow.rule = NULL;
	standing->is_for_others = false;
}

/* The last octets of the name are what the block covers. */
static void
make_match(const struct beh_question *question, const struct beh_block *block,
    const struct beh_rule *rule, struct beh_match *made)
{
	const uint8_t *covered =
	    question->name + question->len - block->name.len;
	struct pol_match *match = &made->match;

	made->rule = rule;
	made->feed = (struct pol_feed){
	    .action = rule->action, .mode = rule->mode, .ede = POL_EDE_BLOCKED};
	memcpy(made->feed.name, rule->name, sizeof(rule->name));
	memcpy(made->evidence, block->evidence, sizeof(block->evidence));
	*match = (struct pol_match){.trigger = POL_ON_RULE,
	    .feed = &made->feed,
	    .action = rule->action,
	    .mode = rule->mode,
	    .kind = POL_NAME,
	    .name = covered,
	    .specificity = pol_name_labels(covered)};
	match->indicator.scope = block->subtree ? POL_SUBTREE : POL_EXACT;
	match->indicator.since = block->since;
	match->indicator.until = block->until;
	match->indicator.reference = made->evidence;
	match->indicator.reference_len = strlen(made->evidence);
}

/* Does the rule come before what was found? */
static bool
comes_first(const struct beh_rule *rule, const struct beh_block *block,
    const struct beh_match *found)
{
	if (found->rule != rule)
		return found->rule == NULL || rule < found->rule;
	return block->name.len > pol_name_length(found->match.name);
}

int
beh_standing_take(const struct beh_block *block, void *arg)
{
	const struct beh_question *question = arg;
	struct beh_standing *standing = question->standing;
	const struct beh_rule *rule =
	    beh_rules_find(question->rules, block->rule);
	struct beh_match *found;

	if (rule == NULL)
		return 0;
	if (question->client != NULL &&
	    !beh_rule_is_for(rule, question->client->group)) {
		standing->is_for_others =
		    standing->is_for_others || rule->mode != POL_SHADOW;
		return 0;
	}
	found = rule->mode == POL_SHADOW ? &standing->shadow
					 : &standing->enforced;
	if (comes_first(rule, block, found))
		make_match(question, block, rule, found);
	return 0;
}
