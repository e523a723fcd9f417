/*
 * test_standing.c - which of the blocks that cover a name decides, for whom.
 */
#include "policy_support.h"

#include <string.h>

#include "behaviour/standing.h"

enum { FIRST, SECOND, TRIAL, KIDS, RULES };

static struct beh_item kids = {BEH_ITEM_GROUP, 4, (const uint8_t *)"kids"};
static struct beh_rule list[RULES] = {
    [FIRST] = {.name = "first", .action = POL_NODATA},
    [SECOND] = {.name = "second", .action = POL_NXDOMAIN},
    [TRIAL] = {.name = "trial", .action = POL_SINKHOLE, .mode = POL_SHADOW},
    [KIDS] = {.name = "kids",
	.action = POL_SINKHOLE,
	.conditions = {{.kind = BEH_CLIENT_GROUP,
	    .items = &kids,
	    .item_count = 1}},
	.condition_count = 1},
};
static const struct beh_rules rules = {.rules = list, .count = RULES};

static struct beh_block
block_of(const char *rule, const char *name, bool subtree)
{
	struct beh_block block = {.name = name_of(name),
	    .subtree = subtree,
	    .since = NOW,
	    .until = NOW + 60};

	strcpy(block.rule, rule);
	strcpy(block.evidence, rule);
	return block;
}

/* How www.flux.example stands with these blocks, taken in this order. */
static struct beh_standing *
standing_of(const struct beh_block *blocks, size_t count,
    const struct beh_client *client)
{
	static const uint8_t name[] = "\3WWW\4flux\7example";
	static struct beh_standing standing;
	struct beh_question question = {.rules = &rules,
	    .name = name,
	    .len = sizeof(name),
	    .client = client,
	    .standing = &standing};

	beh_standing_clear(&standing);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(beh_standing_take(&blocks[i], &question), 0);
	return &standing;
}

/* Whatever the order in which they are found. */
static void
first_rule_decides(void **state)
{
	const struct beh_block both[] = {
	    block_of("first", "flux.example", true),
	    block_of("second", "www.flux.example", false),
	    block_of("first", "flux.example", true)};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct beh_standing *standing =
		    standing_of(&both[i], 2, NULL);
		const struct pol_match *match = &standing->enforced.match;

		assert_ptr_equal(standing->enforced.rule, &list[FIRST]);
		assert_null(standing->shadow.rule);
		assert_int_equal(match->action, POL_NODATA);
		assert_int_equal(match->trigger, POL_ON_RULE);
		assert_int_equal(match->indicator.scope, POL_SUBTREE);
		assert_int_equal(match->indicator.until, NOW + 60);
		assert_string_equal(match->indicator.reference, "first");
		assert_string_equal(match->feed->name, "first");
		/* The end of the query's own name, with its case. */
		assert_memory_equal(match->name, "\4flux\7example", 14);
	}
}

static void
of_one_rule_the_longer_name_decides(void **state)
{
	const struct beh_block both[] = {
	    block_of("first", "flux.example", true),
	    block_of("first", "www.flux.example", false),
	    block_of("first", "flux.example", true)};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct beh_standing *standing =
		    standing_of(&both[i], 2, NULL);

		assert_int_equal(
		    standing->enforced.match.indicator.scope, POL_EXACT);
		assert_int_equal(standing->enforced.match.specificity, 3);
	}
}

/* What its rule says now: shadow beside, and nothing once it is gone. */
static void
rule_says_what_a_block_does(void **state)
{
	const struct beh_block three[] = {
	    block_of("gone", "flux.example", true),
	    block_of("trial", "flux.example", true),
	    block_of("second", "flux.example", true)};
	const struct beh_standing *standing = standing_of(three, 3, NULL);

	(void)state;
	assert_ptr_equal(standing->enforced.rule, &list[SECOND]);
	assert_ptr_equal(standing->shadow.rule, &list[TRIAL]);
	standing = standing_of(three, 2, NULL);
	assert_null(standing->enforced.rule);
	assert_null(standing_of(three, 1, NULL)->shadow.rule);
}

/* A cache, which asks for somebody, must not hold what anybody is not to get.
 * A client of another group is told that there is something. */
static void
rule_for_a_group_is_for_its_clients(void **state)
{
	const struct beh_block block = block_of("kids", "flux.example", true);
	const struct beh_client kid = {"kids"}, other = {"staff"},
				none = {NULL};
	const struct beh_standing *standing = standing_of(&block, 1, NULL);

	(void)state;
	assert_ptr_equal(standing->enforced.rule, &list[KIDS]);
	standing = standing_of(&block, 1, &kid);
	assert_ptr_equal(standing->enforced.rule, &list[KIDS]);
	assert_false(standing->is_for_others);
	standing = standing_of(&block, 1, &other);
	assert_null(standing->enforced.rule);
	assert_true(standing->is_for_others);
	standing = standing_of(&block, 1, &none);
	assert_null(standing->enforced.rule);
	assert_true(standing->is_for_others);
	list[KIDS].mode = POL_SHADOW;
	assert_ptr_equal(
	    standing_of(&block, 1, &kid)->shadow.rule, &list[KIDS]);
	standing = standing_of(&block, 1, &other);
	assert_null(standing->shadow.rule);
	assert_false(standing->is_for_others);
	list[KIDS].mode = POL_ENFORCE;
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(first_rule_decides),
	    cmocka_unit_test(of_one_rule_the_longer_name_decides),
	    cmocka_unit_test(rule_says_what_a_block_does),
	    cmocka_unit_test(rule_for_a_group_is_for_its_clients),
	};

	return cmocka_run_group_tests_name("standing", tests, NULL, NULL);
}
