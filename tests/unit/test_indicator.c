/*
 * test_indicator.c - words for what feeds say, times, and error codes.
 */
#include "policy_support.h"

#include <errno.h>
#include <lmdb.h>
#include <string.h>

static void
scopes_have_words(void **state)
{
	(void)state;
	assert_string_equal(pol_scope_text(POL_EXACT), "exact");
	assert_string_equal(pol_scope_text(POL_SUBTREE), "subtree");
	assert_string_equal(pol_scope_text(POL_BELOW), "below");
}

static void
actions_are_read_as_they_are_written(void **state)
{
	(void)state;
	for (int i = POL_SINKHOLE; i <= POL_ALLOW; i++) {
		enum pol_action action = (enum pol_action)99;

		assert_int_equal(
		    pol_action_parse(
			pol_action_text((enum pol_action)i), &action),
		    0);
		assert_int_equal(action, i);
	}
	assert_string_equal(pol_action_text(POL_NXDOMAIN), "nxdomain");
	assert_string_equal(pol_action_text(POL_ALLOW), "allow");
}

/* A feed that left its action to its feed would have none. */
static void
action_of_feed_is_no_word(void **state)
{
	enum pol_action action = (enum pol_action)99;

	(void)state;
	assert_int_equal(
	    pol_action_parse(pol_action_text(POL_ACTION_OF_FEED), &action),
	    POL_EINVAL);
	assert_int_equal(action, 99);
}

static void
modes_and_triggers_have_words(void **state)
{
	(void)state;
	assert_string_equal(pol_mode_text(POL_SHADOW), "shadow");
	assert_string_equal(pol_mode_text(POL_ENFORCE), "enforce");
	assert_string_equal(pol_trigger_text(POL_ON_QNAME), "qname");
}

static void
other_words_are_invalid_and_change_nothing(void **state)
{
	static const char *const words[] = {
	    "", "dro", "dropped", "DROP", " drop", "unknown", "0"};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		enum pol_action action = POL_DROP;

		assert_int_equal(
		    pol_action_parse(words[i], &action), POL_EINVAL);
		assert_int_equal(action, POL_DROP);
	}
}

static void
values_out_of_range_have_a_text(void **state)
{
	(void)state;
	assert_non_null(pol_scope_text((enum pol_scope)77));
	assert_non_null(pol_action_text((enum pol_action)77));
	assert_non_null(pol_mode_text((enum pol_mode)77));
	assert_non_null(pol_trigger_text((enum pol_trigger)77));
	assert_non_null(pol_strerror(-77));
	assert_non_null(pol_strerror(77));
}

static bool
in_force(int64_t since, int64_t until, int64_t now)
{
	struct pol_indicator indicator = {.since = since, .until = until};

	const struct pol_feed feed = {.id = 1};

	return pol_indicator_in_force(&indicator, &feed, now);
}

static void
until_is_the_first_second_not_in_force(void **state)
{
	(void)state;
	assert_true(in_force(0, 100, 99));
	assert_false(in_force(0, 100, 100));
	assert_false(in_force(0, 100, 101));
	assert_true(in_force(0, 0, 0));
	assert_true(in_force(0, 0, INT64_MAX));
	assert_true(in_force(50, 100, 50));
	assert_false(in_force(50, 100, 49));
	assert_false(in_force(50, 0, 49));
	assert_false(in_force(50, 50, 50));
}

static void
every_error_has_its_text(void **state)
{
	(void)state;
	for (int i = POL_OK; i >= POL_ERANGE; i--) {
		size_t len = strlen(pol_strerror(i));

		assert_true(len > 0);
		assert_int_not_equal(pol_strerror(i)[len - 1], '.');
		for (int j = POL_OK; j > i; j--)
			assert_string_not_equal(
			    pol_strerror(i), pol_strerror(j));
	}
}

static void
codes_of_lmdb_and_the_system_are_mapped(void **state)
{
	static const int cases[][2] = {
	    {0, POL_OK},
	    {ENOMEM, POL_ENOMEM},
	    {ENOENT, POL_ENOENT},
	    {ENOTDIR, POL_ENOENT},
	    {EACCES, POL_EACCES},
	    {EPERM, POL_EACCES},
	    {EROFS, POL_EACCES},
	    {EIO, POL_EIO},
	    {ENOSPC, POL_EFULL},
	    {EDQUOT, POL_EFULL},
	    {MDB_NOTFOUND, POL_ENOENT},
	    {MDB_MAP_FULL, POL_EFULL},
	    {MDB_MAP_RESIZED, POL_EGROWN},
	    {MDB_READERS_FULL, POL_EREADERS},
	    {MDB_CORRUPTED, POL_ECORRUPT},
	    {MDB_PAGE_NOTFOUND, POL_ECORRUPT},
	    {MDB_INVALID, POL_ECORRUPT},
	    {MDB_INCOMPATIBLE, POL_ECORRUPT},
	    {MDB_PANIC, POL_EIO},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (pol_error_from_lmdb(cases[i][0]) != cases[i][1])
			fail_msg("code %d: %s", cases[i][0],
			    pol_strerror(pol_error_from_lmdb(cases[i][0])));
}

static struct pol_indicator
cname_to(const struct pol_name *target)
{
	struct pol_indicator indicator = indicator_of(1, POL_EXACT);

	indicator.action = POL_CNAME;
	indicator.target = target->wire;
	indicator.target_len = target->len;
	return indicator;
}

static void
assert_garden(const char *target_text, const char *qname_text, const char *want)
{
	struct pol_name target = name_of(target_text), qname, found;
	struct pol_indicator indicator = cname_to(&target);
	char text[POL_NAME_TEXT_MAX];

	if (qname_text != NULL)
		qname = name_of(qname_text);
	assert_true(pol_garden_target(&indicator,
	    qname_text != NULL ? qname.wire : NULL,
	    qname_text != NULL ? qname.len : 0, &found));
	assert_int_equal(found.len, pol_name_length(found.wire));
	assert_string_equal(pol_name_to_text(found.wire, text), want);
}

static void
garden_below_the_query_name(void **state)
{
	(void)state;
	assert_garden("walled.test", "www.bad.example", "walled.test");
	assert_garden(
	    "*.walled.test", "www.bad.example", "www.bad.example.walled.test");
	assert_garden("*.walled.test", ".", "walled.test");
	assert_garden("*", "www.bad.example", "www.bad.example");
	/* no query: as it is written */
	assert_garden("*.walled.test", NULL, "*.walled.test");
}

static void
garden_that_is_too_long_is_none(void **state)
{
	struct pol_name target = name_of("*.t"), qname = longest_name('a');
	struct pol_indicator indicator = cname_to(&target);
	struct pol_name found = {.len = 99};

	(void)state;
	assert_false(
	    pol_garden_target(&indicator, qname.wire, qname.len, &found));
	assert_int_equal(found.len, 99);
}

/* Whoever says it and since when does not count; all else does. */
static void
same_statements_are_told_from_others(void **state)
{
	struct pol_name target = name_of("walled.test");
	const struct pol_indicator a = cname_to(&target);
	struct pol_indicator b = a;

	(void)state;
	b.feed++;
	b.since++;
	assert_true(pol_indicator_same(&a, &b));
	b.until = 7;
	assert_false(pol_indicator_same(&a, &b));
	b = a;
	b.triggers = POL_SERVES_NSDNAME;
	assert_false(pol_indicator_same(&a, &b));
	b = a;
	b.reference = "x";
	b.reference_len = 1;
	assert_false(pol_indicator_same(&a, &b));
	b = a;
	b.target = NULL;
	b.target_len = 0;
	assert_false(pol_indicator_same(&a, &b));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(scopes_have_words),
	    cmocka_unit_test(actions_are_read_as_they_are_written),
	    cmocka_unit_test(action_of_feed_is_no_word),
	    cmocka_unit_test(modes_and_triggers_have_words),
	    cmocka_unit_test(other_words_are_invalid_and_change_nothing),
	    cmocka_unit_test(values_out_of_range_have_a_text),
	    cmocka_unit_test(until_is_the_first_second_not_in_force),
	    cmocka_unit_test(every_error_has_its_text),
	    cmocka_unit_test(codes_of_lmdb_and_the_system_are_mapped),
	    cmocka_unit_test(garden_below_the_query_name),
	    cmocka_unit_test(garden_that_is_too_long_is_none),
	    cmocka_unit_test(same_statements_are_told_from_others),
	};

	return cmocka_run_group_tests_name("indicator", tests, NULL, NULL);
}
