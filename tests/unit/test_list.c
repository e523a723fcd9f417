/*
 * test_list.c - lists of indicators: sorted, and each said once.
 */
#include "policy_support.h"

#include <string.h>

struct duplicates {
	unsigned long lines[8];
	unsigned long first_lines[8];
	size_t count;
};

static void
note_duplicate(unsigned long line, unsigned long first_line, void *arg)
{
	struct duplicates *duplicates = arg;

	assert_in_range(duplicates->count, 0, 7);
	duplicates->lines[duplicates->count] = line;
	duplicates->first_lines[duplicates->count++] = first_line;
}

/* pdns#12842: one duplicate made a whole zone fail. */
static void
duplicates_are_told_and_the_first_line_stays(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	uint16_t feed = set_feed(change, "list", 1);
	struct pol_list *list = new_list();
	struct pol_name name = name_of("A.Example");
	struct pol_indicator indicator = indicator_of(feed, POL_EXACT);
	struct duplicates duplicates = {.count = 0};
	struct pol_import_result result;
	struct pol_snapshot *snapshot;

	/* Read in another order than that of the lines. */
	indicator.action = POL_DROP;
	assert_int_equal(add_name(list, &name, &indicator, 9), 0);
	list_add(list, "b.example", POL_EXACT, 2);
	indicator.action = POL_NXDOMAIN;
	assert_int_equal(add_name(list, &name, &indicator, 3), 0);
	list_add(list, "a.example.", POL_EXACT, 4);
	list_add(list, "a.example", POL_BELOW, 5);
	assert_int_equal(pol_list_seal(list, note_duplicate, &duplicates), 0);
	assert_int_equal(pol_list_count(list), 3);
	assert_int_equal(duplicates.count, 2);
	assert_int_equal(duplicates.lines[0] + duplicates.lines[1], 13);
	assert_int_equal(duplicates.first_lines[0], 3);
	assert_int_equal(duplicates.first_lines[1], 3);
	assert_int_equal(
	    pol_import(change, feed, list, NOW, NULL, NULL, &result), 0);
	assert_int_equal(result.added, 3);
	commit(change);
	pol_list_free(list);
	snapshot = begin_snapshot(scratch);
	assert_int_equal(
	    evaluate(snapshot, "a.example").match.action, POL_NXDOMAIN);
	pol_snapshot_end(snapshot);
}

static void
list_of_nothing_but_one_name_has_one_entry(void **state)
{
	struct pol_list *list = new_list();

	(void)state;
	for (unsigned long i = 0; i < 5000; i++)
		list_add(list, "a.example", POL_EXACT, i);
	assert_int_equal(pol_list_seal(list, NULL, NULL), 0);
	assert_int_equal(pol_list_count(list), 1);
	pol_list_free(list);
	pol_list_free(NULL);
}

static void
indicator_out_of_range_is_not_taken(void **state)
{
	static const uint8_t target[] = "\7example";
	struct pol_list *list = new_list();
	struct pol_name name = name_of("a.example");
	struct pol_indicator bad = indicator_of(0, (enum pol_scope)3);

	(void)state;
	assert_int_equal(add_name(list, &name, &bad, 1), POL_EINVAL);
	bad = indicator_of(0, POL_EXACT);
	bad.action = (enum pol_action)9;
	assert_int_equal(add_name(list, &name, &bad, 1), POL_EINVAL);
	bad.action = POL_CNAME;
	bad.target = target;
	bad.target_len = sizeof(target) - 1; /* without its root label */
	assert_int_equal(add_name(list, &name, &bad, 1), POL_EINVAL);
	assert_int_equal(pol_list_count(list), 0);
	list_add(list, "a.example", POL_EXACT, 1);
	assert_int_equal(pol_list_seal(list, NULL, NULL), 0);
	assert_int_equal(pol_list_count(list), 1);
	pol_list_free(list);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    store_test(duplicates_are_told_and_the_first_line_stays),
	    cmocka_unit_test(list_of_nothing_but_one_name_has_one_entry),
	    cmocka_unit_test(indicator_out_of_range_is_not_taken),
	};

	return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
