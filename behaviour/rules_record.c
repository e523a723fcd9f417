/*
 * rules_record.c - the octets of rules in the database.
 *
 * All numbers are little-endian; a text or item is led by its length.
 *
 *	value     = version u8, tracker memory u64, seen memory u64,
 *	            learning u32, count u8, rule...
 *	rule      = name: length u8, octets
 *	            action u8, mode u8, hold u32, count u8, condition...
 *	condition = kind u8, number u32, count u16, item...
 *	item      = type u8, length u8, octets
 */
#include "behaviour/rule.h"

#include <stdlib.h>

#include "behaviour/tracker.h"
#include "policy/address.h"
#include "policy/error.h"
#include "policy/name.h"
#include "policy/octets_p.h"

#define VERSION 1

void
beh_options_default(struct beh_options *options)
{
	options->tracker_memory = BEH_MEMORY_DEFAULT;
	options->seen_memory = BEH_SEEN_MEMORY_DEFAULT;
	options->learning = BEH_LEARNING_DEFAULT;
}

/* ---- what may be there ---- */

static bool
are_options(const struct beh_options *options)
{
	return options->tracker_memory >= BEH_MEMORY_MIN &&
	       options->tracker_memory <= BEH_MEMORY_MAX &&
	       options->seen_memory >= BEH_SEEN_MEMORY_MIN &&
	       options->seen_memory <= BEH_SEEN_MEMORY_MAX &&
	       options->learning <= BEH_LEARNING_MAX;
}

static bool
is_name(const struct beh_item *item)
{
	struct pol_name name;

	return pol_name_from_wire(item->octets, item->len, &name) == 0 &&
	       name.len == item->len &&
	       memcmp(name.wire, item->octets, item->len) == 0;
}

static bool
is_item(const struct beh_item *item)
{
	struct pol_prefix prefix;

	switch (item->type) {
	case BEH_ITEM_NAME:
		return is_name(item);
	case BEH_ITEM_FEED:
		return item->len > 0 && item->len <= POL_FEED_NAME_MAX;
	case BEH_ITEM_ASN:
		return item->len == 4;
	case BEH_ITEM_PREFIX:
		return pol_prefix_from_key(item->octets, item->len, &prefix) ==
		       0;
	case BEH_ITEM_COUNTRY:
	case BEH_ITEM_QTYPE:
		return item->len == 2;
	case BEH_ITEM_GROUP:
		return item->len > 0;
	}
	return false;
}

static bool
is_condition(const struct beh_condition *condition)
{
	const struct beh_condition_type *type;

	if ((unsigned)condition->kind >= BEH_CONDITIONS)
		return false;
	type = &beh_condition_types[condition->kind];
	if (type->operand != BEH_LIST)
		return condition->item_count == 0 &&
		       condition->number >= type->min &&
		       condition->number <= type->max;
	for (size_t i = 0; i < condition->item_count; i++) {
		const struct beh_item *item = &condition->items[i];

		if (!is_item(item) ||
		    (item->type != type->item &&
			(item->type != BEH_ITEM_FEED || !type->takes_feeds)))
			return false;
	}
	return condition->number == 0 && condition->item_count > 0 &&
	       condition->item_count <= BEH_ITEMS_MAX;
}

static bool
is_action(enum pol_action action)
{
	return action == POL_SINKHOLE || action == POL_NXDOMAIN ||
	       action == POL_NODATA || action == POL_REFUSED ||
	       action == POL_DROP || action == POL_TRUNCATE;
}

static bool
is_rule(const struct beh_rule *rule)
{
	uint32_t kinds = 0;

	if (rule->name[0] == '\0' || !is_action(rule->action) ||
	    (rule->mode != POL_ENFORCE && rule->mode != POL_SHADOW) ||
	    rule->hold < BEH_HOLD_MIN || rule->hold > BEH_HOLD_MAX ||
	    rule->condition_count == 0 ||
	    rule->condition_count > BEH_CONDITIONS)
		return false;
	for (size_t i = 0; i < rule->condition_count; i++) {
		const struct beh_condition *condition = &rule->conditions[i];

		if (!is_condition(condition) ||
		    (kinds & UINT32_C(1) << condition->kind) != 0)
			return false;
		kinds |= UINT32_C(1) << condition->kind;
	}
	return true;
}

/* ---- writing ---- */

static void
put_condition(struct output *output, const struct beh_condition *condition)
{
	put_number(output, condition->kind, 1);
	put_number(output, condition->number, 4);
	put_number(output, condition->item_count, 2);
	for (size_t i = 0; i < condition->item_count; i++) {
		const struct beh_item *item = &condition->items[i];

		put_number(output, item->type, 1);
		put_counted(output, 1, item->octets, item->len);
	}
}

static void
put_rule(struct output *output, const struct beh_rule *rule)
{
	put_counted(output, 1, rule->name, strlen(rule->name));
	put_number(output, rule->action, 1);
	put_number(output, rule->mode, 1);
	put_number(output, rule->hold, 4);
	put_number(output, rule->condition_count, 1);
	for (size_t i = 0; i < rule->condition_count; i++)
		put_condition(output, &rule->conditions[i]);
}

static void
put_rules(struct output *output, const struct beh_rules *rules)
{
	put_number(output, VERSION, 1);
	put_number(output, rules->options.tracker_memory, 8);
	put_number(output, rules->options.seen_memory, 8);
	put_number(output, rules->options.learning, 4);
	put_number(output, rules->count, 1);
	for (size_t i = 0; i < rules->count; i++)
		put_rule(output, &rules->rules[i]);
}

int
beh_rules_encode(const struct beh_rules *rules, uint8_t **octets, size_t *len)
{
	struct output output = {0};

	if (rules->count > BEH_RULES_MAX || !are_options(&rules->options))
		return POL_EINVAL;
	for (size_t i = 0; i < rules->count; i++)
		if (!is_rule(&rules->rules[i]))
			return POL_EINVAL;
	put_rules(&output, rules);
	output.out = malloc(output.len);
	if (output.out == NULL)
		return POL_ENOMEM;
	output.len = 0;
	put_rules(&output, rules);
	*octets = output.out;
	*len = output.len;
	return 0;
}

/* ---- reading ---- */

static void
get_items(struct input *input, struct beh_condition *condition)
{
	/* Each takes two octets at least: no more than there can be. */
	if (condition->item_count > BEH_ITEMS_MAX ||
	    condition->item_count > (size_t)(input->end - input->next) / 2) {
		input->failed = true;
		condition->item_count = 0;
	}
	if (condition->item_count == 0)
		return;
	condition->items =
	    calloc(condition->item_count, sizeof(*condition->items));
	if (condition->items == NULL) {
		input->failed = true;
		return;
	}
	for (size_t i = 0; i < condition->item_count; i++) {
		struct beh_item *item = &condition->items[i];

		item->type = get_number(input, 1);
		item->len = (uint8_t)get_number(input, 1);
		item->octets = get_octets(input, item->len);
	}
}

static void
get_rule(struct input *input, struct beh_rule *rule)
{
	size_t conditions;

	get_text(input, 1, rule->name, sizeof(rule->name));
	rule->action = get_number(input, 1);
	rule->mode = get_number(input, 1);
	rule->hold = (uint32_t)get_number(input, 4);
	conditions = get_number(input, 1);
	if (conditions > BEH_CONDITIONS) {
		input->failed = true;
		return;
	}
	while (rule->condition_count < conditions && !input->failed) {
		struct beh_condition *condition =
		    &rule->conditions[rule->condition_count++];

		condition->kind = get_number(input, 1);
		condition->number = (uint32_t)get_number(input, 4);
		condition->item_count = get_number(input, 2);
		get_items(input, condition);
	}
	input->failed = input->failed || !is_rule(rule);
}

/* A copy of the octets, which the items point into. */
static int
copy(struct beh_rules *rules, const uint8_t *octets, size_t len,
    struct input *input)
{
	rules->memory = malloc(len + 1);
	if (rules->memory == NULL)
		return POL_ENOMEM;
	memcpy(rules->memory, octets, len);
	*input = input_of(rules->memory, len);
	return 0;
}

static int
decode(struct beh_rules *rules, const uint8_t *octets, size_t len)
{
	struct input input;
	size_t count;

	if (copy(rules, octets, len, &input) != 0)
		return POL_ENOMEM;
	if (get_number(&input, 1) != VERSION)
		return POL_ECORRUPT;
	rules->options.tracker_memory = get_number(&input, 8);
	rules->options.seen_memory = get_number(&input, 8);
	rules->options.learning = (uint32_t)get_number(&input, 4);
	if (!are_options(&rules->options))
		return POL_ECORRUPT;
	count = get_number(&input, 1);
	if (count > BEH_RULES_MAX)
		return POL_ECORRUPT;
	rules->rules = calloc(count + 1, sizeof(*rules->rules));
	if (rules->rules == NULL)
		return POL_ENOMEM;
	while (rules->count < count && !input.failed)
		get_rule(&input, &rules->rules[rules->count++]);
	return input_is_done(&input) ? 0 : POL_ECORRUPT;
}

int
beh_rules_decode(const uint8_t *octets, size_t len, struct beh_rules **rules)
{
	struct beh_rules *made = calloc(1, sizeof(*made));
	int error;

	if (made == NULL)
		return POL_ENOMEM;
	error = decode(made, octets, len);
	if (error != 0) {
		beh_rules_free(made);
		return error;
	}
	*rules = made;
	return 0;
}

void
beh_rules_free(struct beh_rules *rules)
{
	if (rules == NULL)
		return;
	for (size_t i = 0; i < rules->count; i++)
		for (size_t j = 0; j < rules->rules[i].condition_count; j++)
			free(rules->rules[i].conditions[j].items);
	free(rules->rules);
	free(rules->memory);
	free(rules);
}
