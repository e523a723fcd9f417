/*
 * hint.c - which rules can be left aside, by what is quickly told.
 *
 * Each condition that is looked at here is met by no answer that rule.c would
 * not find to meet it.
 */
#include "behaviour/hint.h"

static unsigned
larger(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

static bool
may_be_met(const struct beh_condition *condition, const struct beh_hint *hint)
{
	uint32_t number = condition->number;

	switch (condition->kind) {
	case BEH_TTL_MAX:
		return hint->ttl <= number;
	case BEH_FIRST_SEEN_WITHIN:
		return hint->first_seen != 0 &&
		       hint->now - hint->first_seen <= (int64_t)number;
	case BEH_ANSWERS_MIN:
		return larger(hint->owner.answers, hint->domain.answers) >=
		       number;
	case BEH_ADDRESSES_MIN:
		return beh_flux_addresses(larger(hint->owner.address_bits,
			   hint->domain.address_bits)) +
			   0.5 >=
		       number;
	default:
		return true;
	}
}

static bool
may_hold(const struct beh_rule *rule, const struct beh_hint *hint)
{
	for (size_t i = 0; i < rule->condition_count; i++)
		if (!may_be_met(&rule->conditions[i], hint))
			return false;
	return true;
}

static uint32_t
ttl_max_of(const struct beh_rule *rule)
{
	for (size_t i = 0; i < rule->condition_count; i++)
		if (rule->conditions[i].kind == BEH_TTL_MAX)
			return rule->conditions[i].number;
	return UINT32_MAX;
}

uint32_t
beh_rules_ttl_max(const struct beh_rules *rules)
{
	uint32_t most = 0;

	for (size_t i = 0; i < rules->count; i++)
		most = larger(most, ttl_max_of(&rules->rules[i]));
	return most;
}

bool
beh_rules_may_hold(const struct beh_rules *rules, const struct beh_hint *hint)
{
	for (size_t i = 0; i < rules->count; i++)
		if (may_hold(&rules->rules[i], hint))
			return true;
	return false;
}
