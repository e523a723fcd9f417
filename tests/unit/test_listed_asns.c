/*
 * test_listed_asns.c - which ASNs a snapshot knows to be listed.
 */
#include "policy_support.h"

#include "policy/store_p.h"

#define MANY 8200 /* more than a snapshot keeps */

static void
list_asns(struct scratch *scratch, uint32_t first, uint32_t count)
{
	struct pol_indicator indicator = indicator_of(POL_OPERATOR, POL_EXACT);
	struct pol_change *change = begin_change(scratch);

	for (uint32_t i = 0; i < count; i++) {
		struct pol_subject subject = {
		    .kind = POL_ASN, .asn = first + i};

		pol_change_set(change, &subject, &indicator);
	}
	commit(change);
}

static void
few_are_known_exactly(void **state)
{
	struct scratch *scratch = *state;
	struct pol_snapshot *snapshot = begin_snapshot(scratch);

	assert_false(snapshot_may_list_asn(snapshot, 64500));
	pol_snapshot_release(snapshot);
	list_asns(scratch, 64500, 1);
	list_asns(scratch, 255, 2);
	list_asns(scratch, UINT32_MAX, 1);
	assert_int_equal(pol_snapshot_renew(snapshot), 0);
	assert_true(snapshot_may_list_asn(snapshot, 64500));
	assert_true(snapshot_may_list_asn(snapshot, 255));
	assert_true(snapshot_may_list_asn(snapshot, 256));
	assert_true(snapshot_may_list_asn(snapshot, UINT32_MAX));
	assert_false(snapshot_may_list_asn(snapshot, 254));
	assert_false(snapshot_may_list_asn(snapshot, 257));
	assert_false(snapshot_may_list_asn(snapshot, 64501));
	assert_false(snapshot_may_list_asn(snapshot, 0));
	pol_snapshot_end(snapshot);
}

static void
many_may_all_be(void **state)
{
	struct scratch *scratch = *state;
	struct pol_snapshot *snapshot;

	list_asns(scratch, 1, MANY);
	snapshot = begin_snapshot(scratch);
	assert_true(snapshot_may_list_asn(snapshot, 1));
	assert_true(snapshot_may_list_asn(snapshot, MANY));
	assert_true(snapshot_may_list_asn(snapshot, MANY + 1));
	pol_snapshot_end(snapshot);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    store_test(few_are_known_exactly),
	    store_test(many_may_all_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
